-- Sign-in by OIDC: who is whom at the provider, and sign-ins under way.
-- +goose Up
CREATE TABLE account_identity (
  id          TEXT PRIMARY KEY,
  account_id  TEXT NOT NULL REFERENCES account (id),
  issuer      TEXT NOT NULL,                   -- address of the provider
  subject     TEXT NOT NULL,                   -- the provider's own name for the person
  email       TEXT NOT NULL,                   -- lower case, as verified by the provider when the link was made
  linked_at   BIGINT NOT NULL,
  unlinked_at BIGINT NOT NULL DEFAULT 0,
  unlinked_by TEXT NOT NULL DEFAULT '',        -- account id
  revision    BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_identity_subject ON account_identity (issuer, subject) WHERE unlinked_at = 0;
CREATE UNIQUE INDEX account_identity_issuer ON account_identity (account_id, issuer) WHERE unlinked_at = 0;
CREATE INDEX account_identity_account ON account_identity (account_id, id);

-- Unaudited: sign-ins that wait for the browser to come back. Nonce and PKCE verifier are made from the handle, which
-- only the browser has, so that a copy of this table completes nothing.
CREATE TABLE oidc_sign_in (
  state_hash   TEXT PRIMARY KEY,               -- hex SHA-256 of the state
  handle_hash  TEXT NOT NULL,                  -- hex SHA-256 of the handle
  redirect_uri TEXT NOT NULL,
  fresh        INTEGER NOT NULL,               -- 1: the provider must ask the person to prove themselves now
  expires_at   BIGINT NOT NULL
);
CREATE INDEX oidc_sign_in_expires ON oidc_sign_in (expires_at);

-- +goose Down
DROP TABLE oidc_sign_in; DROP TABLE account_identity;
