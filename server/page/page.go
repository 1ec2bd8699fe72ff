// Package page cuts lists into pages. A page token is opaque to clients and belongs to the query it was
// given for: the same request but for its page_size and page_token.
//
//	p, err := page.Of(req)
//	rows, err := tx.Agencies(filter, p.After, p.Limit())
//	rows, next := page.Cut(p, rows, func(a store.Agency) []string { return []string{a.Name, a.ID} })
package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
)

const (
	// DefaultSize is how many records a page has when the request does not say.
	DefaultSize = 50
	// MaxSize is how many records a page has at most.
	MaxSize = 500
)

// Request is a list request: it has a page_size and a page_token beside its filters.
type Request interface {
	proto.Message
	GetPageSize() int32
	GetPageToken() string
}

// Page is the part of a list that a request asks for.
type Page struct {
	Size  int      // at most this many records: 1 to MaxSize
	After []string // the sort key of the last record of the page before; nil on the first page

	query [sha256.Size]byte
}

// Limit is how many rows to read: one more than the page shows, so that Cut sees whether there is a next.
func (p Page) Limit() int { return p.Size + 1 }

// Of reads which page a request asks for. It returns REASON_PAGE_TOKEN_INVALID for a token that is damaged
// or was given for another query, and REASON_INVALID_REQUEST for a size below 0 or above MaxSize.
func Of(req Request) (Page, error) {
	p := Page{Size: int(req.GetPageSize()), query: query(req)}
	switch {
	case p.Size == 0:
		p.Size = DefaultSize
	case p.Size < 0 || p.Size > MaxSize:
		return Page{}, fault.Invalid("page_size", "%d tidak di antara 1 dan %d.", "%d is not between 1 and %d.", p.Size, MaxSize)
	}
	if req.GetPageToken() == "" {
		return p, nil
	}
	var ok bool
	if p.After, ok = p.open(req.GetPageToken()); !ok {
		return Page{}, Damaged()
	}
	return p, nil
}

// Damaged is REASON_PAGE_TOKEN_INVALID, for a sort key out of a token that cannot be one.
func Damaged() *fault.Error {
	return fault.New(meritv1.Reason_REASON_PAGE_TOKEN_INVALID,
		"page_token rusak atau milik permintaan lain. Mulai lagi tanpa page_token.",
		"The page_token is damaged or belongs to another query. Start again without one.")
}

// Cut takes the rows read with Limit and returns those of the page and the token of the next one, empty
// when this is the last. key returns the sort key of a row, which must tell any two rows apart.
func Cut[T any](p Page, rows []T, key func(T) []string) ([]T, string) {
	if len(rows) <= p.Size {
		return rows, ""
	}
	rows = rows[:p.Size]
	return rows, p.Next(key(rows[p.Size-1])...)
}

// Next is the token of the page after a record with the sort key, for lists that Cut does not fit.
func (p Page) Next(key ...string) string { return p.token(key) }

// query tells two queries apart: the hash of the request without its page.
func query(req Request) [sha256.Size]byte {
	m := proto.Clone(req).ProtoReflect()
	fields := m.Descriptor().Fields()
	for _, name := range []protoreflect.Name{"page_size", "page_token"} {
		m.Clear(fields.ByName(name))
	}
	b, err := proto.MarshalOptions{Deterministic: true}.MarshalAppend([]byte(m.Descriptor().FullName()+"\n"), m.Interface())
	if err != nil {
		panic(err) // a message that has just been read can be written
	}
	return sha256.Sum256(b)
}

// checkLen is how many bytes of the check a token carries: enough to notice damage and another query. It is
// no secret: a token gives no rights, what a caller may see is asked again for every page.
const checkLen = 12

func (p Page) check(key []byte) []byte {
	sum := sha256.Sum256(append(p.query[:], key...))
	return sum[:checkLen]
}

func (p Page) token(key []string) string {
	b, err := json.Marshal(key)
	if err != nil {
		panic(err) // strings can be written
	}
	return base64.RawURLEncoding.EncodeToString(append(p.check(b), b...))
}

func (p Page) open(token string) (key []string, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) < checkLen || !bytes.Equal(b[:checkLen], p.check(b[checkLen:])) {
		return nil, false
	}
	if json.Unmarshal(b[checkLen:], &key) != nil || len(key) == 0 {
		return nil, false
	}
	return key, true
}
