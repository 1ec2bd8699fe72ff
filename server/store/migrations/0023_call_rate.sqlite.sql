-- What replicas have told each other of who calls much. On SQLite the one process knows by itself, and there is no row.
-- Unaudited: a counter.
-- +goose Up
CREATE TABLE call_rate (
  subject TEXT PRIMARY KEY,                    -- the limit and whose calls it counts
  full_at BIGINT NOT NULL                      -- when all calls at once are to be had again
);

-- +goose Down
DROP TABLE call_rate;
