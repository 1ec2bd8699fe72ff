package store

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func mustOpenSession(t *testing.T) *session {
	t.Helper()
	s, err := openSession(t.Context(), newSQLiteConnector(filepath.Join(t.TempDir(), "merit.db"), writerPragmas))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.close() })
	return s
}

func mustFindOne(t *testing.T, s *session, text string, args []any, to ...any) error {
	t.Helper()
	found, err := s.query(t.Context(), text, args)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	if !found.Next() {
		t.Fatal(found.Err())
	}
	return found.Scan(to...)
}

func TestASessionGivesBackWhatItWasGiven(t *testing.T) {
	type code string
	type level int8
	s := mustOpenSession(t)
	var (
		text, fromBytes     string
		bytes, fromText     []byte
		number              int64
		small               int
		truth               bool
		named               code
		numbered            level
		nothing             = []byte("something")
		whatever, different any
	)
	err := mustFindOne(t, s, "SELECT ?1, ?2, ?2, ?1, ?3, ?4, ?5, ?1, ?4, ?6, ?1, ?3",
		[]any{"a\x00b", []byte{0, 1}, int64(1) << 62, 4, true, nil},
		&text, &fromBytes, &bytes, &fromText, &number, &small, &truth, &named, &numbered, &nothing, &whatever, &different)
	if err != nil {
		t.Fatal(err)
	}
	if text != "a\x00b" || fromBytes != "\x00\x01" || string(bytes) != "\x00\x01" || string(fromText) != text {
		t.Errorf("texts and bytes: %q %q %q %q", text, fromBytes, bytes, fromText)
	}
	if number != 1<<62 || small != 4 || !truth || named != code(text) || numbered != 4 {
		t.Errorf("numbers and names: %d %d %t %q %d", number, small, truth, named, numbered)
	}
	if nothing != nil || whatever != any(text) || different != any(number) {
		t.Errorf("nothing, and anything: %q %v %v", nothing, whatever, different)
	}
}

func TestAValueThatDoesNotFitIsRefused(t *testing.T) {
	s := mustOpenSession(t)
	for name, c := range map[string]struct {
		value any
		to    any
		want  string
	}{
		"a text as a number":             {"3", new(int64), "string does not go into *int64"},
		"a number as a text":             {int64(3), new(string), "int64 does not go into *string"},
		"nothing as a text":              {nil, new(string), "<nil> does not go into *string"},
		"nothing as a number":            {nil, new(int), "<nil> does not go into *int"},
		"a number as bytes":              {int64(3), new([]byte), "int64 does not go into *[]uint8"},
		"a number that is too large":     {int64(300), new(int8), "int64 does not go into *int8"},
		"a broken number as a whole one": {1.5, new(int64), "float64 does not go into *int64"},
	} {
		t.Run(name, func(t *testing.T) {
			err := mustFindOne(t, s, "SELECT ?1 AS answered", []any{c.value}, c.to)
			if err == nil || !strings.Contains(err.Error(), "column 0, answered: "+c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestOneColumnTooManyIsRefused(t *testing.T) {
	if err := mustFindOne(t, mustOpenSession(t), "SELECT 1, 2", nil, new(int)); err == nil {
		t.Error("two columns went into one variable")
	}
}

func TestAPoolHasNoMoreSessionsThanPlacesAndWaitsForThemAtTheEnd(t *testing.T) {
	p := newPool(newSQLiteConnector(filepath.Join(t.TempDir(), "merit.db"), writerPragmas), 1)
	inside, leave, closed := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		_ = p.with(context.Background(), func(*session) error {
			close(inside)
			<-leave
			return nil
		})
	}()
	<-inside
	full, cancel := context.WithCancel(t.Context())
	waited := make(chan error)
	go func() {
		waited <- p.with(full, func(*session) error { return errors.New("two used the only session") })
	}()
	cancel()
	if err := <-waited; !errors.Is(err, context.Canceled) {
		t.Errorf("who waited for the only session: %v, want %v", err, context.Canceled)
	}
	go func() { closed <- p.close() }()
	<-p.closed
	if err := p.with(t.Context(), func(*session) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("who came after the end: %v, want %v", err, ErrClosed)
	}
	select {
	case err := <-closed:
		t.Errorf("the pool was closed (%v) while a session was in use", err)
	default:
	}
	close(leave)
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
