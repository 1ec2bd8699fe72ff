-- What people are told of, and what of it is to be sent by mail.
-- Unaudited: a notice carries no right and decides nothing. What it tells of has its own audit entry, written in the
-- same transaction, and what a person has read is nobody else's business.
-- +goose Up
CREATE TABLE notice (
  id            TEXT PRIMARY KEY,
  account_id    TEXT NOT NULL REFERENCES account (id),
  kind          TEXT NOT NULL,                 -- a NoticeKind without its prefix
  once          TEXT NOT NULL,                 -- what it tells of: telling a person again renews the notice
  subject_kind  TEXT NOT NULL,                 -- a SubjectKind without its prefix
  subject_id    TEXT NOT NULL,
  assessment_id TEXT NOT NULL DEFAULT '',
  cycle_id      TEXT NOT NULL,
  agency_id     TEXT NOT NULL DEFAULT '',      -- '' for a whole cycle
  item          TEXT NOT NULL DEFAULT '',
  amount        INTEGER NOT NULL DEFAULT 0,    -- of items or sheets
  last_day      TEXT NOT NULL DEFAULT '',
  phase         TEXT NOT NULL DEFAULT '',
  days_left     INTEGER NOT NULL DEFAULT 0,
  created_at    BIGINT NOT NULL,
  read_at       BIGINT NOT NULL DEFAULT 0,     -- 0 while unread
  UNIQUE (account_id, once)
);
CREATE INDEX notice_account ON notice (account_id, created_at DESC, id DESC);
CREATE INDEX notice_unread ON notice (account_id, created_at DESC, id DESC) WHERE read_at = 0;

-- Mail to be sent, one row per notice; whoever sends it takes the WAITING ones, oldest first.
CREATE TABLE outbox (
  notice_id TEXT PRIMARY KEY REFERENCES notice (id),
  state     TEXT NOT NULL,                     -- WAITING
  since     BIGINT NOT NULL
);
CREATE INDEX outbox_state ON outbox (state, since, notice_id);

-- +goose Down
DROP TABLE outbox; DROP TABLE notice;
