-- Second factor, sessions that their owners see and confirm, limits of tokens.
-- Sessions of before have neither an id nor a time of proof: everybody signs in once more.
-- +goose Up
DROP TABLE session;
CREATE TABLE session (
  token_hash      TEXT PRIMARY KEY,
  id              TEXT NOT NULL,                 -- by which the owner names it
  account_id      TEXT NOT NULL REFERENCES account (id),
  membership_id   TEXT NOT NULL DEFAULT '',      -- '' when the person has no membership in force
  created_at      BIGINT NOT NULL,
  expires_at      BIGINT NOT NULL,
  used_at         BIGINT NOT NULL,               -- to the minute
  confirmed_until BIGINT NOT NULL,               -- until then it may do what needs a fresh proof
  user_agent      TEXT NOT NULL DEFAULT ''
);
CREATE INDEX session_account ON session (account_id, id);

-- Unaudited: the password was right, the code is still to come.
CREATE TABLE pending_sign_in (
  token_hash    TEXT PRIMARY KEY,
  account_id    TEXT NOT NULL REFERENCES account (id),
  membership_id TEXT NOT NULL DEFAULT '',
  expires_at    BIGINT NOT NULL
);
CREATE INDEX pending_sign_in_account ON pending_sign_in (account_id);

CREATE TABLE second_factor (
  account_id     TEXT PRIMARY KEY REFERENCES account (id),
  secret         TEXT NOT NULL,                  -- base32, as authenticators take it; '' after it was removed
  enrolled_at    BIGINT NOT NULL DEFAULT 0,      -- when its first code was given; 0: it does not count
  recovery_codes TEXT NOT NULL DEFAULT '',       -- hex SHA-256 of those not used yet, separated by spaces
  revision       BIGINT NOT NULL
);

-- Unaudited: the newest time step of which a code was used, so that no code works twice.
CREATE TABLE second_factor_use (
  account_id TEXT PRIMARY KEY,
  step       BIGINT NOT NULL                     -- periods of 30 seconds since 1970
);

-- What administrators set for the deployment.
CREATE TABLE setting (
  name       TEXT PRIMARY KEY,                   -- second_factor_roles
  value      TEXT NOT NULL,
  changed_at BIGINT NOT NULL,
  changed_by TEXT NOT NULL,
  revision   BIGINT NOT NULL
);

-- Limits of a token. NULL on those of before: so rows that are older keep their hash in the trail.
ALTER TABLE api_token ADD COLUMN read_only INTEGER;
ALTER TABLE api_token ADD COLUMN agency_id TEXT;
ALTER TABLE api_token ADD COLUMN service TEXT;

-- +goose Down
ALTER TABLE api_token DROP COLUMN service; ALTER TABLE api_token DROP COLUMN agency_id; ALTER TABLE api_token DROP COLUMN read_only;
DROP TABLE setting; DROP TABLE second_factor_use; DROP TABLE second_factor; DROP TABLE pending_sign_in; DROP TABLE session;
CREATE TABLE session (
  token_hash    TEXT PRIMARY KEY,
  account_id    TEXT NOT NULL REFERENCES account (id),
  membership_id TEXT NOT NULL DEFAULT '',
  created_at    BIGINT NOT NULL,
  expires_at    BIGINT NOT NULL,
  user_agent    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX session_account ON session (account_id);
