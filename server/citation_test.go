package server_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

func TestEvidenceIsCitedByManyItemsOnce(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		e := MustLink(t, a.operator, "Perbup")
		req := &meritv1.CiteRequest{AssessmentId: a.assessment, EvidenceId: e.GetId(), Items: []string{"1.2", "1.1", "1.2"}, Page: " iv ", Quote: "Pasal 3"}
		first := servertest.Must(evidence(a.operator).Cite(t.Context(), req))(t)
		want := []*meritv1.Citation{{Item: "1.1"}, {Item: "1.2"}}
		for _, c := range want {
			c.AssessmentId, c.EvidenceId, c.EvidenceTitle, c.Page, c.Quote = a.assessment, e.GetId(), "Perbup", "iv", "Pasal 3"
			c.CitedBy = &meritv1.Person{AccountId: a.operator.AccountID, Name: "Demo OPERATOR"}
		}
		if diff := cmp.Diff(want, first.GetCitations(), protocmp.Transform(), protocmp.IgnoreFields(want[0], "id", "cited_at")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		again := servertest.Must(evidence(a.approver).Cite(t.Context(), req))(t)
		if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
			t.Errorf("cited again (-first +second):\n%s", diff)
		}
		req.Page = "v"
		servertest.Must(evidence(a.operator).Cite(t.Context(), req))(t)
		got := servertest.Must(evidence(a.operator).GetEvidence(t.Context(), &meritv1.GetEvidenceRequest{EvidenceId: e.GetId()}))(t)
		if n := len(got.GetEvidence().GetCitations()); n != 4 {
			t.Errorf("%d citations after another page, want 4", n)
		}
		if want := []audit.Action{"EvidenceService.AddLink", "EvidenceService.Cite", "EvidenceService.Cite"}; !slices.Equal(a.actions(t, e.GetId()), want) {
			t.Errorf("the trail says %v, want %v", a.actions(t, e.GetId()), want)
		}
	})
}

func TestACitationIsRefusedWithEveryItemThatIsWrong(t *testing.T) {
	a := newArchive(t, servertest.New(t))
	e, foreign := MustLink(t, a.operator, "Perbup"), MustLink(t, a.stranger, "Perbup lain")
	cite := func(p *servertest.Person, evidenceID string, items ...string) error {
		_, err := a.cite(t.Context(), p, evidenceID, items...)
		return err
	}
	for _, tc := range []struct {
		name   string
		err    error
		reason meritv1.Reason
		fields []string
	}{
		{"unknown items", cite(a.operator, e.GetId(), "1.1", "9.9", "x"), meritv1.Reason_REASON_UNKNOWN_ITEM, []string{"items[1]", "items[2]"}},
		{"a profile field that there is not", cite(a.operator, e.GetId(), "profile.bukti"), meritv1.Reason_REASON_UNKNOWN_ITEM, []string{"items[0]"}},
		{"items of others", cite(a.contributor, e.GetId(), "1.1", "1.2"), meritv1.Reason_REASON_NOT_ASSIGNED, []string{"items[0]", "items[1]"}},
		{"items wrong in several ways", cite(a.contributor, e.GetId(), "1.1", "9.9"), meritv1.Reason_REASON_INVALID_REQUEST, []string{"items[0]", "items[1]"}},
		{"no items", cite(a.operator, e.GetId()), meritv1.Reason_REASON_INVALID_REQUEST, []string{"items"}},
		{"evidence of another agency", cite(a.operator, foreign.GetId(), "1.1"), meritv1.Reason_REASON_NOT_FOUND, nil},
		{"an assessment of another agency", cite(a.stranger, foreign.GetId(), "1.1"), meritv1.Reason_REASON_NOT_FOUND, nil},
		{"by a verifier", cite(a.verifier, e.GetId(), "1.1"), meritv1.Reason_REASON_ROLE_NOT_ALLOWED, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			servertest.WantReason(t, tc.err, tc.reason)
			var fields []string
			for field := range servertest.Violations(tc.err) {
				fields = append(fields, field)
			}
			if slices.Sort(fields); !slices.Equal(fields, tc.fields) {
				t.Errorf("violations of %v, want %v", fields, tc.fields)
			}
		})
	}
	if list := servertest.Must(evidence(a.operator).ListEvidence(t.Context(), &meritv1.ListEvidenceRequest{AssessmentId: a.assessment}))(t); len(list.GetEvidence()) > 0 {
		t.Errorf("something was cited: %v", list)
	}
}

func TestAContributorCitesForTheItemsAssigned(t *testing.T) {
	a := newArchive(t, servertest.New(t))
	e := MustLink(t, a.contributor, "Perbup")
	a.MustUpdate(t, "item.assign", func(tx *store.Tx) error {
		return tx.AssignItem(a.assessment, "1.1", a.contributor.AccountID, a.operator.AccountID)
	})
	servertest.Must(a.cite(t.Context(), a.contributor, e.GetId(), "1.1"))(t)
}

