-- Who did what, when, as what, and which rows it changed: see the package server/audit. Never updated.
-- seq says which of two entries about the same row is the newer; the log has numbers of its own.
-- The other columns repeat the leaf for searching, and are checked against it.
-- +goose Up
CREATE TABLE audit_entry (
  seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  at         BIGINT NOT NULL,
  actor      TEXT NOT NULL,                    -- account id, or 'system'
  membership TEXT NOT NULL,
  action     TEXT NOT NULL,
  agency_id  TEXT NOT NULL,                    -- '' when it concerns no single agency
  subject    TEXT NOT NULL,                    -- id of what was acted on; may be ''
  leaf       BYTEA NOT NULL
);
CREATE INDEX audit_entry_agency ON audit_entry (agency_id, seq);
CREATE INDEX audit_entry_actor ON audit_entry (actor, seq);

-- +goose Down
DROP TABLE audit_entry;
