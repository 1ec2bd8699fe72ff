-- Who verifies what, what was asked and answered, and the minutes.
-- +goose Up
CREATE TABLE verifier_assignment (
  assessment_id TEXT NOT NULL REFERENCES assessment (id),
  seq           INTEGER NOT NULL,
  account_id    TEXT NOT NULL REFERENCES account (id),
  assigned_at   BIGINT NOT NULL,
  assigned_by   TEXT NOT NULL,
  reason        TEXT NOT NULL DEFAULT '',      -- why the previous verifier was replaced
  PRIMARY KEY (assessment_id, seq)
);

-- A round of questions on named items with its own deadline. CLARIFICATION asks for words and evidence,
-- REPAIR also opens the items to a new claim.
CREATE TABLE clarification (
  id            TEXT PRIMARY KEY,
  assessment_id TEXT NOT NULL REFERENCES assessment (id),
  number        INTEGER NOT NULL,
  kind          TEXT NOT NULL,
  last_day      TEXT NOT NULL,                 -- to 24:00 WIB
  opened_at     BIGINT NOT NULL,
  opened_by     TEXT NOT NULL,
  closed_at     BIGINT NOT NULL DEFAULT 0,
  closed_by     TEXT NOT NULL DEFAULT '',      -- account id; 'system' at the deadline
  revision      BIGINT NOT NULL,
  UNIQUE (assessment_id, number)
);
CREATE INDEX clarification_open ON clarification (closed_at, last_day);

CREATE TABLE clarification_item (
  clarification_id TEXT NOT NULL REFERENCES clarification (id),
  item             TEXT NOT NULL,
  position         INTEGER NOT NULL,           -- questions stand in the order they were asked
  question         TEXT NOT NULL,
  PRIMARY KEY (clarification_id, item)
);

-- Answers are added, never edited: the newest of an item counts.
CREATE TABLE clarification_answer (
  clarification_id TEXT NOT NULL REFERENCES clarification (id),
  item             TEXT NOT NULL,
  seq              INTEGER NOT NULL,
  answer           TEXT NOT NULL,
  answered_at      BIGINT NOT NULL,
  answered_by      TEXT NOT NULL,
  PRIMARY KEY (clarification_id, item, seq)
);

-- Berita Acara Verifikasi, frozen at release.
CREATE TABLE minutes (
  id            TEXT PRIMARY KEY,
  assessment_id TEXT NOT NULL REFERENCES assessment (id),
  number        TEXT NOT NULL,
  body          BYTEA NOT NULL,                -- the merit.v1.Minutes message as released
  released_at   BIGINT NOT NULL,
  released_by   TEXT NOT NULL
);
CREATE INDEX minutes_assessment ON minutes (assessment_id);

-- +goose Down
DROP TABLE minutes; DROP TABLE clarification_answer; DROP TABLE clarification_item; DROP TABLE clarification; DROP TABLE verifier_assignment;