func TestItemsAreCitedOnlyWhileTheyAreOpen(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		e := MustLink(t, a.operator, "Perbup")
		kept := servertest.Must(a.cite(t.Context(), a.operator, e.GetId(), "1.1"))(t)[0]
		const (
			outside, submitted = meritv1.Reason_REASON_OUTSIDE_WINDOW, meritv1.Reason_REASON_ALREADY_SUBMITTED
			closed, frozen     = meritv1.Reason_REASON_ITEM_CLOSED, meritv1.Reason_REASON_IMMUTABLE
		)
		want := func(when, item string, cite, uncite meritv1.Reason) {
			t.Helper()
			if _, err := a.cite(t.Context(), a.operator, e.GetId(), item); servertest.Reason(err) != cite {
				t.Errorf("%s: citing for %s: %v, want %s", when, item, err, cite)
			}
			_, err := evidence(a.operator).Uncite(t.Context(), &meritv1.UnciteRequest{CitationId: kept.GetId()})
			if servertest.Reason(err) != uncite {
				t.Errorf("%s: removing a citation: %v, want %s", when, err, uncite)
			}
		}
		start := a.Clock.Now()
		a.Clock.Set(time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC))
		want("after the window", "1.1", outside, outside)
		a.Clock.Set(start)
		a.MustStep(t, workflow.Submit, workflow.Submitted)
		want("submitted", "1.1", submitted, submitted)
		a.MustStep(t, workflow.StartVerification, workflow.InVerification)
		want("in verification", "1.1", closed, frozen)
		round := a.MustOpenRound(t, "1.2")
		want("in a round that names another item", "1.1", closed, frozen)
		added := servertest.Must(a.cite(t.Context(), a.operator, e.GetId(), "1.2"))(t)[0]
		if added.GetRoundId() != round {
			t.Errorf("the citation says it was added in round %q, want %q", added.GetRoundId(), round)
		}
		a.Clock.Set(time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC))
		want("after the round", "1.2", closed, frozen)
		a.MustStep(t, workflow.Determine, workflow.Determined)
		want("determined", "1.1", frozen, frozen)
	})
}

func TestWhatAVerifierHasSeenStaysCited(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		e := MustLink(t, a.operator, "Perbup")
		cite := func(item string) string {
			return servertest.Must(a.cite(t.Context(), a.operator, e.GetId(), item))(t)[0].GetId()
		}
		uncite := func(when, id string, want meritv1.Reason) {
			t.Helper()
			_, err := evidence(a.operator).Uncite(t.Context(), &meritv1.UnciteRequest{CitationId: id})
			if servertest.Reason(err) != want {
				t.Errorf("%s: %v, want %s", when, err, want)
			}
		}
		const may, seen = meritv1.Reason_REASON_UNSPECIFIED, meritv1.Reason_REASON_IMMUTABLE
		first := cite("1.1")
		uncite("in the first draft", first, may)
		uncite("again", first, may)
		first = cite("1.1")
		a.MustStep(t, workflow.Submit, workflow.Submitted)
		a.MustStep(t, workflow.Recall, workflow.Draft)
		uncite("recalled before anybody looked", first, may)
		first = cite("1.1")
		a.MustStep(t, workflow.Submit, workflow.Submitted)
		a.MustStep(t, workflow.Return, workflow.Draft)
		uncite("returned by the verifier", first, seen)
		second := cite("1.2")
		uncite("added after the return", second, may)
		second = cite("1.2")
		a.MustStep(t, workflow.Submit, workflow.Submitted)
		a.MustStep(t, workflow.StartVerification, workflow.InVerification)
		uncite("in verification", second, seen)
		a.MustOpenRound(t, "1.2")
		uncite("from before the round", second, seen)
		third := servertest.Must(evidence(a.operator).Cite(t.Context(), &meritv1.CiteRequest{
			AssessmentId: a.assessment, EvidenceId: e.GetId(), Items: []string{"1.2"}, Page: "7",
		}))(t).GetCitations()[0].GetId()
		uncite("added in the open round", third, may)
		_, err := evidence(a.stranger).Uncite(t.Context(), &meritv1.UnciteRequest{CitationId: second})
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
		_, err = evidence(a.operator).Uncite(t.Context(), &meritv1.UnciteRequest{CitationId: "01J00000000000000000000000"})
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
	})
}

func TestUncitingAgainAfterARoundHasRunOutDoesNothing(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		cited := servertest.Must(a.cite(t.Context(), a.operator, MustAdd(t, a.operator, "sk.pdf", pdf("sk")).GetId(), "1.1"))(t)
		uncite := &meritv1.UnciteRequest{CitationId: cited[0].GetId()}
		servertest.Must(evidence(a.operator).Uncite(t.Context(), uncite))(t)
		a.MustStep(t, workflow.Submit, workflow.Submitted)
		a.MustStep(t, workflow.StartVerification, workflow.InVerification)
		a.MustOpenRound(t, "1.1")
		s.Clock.Set(time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC))
		servertest.Must(evidence(a.operator).Uncite(t.Context(), uncite))(t)
	})
}
