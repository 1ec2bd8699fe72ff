package store

import (
	"regexp"
	"testing"
)

func TestEveryTableThatAnIdentityIsReadFromCountsItsChanges(t *testing.T) {
	from := regexp.MustCompile(`\b(?:FROM|JOIN) ([a-z_]+)`)
	for _, query := range []string{identityBySession, identityByToken} {
		tables := from.FindAllStringSubmatch(query, -1)
		if len(tables) < 5 {
			t.Errorf("found only %d tables in %s", len(tables), query)
		}
		for _, m := range tables {
			// When a token was last used says nothing of who uses it.
			if table := m[1]; !identifying[table] && table != "token_use" {
				t.Errorf("an identity is read from %s, whose changes do not count: add it to identifying", table)
			}
		}
	}
}

func TestWhichStatementsMayChangeWhoSomebodyIs(t *testing.T) {
	for _, c := range []struct {
		name, text, table string
		inserts, want     bool
	}{
		{"somebody is deactivated", "UPDATE account SET state = $2 WHERE id = $1", "account", false, true},
		{"a session is ended", "DELETE FROM session WHERE token_hash = $1", "session", false, true},
		{"a second factor is enrolled", "INSERT INTO second_factor (account_id) VALUES ($1)", "second_factor", true, true},
		{"somebody signs in", "INSERT INTO session (id) VALUES ($1)", "session", true, false},
		{"a session was used", setSessionUsed, "session", false, false},
		{"an answer is saved", "INSERT INTO decision (item) VALUES ($1)", "decision", true, false},
	} {
		if got := identifies(c.text, c.table, c.inserts); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
