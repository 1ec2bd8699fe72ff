package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// MustList lists all entries that a person may see of a request, newest first.
func MustList(tb testing.TB, p *servertest.Person, req *meritv1.ListEntriesRequest) (all []*meritv1.Entry) {
	tb.Helper()
	req = proto.CloneOf(req)
	for {
		page := servertest.Must(meritv1.NewAuditServiceClient(p).ListEntries(tb.Context(), req))(tb)
		all = append(all, page.GetEntries()...)
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			return all
		}
	}
}

// doings are the different acts of others than some people and than the preparation of a test, in alphabetical order.
func doings(entries []*meritv1.Entry, but ...*servertest.Person) (actions []string) {
	for _, e := range entries {
		if e.GetActor() != nil && !slices.ContainsFunc(but, func(p *servertest.Person) bool { return p.AccountID == e.GetActor().GetAccountId() }) {
			actions = append(actions, e.GetAction())
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// MustAct records that a person did something.
func MustAct(tb testing.TB, s *servertest.Server, p *servertest.Person, e audit.Entry) {
	tb.Helper()
	ctx := audit.WithActor(tb.Context(), audit.Actor{Account: p.AccountID, Membership: p.MembershipID})
	if err := s.Store.Update(ctx, func(*store.Tx) ([]audit.Entry, error) { return []audit.Entry{e}, nil }); err != nil {
		tb.Fatal(err)
	}
}

func TestAnAgencyReadsOfItsAssessorsWhatIsReleased(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(3))
		admin := y.MustAccount(t, meritv1.Role_ROLE_AGENCY_ADMIN, c.AgencyID)
		inspektorat := y.MustAccount(t, meritv1.Role_ROLE_AUDITOR, c.AgencyID)
		y.MustDecide(t, c, yeartest.All(3))
		MustAct(t, y.Server, y.Verifier, audit.Entry{Action: "EvidenceService.Download", Agency: c.AgencyID, Subject: "evidence"})
		MustAct(t, y.Server, c.Operator, audit.Entry{Action: "AssessmentService.SaveAnswer", Agency: c.AgencyID, Subject: c.AssessmentID})
		var seen []string
		sees := func(when string, more ...string) {
			t.Helper()
			seen = append(seen, more...)
			slices.Sort(seen)
			for _, reader := range []*servertest.Person{admin, c.Approver, inspektorat} {
				entries := MustList(t, reader, &meritv1.ListEntriesRequest{})
				if diff := cmp.Diff(seen, doings(entries, c.Operator, c.Approver, admin, inspektorat)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", when, diff)
				}
				if !slices.Contains(doings(entries), "AssessmentService.SaveAnswer") {
					t.Errorf("%s: what a colleague did is missing", when)
				}
			}
		}
		sees("in verification")
		round := mustOpenRound(t, y, c, clarify, "2021-03-10", "1.1")
		sees("in clarification", "VerificationService.OpenClarification")
		servertest.Must(answerRound(t, c.Operator, round, "1.1"))(t)
		servertest.Must(closeRound(t, y.Verifier, round))(t)
		sees("after it", "VerificationService.CloseClarification")
		y.MustComplete(t, c)
		sees("with the minutes", "EvidenceService.Download", "VerificationService.AssignVerifier", "VerificationService.CompleteVerification",
			"VerificationService.SetVerified", "VerificationService.StartVerification")
		session := y.MustOpenSession(t, c)
		y.MustAdopt(t, session, c)
		sees("before the plenary")
		y.MustClose(t, session, "1/2021")
		sees("determined", "PlenaryService.CloseSession", "PlenaryService.Decide")
	})
}

func TestAVerificationUnderWayHidesAnotherThatIsReleased(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
		var other string
		y.MustUpdate(t, "test.prepare", func(tx *store.Tx) error {
			first, err := tx.Assessment(c.AssessmentID)
			if err != nil {
				return err
			}
			first.ID, first.Attempt = tx.NewID(), 2
			other = first.ID
			_, err = tx.AddAssessment(first)
			return err
		})
		MustAct(t, y.Server, y.Verifier, audit.Entry{Action: "VerificationService.SetVerified", Agency: c.AgencyID, Subject: other})
		for _, e := range MustList(t, c.Approver, &meritv1.ListEntriesRequest{Action: "VerificationService.SetVerified"}) {
			if e.GetSubject() != c.AssessmentID {
				t.Errorf("the agency reads %v", e)
			}
		}
	})
}

