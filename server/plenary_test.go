package server_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
	"github.com/meritindex/merit/server/yeartest"
)

func plenary(p *servertest.Person) meritv1.PlenaryServiceClient {
	return meritv1.NewPlenaryServiceClient(p)
}

// eachWide runs f on both engines in a year whose windows are all open.
func eachWide(t *testing.T, f func(t *testing.T, y *yeartest.Year)) {
	t.Helper()
	servertest.Each(t, func(t *testing.T, s *servertest.Server) { f(t, yeartest.MustBegin(t, s, yeartest.Setup{})) })
}

func openSession(t *testing.T, y *yeartest.Year, p *servertest.Person, cases ...*yeartest.Case) (*meritv1.Session, error) {
	req := &meritv1.OpenSessionRequest{CycleId: y.CycleID, Title: "Pleno Demo", HeldOn: calendar.Day(y.Clock.Now())}
	for _, c := range cases {
		req.AssessmentIds = append(req.AssessmentIds, c.AssessmentID)
	}
	resp, err := plenary(p).OpenSession(t.Context(), req)
	return resp.GetSession(), err
}

func vote(t *testing.T, p *servertest.Person, s *yeartest.Session, c *yeartest.Case, kind meritv1.VoteKind) (*meritv1.AgendaItem, error) {
	resp, err := plenary(p).Vote(t.Context(), &meritv1.VoteRequest{SessionId: s.ID, AssessmentId: c.AssessmentID, Vote: kind, Dissent: dissents[kind]})
	return resp.GetItem(), err
}

const (
	inFavour  = meritv1.VoteKind_VOTE_KIND_IN_FAVOUR
	against   = meritv1.VoteKind_VOTE_KIND_AGAINST
	abstained = meritv1.VoteKind_VOTE_KIND_ABSTAINED
	adopt     = meritv1.Outcome_OUTCOME_ADOPTED
	change    = meritv1.Outcome_OUTCOME_CHANGED
	postpone  = meritv1.Outcome_OUTCOME_POSTPONED
)

var dissents = map[meritv1.VoteKind]string{against: "bukti belum cukup"}

func decideItem(t *testing.T, p *servertest.Person, s *yeartest.Session, c *yeartest.Case, outcome meritv1.Outcome, levels ...*meritv1.DeterminedLevel) (*meritv1.AgendaItem, error) {
	resp, err := plenary(p).Decide(t.Context(), &meritv1.DecideRequest{
		SessionId: s.ID, AssessmentId: c.AssessmentID, Outcome: outcome, Levels: levels, Reason: "keputusan pleno", AcknowledgeReconstructed: true,
	})
	return resp.GetItem(), err
}

func set(item string, level int) *meritv1.DeterminedLevel {
	return &meritv1.DeterminedLevel{Item: item, Answer: yeartest.Answer(level), Reason: "bukti asli diperlihatkan"}
}

func TestPlenaryDeterminesWhatWasVerified(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		claims := yeartest.All(3)
		c := y.MustVerified(t, store.Agency{Code: "73.71", Name: "Kota Demo"}, claims, yeartest.Levels{"1.1": 1})
		s := y.MustOpenSession(t, c)
		y.MustAdopt(t, s, c)
		results := y.MustClose(t, s, "Nomor 7 Tahun 2021")
		// 38 items at level 3 of 4 are 307.5 of 410; 1.1 weighs 2.5 and lost two levels.
		want := &meritv1.Result{
			AgencyId: c.AgencyID, AgencyCode: "73.71", AgencyName: "Kota Demo", AgencyKind: meritv1.AgencyKind_AGENCY_KIND_KABUPATEN,
			Year: 2021, InstrumentId: "kasn-2019", CycleId: y.CycleID, HasTotal: true, Total: "302.5", Index: "0.74",
			Category: "baik", CategoryName: "Baik", DecreeNumber: "Nomor 7 Tahun 2021", DecreeDate: "2021-06-01",
			ValidUntil: "2022-06-01", RestsOnReconstructed: true, SingleAdministrator: true, AssessmentId: c.AssessmentID,
		}
		if diff := cmp.Diff([]*meritv1.Result{want}, results, protocmp.Transform(), protocmp.IgnoreFields(want, "id", "determined_at")); diff != "" {
			t.Errorf("results (-want +got):\n%s", diff)
		}
		if got := y.Assessment(t, c).State; got != workflow.Determined {
			t.Errorf("state %s", got)
		}
		wantDetermined(t, y, c, claims.With(yeartest.Levels{"1.1": 1}))
		wantSeen(t, c, "302.5")
	})
}

