// Package yeartest plays the year of an assessment on a server of servertest, for tests that begin somewhere in it:
// a submitted sheet, one in verification, a determined result.
//
//	year := yeartest.MustBegin(t, s, yeartest.Setup{})
//	result := year.MustDetermined(t, store.Agency{Name: "Kota Demo", Kind: scoring.Kota}, yeartest.All(3))
package yeartest

import (
	"cmp"
	"encoding/hex"
	"maps"
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// Setup says what year to begin; empty fields are filled in.
type Setup struct {
	Name         string // of the cycle: "2021"
	InstrumentID string // one of the embedded ones: kasn-2019
	Windows      []calendar.Window
	Quorum       int // 2
	Majority     int // percent: 50
}

// Phased are the windows of a real year.
func Phased() []calendar.Window {
	return []calendar.Window{
		{Phase: calendar.SelfAssessment, FirstDay: "2021-01-01", LastDay: "2021-02-28"},
		{Phase: calendar.Verification, FirstDay: "2021-03-01", LastDay: "2021-04-30"},
		{Phase: calendar.Repair, FirstDay: "2021-05-01", LastDay: "2021-05-31"},
		{Phase: calendar.Determination, FirstDay: "2021-06-01", LastDay: "2021-06-30"},
		{Phase: calendar.Award, FirstDay: "2021-12-01", LastDay: "2021-12-31"},
	}
}

// Wide are windows that are all open through 2021, so that nothing depends on the clock.
func Wide() []calendar.Window {
	windows := Phased()
	for i := range windows {
		windows[i].FirstDay, windows[i].LastDay = "2021-01-01", "2021-12-31"
	}
	return windows
}

// Year is a cycle that runs, with the people of the assessor.
type Year struct {
	*servertest.Server
	CycleID       string
	Instrument    *instrument.Instrument
	Lead          *servertest.Person   // who assigns and signs off
	Verifier      *servertest.Person   // who decides items
	Commissioners []*servertest.Person // three
}

// MustBegin publishes the instrument and creates the cycle and its people. Windows are Wide unless said.
func MustBegin(tb testing.TB, s *servertest.Server, setup Setup) *Year {
	tb.Helper()
	y := &Year{Server: s, Lead: s.MustAccount(tb, meritv1.Role_ROLE_LEAD_VERIFIER, ""), Verifier: s.MustAccount(tb, meritv1.Role_ROLE_VERIFIER, "")}
	for range 3 {
		y.Commissioners = append(y.Commissioners, s.MustAccount(tb, meritv1.Role_ROLE_COMMISSIONER, ""))
	}
	y.mustPublish(tb, cmp.Or(setup.InstrumentID, "kasn-2019"))
	c := store.Cycle{
		Name: cmp.Or(setup.Name, "2021"), Year: 2021, InstrumentID: y.Instrument.ID, Assessor: "Lembaga Penilai Demo",
		Quorum: cmp.Or(setup.Quorum, 2), MajorityPercent: cmp.Or(setup.Majority, 50),
	}
	if setup.Windows == nil {
		setup.Windows = Wide()
	}
	for _, w := range setup.Windows {
		c.Windows = append(c.Windows, store.Window{Window: w})
	}
	s.MustUpdate(tb, "cycle.create", func(tx *store.Tx) error {
		c.ID = tx.NewID()
		y.CycleID = c.ID
		return tx.AddCycle(c)
	})
	return y
}

// mustPublish publishes an embedded instrument unless the server has it already.
func (y *Year) mustPublish(tb testing.TB, id string) {
	tb.Helper()
	in, ok := instrument.Lookup(id)
	if !ok {
		tb.Fatalf("there is no embedded instrument %s", id)
	}
	y.Instrument = in
	digest := in.Digest()
	y.MustUpdate(tb, "InstrumentService.PublishInstrument", func(tx *store.Tx) error {
		if _, err := tx.Instrument(id); err == nil {
			return nil
		}
		err := tx.SaveDraft(store.Instrument{ID: id, Title: in.Title, Status: in.Status, Source: in.Source(), Digest: hex.EncodeToString(digest[:])})
		if err != nil {
			return err
		}
		return tx.PublishInstrument(id, "")
	})
}

// Phase moves the clock to 10:00 WIB of the phase's first day unless the phase is open already.
func (y *Year) Phase(tb testing.TB, phase calendar.Phase) {
	tb.Helper()
	err := y.Store.View(tb.Context(), func(tx *store.Tx) error {
		c, err := tx.Cycle(y.CycleID)
		if err == nil && !c.Window(phase).Open(y.Clock.Now()) {
			y.Clock.Set(c.Window(phase).Opens().Add(10 * time.Hour))
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// Levels are answers by item code.
type Levels map[string]int

// All answers every scored item of kasn-2019 with one level.
func All(level int) Levels {
	in, _ := instrument.Lookup("kasn-2019")
	levels := Levels{}
	for _, item := range in.Scoring().Items() {
		if item.Kind == scoring.Scored {
			levels[item.Code] = level
		}
	}
	return levels
}

// With returns the levels with some of them changed.
func (l Levels) With(changes Levels) Levels {
	all := maps.Clone(l)
	maps.Copy(all, changes)
	return all
}

// Answer is a level in the words of the contract.
func Answer(level int) *meritv1.Answer {
	return &meritv1.Answer{Value: &meritv1.Answer_Level{Level: int32(level)}}
}

// NotProven is that answer in the words of the contract.
func NotProven() *meritv1.Answer {
	return &meritv1.Answer{Value: &meritv1.Answer_NotProven{NotProven: true}}
}

// Choice is an option in the words of the contract.
func Choice(value string) *meritv1.Answer {
	return &meritv1.Answer{Value: &meritv1.Answer_Choice{Choice: value}}
}
