-- Agencies live: everything about them but their id is dated.
-- +goose Up
CREATE TABLE agency (
  id         TEXT PRIMARY KEY,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  revision   BIGINT NOT NULL
);

-- What an agency is from a day on, until the next row of the same agency.
CREATE TABLE agency_version (
  agency_id   TEXT NOT NULL REFERENCES agency (id),
  valid_from  TEXT NOT NULL,
  valid_until TEXT NOT NULL DEFAULT '9999-12-31', -- last day; kept one day before the next row's valid_from
  code        TEXT NOT NULL,
  name        TEXT NOT NULL,
  search_name TEXT NOT NULL,                   -- folded for searching: lower case, no punctuation
  kind        TEXT NOT NULL,                   -- KEMENTERIAN, LPNK, LEMBAGA_NEGARA, PROVINSI, KABUPATEN, KOTA
  province_id TEXT NOT NULL DEFAULT '',        -- agency id of the province; '' for central agencies
  region      TEXT NOT NULL DEFAULT '',        -- wilayah of the verifiers
  time_zone   TEXT NOT NULL,                   -- Asia/Jakarta, Asia/Makassar, Asia/Jayapura
  assessed    INTEGER NOT NULL,                -- 1: assesses itself; 0: part of another agency or dissolved
  recorded_at BIGINT NOT NULL,
  recorded_by TEXT NOT NULL,
  PRIMARY KEY (agency_id, valid_from)
);
CREATE INDEX agency_version_code ON agency_version (code, valid_from);
CREATE INDEX agency_version_name ON agency_version (search_name);

-- SPLIT_FROM: agency came out of other; MERGED_INTO: agency went into other; RENAMED: agency became other.
CREATE TABLE agency_link (
  agency_id   TEXT NOT NULL REFERENCES agency (id),
  kind        TEXT NOT NULL,
  other_id    TEXT NOT NULL REFERENCES agency (id),
  on_date     TEXT NOT NULL,
  legal_basis TEXT NOT NULL DEFAULT '',
  recorded_at BIGINT NOT NULL,
  recorded_by TEXT NOT NULL,
  PRIMARY KEY (agency_id, kind, other_id)
);
CREATE INDEX agency_link_other ON agency_link (other_id);

-- +goose Down
DROP TABLE agency_link; DROP TABLE agency_version; DROP TABLE agency;
