-- One row per determined or imported result, ready to be ranked; and the awards that rest on them.
-- Of the results of one agency, year and instrument exactly one is in force: the newest determination, or while there
-- is none the newest import. The others name the one that took their place.
-- +goose Up
CREATE TABLE result (
  id               TEXT PRIMARY KEY,
  agency_id        TEXT NOT NULL REFERENCES agency (id),
  year             INTEGER NOT NULL,           -- of the determination
  instrument_id    TEXT NOT NULL,
  cycle_id         TEXT NOT NULL DEFAULT '',   -- '' when imported
  assessment_id    TEXT NOT NULL DEFAULT '',
  determination_id TEXT NOT NULL DEFAULT '',
  corrects         TEXT NOT NULL DEFAULT '',   -- result id of the determination or import that this one corrects
  corrected_by     TEXT NOT NULL DEFAULT '',   -- result id of the one in force instead; '' while in force
  agency_code      TEXT NOT NULL,              -- code, name, kind and province as they were at the time
  agency_name      TEXT NOT NULL,
  search_name      TEXT NOT NULL,              -- agency_name folded, as in agency_version
  agency_kind      TEXT NOT NULL,
  province_id      TEXT NOT NULL DEFAULT '',
  has_total        INTEGER NOT NULL,
  total            BIGINT NOT NULL DEFAULT 0,  -- thousandths
  index_text       TEXT NOT NULL DEFAULT '',   -- as published: 0.80
  category         TEXT NOT NULL DEFAULT '',   -- category code
  category_rank    INTEGER NOT NULL DEFAULT -1, -- its place in the instrument, ascending
  reconstructed    INTEGER NOT NULL DEFAULT 0, -- 1: rests on reconstructed items
  imported         INTEGER NOT NULL DEFAULT 0,
  year_uncertain   INTEGER NOT NULL DEFAULT 0,
  source           TEXT NOT NULL DEFAULT '',   -- of an imported result
  decree_number    TEXT NOT NULL DEFAULT '',
  decree_date      TEXT NOT NULL DEFAULT '',
  valid_until      TEXT NOT NULL DEFAULT '',
  score            BYTEA NOT NULL,             -- merit.v1.Score of the result, with aspects and items; empty when imported
  recorded_at      BIGINT NOT NULL,
  recorded_by      TEXT NOT NULL
);
CREATE UNIQUE INDEX result_in_force ON result (agency_id, year, instrument_id) WHERE corrected_by = '';
CREATE INDEX result_ranking ON result (instrument_id, year, agency_kind, has_total, total DESC, agency_code, id)
  WHERE corrected_by = '';
CREATE INDEX result_agency ON result (agency_id, year);
CREATE INDEX result_assessment ON result (assessment_id);

CREATE TABLE result_aspect (
  result_id TEXT NOT NULL REFERENCES result (id),
  aspect    TEXT NOT NULL,
  points    BIGINT NOT NULL,                   -- thousandths; the maturity for a WEIGHTED_MEAN
  maximum   BIGINT NOT NULL,
  PRIMARY KEY (result_id, aspect)
);

CREATE TABLE award (
  id            TEXT PRIMARY KEY,
  title         TEXT NOT NULL,
  year          INTEGER NOT NULL,              -- of the results
  instrument_id TEXT NOT NULL REFERENCES instrument (id),
  state         TEXT NOT NULL,                 -- DRAFT, DECIDED, PUBLISHED
  rule          BYTEA NOT NULL,                -- merit.v1.AwardRule
  drafted_at    BIGINT NOT NULL,
  drafted_by    TEXT NOT NULL,
  decided_at    BIGINT NOT NULL DEFAULT 0,
  decided_by    TEXT NOT NULL DEFAULT '',
  published_at  BIGINT NOT NULL DEFAULT 0,
  published_by  TEXT NOT NULL DEFAULT '',
  letter_number TEXT NOT NULL DEFAULT '',
  revision      BIGINT NOT NULL
);
CREATE INDEX award_year ON award (year, state);

CREATE TABLE award_exclusion (
  award_id    TEXT NOT NULL REFERENCES award (id),
  agency_id   TEXT NOT NULL REFERENCES agency (id),
  reason      TEXT NOT NULL,
  excluded_at BIGINT NOT NULL,
  excluded_by TEXT NOT NULL,
  PRIMARY KEY (award_id, agency_id)
);

CREATE TABLE award_recipient (
  award_id    TEXT NOT NULL REFERENCES award (id),
  group_index INTEGER NOT NULL,
  result_id   TEXT NOT NULL REFERENCES result (id),
  place       INTEGER NOT NULL,                -- equal totals share a place
  reason      TEXT NOT NULL DEFAULT '',        -- why this one among equals
  PRIMARY KEY (award_id, group_index, result_id)
);

-- +goose Down
DROP TABLE award_recipient; DROP TABLE award_exclusion; DROP TABLE award; DROP TABLE result_aspect; DROP TABLE result;