// wantSeen checks which determined total the agency sees on its assessment; empty is none.
func wantSeen(t *testing.T, c *yeartest.Case, total string) {
	t.Helper()
	got := servertest.Must(meritv1.NewAssessmentServiceClient(c.Operator).GetAssessment(t.Context(), &meritv1.GetAssessmentRequest{AssessmentId: c.AssessmentID}))(t)
	if got := got.GetAssessment().GetDeterminedScore().GetTotal(); got != total {
		t.Errorf("the agency sees %q determined, want %q", got, total)
	}
}

// wantDetermined checks that every item is determined at its level.
func wantDetermined(t *testing.T, y *yeartest.Year, c *yeartest.Case, levels yeartest.Levels) {
	t.Helper()
	got := yeartest.Levels{}
	err := y.Store.View(t.Context(), func(tx *store.Tx) error {
		sheet, err := tx.Sheet(c.AssessmentID)
		for _, i := range sheet.Items {
			if i.Determined.Stands() {
				got[i.Item] = i.Determined.Level
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(levels, got); diff != "" {
		t.Errorf("determined (-want +got):\n%s", diff)
	}
}

func TestNothingIsDeterminedBeforeTheSessionCloses(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
		s := y.MustOpenSession(t, c)
		y.MustVote(t, s, c)
		item := servertest.Must(decideItem(t, y.Commissioners[0], s, c, change, set("1.1", 4)))(t)
		if item.GetDetermined().GetTotal() != "310" {
			t.Errorf("the plenary sees %s as decided so far, want 310", item.GetDetermined().GetTotal())
		}
		wantDetermined(t, y, c, yeartest.Levels{})
		wantSeen(t, c, "")
		if got := y.Assessment(t, c).State; got != workflow.Verified {
			t.Errorf("state %s", got)
		}
		results := servertest.Must(meritv1.NewResultServiceClient(y.Anyone()).ListResults(t.Context(), &meritv1.ListResultsRequest{
			InstrumentId: "kasn-2019", Year: 2021, Kind: meritv1.AgencyKind_AGENCY_KIND_KABUPATEN,
		}))(t)
		if len(results.GetResults()) != 0 {
			t.Errorf("the public sees %v", results)
		}
		for name, p := range map[string]*servertest.Person{
			"the agency's own auditor": y.MustAccount(t, meritv1.Role_ROLE_AUDITOR, c.AgencyID),
			"a regional lead verifier": y.MustRegional(t, meritv1.Role_ROLE_LEAD_VERIFIER, "IX"),
		} {
			resp, err := plenary(p).GetSession(t.Context(), &meritv1.GetSessionRequest{SessionId: s.ID})
			if err == nil && len(resp.GetSession().GetAgenda()) != 0 {
				t.Errorf("%s sees the agenda item", name)
			}
		}
	})
}

func TestChangedLevelsAreDeterminedWithTheirReasons(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		claims := yeartest.All(3)
		c := y.MustVerified(t, store.Agency{}, claims, yeartest.Levels{"1.1": 1})
		s := y.MustOpenSession(t, c)
		y.MustVote(t, s, c)
		servertest.Must(decideItem(t, y.Commissioners[0], s, c, change, set("1.1", 3), set("8.1", 2)))(t)
		r := y.MustClose(t, s, "1/2021")[0]
		wantDetermined(t, y, c, claims.With(yeartest.Levels{"8.1": 2}))
		err := y.Store.View(t.Context(), func(tx *store.Tx) error {
			d, err := tx.Decision(c.AssessmentID, store.StageDetermined, "1.1", 1)
			if d.Note != "bukti asli diperlihatkan" || d.SessionID != s.ID || d.DecidedBy != y.Commissioners[0].AccountID {
				t.Errorf("decision %+v", d)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		session := servertest.Must(plenary(y.Lead).GetSession(t.Context(), &meritv1.GetSessionRequest{SessionId: s.ID}))(t).GetSession()
		item := session.GetAgenda()[0]
		if item.GetDetermined().GetTotal() != r.GetTotal() {
			t.Errorf("the session shows %s, the result is %s", item.GetDetermined().GetTotal(), r.GetTotal())
		}
		var disputed []string
		for _, d := range item.GetDisputed() {
			disputed = append(disputed, d.GetItem())
		}
		if diff := cmp.Diff([]string{"1.1", "8.1"}, disputed); diff != "" {
			t.Errorf("disputed (-want +got):\n%s", diff)
		}
	})
}

func TestDecisionOfThePlenaryKeepsToItsRules(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
		s := y.MustOpenSession(t, c)
		y.MustVote(t, s, c)
		for _, tc := range []struct {
			name string
			req  *meritv1.DecideRequest
			want meritv1.Reason
		}{
			{"adopting with levels", &meritv1.DecideRequest{Outcome: adopt, Levels: []*meritv1.DeterminedLevel{set("1.1", 4)}}, meritv1.Reason_REASON_INVALID_REQUEST},
			{"changing nothing", &meritv1.DecideRequest{Outcome: change}, meritv1.Reason_REASON_INVALID_REQUEST},
			{"changing to what stands", &meritv1.DecideRequest{Outcome: change, Levels: []*meritv1.DeterminedLevel{set("1.1", 3)}}, meritv1.Reason_REASON_INVALID_REQUEST},
			{"changing an item twice", &meritv1.DecideRequest{Outcome: change, Levels: []*meritv1.DeterminedLevel{set("1.1", 4), set("1.1", 2)}}, meritv1.Reason_REASON_INVALID_REQUEST},
			{"a level off the scale", &meritv1.DecideRequest{Outcome: change, Levels: []*meritv1.DeterminedLevel{set("1.1", 5)}}, meritv1.Reason_REASON_LEVEL_OFF_SCALE},
			{"an unknown item", &meritv1.DecideRequest{Outcome: change, Levels: []*meritv1.DeterminedLevel{set("99", 3)}}, meritv1.Reason_REASON_UNKNOWN_ITEM},
			{"postponing without a reason", &meritv1.DecideRequest{Outcome: postpone}, meritv1.Reason_REASON_REASON_REQUIRED},
			{"reconstructed items not acknowledged", &meritv1.DecideRequest{Outcome: adopt}, meritv1.Reason_REASON_RECONSTRUCTED_NOT_ACKNOWLEDGED},
		} {
			t.Run(tc.name, func(t *testing.T) {
				tc.req.SessionId, tc.req.AssessmentId = s.ID, c.AssessmentID
				_, err := plenary(y.Commissioners[0]).Decide(t.Context(), tc.req)
				servertest.WantReason(t, err, tc.want)
			})
		}
		servertest.Must(decideItem(t, y.Commissioners[0], s, c, adopt))(t)
		_, err := decideItem(t, y.Commissioners[0], s, c, postpone)
		servertest.WantReason(t, err, meritv1.Reason_REASON_IMMUTABLE)
		_, err = vote(t, y.Commissioners[1], s, c, against)
		servertest.WantReason(t, err, meritv1.Reason_REASON_IMMUTABLE)
	})
}

func TestAgendaHasVerifiedAssessmentsOfItsCycleOnce(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		submitted := y.MustSubmitted(t, store.Agency{}, nil)
		verified := y.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
		_, err := openSession(t, y, y.Commissioners[0], verified)
		servertest.WantReason(t, err, meritv1.Reason_REASON_OUTSIDE_WINDOW)
		y.Phase(t, calendar.Determination)
		for _, tc := range []struct {
			name  string
			cases []*yeartest.Case
			want  meritv1.Reason
		}{
			{"one that is not verified", []*yeartest.Case{submitted}, meritv1.Reason_REASON_WRONG_STATE},
			{"one that does not exist", []*yeartest.Case{{AssessmentID: y.CycleID}}, meritv1.Reason_REASON_NOT_FOUND},
			{"one twice", []*yeartest.Case{verified, verified}, meritv1.Reason_REASON_ALREADY_EXISTS},
		} {
			t.Run(tc.name, func(t *testing.T) {
				_, err := openSession(t, y, y.Commissioners[0], tc.cases...)
				servertest.WantReason(t, err, tc.want)
			})
		}
		servertest.Must(openSession(t, y, y.Commissioners[0], verified))(t)
		_, err = openSession(t, y, y.Commissioners[0], verified)
		servertest.WantReason(t, err, meritv1.Reason_REASON_ALREADY_EXISTS)
	})
}

