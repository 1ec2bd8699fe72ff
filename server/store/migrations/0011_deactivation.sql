-- Why an account was deactivated. NULL where it was not: so rows that are older keep their hash in the trail.
-- +goose Up
ALTER TABLE account ADD COLUMN deactivation_reason TEXT;

-- +goose Down
ALTER TABLE account DROP COLUMN deactivation_reason;
