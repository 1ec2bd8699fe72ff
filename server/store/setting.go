package store

import "errors"

// SettingSecondFactorRoles are the roles that demand a second factor: their names, separated by spaces.
const SettingSecondFactorRoles = "second_factor_roles"

// Setting is what administrators set for the deployment.
type Setting struct {
	Name     string
	Value    string
	Revision int64 // 0 while nobody has set it
}

// Setting returns a setting; one that nobody has set is empty.
func (tx *Tx) Setting(name string) (Setting, error) {
	s, err := One(tx, "setting "+name, func(row Scanner, s *Setting) error { return row.Scan(&s.Name, &s.Value, &s.Revision) },
		"SELECT name, value, revision FROM setting WHERE name = $1", name)
	if errors.Is(err, ErrNotFound) {
		return Setting{Name: name}, nil
	}
	return s, err
}

// SaveSetting writes a setting. It returns ErrNotFound unless the stored revision is s's.
func (tx *Tx) SaveSetting(s Setting, changedBy string) error {
	if s.Revision == 0 {
		_, err := tx.Exec("INSERT INTO setting (name, value, changed_at, changed_by, revision) VALUES ($1, $2, $3, $4, 1)",
			s.Name, s.Value, Micros(tx.Now()), changedBy)
		if errors.Is(err, ErrUnique) {
			return ErrNotFound
		}
		return err
	}
	return changedOne(tx.Exec(`UPDATE setting SET value = $3, changed_at = $4, changed_by = $5, revision = revision + 1
		WHERE name = $1 AND revision = $2`, s.Name, s.Revision, s.Value, Micros(tx.Now()), changedBy))
}
