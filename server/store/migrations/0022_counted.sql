-- Who was counted when the plenary decided: who turns out to be tied is taken out of that count wherever they went since.
-- NULL in what was decided before: then everybody who is recorded as present or has voted counts as counted.
-- +goose Up
ALTER TABLE plenary_agenda ADD COLUMN counted TEXT; -- account ids, separated by spaces

-- +goose Down
ALTER TABLE plenary_agenda DROP COLUMN counted;
