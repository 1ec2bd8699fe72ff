-- How many results in force are alike, what their aspects come to, and how many agencies assess themselves: counted along
-- with every change, by triggers, so that it holds whoever makes the change, also a replica of the release before and a
-- restore. Derived: it says nothing that its tables do not, is in no backup, and is counted again by the check of the trail.
-- +goose Up
CREATE TABLE result_count (
  instrument_id TEXT NOT NULL,
  year          INTEGER NOT NULL,
  agency_kind   TEXT NOT NULL,
  province_id   TEXT NOT NULL,
  category      TEXT NOT NULL,
  category_rank INTEGER NOT NULL,
  has_total     INTEGER NOT NULL,
  results       BIGINT NOT NULL,                 -- in force; 0 once all are corrected
  PRIMARY KEY (instrument_id, year, agency_kind, province_id, category, category_rank, has_total)
);
CREATE TABLE result_aspect_count (
  instrument_id TEXT NOT NULL,
  year          INTEGER NOT NULL,
  agency_kind   TEXT NOT NULL,
  aspect        TEXT NOT NULL,
  maximum       BIGINT NOT NULL,                 -- thousandths
  results       BIGINT NOT NULL,                 -- in force, with the aspect and this maximum
  points        BIGINT NOT NULL,                 -- their sum, in thousandths
  PRIMARY KEY (instrument_id, year, agency_kind, aspect, maximum)
);
CREATE TABLE agency_count (
  kind  TEXT NOT NULL,
  day   TEXT NOT NULL,
  began BIGINT NOT NULL,                         -- agencies that assess themselves from this day on
  ended BIGINT NOT NULL,                         -- agencies that do so on this day for the last time
  PRIMARY KEY (kind, day)
);

-- +goose StatementBegin
CREATE TRIGGER result_begins AFTER INSERT ON result WHEN NEW.corrected_by = '' BEGIN
  INSERT INTO result_count VALUES (NEW.instrument_id, NEW.year, NEW.agency_kind, NEW.province_id, NEW.category,
      NEW.category_rank, NEW.has_total, 1)
    ON CONFLICT (instrument_id, year, agency_kind, province_id, category, category_rank, has_total)
    DO UPDATE SET results = result_count.results + excluded.results;
  INSERT INTO result_aspect_count
    SELECT NEW.instrument_id, NEW.year, NEW.agency_kind, a.aspect, a.maximum, 1, a.points
    FROM result_aspect AS a WHERE a.result_id = NEW.id
    ON CONFLICT (instrument_id, year, agency_kind, aspect, maximum)
    DO UPDATE SET results = result_aspect_count.results + excluded.results, points = result_aspect_count.points + excluded.points;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER result_was AFTER UPDATE ON result WHEN OLD.corrected_by = '' BEGIN
  INSERT INTO result_count VALUES (OLD.instrument_id, OLD.year, OLD.agency_kind, OLD.province_id, OLD.category,
      OLD.category_rank, OLD.has_total, -1)
    ON CONFLICT (instrument_id, year, agency_kind, province_id, category, category_rank, has_total)
    DO UPDATE SET results = result_count.results + excluded.results;
  INSERT INTO result_aspect_count
    SELECT OLD.instrument_id, OLD.year, OLD.agency_kind, a.aspect, a.maximum, -1, -a.points
    FROM result_aspect AS a WHERE a.result_id = OLD.id
    ON CONFLICT (instrument_id, year, agency_kind, aspect, maximum)
    DO UPDATE SET results = result_aspect_count.results + excluded.results, points = result_aspect_count.points + excluded.points;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER result_is AFTER UPDATE ON result WHEN NEW.corrected_by = '' BEGIN
  INSERT INTO result_count VALUES (NEW.instrument_id, NEW.year, NEW.agency_kind, NEW.province_id, NEW.category,
      NEW.category_rank, NEW.has_total, 1)
    ON CONFLICT (instrument_id, year, agency_kind, province_id, category, category_rank, has_total)
    DO UPDATE SET results = result_count.results + excluded.results;
  INSERT INTO result_aspect_count
    SELECT NEW.instrument_id, NEW.year, NEW.agency_kind, a.aspect, a.maximum, 1, a.points
    FROM result_aspect AS a WHERE a.result_id = NEW.id
    ON CONFLICT (instrument_id, year, agency_kind, aspect, maximum)
    DO UPDATE SET results = result_aspect_count.results + excluded.results, points = result_aspect_count.points + excluded.points;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER result_ends AFTER DELETE ON result WHEN OLD.corrected_by = '' BEGIN
  INSERT INTO result_count VALUES (OLD.instrument_id, OLD.year, OLD.agency_kind, OLD.province_id, OLD.category,
      OLD.category_rank, OLD.has_total, -1)
    ON CONFLICT (instrument_id, year, agency_kind, province_id, category, category_rank, has_total)
    DO UPDATE SET results = result_count.results + excluded.results;
  INSERT INTO result_aspect_count
    SELECT OLD.instrument_id, OLD.year, OLD.agency_kind, a.aspect, a.maximum, -1, -a.points
    FROM result_aspect AS a WHERE a.result_id = OLD.id
    ON CONFLICT (instrument_id, year, agency_kind, aspect, maximum)
    DO UPDATE SET results = result_aspect_count.results + excluded.results, points = result_aspect_count.points + excluded.points;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER result_aspect_begins AFTER INSERT ON result_aspect BEGIN
  INSERT INTO result_aspect_count
    SELECT r.instrument_id, r.year, r.agency_kind, NEW.aspect, NEW.maximum, 1, NEW.points
    FROM result AS r WHERE r.id = NEW.result_id AND r.corrected_by = ''
    ON CONFLICT (instrument_id, year, agency_kind, aspect, maximum)
    DO UPDATE SET results = result_aspect_count.results + excluded.results, points = result_aspect_count.points + excluded.points;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER result_aspect_was AFTER UPDATE ON result_aspect BEGIN
  INSERT INTO result_aspect_count
    SELECT r.instrument_id, r.year, r.agency_kind, OLD.aspect, OLD.maximum, -1, -OLD.points
    FROM result AS r WHERE r.id = OLD.result_id AND r.corrected_by = ''
    ON CONFLICT (instrument_id, year, agency_kind, aspect, maximum)
    DO UPDATE SET results = result_aspect_count.results + excluded.results, points = result_aspect_count.points + excluded.points;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER result_aspect_is AFTER UPDATE ON result_aspect BEGIN
  INSERT INTO result_aspect_count
    SELECT r.instrument_id, r.year, r.agency_kind, NEW.aspect, NEW.maximum, 1, NEW.points
    FROM result AS r WHERE r.id = NEW.result_id AND r.corrected_by = ''
    ON CONFLICT (instrument_id, year, agency_kind, aspect, maximum)
    DO UPDATE SET results = result_aspect_count.results + excluded.results, points = result_aspect_count.points + excluded.points;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER result_aspect_ends AFTER DELETE ON result_aspect BEGIN
  INSERT INTO result_aspect_count
    SELECT r.instrument_id, r.year, r.agency_kind, OLD.aspect, OLD.maximum, -1, -OLD.points
    FROM result AS r WHERE r.id = OLD.result_id AND r.corrected_by = ''
    ON CONFLICT (instrument_id, year, agency_kind, aspect, maximum)
    DO UPDATE SET results = result_aspect_count.results + excluded.results, points = result_aspect_count.points + excluded.points;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER agency_version_begins AFTER INSERT ON agency_version WHEN NEW.assessed = 1 BEGIN
  INSERT INTO agency_count VALUES (NEW.kind, NEW.valid_from, 1, 0)
    ON CONFLICT (kind, day) DO UPDATE SET began = agency_count.began + excluded.began;
  INSERT INTO agency_count VALUES (NEW.kind, NEW.valid_until, 0, 1)
    ON CONFLICT (kind, day) DO UPDATE SET ended = agency_count.ended + excluded.ended;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER agency_version_was AFTER UPDATE ON agency_version WHEN OLD.assessed = 1 BEGIN
  INSERT INTO agency_count VALUES (OLD.kind, OLD.valid_from, -1, 0)
    ON CONFLICT (kind, day) DO UPDATE SET began = agency_count.began + excluded.began;
  INSERT INTO agency_count VALUES (OLD.kind, OLD.valid_until, 0, -1)
    ON CONFLICT (kind, day) DO UPDATE SET ended = agency_count.ended + excluded.ended;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER agency_version_is AFTER UPDATE ON agency_version WHEN NEW.assessed = 1 BEGIN
  INSERT INTO agency_count VALUES (NEW.kind, NEW.valid_from, 1, 0)
    ON CONFLICT (kind, day) DO UPDATE SET began = agency_count.began + excluded.began;
  INSERT INTO agency_count VALUES (NEW.kind, NEW.valid_until, 0, 1)
    ON CONFLICT (kind, day) DO UPDATE SET ended = agency_count.ended + excluded.ended;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER agency_version_ends AFTER DELETE ON agency_version WHEN OLD.assessed = 1 BEGIN
  INSERT INTO agency_count VALUES (OLD.kind, OLD.valid_from, -1, 0)
    ON CONFLICT (kind, day) DO UPDATE SET began = agency_count.began + excluded.began;
  INSERT INTO agency_count VALUES (OLD.kind, OLD.valid_until, 0, -1)
    ON CONFLICT (kind, day) DO UPDATE SET ended = agency_count.ended + excluded.ended;
