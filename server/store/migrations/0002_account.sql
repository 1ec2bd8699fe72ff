-- People, what they may do and how they prove who they are.
-- Ids are ULIDs, dates are YYYY-MM-DD, instants are microseconds since 1970 in UTC.
-- +goose Up
CREATE TABLE account (
  id            TEXT PRIMARY KEY,
  email         TEXT NOT NULL UNIQUE,          -- lower case
  name          TEXT NOT NULL,
  language      TEXT NOT NULL DEFAULT 'id',    -- id, en
  password_hash TEXT NOT NULL DEFAULT '',      -- argon2id in PHC form; empty until the invitation is accepted
  state         TEXT NOT NULL,                 -- INVITED, ACTIVE, DEACTIVATED
  created_at    BIGINT NOT NULL,
  created_by    TEXT NOT NULL,                 -- account id; '' for the bootstrap
  revision      BIGINT NOT NULL
);

-- A right: a role over a scope for a time. A session acts as one of them.
CREATE TABLE membership (
  id            TEXT PRIMARY KEY,
  account_id    TEXT NOT NULL REFERENCES account (id),
  role          TEXT NOT NULL,                 -- a Role without its prefix: OPERATOR, VERIFIER, …
  agency_id     TEXT NOT NULL DEFAULT '',      -- scope: an agency
  region        TEXT NOT NULL DEFAULT '',      -- scope: a region (wilayah); both empty: the nation
  valid_from    TEXT NOT NULL,
  valid_until   TEXT NOT NULL DEFAULT '',      -- last day; '' means until ended
  letter_number TEXT NOT NULL DEFAULT '',
  granted_by    TEXT NOT NULL,
  granted_at    BIGINT NOT NULL,
  ended_at      BIGINT NOT NULL DEFAULT 0,
  ended_by      TEXT NOT NULL DEFAULT '',
  end_reason    TEXT NOT NULL DEFAULT '',
  revision      BIGINT NOT NULL
);
CREATE INDEX membership_account ON membership (account_id);
CREATE INDEX membership_agency ON membership (agency_id, role);
CREATE INDEX membership_role ON membership (role, region);

-- An agency that a person belongs or belonged to: nobody decides on it.
CREATE TABLE interest (
  id          TEXT PRIMARY KEY,
  account_id  TEXT NOT NULL REFERENCES account (id),
  agency_id   TEXT NOT NULL,
  relation    TEXT NOT NULL,                   -- in the declarer's own words
  from_date   TEXT NOT NULL DEFAULT '',
  until_date  TEXT NOT NULL DEFAULT '',
  declared_at BIGINT NOT NULL
);
CREATE INDEX interest_account ON interest (account_id, agency_id);

CREATE TABLE api_token (
  id            TEXT PRIMARY KEY,
  account_id    TEXT NOT NULL REFERENCES account (id),
  membership_id TEXT NOT NULL REFERENCES membership (id),
  name          TEXT NOT NULL,
  token_hash    TEXT NOT NULL UNIQUE,          -- hex SHA-256 of the secret
  created_at    BIGINT NOT NULL,
  expires_at    BIGINT NOT NULL,
  revoked_at    BIGINT NOT NULL DEFAULT 0,
  revision      BIGINT NOT NULL
);
CREATE INDEX api_token_account ON api_token (account_id);

-- Invitations and password resets: links that work once, within 72 hours.
CREATE TABLE one_time_link (
  id          TEXT PRIMARY KEY,
  kind        TEXT NOT NULL,                   -- INVITATION, PASSWORD_RESET
  account_id  TEXT NOT NULL REFERENCES account (id),
  secret_hash TEXT NOT NULL UNIQUE,
  issued_by   TEXT NOT NULL,
  issued_at   BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  used_at     BIGINT NOT NULL DEFAULT 0,
  revision    BIGINT NOT NULL
);
CREATE INDEX one_time_link_account ON one_time_link (account_id);

-- Unaudited: sessions, last uses and failure counters.
CREATE TABLE session (
  token_hash    TEXT PRIMARY KEY,
  account_id    TEXT NOT NULL REFERENCES account (id),
  membership_id TEXT NOT NULL DEFAULT '',      -- '' when the person has no membership in force
  created_at    BIGINT NOT NULL,
  expires_at    BIGINT NOT NULL,
  user_agent    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX session_account ON session (account_id);
CREATE TABLE token_use (
  token_id TEXT PRIMARY KEY,
  used_at  BIGINT NOT NULL
);
CREATE TABLE sign_in_failure (
  subject  TEXT PRIMARY KEY,                   -- account:<hash of the e-mail> or address:<ip>
  failures INTEGER NOT NULL,
  last_at  BIGINT NOT NULL
);

-- +goose Down
DROP TABLE sign_in_failure; DROP TABLE token_use; DROP TABLE session; DROP TABLE one_time_link; DROP TABLE api_token;
DROP TABLE interest; DROP TABLE membership; DROP TABLE account;
