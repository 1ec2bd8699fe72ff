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
CREATE FUNCTION count_result() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.corrected_by = '' THEN
    INSERT INTO result_count VALUES (OLD.instrument_id, OLD.year, OLD.agency_kind, OLD.province_id, OLD.category,
        OLD.category_rank, OLD.has_total, -1)
      ON CONFLICT (instrument_id, year, agency_kind, province_id, category, category_rank, has_total)
      DO UPDATE SET results = result_count.results + excluded.results;
    INSERT INTO result_aspect_count
      SELECT OLD.instrument_id, OLD.year, OLD.agency_kind, a.aspect, a.maximum, -1, -a.points
      FROM result_aspect AS a WHERE a.result_id = OLD.id
      ON CONFLICT (instrument_id, year, agency_kind, aspect, maximum)
      DO UPDATE SET results = result_aspect_count.results + excluded.results, points = result_aspect_count.points + excluded.points;
  END IF;
  IF NEW.corrected_by = '' THEN
    INSERT INTO result_count VALUES (NEW.instrument_id, NEW.year, NEW.agency_kind, NEW.province_id, NEW.category,
        NEW.category_rank, NEW.has_total, 1)
      ON CONFLICT (instrument_id, year, agency_kind, province_id, category, category_rank, has_total)
      DO UPDATE SET results = result_count.results + excluded.results;
    INSERT INTO result_aspect_count
      SELECT NEW.instrument_id, NEW.year, NEW.agency_kind, a.aspect, a.maximum, 1, a.points
      FROM result_aspect AS a WHERE a.result_id = NEW.id
      ON CONFLICT (instrument_id, year, agency_kind, aspect, maximum)
      DO UPDATE SET results = result_aspect_count.results + excluded.results, points = result_aspect_count.points + excluded.points;
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION count_result_aspect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.result_id <> '' THEN
    INSERT INTO result_aspect_count
      SELECT r.instrument_id, r.year, r.agency_kind, OLD.aspect, OLD.maximum, -1, -OLD.points
      FROM result AS r WHERE r.id = OLD.result_id AND r.corrected_by = ''
      ON CONFLICT (instrument_id, year, agency_kind, aspect, maximum)
      DO UPDATE SET results = result_aspect_count.results + excluded.results, points = result_aspect_count.points + excluded.points;
  END IF;
  IF NEW.result_id <> '' THEN
    INSERT INTO result_aspect_count
      SELECT r.instrument_id, r.year, r.agency_kind, NEW.aspect, NEW.maximum, 1, NEW.points
      FROM result AS r WHERE r.id = NEW.result_id AND r.corrected_by = ''
      ON CONFLICT (instrument_id, year, agency_kind, aspect, maximum)
      DO UPDATE SET results = result_aspect_count.results + excluded.results, points = result_aspect_count.points + excluded.points;
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION count_agency_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.assessed = 1 THEN
    INSERT INTO agency_count VALUES (OLD.kind, OLD.valid_from, -1, 0)
      ON CONFLICT (kind, day) DO UPDATE SET began = agency_count.began + excluded.began;
    INSERT INTO agency_count VALUES (OLD.kind, OLD.valid_until, 0, -1)
      ON CONFLICT (kind, day) DO UPDATE SET ended = agency_count.ended + excluded.ended;
  END IF;
  IF NEW.assessed = 1 THEN
    INSERT INTO agency_count VALUES (NEW.kind, NEW.valid_from, 1, 0)
      ON CONFLICT (kind, day) DO UPDATE SET began = agency_count.began + excluded.began;
    INSERT INTO agency_count VALUES (NEW.kind, NEW.valid_until, 0, 1)
      ON CONFLICT (kind, day) DO UPDATE SET ended = agency_count.ended + excluded.ended;
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER count_result AFTER INSERT OR UPDATE OR DELETE ON result FOR EACH ROW EXECUTE FUNCTION count_result();
CREATE TRIGGER count_result_aspect AFTER INSERT OR UPDATE OR DELETE ON result_aspect FOR EACH ROW EXECUTE FUNCTION count_result_aspect();
CREATE TRIGGER count_agency_version AFTER INSERT OR UPDATE OR DELETE ON agency_version FOR EACH ROW EXECUTE FUNCTION count_agency_version();

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
DROP TRIGGER count_agency_version ON agency_version;
DROP FUNCTION count_agency_version();
DROP TRIGGER count_result_aspect ON result_aspect;
DROP FUNCTION count_result_aspect();
DROP TRIGGER count_result ON result;
DROP FUNCTION count_result();
DROP TABLE agency_count;
DROP TABLE result_aspect_count;
DROP TABLE result_count;
