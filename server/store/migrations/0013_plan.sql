-- Improvement plans: which items an agency wants to raise, to what, by whom, until when.
-- +goose Up
CREATE TABLE plan (
  id            TEXT PRIMARY KEY,
  agency_id     TEXT NOT NULL REFERENCES agency (id),
  instrument_id TEXT NOT NULL REFERENCES instrument (id),
  assessment_id TEXT NOT NULL DEFAULT '',      -- '' for a plan without one
  cycle_id      TEXT NOT NULL DEFAULT '',      -- of the assessment
  saved_at      BIGINT NOT NULL,
  saved_by      TEXT NOT NULL,
  revision      BIGINT NOT NULL,               -- grows with every save, not with every changed line
  UNIQUE (agency_id, instrument_id, assessment_id)
);

CREATE TABLE plan_item (
  id            TEXT PRIMARY KEY,
  plan_id       TEXT NOT NULL REFERENCES plan (id),
  item          TEXT NOT NULL,
  current_level INTEGER NOT NULL,              -- when the line was planned
  target_level  INTEGER NOT NULL,
  owner         TEXT NOT NULL DEFAULT '',      -- an office, in the agency's own words
  owner_account TEXT NOT NULL DEFAULT '',      -- a colleague
  due           TEXT NOT NULL DEFAULT '',
  state         TEXT NOT NULL,                 -- OPEN, IN_PROGRESS, DONE, DROPPED
  note          TEXT NOT NULL DEFAULT '',
  changed_at    BIGINT NOT NULL,
  changed_by    TEXT NOT NULL,
  revision      BIGINT NOT NULL,
  UNIQUE (plan_id, item)
);

-- +goose Down
DROP TABLE plan_item; DROP TABLE plan;