func TestProvisionalInstrumentIsNotDetermined(t *testing.T) {
	s := servertest.New(t)
	y := yeartest.MustBegin(t, s, yeartest.Setup{InstrumentID: "panrb-2026"})
	c := y.MustSubmitted(t, store.Agency{}, nil)
	y.MustUpdate(t, "test.verify", func(tx *store.Tx) error {
		a, err := tx.Assessment(c.AssessmentID)
		if err != nil {
			return err
		}
		return tx.TakeStep(&a, store.Step{Step: workflow.Complete, From: a.State, To: workflow.Verified, TakenBy: y.Lead.AccountID})
	})
	session := y.MustOpenSession(t, c)
	y.MustVote(t, session, c)
	_, err := decideItem(t, y.Commissioners[0], session, c, adopt)
	servertest.WantReason(t, err, meritv1.Reason_REASON_PROVISIONAL_INSTRUMENT)
	servertest.Must(decideItem(t, y.Commissioners[0], session, c, postpone))(t)
}

func TestSessionClosesOnceEverythingIsDecidedUnderAPlausibleDecree(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		c, postponed := y.MustVerified(t, store.Agency{}, yeartest.All(3), nil), y.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
		s := y.MustOpenSession(t, c, postponed)
		y.MustAdopt(t, s, c)
		closing := func(revision int64, date string) error {
			_, err := plenary(y.Commissioners[0]).CloseSession(t.Context(), &meritv1.CloseSessionRequest{
				SessionId: s.ID, Revision: revision, DecreeNumber: "1/2021", DecreeDate: date,
			})
			return err
		}
		err := closing(1, "2021-02-01")
		servertest.WantReason(t, err, meritv1.Reason_REASON_INCOMPLETE)
		if v := servertest.Violations(err); len(v) != 1 || v[postponed.AssessmentID] == "" {
			t.Errorf("violations %v", v)
		}
		servertest.Must(decideItem(t, y.Commissioners[0], s, postponed, postpone))(t)
		servertest.WantReason(t, closing(1, "2021-02-30"), meritv1.Reason_REASON_INVALID_REQUEST)
		servertest.WantReason(t, closing(1, "2021-01-31"), meritv1.Reason_REASON_INVALID_REQUEST)
		servertest.WantReason(t, closing(1, "2021-02-02"), meritv1.Reason_REASON_INVALID_REQUEST)
		servertest.WantReason(t, closing(7, "2021-02-01"), meritv1.Reason_REASON_STALE_REVISION)
		if results := y.MustClose(t, s, "1/2021"); len(results) != 1 {
			t.Errorf("%d results, want that of the adopted one", len(results))
		}
		servertest.WantReason(t, closing(2, "2021-02-01"), meritv1.Reason_REASON_IMMUTABLE)
		if got := y.Assessment(t, postponed).State; got != workflow.Verified {
			t.Errorf("the postponed one is %s", got)
		}
		servertest.Must(openSession(t, y, y.Commissioners[0], postponed))(t)
	})
}

