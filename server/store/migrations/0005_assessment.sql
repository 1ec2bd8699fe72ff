-- One assessment is one attempt of one agency in one cycle. Its decisions are only ever added.
-- +goose Up
CREATE TABLE assessment (
  id            TEXT PRIMARY KEY,
  cycle_id      TEXT NOT NULL REFERENCES cycle (id),
  agency_id     TEXT NOT NULL REFERENCES agency (id),
  attempt       INTEGER NOT NULL,
  instrument_id TEXT NOT NULL REFERENCES instrument (id),
  agency_kind   TEXT NOT NULL,                 -- the kind at the start: it decides which items apply
  state         TEXT NOT NULL,                 -- DRAFT, SUBMITTED, IN_VERIFICATION, IN_REPAIR, VERIFIED, DETERMINED
  carried_from  TEXT NOT NULL DEFAULT '',      -- the assessment whose answers were carried over
  started_at    BIGINT NOT NULL,
  started_by    TEXT NOT NULL,
  submitted_at  BIGINT NOT NULL DEFAULT 0,
  released_at   BIGINT NOT NULL DEFAULT 0,     -- since then the agency sees verified levels and reasons
  verifier_id   TEXT NOT NULL DEFAULT '',      -- account of the verifier in charge; history in verifier_assignment
  answered      INTEGER NOT NULL DEFAULT 0,    -- applicable items with a claim, kept for lists
  applicable    INTEGER NOT NULL DEFAULT 0,
  revision      BIGINT NOT NULL,               -- grows with every step, not with every answer
  UNIQUE (cycle_id, agency_id, attempt)
);
CREATE INDEX assessment_agency ON assessment (agency_id, cycle_id);
CREATE INDEX assessment_state ON assessment (cycle_id, state, id);
CREATE INDEX assessment_verifier ON assessment (verifier_id, state);

-- What somebody held to be true of an item, when and why: CLAIMED, VERIFIED or DETERMINED. Never updated.
CREATE TABLE decision (
  assessment_id TEXT NOT NULL REFERENCES assessment (id),
  stage         TEXT NOT NULL,
  item          TEXT NOT NULL,                 -- item code; a profile field is 'profile.' and its code
  seq           INTEGER NOT NULL,              -- 1, 2, 3, … per item and stage; the highest counts
  kind          TEXT NOT NULL,                 -- LEVEL, CHOICE, TEXT, NOT_PROVEN, CLEARED
  level         INTEGER NOT NULL DEFAULT 0,    -- of a LEVEL
  value         TEXT NOT NULL DEFAULT '',      -- of a CHOICE or TEXT
  note          TEXT NOT NULL DEFAULT '',      -- the claim's explanation; the reason of a verified or determined one
  claim_seq     INTEGER NOT NULL DEFAULT 0,    -- the claim that a VERIFIED or DETERMINED decision judged
  round_id      TEXT NOT NULL DEFAULT '',      -- the clarification round that opened the item to a new claim
  session_id    TEXT NOT NULL DEFAULT '',      -- the plenary session of a DETERMINED one
  carried_from  TEXT NOT NULL DEFAULT '',      -- the assessment a carried claim came from
  decided_by    TEXT NOT NULL,
  membership_id TEXT NOT NULL,
  decided_at    BIGINT NOT NULL,
  PRIMARY KEY (assessment_id, stage, item, seq)
);

-- The newest decision of every item and stage in one row, for speed; written in the same transaction as
-- decision and compared with it by a test. body is an encoding private to the store.
CREATE TABLE assessment_sheet (
  assessment_id TEXT PRIMARY KEY REFERENCES assessment (id),
  body          BYTEA NOT NULL,
  revision      BIGINT NOT NULL                -- grows with every decision
);

-- Who was asked to answer which item.
CREATE TABLE item_assignment (
  assessment_id TEXT NOT NULL REFERENCES assessment (id),
  item          TEXT NOT NULL,
  account_id    TEXT NOT NULL REFERENCES account (id),
  assigned_at   BIGINT NOT NULL,
  assigned_by   TEXT NOT NULL,
  removed_at    BIGINT NOT NULL DEFAULT 0,
  revision      BIGINT NOT NULL,
  PRIMARY KEY (assessment_id, item, account_id)
);
CREATE INDEX item_assignment_account ON item_assignment (account_id, assessment_id);

-- Every change of state, with who, why and as what.
CREATE TABLE assessment_step (
  assessment_id TEXT NOT NULL REFERENCES assessment (id),
  seq           INTEGER NOT NULL,
  step          TEXT NOT NULL,
  from_state    TEXT NOT NULL,
  to_state      TEXT NOT NULL,
  reason        TEXT NOT NULL DEFAULT '',
  taken_by      TEXT NOT NULL,                 -- account id; 'system' when a deadline passed
  membership_id TEXT NOT NULL,
  taken_at      BIGINT NOT NULL,
  PRIMARY KEY (assessment_id, seq)
);

-- +goose Down
DROP TABLE assessment_step; DROP TABLE item_assignment; DROP TABLE assessment_sheet; DROP TABLE decision; DROP TABLE assessment;
