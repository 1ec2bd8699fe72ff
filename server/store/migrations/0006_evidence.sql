-- Evidence belongs to an agency and is cited by items. Bytes live in the blob store under their SHA-256.
-- +goose Up
CREATE TABLE evidence (
  id             TEXT PRIMARY KEY,
  agency_id      TEXT NOT NULL REFERENCES agency (id),
  kind           TEXT NOT NULL,                -- FILE, LINK
  title          TEXT NOT NULL,
  file_name      TEXT NOT NULL DEFAULT '',
  media_type     TEXT NOT NULL DEFAULT '',     -- found in the content, never taken from the name
  size           BIGINT NOT NULL DEFAULT 0,
  sha256         TEXT NOT NULL DEFAULT '',     -- hex
  url            TEXT NOT NULL DEFAULT '',     -- of a LINK: https, never fetched by the service
  effective_date TEXT NOT NULL DEFAULT '',     -- of the document itself
  valid_until    TEXT NOT NULL DEFAULT '',
  added_at       BIGINT NOT NULL,
  added_by       TEXT NOT NULL,
  withdrawn_at   BIGINT NOT NULL DEFAULT 0,
  withdrawn_by   TEXT NOT NULL DEFAULT '',
  revision       BIGINT NOT NULL
);
CREATE INDEX evidence_agency ON evidence (agency_id, id);
CREATE INDEX evidence_sha256 ON evidence (sha256);

CREATE TABLE citation (
  id            TEXT PRIMARY KEY,
  assessment_id TEXT NOT NULL REFERENCES assessment (id),
  item          TEXT NOT NULL,
  evidence_id   TEXT NOT NULL REFERENCES evidence (id),
  page          TEXT NOT NULL DEFAULT '',      -- as printed: '12', 'iv', '3-5'
  quote         TEXT NOT NULL DEFAULT '',
  round_id      TEXT NOT NULL DEFAULT '',
  carried_from  TEXT NOT NULL DEFAULT '',
  cited_at      BIGINT NOT NULL,
  cited_by      TEXT NOT NULL,
  removed_at    BIGINT NOT NULL DEFAULT 0,
  removed_by    TEXT NOT NULL DEFAULT '',
  revision      BIGINT NOT NULL
);
CREATE INDEX citation_assessment ON citation (assessment_id, item);
CREATE INDEX citation_evidence ON citation (evidence_id);

-- A signed letter, minutes or decree that belongs to a record.
CREATE TABLE document (
  id         TEXT PRIMARY KEY,
  subject    TEXT NOT NULL,                    -- SUBMISSION, MINUTES, PLENARY_SESSION, AWARD
  subject_id TEXT NOT NULL,
  title      TEXT NOT NULL,
  file_name  TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size       BIGINT NOT NULL,
  sha256     TEXT NOT NULL,
  added_at   BIGINT NOT NULL,
  added_by   TEXT NOT NULL
);
CREATE INDEX document_subject ON document (subject, subject_id);

-- Unaudited: how far an upload has come. Durable bytes lie in the blob store.
CREATE TABLE upload (
  id          TEXT PRIMARY KEY,
  account_id  TEXT NOT NULL,
  agency_id   TEXT NOT NULL DEFAULT '',        -- '' for documents of the assessor
  file_name   TEXT NOT NULL,
  size        BIGINT NOT NULL,
  sha256      TEXT NOT NULL,
  started_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  finished_as TEXT NOT NULL DEFAULT ''         -- evidence or document id, so that FinishUpload may be repeated
);
CREATE INDEX upload_expiry ON upload (expires_at);

-- +goose Down
DROP TABLE upload; DROP TABLE document; DROP TABLE citation; DROP TABLE evidence;
