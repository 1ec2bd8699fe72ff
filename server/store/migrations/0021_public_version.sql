-- How often what the public may read has changed: an answer made under a version holds for as long as the version stands.
-- For replicas on PostgreSQL; on SQLite the one process counts for itself, and there is no row.
-- Unaudited: it says nothing that its tables do not.
-- +goose Up
CREATE TABLE public_version (
  one     INTEGER PRIMARY KEY,                 -- 1: there is one row, or none yet
  version BIGINT NOT NULL
);

-- +goose Down
DROP TABLE public_version;
