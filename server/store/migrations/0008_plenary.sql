-- Plenary sessions: who was there, who stood aside, who voted how, what was determined.
-- +goose Up
CREATE TABLE plenary_session (
  id            TEXT PRIMARY KEY,
  cycle_id      TEXT NOT NULL REFERENCES cycle (id),
  title         TEXT NOT NULL,
  held_on       TEXT NOT NULL,
  state         TEXT NOT NULL,                 -- OPEN, CLOSED
  opened_at     BIGINT NOT NULL,
  opened_by     TEXT NOT NULL,
  closed_at     BIGINT NOT NULL DEFAULT 0,
  closed_by     TEXT NOT NULL DEFAULT '',
  decree_number TEXT NOT NULL DEFAULT '',
  decree_date   TEXT NOT NULL DEFAULT '',
  revision      BIGINT NOT NULL
);
CREATE INDEX plenary_session_cycle ON plenary_session (cycle_id, id);

CREATE TABLE plenary_agenda (
  session_id    TEXT NOT NULL REFERENCES plenary_session (id),
  assessment_id TEXT NOT NULL REFERENCES assessment (id),
  position      INTEGER NOT NULL,
  corrects      TEXT NOT NULL DEFAULT '',      -- the determination to be corrected
  outcome       TEXT NOT NULL DEFAULT '',      -- '', ADOPTED, CHANGED, POSTPONED
  reason        TEXT NOT NULL DEFAULT '',
  decided_at    BIGINT NOT NULL DEFAULT 0,
  decided_by    TEXT NOT NULL DEFAULT '',
  acknowledged_reconstructed INTEGER NOT NULL DEFAULT 0, -- 1: the plenary knows that weights are reconstructed
  eligible      INTEGER NOT NULL DEFAULT 0,    -- present and not recused when it was decided
  in_favour     INTEGER NOT NULL DEFAULT 0,    -- their votes in favour then
  revision      BIGINT NOT NULL,
  PRIMARY KEY (session_id, assessment_id)
);

CREATE TABLE plenary_attendance (
  session_id  TEXT NOT NULL REFERENCES plenary_session (id),
  account_id  TEXT NOT NULL REFERENCES account (id),
  present     INTEGER NOT NULL,
  recorded_at BIGINT NOT NULL,
  recorded_by TEXT NOT NULL,
  revision    BIGINT NOT NULL,
  PRIMARY KEY (session_id, account_id)
);

CREATE TABLE plenary_recusal (
  session_id    TEXT NOT NULL REFERENCES plenary_session (id),
  assessment_id TEXT NOT NULL REFERENCES assessment (id),
  account_id    TEXT NOT NULL REFERENCES account (id),
  reason        TEXT NOT NULL,
  by_rule       INTEGER NOT NULL,              -- 1: because of a declared or known interest
  recorded_at   BIGINT NOT NULL,
  recorded_by   TEXT NOT NULL,
  PRIMARY KEY (session_id, assessment_id, account_id)
);

CREATE TABLE plenary_vote (
  session_id    TEXT NOT NULL REFERENCES plenary_session (id),
  assessment_id TEXT NOT NULL REFERENCES assessment (id),
  account_id    TEXT NOT NULL REFERENCES account (id),
  vote          TEXT NOT NULL,                 -- IN_FAVOUR, AGAINST, ABSTAINED
  dissent       TEXT NOT NULL DEFAULT '',
  recorded_at   BIGINT NOT NULL,
  revision      BIGINT NOT NULL,
  PRIMARY KEY (session_id, assessment_id, account_id)
);

-- Levels that the plenary sets otherwise than verified. They wait here until the session closes, so that
-- nothing undetermined stands among the decisions.
CREATE TABLE plenary_level (
  session_id    TEXT NOT NULL REFERENCES plenary_session (id),
  assessment_id TEXT NOT NULL REFERENCES assessment (id),
  item          TEXT NOT NULL,
  kind          TEXT NOT NULL,                 -- LEVEL, CHOICE, NOT_PROVEN
  level         INTEGER NOT NULL DEFAULT 0,
  value         TEXT NOT NULL DEFAULT '',
  reason        TEXT NOT NULL,
  recorded_at   BIGINT NOT NULL,
  recorded_by   TEXT NOT NULL,
  PRIMARY KEY (session_id, assessment_id, item)
);

-- Immutable: a correction is a new determination that names the one it corrects.
CREATE TABLE determination (
  id            TEXT PRIMARY KEY,
  assessment_id TEXT NOT NULL REFERENCES assessment (id),
  session_id    TEXT NOT NULL REFERENCES plenary_session (id),
  corrects      TEXT NOT NULL DEFAULT '',
  decree_number TEXT NOT NULL,
  decree_date   TEXT NOT NULL,
  determined_at BIGINT NOT NULL,
  determined_by TEXT NOT NULL
);
CREATE INDEX determination_assessment ON determination (assessment_id);

-- +goose Down
DROP TABLE determination; DROP TABLE plenary_level; DROP TABLE plenary_vote; DROP TABLE plenary_recusal; DROP TABLE plenary_attendance; DROP TABLE plenary_agenda; DROP TABLE plenary_session;
