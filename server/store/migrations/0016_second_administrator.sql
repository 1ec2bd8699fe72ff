-- What one administrator proposes and another approves or rejects, and what results carry of it.
-- New columns are NULL in rows that are older, so that these keep their hash in the trail.
-- +goose Up
CREATE TABLE proposal (
  id              TEXT PRIMARY KEY,
  kind            TEXT NOT NULL,               -- a ProposalKind without its prefix
  request         BYTEA NOT NULL,              -- the request of the RPC that was called: what is approved is what was asked
  subject_id      TEXT NOT NULL DEFAULT '',    -- account whose rights or credentials it is about; '' when there is none
  proposed_at     BIGINT NOT NULL,
  proposed_by     TEXT NOT NULL,
  membership_id   TEXT NOT NULL,               -- in which the proposer acted
  expires_at      BIGINT NOT NULL,
  state           TEXT NOT NULL,               -- OPEN, APPROVED, REJECTED; OPEN and past expires_at is expired
  decided_at      BIGINT NOT NULL DEFAULT 0,
  decided_by      TEXT NOT NULL DEFAULT '',
  decision_reason TEXT NOT NULL DEFAULT '',
  revision        BIGINT NOT NULL
);
CREATE INDEX proposal_state ON proposal (state, id);

ALTER TABLE result ADD COLUMN single_administrator INTEGER; -- 1: determined while one administrator could act alone
ALTER TABLE result ADD COLUMN single_officer INTEGER;       -- 1: submitted by somebody who had filled in
ALTER TABLE assessment ADD COLUMN single_officer INTEGER;   -- 1: the newest submission was by somebody who had filled in
ALTER TABLE agency_version ADD COLUMN single_officer INTEGER; -- 1: who fills in may submit

-- +goose Down
ALTER TABLE agency_version DROP COLUMN single_officer;
ALTER TABLE assessment DROP COLUMN single_officer;
ALTER TABLE result DROP COLUMN single_officer;
ALTER TABLE result DROP COLUMN single_administrator;
DROP TABLE proposal;
