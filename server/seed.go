package server

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
)

// SeedOptions say how large a made-up country is. URL, Agencies, Years and Now are required.
type SeedOptions struct {
	URL       string // of the store, which must be new: see store.Options
	Agencies  int
	Years     int                  // the last of them is this one, under way
	Citations int                  // of each assessment
	Now       func() time.Time     // the clock
	Told      func(year, done int) // is told how many agencies of a year are done; may be nil
}

// Seeded is what a client needs to work in a seeded store.
type Seeded struct {
	InstrumentID string
	Year         int // of the newest determined results; 0 without
	People       []SeededPerson
}

// SeededPerson is the operator of one agency, signed in for 30 days.
type SeededPerson struct{ AssessmentID, Secret string }

// seedInstrument is the instrument of every year of a seeded store: the one whose results can be ranked.
const seedInstrument = "kasn-2019"

// seedSession is how long the operators of a seeded store stay signed in.
const seedSession = 30 * 24 * time.Hour

// Seed fills a new store with made-up agencies, years and people, for measuring how the service does with a whole country
// or ten: past years are determined, this year's assessments are under way. The same options make the same country, but
// for ids, secrets and times. It works on the store itself, past calendar and rights, in large transactions with the
// entries that the trail wants; the plenary's part is done by what does it in the service. ErrNotEmpty of the store when
// anything was ever done in it. Whoever can open the store may call it: it has no other door.
func Seed(ctx context.Context, o SeedOptions) (*Seeded, error) {
	s := &seeding{SeedOptions: o, seeded: &Seeded{InstrumentID: seedInstrument}, today: o.Now()}
	s.in, _ = instrument.Lookup(seedInstrument)
	s.seeded.People = make([]SeededPerson, o.Agencies)
	var err error
	s.st, err = store.Open(ctx, store.Options{URL: o.URL, Now: func() time.Time { return s.clock }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if err := s.st.Migrate(ctx); err != nil {
		return nil, errors.Join(err, s.st.Close())
	}
	return s.seeded, errors.Join(s.fill(audit.WithActor(ctx, audit.Actor{Account: audit.System})), s.st.Close())
}

// seeding is a Seed under way.
type seeding struct {
	SeedOptions
	st      *store.Store
	in      *instrument.Instrument
	today   time.Time
	clock   time.Time // of the store: years go by
	seeded  *Seeded
	country []seedAgency

	verifier, plenary access.Caller
}

// seedAgency is an agency, its operator and the evidence it cites every year.
type seedAgency struct {
	store.Agency
	number   int
	operator store.Membership
	evidence []string
}

// together is how many agencies one transaction takes.
const together = 32

func (s *seeding) fill(ctx context.Context) error {
	first := s.today.Year() - s.Years + 1
	s.clock = time.Date(first, 1, 2, 3, 0, 0, 0, time.UTC)
	if err := s.update(ctx, s.begin); err != nil {
		return err
	}
	for n := 0; n < s.Agencies; n += together {
		if err := s.update(ctx, func(tx *store.Tx) error { return s.addAgencies(tx, n, min(n+together, s.Agencies)) }); err != nil {
			return err
		}
	}
	for year := first; year < s.today.Year(); year++ {
		s.seeded.Year = year
		if err := s.year(ctx, year, time.Date(year, 6, 30, 3, 0, 0, 0, time.UTC), s.determine); err != nil {
			return err
		}
	}
	// This year began an hour ago, so that what is done from now on comes after it.
	return s.year(ctx, s.today.Year(), s.today.Add(-time.Hour), s.draft)
}

// update runs one transaction with one entry for all of it, besides those that do claims of their own.
func (s *seeding) update(ctx context.Context, do func(*store.Tx) error) error {
	return s.st.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		return []audit.Entry{{Action: "Service.Seed"}}, do(tx)
	})
}

// begin publishes the instrument and makes those who verify and determine.
func (s *seeding) begin(tx *store.Tx) error {
	if used, err := tx.Used(); err != nil || used {
		return errors.Join(err, store.ErrNotEmpty)
	}
	digest := s.in.Digest()
	err := tx.SaveDraft(store.Instrument{
		ID: s.in.ID, Title: s.in.Title, Status: s.in.Status, Source: s.in.Source(), Digest: hex.EncodeToString(digest[:]), SavedBy: audit.System,
	})
	if err != nil {
		return err
	}
	if err := tx.PublishInstrument(s.in.ID, audit.System); err != nil {
		return err
	}
	for _, office := range []struct {
		name string
		role meritv1.Role
		who  *access.Caller
	}{{"verifier", meritv1.Role_ROLE_VERIFIER, &s.verifier}, {"commissioner", meritv1.Role_ROLE_COMMISSIONER, &s.plenary}} {
		m, err := s.person(tx, office.name, office.role, "")
		if err != nil {
			return err
		}
		*office.who = access.Caller{AccountID: m.AccountID, MembershipID: m.ID, Role: office.role}
	}
	return nil
}

// person makes an account without a password, so nobody can sign in to it, and its membership.
func (s *seeding) person(tx *store.Tx, name string, role meritv1.Role, agencyID string) (store.Membership, error) {
	a := store.Account{
		ID: tx.NewID(), Email: name + "@bench.invalid", Name: "Bench " + name, Language: "id", State: store.AccountActive,
		CreatedAt: tx.Now(), CreatedBy: audit.System,
	}
	m := store.Membership{
		ID: tx.NewID(), AccountID: a.ID, Role: access.RoleName(role), AgencyID: agencyID, ValidFrom: calendar.Day(tx.Now()),
		LetterNumber: "BENCH", GrantedBy: audit.System, GrantedAt: tx.Now(),
	}
	return m, errors.Join(tx.InsertAccount(a), tx.InsertMembership(m))
}

// addAgencies adds the agencies from one number up to another, with their operators and evidence.
func (s *seeding) addAgencies(tx *store.Tx, from, to int) error {
	var agencies []store.Agency
	s.country = s.country[:from]
	for n := from; n < to; n++ {
		a := seedAgency{Agency: s.agency(tx.NewID(), n), number: n}
		s.country, agencies = append(s.country, a), append(agencies, a.Agency)
	}
	if err := tx.AddAgencies(agencies, audit.System); err != nil {
		return err
	}
	for n := from; n < to; n++ {
		a := &s.country[n]
		var err error
		if a.operator, err = s.person(tx, fmt.Sprintf("operator-%05d", n), meritv1.Role_ROLE_OPERATOR, a.ID); err != nil {
			return err
		}
		if err := s.addEvidence(tx, a); err != nil {
			return err
		}
	}
	return nil
}

// addEvidence gives an agency as many links as an assessment cites: links need no bytes.
func (s *seeding) addEvidence(tx *store.Tx, a *seedAgency) error {
	for i := range s.Citations {
		id := tx.NewID()
		a.evidence = append(a.evidence, id)
		err := tx.InsertEvidence(store.Evidence{
			ID: id, AgencyID: a.ID, Kind: store.EvidenceLink, Title: fmt.Sprintf("Peraturan Nomor %d", i+1),
			URL: fmt.Sprintf("https://%s.bench.invalid/%d", a.Code, i+1), AddedAt: tx.Now(), AddedBy: a.operator.AccountID,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