END;
-- +goose StatementEnd

-- Counted after the triggers are there: until the end of this migration nobody else writes to what they watch.
INSERT INTO result_count
  SELECT instrument_id, year, agency_kind, province_id, category, category_rank, has_total, count(*)
  FROM result WHERE corrected_by = ''
  GROUP BY instrument_id, year, agency_kind, province_id, category, category_rank, has_total;
INSERT INTO result_aspect_count
  SELECT r.instrument_id, r.year, r.agency_kind, a.aspect, a.maximum, count(*), CAST(sum(a.points) AS BIGINT)
  FROM result AS r JOIN result_aspect AS a ON a.result_id = r.id WHERE r.corrected_by = ''
  GROUP BY r.instrument_id, r.year, r.agency_kind, a.aspect, a.maximum;
INSERT INTO agency_count
  SELECT kind, day, CAST(sum(began) AS BIGINT), CAST(sum(ended) AS BIGINT) FROM (
    SELECT kind, valid_from AS day, 1 AS began, 0 AS ended FROM agency_version WHERE assessed = 1
    UNION ALL SELECT kind, valid_until, 0, 1 FROM agency_version WHERE assessed = 1) AS changes
  GROUP BY kind, day;

-- +goose Down
DROP TRIGGER agency_version_ends;
DROP TRIGGER agency_version_is;
DROP TRIGGER agency_version_was;
DROP TRIGGER agency_version_begins;
DROP TRIGGER result_aspect_ends;
DROP TRIGGER result_aspect_is;
DROP TRIGGER result_aspect_was;
DROP TRIGGER result_aspect_begins;
DROP TRIGGER result_ends;
DROP TRIGGER result_is;
DROP TRIGGER result_was;
DROP TRIGGER result_begins;
DROP TABLE agency_count;
DROP TABLE result_aspect_count;
DROP TABLE result_count;
