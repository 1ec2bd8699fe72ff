// Package proof checks what Merit proves: checkpoints of its transparency log, that an entry stands in the log, that the
// log only grew, and receipts. It needs no service, no network and none of the service's own code: whoever holds a file
// and a published verifier key can check it years later.
//
// The log is an RFC 6962 Merkle tree over the entries of the trail. Its checkpoints are C2SP tlog-checkpoints, signed as
// notes; golang.org/x/mod/sumdb/note and tlog check them directly too.
package proof