func TestWhoReadsWhichEntries(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		near, far := s.MustAgency(t, store.Agency{Region: "I"}), s.MustAgency(t, store.Agency{Region: "II"})
		somebody := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, near)
		somebodyFar := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, far)
		verifier := s.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")
		act := func(p *servertest.Person, action, agency string) {
			MustAct(t, s, p, audit.Entry{Action: audit.Action(action), Agency: agency})
		}
		act(somebody, "AssessmentService.SaveAnswer", near)
		act(somebodyFar, "AssessmentService.Submit", far)
		act(verifier, "VerificationService.SetVerified", near)
		act(verifier, "AwardService.DraftAward", "")
		act(verifier, "AccountService.InviteAccount", near)
		act(verifier, "AccountService.DeclareInterest", far)
		act(verifier, "CycleService.CreateCycle", "")

		const (
			save, submit, verify, draft    = "AssessmentService.SaveAnswer", "AssessmentService.Submit", "VerificationService.SetVerified", "AwardService.DraftAward"
			invite, interested, cycle, own = "AccountService.InviteAccount", "AccountService.DeclareInterest", "CycleService.CreateCycle", "AccountService.SignIn"
		)
		tests := map[string]struct {
			who  *servertest.Person
			want []string
		}{
			"auditor of the nation":           {s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""), []string{save, submit, verify, draft, invite, interested, cycle}},
			"auditor of a region":             {s.MustRegional(t, meritv1.Role_ROLE_AUDITOR, "II"), []string{submit, interested}},
			"auditor of an agency":            {s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, near), []string{save, invite}},
			"administrator":                   {s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""), []string{invite, interested, cycle}},
			"administrator of an agency":      {s.MustAccount(t, meritv1.Role_ROLE_AGENCY_ADMIN, near), []string{save, invite}},
			"approver of an agency":           {s.MustAccount(t, meritv1.Role_ROLE_APPROVER, near), []string{save, invite}},
			"approver of the declared agency": {s.MustAccount(t, meritv1.Role_ROLE_APPROVER, far), []string{submit}},
			"colleague":                       {s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, near), nil},
			"another verifier":                {s.MustAccount(t, meritv1.Role_ROLE_VERIFIER, ""), nil},
			"commissioner":                    {s.MustAccount(t, meritv1.Role_ROLE_COMMISSIONER, ""), nil},
		}
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				MustAct(t, s, test.who, audit.Entry{Action: own})
				entries := MustList(t, test.who, &meritv1.ListEntriesRequest{})
				if entries[0].GetAction() != own || entries[0].GetActor().GetAccountId() != test.who.AccountID || entries[0].GetRole() == meritv1.Role_ROLE_UNSPECIFIED {
					t.Errorf("the newest is %v, want the own doing", entries[0])
				}
				entries = slices.DeleteFunc(entries, func(e *meritv1.Entry) bool { return e.GetAction() == own })
				want := slices.Sorted(slices.Values(test.want))
				if diff := cmp.Diff(want, doings(entries, test.who)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
		_, err := meritv1.NewAuditServiceClient(s.Anyone()).ListEntries(t.Context(), &meritv1.ListEntriesRequest{})
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_SIGNED_IN)
		for _, role := range []meritv1.Role{meritv1.Role_ROLE_AGENCY_ADMIN, meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_AUDITOR} {
			_, err := meritv1.NewAuditServiceClient(s.MustAccount(t, role, near)).ListEntries(t.Context(), &meritv1.ListEntriesRequest{AgencyId: far})
			servertest.WantReason(t, err, meritv1.Reason_REASON_OUT_OF_SCOPE)
		}
	})
}

