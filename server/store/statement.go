package store

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// statement is what is known of an SQL text; each text is looked at once.
type statement struct {
	text       string // as the caller wrote it
	sql        string // as the engine gets it
	table      string // the table written to; empty for a query
	deletes    bool
	identifies bool   // see Store.IdentityVersion
	audited    *table // set when table is audited; sql then returns all its columns
}

var (
	writes   = regexp.MustCompile(`(?is)^\s*(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+([a-z_][a-z0-9_]*)\s`)
	queries  = regexp.MustCompile(`(?is)^\s*(SELECT|VALUES|WITH)\s`)
	anyWrite = regexp.MustCompile(`(?i)\b(INSERT|UPDATE|DELETE)\b`)
)

// statement returns what is known of the text, and refuses one whose effects could not be told from it.
func (s *Store) statement(text string) (*statement, error) {
	ts := s.tables.Load()
	if st, ok := ts.statements.Load(text); ok {
		return st.(*statement), nil
	}
	st := &statement{text: text, sql: s.engine.dialect().bind(text)}
	if m := writes.FindStringSubmatch(text); m != nil {
		if err := ts.describeWrite(st, m[2], m[1][0]|0x20); err != nil {
			return nil, err
		}
	} else if !queries.MatchString(text) {
		return nil, errors.New("a statement begins with SELECT, WITH, VALUES, INSERT INTO, UPDATE or DELETE FROM")
	} else if text[len(text)-len(strings.TrimLeft(text, " \t\r\n"))]|0x20 == 'w' && anyWrite.MatchString(text) {
		return nil, errors.New("a WITH only reads")
	}
	ts.statements.Store(text, st)
	return st, nil
}

// own returns the store's own text, which is not held to the rules of statement.
func (s *Store) own(text string) *statement {
	ts := s.tables.Load()
	if st, ok := ts.statements.Load(text); ok {
		return st.(*statement)
	}
	st := &statement{text: text, sql: s.engine.dialect().bind(text)}
	ts.statements.Store(text, st)
	return st
}

func (ts *tables) describeWrite(st *statement, name string, verb byte) error {
	t, ok := ts.byName[name]
	if !ok {
		return fmt.Errorf("there is no table %s, or the store alone writes to it", name)
	}
	if verb != 'i' && slices.Contains(appendOnly, name) {
		return fmt.Errorf("rows of %s are never changed or deleted", name)
	}
	st.table, st.deletes = name, verb == 'd'
	st.identifies = identifies(st.text, name, verb == 'i')
	if t.unaudited {
		return nil
	}
	st.audited = t
	st.sql = strings.TrimRight(st.sql, "; \t\r\n") + t.returning
	return nil
}

// summary is the beginning of the text on one line, for error messages; it never has argument values.
func (st *statement) summary() string {
	s := strings.Join(strings.Fields(st.text), " ")
	if len(s) > 80 {
		s = s[:80] + "…"
	}
	return s
}
