package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
	"github.com/meritindex/merit/server/yeartest"
)

// MustCycle adds a cycle whose windows are all open through its year, and lets the clock show 1 February of it.
func MustCycle(tb testing.TB, s *servertest.Server, year int, instrumentID string) *yeartest.Year {
	tb.Helper()
	y := &yeartest.Year{Server: s}
	s.Clock.Set(time.Date(year, 2, 1, 3, 0, 0, 0, time.UTC))
	s.MustUpdate(tb, "cycle.create", func(tx *store.Tx) error {
		y.CycleID = tx.NewID()
		c := store.Cycle{ID: y.CycleID, Name: fmt.Sprint(year), Year: year, InstrumentID: instrumentID, Assessor: "Lembaga Penilai Demo", Quorum: 1, MajorityPercent: 50}
		for _, phase := range calendar.Phases() {
			c.Windows = append(c.Windows, store.Window{Window: calendar.Window{Phase: phase, FirstDay: fmt.Sprintf("%d-01-01", year), LastDay: fmt.Sprintf("%d-12-31", year)}})
		}
		return tx.AddCycle(c)
	})
	return y
}

// MustStartAgain starts the assessment of the same agency in another cycle, carrying over.
func (d *draft) MustStartAgain(tb testing.TB, cycleID string) *draft {
	tb.Helper()
	next := *d
	resp := servertest.Must(assessments(d.operator).StartAssessment(tb.Context(), &meritv1.StartAssessmentRequest{CycleId: cycleID, CarryOver: true}))(tb)
	next.id = resp.GetAssessment().GetId()
	return &next
}

// carried says the claims of an assessment with what they were carried from.
func carried(a *meritv1.Assessment) (lines []string) {
	for _, i := range a.GetItems() {
		if c := i.GetClaimed(); c != nil {
			value := fmt.Sprint(c.GetAnswer().GetLevel())
			if c.GetAnswer().GetText() != "" {
				value = c.GetAnswer().GetText()
			}
			lines = append(lines, fmt.Sprintf("%s = %s %q from %t, %d citations", i.GetItem(), value, c.GetNote(), c.GetCarriedFrom() == a.GetCarriedFrom(), i.GetCitationCount()))
		}
	}
	return lines
}

// MustPublishSamples publishes sample-1 and sample-2, its new version with one comparable item: 1.2 became 2.1.
func MustPublishSamples(tb testing.TB, s *servertest.Server) {
	tb.Helper()
	admin := meritv1.NewInstrumentServiceClient(s.MustAccount(tb, meritv1.Role_ROLE_ADMIN, ""))
	for _, file := range []string{"before.yaml", "after.yaml"} {
		MustPublish(tb, admin, MustSource(tb, file))
	}
}

func TestLastYearsAnswersAndCitationsAreCarriedOverAndMarked(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		MustPublishSamples(t, s)
		first := MustStart(t, MustCycle(t, s, 2021, "sample-1"), store.Agency{})
		first.MustAnswer(t, yeartest.Levels{"1.1": 1, "1.2": 2})
		servertest.Must(first.save(t.Context(), first.operator, "profile.tahun", text("1999")))(t)
		for _, item := range []string{"1.1", "1.2", "1.2"} {
			first.cite(t, item)
		}
		first.MustSubmit(t)

		same := first.MustStartAgain(t, MustCycle(t, s, 2022, "sample-1").CycleID)
		a := same.MustGet(t, same.operator)
		want := []string{`1.1 = 1 "catatan demo" from true, 1 citations`, `1.2 = 2 "catatan demo" from true, 2 citations`, `profile.tahun = 1999 "" from true, 0 citations`}
		if diff := cmp.Diff(want, carried(a)); diff != "" || a.GetCarriedFrom() != first.id || a.GetAnswered() != 2 {
			t.Errorf("the same instrument, %d answered (-want +got):\n%s", a.GetAnswered(), diff)
		}
		if last := itemOf(a, "1.2").GetLastYear(); last.GetAnswer().GetLevel() != 2 || last.GetDecidedBy().GetName() != "Demo OPERATOR" || last.GetCarriedFrom() != first.id {
			t.Errorf("last year's 1.2: %v", last)
		}
		if c := itemOf(a, "1.2").GetCitations()[0]; c.GetCarriedFrom() != first.id || c.GetPage() != "3" || c.GetEvidenceTitle() != "SK demo" {
			t.Errorf("carried citation %v", c)
		}

		same.MustAnswer(t, yeartest.Levels{"1.2": 1})
		same.MustSubmit(t)
		newer := same.MustStartAgain(t, MustCycle(t, s, 2023, "sample-2").CycleID)
		a = newer.MustGet(t, newer.operator)
		want = []string{`2.1 = 1 "catatan demo" from true, 2 citations`}
		if diff := cmp.Diff(want, carried(a)); diff != "" || a.GetCarriedFrom() != same.id {
			t.Errorf("a new version (-want +got):\n%s", diff)
		}
	})
}

