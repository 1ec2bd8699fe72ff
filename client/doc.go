// Package client is how programs talk to Merit: the command line, the web pages, the demo and anybody's own.
//
// # Connections
//
// Dial once and keep the Client: it is safe for use by many goroutines and multiplexes its calls over one connection to
// the service, or to each of the replicas that its address names, which is made with the first call and made again when it
// breaks. Connections are secured by TLS. Plaintext is for
// services on the same machine; to any other address Dial refuses it with ErrPlaintext, because whoever sits on the
// way would read the token.
//
// # Who is calling
//
// Options.Token gives the credential of each call: the session token of AccountService.SignIn, or an API token of
// AccountService.CreateToken for a program that runs unattended. Without a credential a call comes from anyone, who
// may read determined results, agencies, instruments and cycles. A session acts as one membership at a time.
//
// # Calls that are sent again
//
// Reads, and writes whose request has a request_id, are tried up to four times within a second or two when the service
// does not answer (UNAVAILABLE). The library fills an empty request_id in, and the service does a write with
// the same request_id once however often it arrives. So are FinishUpload, AttachDocument and Uncite, which find what
// they have made. Other writes are not sent again: when one fails with UNAVAILABLE, read the record before you repeat it. A
// program that itself repeats a write, after a crash for instance, has to choose the request_id and keep it.
//
// What the service refused before it began anything, because it has too much to do (OVERLOADED) or its caller called too
// often (RATE_LIMITED), is tried again when the service said, whatever it is, up to six times in all and not beyond the
// deadline of the call. Options.Impatient returns the refusal at once.
//
// # Files
//
// UploadFile and Upload send a file and take a broken stream up again where the service's durable bytes end; after the
// program itself has ended, UploadOptions.Resume goes on with the same upload. DownloadFile and Download check what
// arrives against the SHA-256 that the service keeps, and return ErrDamaged for other bytes.
//
// # Watching
//
// Watch tells what happens to an assessment, each thing once, and goes on when connections break or the service is replaced.
//
// # Errors
//
// Every error of a call can be taken apart with Explain: the reason for programs, the message for people in the
// language of Options.Language, and one violation for each field, row or item that is wrong. Is asks for one reason.
//
// # Messages
//
// Requests and answers are those of package meritv1, in which totals, points and indexes are decimals written as text:
// they are exact, and no float should come near them.
package client
