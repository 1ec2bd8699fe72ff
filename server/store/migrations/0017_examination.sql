-- What was found in a file when it came in: in a table of its own, because a column of evidence would change the bytes
-- over which the hashes of rows that exist were taken.
-- +goose Up
CREATE TABLE examination (
  file_id    TEXT PRIMARY KEY,                 -- evidence or document
  flags      TEXT NOT NULL,                    -- EvidenceFlags without their prefix, separated by commas
  scan       TEXT NOT NULL,                    -- NOT_SCANNED, PENDING, CLEAN, QUARANTINED
  signature  TEXT NOT NULL DEFAULT '',         -- what the virus scanner found
  scanned_at BIGINT NOT NULL DEFAULT 0,
  removed_at BIGINT NOT NULL DEFAULT 0,        -- when the bytes went because nobody ever cited them
  revision   BIGINT NOT NULL
);
CREATE INDEX examination_scan ON examination (scan, file_id) WHERE scan IN ('NOT_SCANNED', 'PENDING');
CREATE INDEX document_sha256 ON document (sha256);

-- +goose Down
DROP INDEX document_sha256; DROP TABLE examination;
