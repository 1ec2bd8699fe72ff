package servertest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
)

// Person is a connection that acts as somebody: give it to any New…ServiceClient.
type Person struct {
	AccountID    string
	MembershipID string
	Secret       string // of the session; empty for anyone
	Email        string

	conn     *grpc.ClientConn
	metadata []string
}

// Invoke makes a unary call as the person.
func (p *Person) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return p.conn.Invoke(metadata.AppendToOutgoingContext(ctx, p.metadata...), method, args, reply, opts...)
}

// NewStream opens a stream as the person.
func (p *Person) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return p.conn.NewStream(metadata.AppendToOutgoingContext(ctx, p.metadata...), desc, method, opts...)
}

// With returns the same person, whose calls carry more metadata: pairs of key and value.
func (p *Person) With(pairs ...string) *Person {
	q := *p
	q.metadata = append(append([]string{}, p.metadata...), pairs...)
	return &q
}

// In returns the same person, who is answered in a language: "id" or "en".
func (p *Person) In(language string) *Person {
	q := p.With()
	q.metadata[slices.Index(q.metadata, server.AcceptLanguage)+1] = language
	return q
}

// Over returns the same person on another connection, such as one over the network.
func (p *Person) Over(conn *grpc.ClientConn) *Person {
	q := *p
	q.conn = conn
	return &q
}

// Anyone is a caller without an account. Messages are in English, as they are for every person here.
func (s *Server) Anyone() *Person {
	return &Person{conn: s.inside, metadata: []string{server.AcceptLanguage, "en"}}
}

// Bearer is a caller who holds the secret of a session or token.
func (s *Server) Bearer(secret string) *Person {
	p := s.Anyone().With(server.Authorization, "Bearer "+secret)
	p.Secret = secret
	return p
}

var people atomic.Int64

// MustAccount makes an account with one membership and signs it in, acting as that. The agency id is the scope;
// empty, it is the nation. The account has no password.
func (s *Server) MustAccount(tb testing.TB, role meritv1.Role, agencyID string) *Person {
	tb.Helper()
	return s.mustAccount(tb, store.Membership{Role: access.RoleName(role), AgencyID: agencyID})
}

// MustRegional makes an account with a membership over a region, such as a verifier of wilayah I, and signs it in.
func (s *Server) MustRegional(tb testing.TB, role meritv1.Role, region string) *Person {
	tb.Helper()
	return s.mustAccount(tb, store.Membership{Role: access.RoleName(role), Region: region})
}

// MustAlsoAct gives the person another membership, from today on, and returns them signed in acting as that.
func (s *Server) MustAlsoAct(tb testing.TB, p *Person, role meritv1.Role, agencyID string) *Person {
	tb.Helper()
	m := store.Membership{AccountID: p.AccountID, Role: access.RoleName(role), AgencyID: agencyID}
	s.MustUpdate(tb, "membership.grant", func(tx *store.Tx) error { return s.appoint(tx, &m) })
	return s.mustSignIn(tb, m, p.Email)
}

func (s *Server) mustAccount(tb testing.TB, m store.Membership) *Person {
	tb.Helper()
	a := store.Account{
		Email: fmt.Sprintf("demo%d@example.test", people.Add(1)), Name: "Demo " + m.Role,
		Language: "id", State: store.AccountActive,
	}
	s.MustUpdate(tb, "account.create", func(tx *store.Tx) error {
		a.ID, a.CreatedAt = tx.NewID(), tx.Now()
		if err := tx.InsertAccount(a); err != nil {
			return err
		}
		m.AccountID = a.ID
		return s.appoint(tx, &m)
	})
	return s.mustSignIn(tb, m, a.Email)
}

func (s *Server) appoint(tx *store.Tx, m *store.Membership) error {
	m.ID, m.GrantedAt, m.ValidFrom = tx.NewID(), tx.Now(), calendar.Day(tx.Now())
	return tx.InsertMembership(*m)
}

func (s *Server) mustSignIn(tb testing.TB, m store.Membership, email string) *Person {
	tb.Helper()
	secret, hash := access.NewSecret(access.KindSession)
	now := s.Clock.Now()
	err := s.Store.Touch(tb.Context(), func(tx *store.Tx) error {
		return tx.InsertSession(store.Session{
			TokenHash: hash, ID: tx.NewID(), AccountID: m.AccountID, MembershipID: m.ID, CreatedAt: now, UsedAt: now,
			ExpiresAt: now.AddDate(10, 0, 0), ConfirmedUntil: now.AddDate(10, 0, 0), // tests let a year pass
		})
	})
	if err != nil {
		tb.Fatal(err)
	}
	p := s.Bearer(secret)
	p.AccountID, p.MembershipID, p.Email = m.AccountID, m.ID, email
	return p
}

// MustUpdate changes the store directly, for what a test needs to be there before it begins.
func (s *Server) MustUpdate(tb testing.TB, action audit.Action, change func(*store.Tx) error) {
	tb.Helper()
	ctx := audit.WithActor(tb.Context(), audit.Actor{Account: audit.System})
	err := s.Store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		return []audit.Entry{{Action: action}}, change(tx)
	})
	if err != nil {
		tb.Fatal(err)
	}
}

var agencies atomic.Int64

// MustAgency makes an agency and returns its id. Empty fields are filled in: an assessed kabupaten since 2000.
func (s *Server) MustAgency(tb testing.TB, a store.Agency) (id string) {
	tb.Helper()
	n := agencies.Add(1)
	a.Code = cmp.Or(a.Code, fmt.Sprintf("%02d.%02d", 10+n/100, n%100))
	a.Name = cmp.Or(a.Name, fmt.Sprintf("Kabupaten Demo %d", n))
	a.Kind = cmp.Or(a.Kind, scoring.Kabupaten)
	a.TimeZone = cmp.Or(a.TimeZone, calendar.WIB)
	a.ValidFrom = cmp.Or(a.ValidFrom, "2000-01-01")
	a.Assessed = true
	s.MustUpdate(tb, "agency.create", func(tx *store.Tx) error {
		a.ID = tx.NewID()
		return tx.AddAgencies([]store.Agency{a}, "")
	})
	return a.ID
}
