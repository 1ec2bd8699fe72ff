-- What replicas have told each other of who calls much. Not logged: a counter need not survive a crash, and nobody waits
-- for the disk, or for a standby, to count. Unaudited.
-- +goose Up
CREATE UNLOGGED TABLE call_rate (
  subject TEXT PRIMARY KEY,                    -- the limit and whose calls it counts
  full_at BIGINT NOT NULL                      -- when all calls at once are to be had again
);

-- +goose Down
DROP TABLE call_rate;
