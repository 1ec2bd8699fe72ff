// Package audit says what an audit entry is: who did what, when, as what, and which rows it changed.
//
// An entry is kept as its exact leaf bytes, which are never marshalled again: they are what the
// transparency log hashes. Each changed row stands in the leaf with a salted hash of all its columns,
// so that a row changed behind the service's back no longer matches its newest entry.
package audit

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// System is the actor of what the service does by itself, such as closing a round at its deadline.
const System = "system"

// leafHeader is the first line of every leaf; another form of leaf gets another header.
const leafHeader = "merit-audit-entry-v1"

// deletedRow stands in a leaf where the hash of a row would stand if the row still existed.
const deletedRow = "deleted"

// ErrMalformedLeaf is returned for bytes that are not exactly the leaf of an entry.
var ErrMalformedLeaf = errors.New("malformed audit leaf")

// Action names what was done: the RPC as Service.Method, such as "AssessmentService.SaveAnswer", or, for
// what the service does by itself, two words of the same form.
type Action string

// Entry is one act. A writer says Action, Agency and Subject; Actor and Membership come from the
// context (see WithActor) unless the writer sets them; the store sets everything else.
type Entry struct {
	Action     Action
	Agency     string // agency id the act concerns; empty when it concerns no single agency
	Subject    string // id of what was acted on, needed where no row tells it: the evidence downloaded
	Actor      string // account id, or System; never a name or address
	Membership string // id of the membership acted as; empty for acts on the own account

	ID   string    // ULID
	At   time.Time // of the transaction, to the microsecond, UTC
	Salt [16]byte  // random, the same for all rows of the entry
	Rows []Row     // in the order of their first change
}

// Row is one row that an entry created, changed or deleted.
type Row struct {
	Table    string
	Key      string   // the primary key as Key writes it
	Revision int64    // of the row after the change; 0 for tables without revisions
	Hash     [32]byte // HashRow of the row after the change; zero when Deleted
	Deleted  bool
}

// Leaf returns the bytes that stand for the entry in the log. It fails when a value cannot be written
// on one line or the action is not of its form.
func (e *Entry) Leaf() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	b := make([]byte, 0, 256+len(e.Rows)*160)
	b = append(b, leafHeader+"\n"...)
	b = appendLine(b, "id", e.ID)
	b = appendLine(b, "at", strconv.FormatInt(e.At.UnixMicro(), 10))
	b = appendLine(b, "actor", e.Actor)
	b = appendLine(b, "membership", e.Membership)
	b = appendLine(b, "action", string(e.Action))
	b = appendLine(b, "agency", e.Agency)
	b = appendLine(b, "subject", e.Subject)
	b = append(b, "salt "...)
	b = hex.AppendEncode(b, e.Salt[:])
	b = append(b, '\n')
	for i := range e.Rows {
		b = e.Rows[i].appendLeaf(b)
	}
	return b, nil
}

func (e *Entry) check() error {
	service, method, ok := strings.Cut(string(e.Action), ".")
	if !ok || !isWord(service) || !isWord(method) {
		return fmt.Errorf("audit: action %q is not of the form Service.Method", e.Action)
	}
	if e.Actor == "" {
		return fmt.Errorf("audit: entry %s names no actor: set Actor, or give the context one with WithActor", e.Action)
	}
	for _, s := range []string{e.ID, e.Agency, e.Subject, e.Actor, e.Membership} {
		if strings.ContainsAny(s, "\n\r\x00") {
			return fmt.Errorf("audit: entry %s has a value of more than one line: %q", e.Action, s)
		}
	}
	return nil
}

func isWord(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
	})
}

func appendLine(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ' ')
	b = append(b, value...)
	return append(b, '\n')
}

func (r *Row) appendLeaf(b []byte) []byte {
	b = append(b, "row "...)
	b = append(b, r.Table...)
	b = append(b, ' ')
	b = append(b, r.Key...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, r.Revision, 10)
	b = append(b, ' ')
	if r.Deleted {
		b = append(b, deletedRow...)
	} else {
		b = hex.AppendEncode(b, r.Hash[:])
	}
	return append(b, '\n')
}

// ParseLeaf reads an entry back from its leaf. It accepts exactly what Leaf writes, byte for byte, and
// returns ErrMalformedLeaf with the reason for anything else.
func ParseLeaf(leaf []byte) (*Entry, error) {
	p := leafParser{rest: string(leaf)}
	if p.line() != leafHeader {
		return nil, fmt.Errorf("%w: it does not begin with %s", ErrMalformedLeaf, leafHeader)
	}
	e := &Entry{
		ID: p.value("id"), At: time.UnixMicro(p.number(p.value("at"))).UTC(),
		Actor: p.value("actor"), Membership: p.value("membership"), Action: Action(p.value("action")),
		Agency: p.value("agency"), Subject: p.value("subject"),
	}
	p.hex(e.Salt[:], p.value("salt"))
	for p.err == nil && p.rest != "" {
		e.Rows = append(e.Rows, p.row())
	}
	if p.err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformedLeaf, p.err)
	}
	again, err := e.Leaf()
	if err != nil || !bytes.Equal(again, leaf) {
		return nil, fmt.Errorf("%w: it is not written as the service writes it", ErrMalformedLeaf)
	}
	return e, nil
}

// leafParser takes a leaf apart line by line and remembers the first thing that is wrong.
type leafParser struct {
	rest string
	err  error
}

func (p *leafParser) line() string {
	line, rest, ok := strings.Cut(p.rest, "\n")
	if !ok {
		p.fail("its last line has no end")
	}
	p.rest = rest
	return line
}

func (p *leafParser) value(name string) string {
	key, value, _ := strings.Cut(p.line(), " ")
	if key != name {
		p.fail("line " + name + " is missing")
	}
	return value
}

func (p *leafParser) number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		p.fail(err.Error())
	}
	return n
}

func (p *leafParser) hex(dst []byte, s string) {
	if len(s) != hex.EncodedLen(len(dst)) {
		p.fail("a salt or hash has the wrong length")
		return
	}
	if _, err := hex.Decode(dst, []byte(s)); err != nil {
		p.fail(err.Error())
	}
}

func (p *leafParser) row() Row {
	f := strings.Split(p.value("row"), " ")
	if len(f) != 4 {
		p.fail("a row has not exactly table, key, revision and hash")
		return Row{}
	}
	r := Row{Table: f[0], Key: f[1], Revision: p.number(f[2]), Deleted: f[3] == deletedRow}
	if !r.Deleted {
		p.hex(r.Hash[:], f[3])
	}
	return r
}

func (p *leafParser) fail(why string) {
	if p.err == nil {
		p.err = errors.New(why)
	}
	p.rest = ""
}
