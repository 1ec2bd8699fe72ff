-- The transparency log over the audit entries: see docs/adr/0010. Rows are only ever added, by the sequencer, and need
-- no audit entry: anybody can compute them again from the entries, and the checkpoints are signed.
-- +goose Up
-- The place of an entry in the log: 0, 1, 2 and so on, without gaps.
CREATE TABLE log_entry (
  position  BIGINT PRIMARY KEY,
  seq       BIGINT NOT NULL UNIQUE,            -- of audit_entry
  leaf_hash BYTEA NOT NULL                     -- RFC 6962: SHA-256 of 0x00 and the leaf
);

-- The hashes of all complete subtrees, in the order of golang.org/x/mod/sumdb/tlog.StoredHashIndex.
CREATE TABLE log_hash (
  place BIGINT PRIMARY KEY,
  hash  BYTEA NOT NULL
);

CREATE TABLE log_checkpoint (
  size      BIGINT PRIMARY KEY,                -- entries under it
  before    BIGINT NOT NULL UNIQUE,            -- size of the checkpoint before; 0 for the first
  root      BYTEA NOT NULL,
  note      BYTEA NOT NULL,                    -- C2SP tlog-checkpoint, signed
  at        BIGINT NOT NULL,
  epoch     BIGINT NOT NULL,                   -- of the lease it was written under
  floor_seq BIGINT NOT NULL                    -- no entry up to here will ever be without a place
);

-- Who signs: each key is vouched for by the one before it.
CREATE TABLE log_key (
  since    BIGINT PRIMARY KEY,                 -- size of the first checkpoint signed with the key; 0 for the first key
  verifier TEXT NOT NULL UNIQUE,               -- as golang.org/x/mod/sumdb/note writes it
  note     BYTEA NOT NULL                      -- signed statement of since and verifier
);

-- +goose Down
DROP TABLE log_key; DROP TABLE log_checkpoint; DROP TABLE log_hash; DROP TABLE log_entry;