func TestEntriesAreNarrowed(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		agency := s.MustAgency(t, store.Agency{})
		operator, approver := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, agency), s.MustAccount(t, meritv1.Role_ROLE_APPROVER, agency)
		auditor := s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
		var days []*timestamppb.Timestamp
		for i, act := range []struct {
			who            *servertest.Person
			action, agency string
		}{
			{operator, "AssessmentService.SaveAnswer", agency},
			{operator, "AssessmentService.SaveAnswers", agency},
			{approver, "AssessmentService.Submit", agency},
			{approver, "AccountService.CreateToken", ""},
		} {
			s.Clock.Set(servertest.Start.AddDate(0, 0, i))
			days = append(days, timestamppb.New(s.Clock.Now()))
			MustAct(t, s, act.who, audit.Entry{Action: audit.Action(act.action), Agency: act.agency})
		}
		tests := []struct {
			name string
			req  *meritv1.ListEntriesRequest
			want string
		}{
			{"to an agency", &meritv1.ListEntriesRequest{AgencyId: agency}, "Submit SaveAnswers SaveAnswer"},
			{"to an account", &meritv1.ListEntriesRequest{AccountId: approver.AccountID}, "CreateToken Submit"},
			{"to a service", &meritv1.ListEntriesRequest{Action: "AccountService."}, "CreateToken"},
			{"to the beginning of an action", &meritv1.ListEntriesRequest{Action: "AssessmentService.Save"}, "SaveAnswers SaveAnswer"},
			{"to a time", &meritv1.ListEntriesRequest{From: days[1], Until: days[3]}, "Submit SaveAnswers"},
			{"to all of it", &meritv1.ListEntriesRequest{AgencyId: agency, AccountId: operator.AccountID, Action: "AssessmentService.", From: days[1]}, "SaveAnswers"},
		}
		for _, test := range tests {
			var got []string
			for _, e := range MustList(t, auditor, test.req) {
				if _, verb, _ := strings.Cut(e.GetAction(), "."); e.GetActor() != nil {
					got = append(got, verb)
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("%s: %q, want %q", test.name, got, test.want)
			}
		}
	})
}

func TestEntriesAreReadInPages(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		for i := range 5 {
			MustAct(t, s, person, audit.Entry{Action: "Test.Act", Subject: fmt.Sprint(i)})
		}
		for size := int32(1); size <= 6; size++ {
			var got []string
			for _, e := range MustList(t, person, &meritv1.ListEntriesRequest{PageSize: size}) {
				got = append(got, e.GetSubject())
			}
			if want := []string{"4", "3", "2", "1", "0"}; !slices.Equal(got, want) {
				t.Errorf("in pages of %d: %q, want %q", size, got, want)
			}
		}
		client := meritv1.NewAuditServiceClient(person)
		first := servertest.Must(client.ListEntries(t.Context(), &meritv1.ListEntriesRequest{PageSize: 2}))(t)
		_, err := client.ListEntries(t.Context(), &meritv1.ListEntriesRequest{PageSize: 2, Action: "Test.", PageToken: first.GetNextPageToken()})
		servertest.WantReason(t, err, meritv1.Reason_REASON_PAGE_TOKEN_INVALID)
	})
}

func TestAnEntryCarriesItsLeafAndRows(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r := newResults(t, s)
		s.MustAgency(t, store.Agency{Code: "A"})
		r.MustImport(t, resultHeader+"A,2021,330.5,,s\n")
		auditor := s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
		entries := MustList(t, auditor, &meritv1.ListEntriesRequest{Action: "ResultService."})
		if len(entries) != 1 {
			t.Fatalf("the trail has %v", entries)
		}
		e := entries[0]
		leaf, err := audit.ParseLeaf(e.GetLeaf())
		if err != nil || leaf.ID != e.GetId() || len(leaf.Rows) != 1 {
			t.Fatalf("the leaf is %v, %v", leaf, err)
		}
		row := &meritv1.EntryRow{Table: "result", Key: leaf.Rows[0].Key, Hash: fmt.Sprintf("%x", leaf.Rows[0].Hash)}
		if !proto.Equal(row, e.GetRows()[0]) || e.GetActor().GetName() != "Demo ADMIN" || e.GetRole() != meritv1.Role_ROLE_ADMIN {
			t.Errorf("the entry is %v", e)
		}
	})
}

func TestAPageOfLargeEntriesEndsEarly(t *testing.T) {
	s := servertest.New(t)
	auditor := s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
	for range 6 {
		MustAct(t, s, auditor, audit.Entry{Action: "Test.Act", Subject: strings.Repeat("x", 300_000)})
	}
	req := &meritv1.ListEntriesRequest{Action: "Test."}
	first := servertest.Must(meritv1.NewAuditServiceClient(auditor).ListEntries(t.Context(), req))(t)
	if len(first.GetEntries()) != 3 || first.GetNextPageToken() == "" {
		t.Errorf("the first page has %d of 6 entries of 300 kB, want 3", len(first.GetEntries()))
	}
	if all := MustList(t, auditor, req); len(all) != 6 {
		t.Errorf("all pages have %d entries, want 6", len(all))
	}
}
