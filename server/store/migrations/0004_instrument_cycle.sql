-- Instruments are kept as the exact bytes that were published; cycles are the years run on them.
-- +goose Up
CREATE TABLE instrument (
  id           TEXT PRIMARY KEY,               -- the id in the file: kasn-2019
  title        TEXT NOT NULL,
  status       TEXT NOT NULL,                  -- OFFICIAL, PROVISIONAL
  lifecycle    TEXT NOT NULL,                  -- DRAFT, PUBLISHED, RETIRED
  source       BYTEA NOT NULL,                 -- the YAML; immutable once PUBLISHED
  digest       TEXT NOT NULL,                  -- hex SHA-256 of source
  replaces     TEXT NOT NULL DEFAULT '',
  saved_at     BIGINT NOT NULL,
  saved_by     TEXT NOT NULL,
  published_at BIGINT NOT NULL DEFAULT 0,
  published_by TEXT NOT NULL DEFAULT '',
  retired_at   BIGINT NOT NULL DEFAULT 0,
  retired_by   TEXT NOT NULL DEFAULT '',
  revision     BIGINT NOT NULL
);

CREATE TABLE cycle (
  id               TEXT PRIMARY KEY,
  name             TEXT NOT NULL UNIQUE,
  year             INTEGER NOT NULL,
  instrument_id    TEXT NOT NULL REFERENCES instrument (id),
  assessor         TEXT NOT NULL,              -- the body that verifies and determines in this cycle
  quorum           INTEGER NOT NULL,           -- least number of commissioners present and not recused
  majority_percent INTEGER NOT NULL,           -- votes in favour must exceed this share of them
  created_at       BIGINT NOT NULL,
  created_by       TEXT NOT NULL,
  revision         BIGINT NOT NULL
);
CREATE INDEX cycle_year ON cycle (year);

-- Both days belong to the window; it ends at 24:00 WIB of the last day.
CREATE TABLE cycle_window (
  cycle_id  TEXT NOT NULL REFERENCES cycle (id),
  phase     TEXT NOT NULL,                     -- SELF_ASSESSMENT, VERIFICATION, REPAIR, DETERMINATION, AWARD
  first_day TEXT NOT NULL,
  last_day  TEXT NOT NULL,
  set_at    BIGINT NOT NULL,
  set_by    TEXT NOT NULL,
  revision  BIGINT NOT NULL,
  PRIMARY KEY (cycle_id, phase)
);

-- The newest extension of an agency and phase counts.
CREATE TABLE extension (
  id         TEXT PRIMARY KEY,
  cycle_id   TEXT NOT NULL REFERENCES cycle (id),
  phase      TEXT NOT NULL,
  agency_id  TEXT NOT NULL REFERENCES agency (id),
  last_day   TEXT NOT NULL,
  reason     TEXT NOT NULL,
  granted_at BIGINT NOT NULL,
  granted_by TEXT NOT NULL
);
CREATE INDEX extension_agency ON extension (cycle_id, agency_id, phase, granted_at, id); -- the newest is the last

-- +goose Down
DROP TABLE extension; DROP TABLE cycle_window; DROP TABLE cycle; DROP TABLE instrument;