func TestDeterminedAssessmentIsFrozen(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		c, _ := y.MustDetermined(t, store.Agency{}, yeartest.All(3))
		_, err := decide(t, y, c, "1.1", yeartest.Answer(4), "x")
		servertest.WantReason(t, err, meritv1.Reason_REASON_IMMUTABLE)
		_, err = openSession(t, y, y.Commissioners[0], c)
		servertest.WantReason(t, err, meritv1.Reason_REASON_IMMUTABLE)
		_, err = assign(t, y, c, "", "x")
		servertest.WantReason(t, err, meritv1.Reason_REASON_IMMUTABLE)
	})
}

func TestSessionsAreListedNewestFirstWithinTheAssessor(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		var want []string
		for range 3 {
			want = append([]string{servertest.Must(openSession(t, y, y.Commissioners[0]))(t).GetId()}, want...)
			y.Clock.Add(1e9)
		}
		var got []string
		req := &meritv1.ListSessionsRequest{CycleId: y.CycleID, PageSize: 2}
		for more := true; more; more = req.PageToken != "" {
			resp := servertest.Must(plenary(y.Lead).ListSessions(t.Context(), req))(t)
			for _, s := range resp.GetSessions() {
				got = append(got, s.GetId())
			}
			req.PageToken = resp.GetNextPageToken()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("sessions (-want +got):\n%s", diff)
		}
		own := y.MustAccount(t, meritv1.Role_ROLE_AUDITOR, y.MustAgency(t, store.Agency{}))
		_, err := plenary(own).ListSessions(t.Context(), &meritv1.ListSessionsRequest{})
		servertest.WantReason(t, err, meritv1.Reason_REASON_OUT_OF_SCOPE)
	})
}

// TestAnOpenSessionNamesWhoMayBePresent: the commissioners in force, for whoever records attendance; a closed one only
// those who were recorded.
func TestAnOpenSessionNamesWhoMayBePresent(t *testing.T) {
	eachWide(t, func(t *testing.T, y *yeartest.Year) {
		s := y.MustOpenSession(t, y.MustVerified(t, store.Agency{}, yeartest.All(3), nil))
		y.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
		read := func() *meritv1.Session {
			return servertest.Must(plenary(y.Lead).GetSession(t.Context(), &meritv1.GetSessionRequest{SessionId: s.ID}))(t).GetSession()
		}
		var named []string
		for _, p := range read().GetCommissioners() {
			named = append(named, p.GetAccountId())
		}
		var want []string
		for _, p := range y.Commissioners {
			want = append(want, p.AccountID)
		}
		slices.Sort(want) // by account
		if diff := cmp.Diff(want, named); diff != "" {
			t.Errorf("who may be present (-want +got):\n%s", diff)
		}
		y.MustAdopt(t, s, s.Cases[0])
		y.MustClose(t, s, "Nomor 1 Tahun 2021")
		if left := read().GetCommissioners(); len(left) > 0 {
			t.Errorf("a closed session still offers %v", left)
		}
	})
}
