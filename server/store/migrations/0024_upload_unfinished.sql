-- How many uploads of an account are under way is asked at the start of each, while nobody else can write.
-- +goose Up
CREATE INDEX upload_unfinished ON upload (account_id) WHERE finished_as = '';

-- +goose Down
DROP INDEX upload_unfinished;
