-- Unaudited: who works in the background, and what was answered to requests that may come again.
-- +goose Up
-- The epoch grows whenever the lease goes to a holder anew, and never shrinks: work done under an older
-- epoch is refused.
CREATE TABLE lease (
  name       TEXT PRIMARY KEY,
  holder     TEXT NOT NULL,
  epoch      BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE remembered_request (
  account_id   TEXT NOT NULL,
  method       TEXT NOT NULL,
  request_id   TEXT NOT NULL,
  request_hash TEXT NOT NULL,                  -- hex SHA-256 of the request
  response     BYTEA NOT NULL,
  answered_at  BIGINT NOT NULL,
  PRIMARY KEY (account_id, method, request_id)
);
CREATE INDEX remembered_request_age ON remembered_request (answered_at);

-- +goose Down
DROP TABLE remembered_request; DROP TABLE lease;