func TestWhatCountedIsCarriedOver(t *testing.T) {
	for _, tc := range []struct {
		name     string
		state    workflow.State
		released bool
		want     []string // levels of 1.1, 1.2 and 1.3
		comment  string   // the verifier's on 1.3, where it is not what counted
	}{
		{"claims of a sheet that was only submitted", workflow.Submitted, false, []string{"1.1 = 1", "1.2 = 1", "1.3 = 1"}, ""},
		{"verified levels once the minutes are released, but nothing that was not proven", workflow.Verified, true, []string{"1.1 = 2", "1.3 = 1"}, ""},
		{"no verified levels that the agency may not know", workflow.InVerification, false, []string{"1.1 = 1", "1.2 = 1", "1.3 = 1"}, ""},
		{"determined levels above all", workflow.Determined, true, []string{"1.1 = 2", "1.3 = 2"}, "half of it is proven"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := servertest.New(t)
			MustPublishSamples(t, s)
			d := MustStart(t, MustCycle(t, s, 2021, "sample-1"), store.Agency{})
			d.MustAnswer(t, yeartest.Levels{"1.1": 1, "1.2": 1, "1.3": 1})
			d.MustSubmit(t)
			d.MustUpdate(t, "assessment.decide", func(tx *store.Tx) error {
				a, err := tx.Assessment(d.id)
				if err != nil {
					return err
				}
				sheet, err := tx.Sheet(d.id)
				if err != nil {
					return err
				}
				if a.State = tc.state; tc.released {
					a.ReleasedAt = tx.Now()
				}
				if err := tx.UpdateAssessment(&a); err != nil {
					return err
				}
				return tx.AppendDecisions(&sheet,
					&store.Decision{Stage: store.StageVerified, Item: "1.1", Kind: store.KindLevel, Level: 2, DecidedBy: "v"},
					&store.Decision{Stage: store.StageVerified, Item: "1.2", Kind: store.KindNotProven, DecidedBy: "v"},
					&store.Decision{Stage: store.StageVerified, Item: "1.3", Kind: store.KindLevel, Level: 1, Note: "half of it is proven", DecidedBy: "v"},
					&store.Decision{Stage: store.StageDetermined, Item: "1.3", Kind: store.KindLevel, Level: 2, DecidedBy: "c"})
			})
			next := d.MustStartAgain(t, MustCycle(t, s, 2022, "sample-1").CycleID)
			var got []string
			a := next.MustGet(t, next.operator)
			if comment := itemOf(a, "1.3").GetLastYearVerified().GetNote(); comment != tc.comment {
				t.Errorf("beside what counted the verifier says %q, want %q", comment, tc.comment)
			}
			for _, line := range carried(a) {
				line, _, _ = strings.Cut(line, ` "`)
				got = append(got, line)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("carried over (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnswersFollowTheLineageAndEvidenceStaysWithItsAgency(t *testing.T) {
	s := servertest.New(t)
	MustPublishSamples(t, s)
	parent := MustStart(t, MustCycle(t, s, 2021, "sample-1"), store.Agency{Kind: scoring.Provinsi})
	parent.MustAnswer(t, yeartest.Levels{"1.1": 2})
	parent.cite(t, "1.1")
	parent.MustSubmit(t)
	y := MustCycle(t, s, 2022, "sample-1")
	child := MustPrepare(t, y, store.Agency{Kind: scoring.Provinsi})
	y.MustUpdate(t, "agency.link", func(tx *store.Tx) error {
		return tx.AddAgencyLink(store.AgencyLink{AgencyID: child.agency, Kind: store.SplitFrom, OtherID: parent.agency, OnDate: "2022-01-01"})
	})
	a := child.MustStartAgain(t, y.CycleID)
	if diff := cmp.Diff([]string{`1.1 = 2 "catatan demo" from true, 0 citations`}, carried(a.MustGet(t, a.operator))); diff != "" {
		t.Errorf("carried over from the agency it came from (-want +got):\n%s", diff)
	}
}

func TestWithoutAnEarlierYearNothingIsCarriedOver(t *testing.T) {
	s := servertest.New(t)
	MustPublishSamples(t, s)
	y := MustCycle(t, s, 2021, "sample-1")
	d := MustPrepare(t, y, store.Agency{}).MustStartAgain(t, y.CycleID)
	if a := d.MustGet(t, d.operator); a.GetCarriedFrom() != "" || a.GetAnswered() != 0 {
		t.Errorf("carried from %q, %d answered", a.GetCarriedFrom(), a.GetAnswered())
	}
}
