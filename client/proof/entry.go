package proof

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrEntry says that bytes are not those of an entry of the trail.
var ErrEntry = errors.New("this is not an entry of the trail")

// Entry is an entry of the trail as its leaf says.
type Entry struct {
	ID, Actor, Membership, Action, Agency, Subject string

	At   time.Time
	Rows []EntryRow

	salt []byte
}

// EntryRow is a row that an entry created, changed or deleted.
type EntryRow struct {
	Table, Key string
	Hash       string // hex; "deleted"
}

// leafNames are the names of the lines of a leaf before its rows, in their order.
var leafNames = []string{"id", "at", "actor", "membership", "action", "agency", "subject", "salt"}

// ReadEntry reads an entry from its leaf. It returns ErrEntry.
func ReadEntry(leaf []byte) (*Entry, error) {
	lines := strings.Split(string(leaf), "\n")
	if len(lines) < len(leafNames)+2 || lines[0] != "merit-audit-entry-v1" || lines[len(lines)-1] != "" {
		return nil, ErrEntry
	}
	values := make(map[string]string, len(leafNames))
	for i, name := range leafNames {
		key, value, _ := strings.Cut(lines[1+i], " ")
		if key != name {
			return nil, fmt.Errorf("%w: line %s is missing", ErrEntry, name)
		}
		values[name] = value
	}
	at, err1 := strconv.ParseInt(values["at"], 10, 64)
	salt, err2 := hex.DecodeString(values["salt"])
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("%w: time %q, salt %q", ErrEntry, values["at"], values["salt"])
	}
	e := &Entry{
		ID: values["id"], Actor: values["actor"], Membership: values["membership"], Action: values["action"],
		Agency: values["agency"], Subject: values["subject"], At: time.UnixMicro(at).UTC(), salt: salt,
	}
	for _, line := range lines[1+len(leafNames) : len(lines)-1] {
		f := strings.Split(line, " ")
		if len(f) != 5 || f[0] != "row" {
			return nil, fmt.Errorf("%w: line %q", ErrEntry, line)
		}
		e.Rows = append(e.Rows, EntryRow{Table: f[1], Key: f[2], Hash: f[4]})
	}
	return e, nil
}

// Records reports whether the entry recorded exactly these canonical bytes under that table and key.
func (e *Entry) Records(table, key string, canonical []byte) bool {
	sum := sha256.Sum256(append(append([]byte{}, e.salt...), canonical...))
	for _, r := range e.Rows {
		if r.Table == table && r.Key == key {
			return r.Hash == hex.EncodeToString(sum[:])
		}
	}
	return false
}

// ErrRow says that bytes are not the canonical bytes of a row.
var ErrRow = errors.New("these are not the bytes of a row")

// Row is a row of a table: texts as they are, integers in decimal, bytes in hex.
type Row struct {
	Table   string
	Columns map[string]string
}

// ReadRow reads the canonical bytes of a row. It returns ErrRow.
func ReadRow(canonical []byte) (*Row, error) {
	p := rowParser{rest: canonical}
	r := &Row{Table: string(p.counted()), Columns: map[string]string{}}
	for !p.broken && len(p.rest) > 0 {
		name := string(p.counted())
		r.Columns[name] = p.value()
	}
	if p.broken {
		return nil, ErrRow
	}
	return r, nil
}

// rowParser takes canonical bytes apart; see docs/adr/0003 for their form.
type rowParser struct {
	rest   []byte
	broken bool
}

func (p *rowParser) take(n uint64) []byte {
	if p.broken || n > uint64(len(p.rest)) {
		p.broken = true
		return nil
	}
	b := p.rest[:n]
	p.rest = p.rest[n:]
	return b
}

func (p *rowParser) counted() []byte {
	n, width := binary.Uvarint(p.rest)
	if width <= 0 {
		p.broken = true
		return nil
	}
	p.take(uint64(width))
	return p.take(n)
}

func (p *rowParser) value() string {
	kind := p.take(1)
	if p.broken {
		return ""
	}
	switch kind[0] {
	case 'i':
		if b := p.take(8); !p.broken {
			return strconv.FormatInt(int64(binary.BigEndian.Uint64(b)), 10)
		}
	case 't':
		return string(p.counted())
	case 'b':
		return hex.EncodeToString(p.counted())
	}
	p.broken = true
	return ""
}
