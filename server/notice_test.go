package server_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func notices(p *servertest.Person) meritv1.NoticeServiceClient {
	return meritv1.NewNoticeServiceClient(p)
}

// MustListNotices lists all notices of a person, newest first.
func MustListNotices(tb testing.TB, p *servertest.Person, unread bool) []*meritv1.Notice {
	tb.Helper()
	req := &meritv1.ListNoticesRequest{UnreadOnly: unread, PageSize: 500}
	return servertest.Must(notices(p).ListNotices(tb.Context(), req))(tb).GetNotices()
}

// readers are people by what they are called in a test.
type readers map[string]*servertest.Person

// WantTold checks that exactly those were told of something of a kind since the last time, and lets everybody read it.
func (all readers) WantTold(tb testing.TB, kind meritv1.NoticeKind, want ...string) {
	tb.Helper()
	var got []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, n := range MustListNotices(tb, all[name], true) {
			if n.GetKind() == kind {
				got = append(got, name)
			} else {
				got = append(got, name+" of "+n.GetKind().String())
			}
		}
	}
	all.read(tb)
	if diff := cmp.Diff(want, got); diff != "" {
		tb.Errorf("told of %s (-want +got):\n%s", kind, diff)
	}
}

func TestEventsReachThePeopleConcerned(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		y := yeartest.MustBegin(t, s, yeartest.Setup{})
		c := y.MustDraft(t, store.Agency{Name: "Kota Demo", Region: "I"}, yeartest.All(2))
		other := y.MustDraft(t, store.Agency{Region: "I"}, nil)
		all := readers{
			"operator": c.Operator, "approver": c.Approver, "admin": y.MustAccount(t, meritv1.Role_ROLE_AGENCY_ADMIN, c.AgencyID),
			"contributor": y.MustAccount(t, meritv1.Role_ROLE_CONTRIBUTOR, c.AgencyID), "idle": y.MustAccount(t, meritv1.Role_ROLE_CONTRIBUTOR, c.AgencyID),
			"auditor": y.MustAccount(t, meritv1.Role_ROLE_AUDITOR, c.AgencyID), "stranger": other.Operator,
			"verifier": y.Verifier, "colleague": y.MustAccount(t, meritv1.Role_ROLE_VERIFIER, ""), "lead": y.Lead,
			"lead-one": y.MustRegional(t, meritv1.Role_ROLE_LEAD_VERIFIER, "I"), "lead-two": y.MustRegional(t, meritv1.Role_ROLE_LEAD_VERIFIER, "II"),
		}
		gone := y.MustAccount(t, meritv1.Role_ROLE_OPERATOR, c.AgencyID)
		y.MustUpdate(t, "membership.end", func(tx *store.Tx) error { return tx.EndMembership(gone.MembershipID, "", "demo") })
		all["gone"] = gone
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_UNSPECIFIED)

		for _, items := range [][]string{{"1.1"}, {"1.1", "1.2"}} {
			servertest.Must(assessments(c.Operator).AssignItems(t.Context(), &meritv1.AssignItemsRequest{
				AssessmentId: c.AssessmentID, Items: items, AccountId: all["contributor"].AccountID,
			}))(t)
		}
		if n := MustListNotices(t, all["contributor"], true)[0]; n.GetCount() != 2 || n.GetSubjectId() != c.AssessmentID {
			t.Errorf("items assigned: %v", n)
		}
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_ITEMS_ASSIGNED, "contributor")

		submit := func() {
			t.Helper()
			servertest.Must(assessments(c.Approver).Submit(t.Context(), &meritv1.SubmitRequest{AssessmentId: c.AssessmentID, Revision: y.Revision(t, c)}))(t)
		}
		submit()
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_SUBMITTED, "admin", "lead", "lead-one", "operator")
		servertest.Must(assessments(c.Approver).Recall(t.Context(), &meritv1.RecallRequest{AssessmentId: c.AssessmentID, Revision: y.Revision(t, c), Reason: "demo"}))(t)
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_RECALLED, "lead", "lead-one")
		submit()
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_SUBMITTED, "admin", "lead", "lead-one", "operator")
		servertest.Must(assign(t, y, c, y.Verifier.AccountID, ""))(t)
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_VERIFIER_ASSIGNED, "verifier")
		servertest.Must(assign(t, y, c, all["colleague"].AccountID, "demo"))(t)
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_VERIFIER_ASSIGNED, "colleague", "verifier of NOTICE_KIND_VERIFIER_REPLACED")
		servertest.Must(assign(t, y, c, y.Verifier.AccountID, "demo"))(t)
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_VERIFIER_ASSIGNED, "colleague of NOTICE_KIND_VERIFIER_REPLACED", "verifier")
		servertest.Must(assessments(y.Verifier).Return(t.Context(), &meritv1.ReturnRequest{AssessmentId: c.AssessmentID, Revision: y.Revision(t, c), Reason: "demo"}))(t)
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_RETURNED, "admin", "approver", "contributor", "operator")
		submit()
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_SUBMITTED, "admin", "lead", "lead-one", "operator", "verifier")
		servertest.Must(verification(y.Verifier).StartVerification(t.Context(), &meritv1.StartVerificationRequest{AssessmentId: c.AssessmentID, Revision: y.Revision(t, c)}))(t)

		round := servertest.Must(verification(y.Verifier).OpenClarification(t.Context(), &meritv1.OpenClarificationRequest{
			AssessmentId: c.AssessmentID, Kind: meritv1.RoundKind_ROUND_KIND_CLARIFICATION, LastDay: "2021-12-31",
			Questions: []*meritv1.ClarificationQuestion{{Item: "1.1", Question: "demo"}, {Item: "1.2", Question: "demo"}},
		}))(t).GetClarification()
		if n := MustListNotices(t, c.Operator, true)[0]; n.GetCount() != 2 || n.GetSubjectId() != round.GetId() || n.GetAssessmentId() != c.AssessmentID ||
			n.GetLastDay() != "2021-12-31" || n.GetAgencyName() != "Kota Demo" || n.GetCycleName() != "2021" {
			t.Errorf("clarification opened: %v", n)
		}
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_CLARIFICATION_OPENED, "admin", "approver", "contributor", "operator")
		for _, item := range []string{"1.1", "1.2"} {
			servertest.Must(verification(c.Operator).AnswerClarification(t.Context(), &meritv1.AnswerClarificationRequest{
				ClarificationId: round.GetId(), Item: item, Answer: "demo",
			}))(t)
		}
		if n := MustListNotices(t, y.Verifier, true)[0]; n.GetCount() != 2 || n.GetItem() != "1.2" {
			t.Errorf("clarification answered: %v", n)
		}
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_CLARIFICATION_ANSWERED, "verifier")
		servertest.Must(verification(c.Approver).CloseClarification(t.Context(), &meritv1.CloseClarificationRequest{ClarificationId: round.GetId(), Revision: round.GetRevision()}))(t)
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_CLARIFICATION_CLOSED, "admin", "operator", "verifier")

		y.MustDecide(t, c, yeartest.All(2))
		y.MustComplete(t, c)
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_MINUTES_RELEASED, "admin", "approver", "operator", "verifier")
		session := y.MustOpenSession(t, c)
		y.MustVote(t, session, c)
		y.MustAdopt(t, session, c)
		results := y.MustClose(t, session, "1/2021")
		if n := MustListNotices(t, c.Operator, true)[0]; n.GetSubjectId() != results[0].GetId() || n.GetSubjectKind() != meritv1.SubjectKind_SUBJECT_KIND_RESULT {
			t.Errorf("determined: %v", n)
		}
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_DETERMINED, "admin", "approver", "lead", "lead-one", "operator", "verifier")
		wantWords(t, all)
		wantMail(t, y)
	})
}

// toldElsewhere are kinds of notices that are not of a year's work, and zero.
var toldElsewhere = map[meritv1.NoticeKind]bool{
	meritv1.NoticeKind_NOTICE_KIND_UNSPECIFIED:             true,
	meritv1.NoticeKind_NOTICE_KIND_WINDOW_CLOSING:          true,
	meritv1.NoticeKind_NOTICE_KIND_PROPOSAL_MADE:           true,
	meritv1.NoticeKind_NOTICE_KIND_PROPOSAL_APPROVED:       true,
	meritv1.NoticeKind_NOTICE_KIND_PROPOSAL_REJECTED:       true,
	meritv1.NoticeKind_NOTICE_KIND_ROLES_CHANGED:           true,
	meritv1.NoticeKind_NOTICE_KIND_CREDENTIALS_CHANGED:     true,
	meritv1.NoticeKind_NOTICE_KIND_EMERGENCY_ADMINISTRATOR: true,
}

// wantWords checks that everything that was told reads well in both languages.
func wantWords(t *testing.T, all readers) {
	t.Helper()
	seen := map[meritv1.NoticeKind]bool{}
	for _, p := range all {
		indonesian, english := MustListNotices(t, p.In("id"), false), MustListNotices(t, p.In("en"), false)
		for i, n := range english {
			seen[n.GetKind()] = true
			for _, text := range []string{n.GetText(), indonesian[i].GetText()} {
				if !strings.Contains(text, "Kota Demo") || !strings.Contains(text, "2021") || strings.Contains(text, "%") || !strings.HasSuffix(text, ".") {
					t.Errorf("%s reads %q", n.GetKind(), text)
				}
			}
			if n.GetText() == indonesian[i].GetText() {
				t.Errorf("%s reads %q in both languages", n.GetKind(), n.GetText())
			}
		}
	}
	for number, name := range meritv1.NoticeKind_name {
		if kind := meritv1.NoticeKind(number); !seen[kind] && !toldElsewhere[kind] {
			t.Errorf("nobody was told of %s", name)
		}
	}
}

// wantMail checks that mail waits for every notice.
func wantMail(t *testing.T, y *yeartest.Year) {
	t.Helper()
	var missing int
	err := y.Store.View(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM notice AS n LEFT JOIN outbox AS o ON o.notice_id = n.id AND o.state = 'WAITING' AND o.since = n.created_at
			WHERE o.notice_id IS NULL`).Scan(&missing)
	})
	if err != nil || missing > 0 {
		t.Errorf("%d notices without mail: %v", missing, err)
	}
}

func TestARoundThatItsDeadlineClosesIsTold(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{}, yeartest.All(2))
		all := readers{"operator": c.Operator, "verifier": y.Verifier}
		servertest.Must(verification(y.Verifier).OpenClarification(t.Context(), &meritv1.OpenClarificationRequest{
			AssessmentId: c.AssessmentID, Kind: meritv1.RoundKind_ROUND_KIND_CLARIFICATION, LastDay: calendar.Day(y.Clock.Now()),
			Questions: []*meritv1.ClarificationQuestion{{Item: "1.1", Question: "demo"}},
		}))(t)
		for _, p := range all {
			servertest.Must(notices(p).MarkNoticesRead(t.Context(), &meritv1.MarkNoticesReadRequest{All: true}))(t)
		}
		y.Clock.Add(24 * time.Hour)
		servertest.Must(y.CloseOverdueRounds(t.Context()))(t)
		all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_CLARIFICATION_CLOSED, "operator", "verifier")
	})
}

// MustNotify gives a person a notice for each cycle-wide event named.
func MustNotify(tb testing.TB, y *yeartest.Year, p *servertest.Person, once ...string) {
	tb.Helper()
	err := y.Store.Touch(tb.Context(), func(tx *store.Tx) error {
		for _, o := range once {
			n := store.Notice{
				AccountID: p.AccountID, Kind: store.NoticeWindowClosing, Once: o, SubjectKind: store.SubjectCycle, SubjectID: y.CycleID,
				CycleID: y.CycleID, Phase: calendar.Award, LastDay: "2021-12-31", Item: o,
			}
			if err := tx.NotifyOnce(n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

func TestNoticesAreReadByTheirOwnerAlone(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		p, other := y.Commissioners[0], y.Commissioners[1]
		for _, once := range []string{"a", "b", "c", "d", "e"} {
			MustNotify(t, y, p, once, once)
			y.Clock.Add(time.Minute)
		}
		MustNotify(t, y, p, "f", "g") // at one instant
		MustNotify(t, y, other, "h")
		var pages []string
		req := &meritv1.ListNoticesRequest{PageSize: 3}
		for {
			page := servertest.Must(notices(p).ListNotices(t.Context(), req))(t)
			line := ""
			for _, n := range page.GetNotices() {
				line += n.GetItem()
			}
			pages = append(pages, line)
			if page.GetUnread() != 7 {
				t.Errorf("%d unread, want 7", page.GetUnread())
			}
			if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
				break
			}
		}
		if diff := cmp.Diff([]string{"gfe", "dcb", "a"}, pages); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
		own, foreign := MustListNotices(t, p, true), MustListNotices(t, other, true)
		mark := func(ids ...string) (*meritv1.MarkNoticesReadResponse, error) {
			return notices(p).MarkNoticesRead(t.Context(), &meritv1.MarkNoticesReadRequest{NoticeIds: ids})
		}
		_, err := mark(own[0].GetId(), foreign[0].GetId())
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
		_, err = mark()
		servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
		if left := servertest.Must(mark(own[0].GetId(), own[2].GetId(), own[0].GetId()))(t).GetUnread(); left != 5 {
			t.Errorf("%d left unread, want 5", left)
		}
		line := ""
		for _, n := range MustListNotices(t, p, true) {
			line += n.GetItem()
		}
		count := servertest.Must(notices(p).CountUnread(t.Context(), &meritv1.CountUnreadRequest{}))(t).GetUnread()
		if line != "fdcba" || count != 5 {
			t.Errorf("unread are %s, %d", line, count)
		}
		if read := MustListNotices(t, p, false)[0]; !read.GetReadAt().AsTime().Equal(y.Clock.Now()) {
			t.Errorf("read at %s", read.GetReadAt().AsTime())
		}
		if left := servertest.Must(notices(p).MarkNoticesRead(t.Context(), &meritv1.MarkNoticesReadRequest{All: true}))(t).GetUnread(); left != 0 {
			t.Errorf("%d left unread, want 0", left)
		}
		if len(MustListNotices(t, other, true)) != 1 {
			t.Error("the notice of somebody else was marked too")
		}
	})
}

func TestClosingWindowsAreToldOncePerThreshold(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		y := yeartest.MustBegin(t, s, yeartest.Setup{Windows: yeartest.Phased()})
		drafting := y.MustDraft(t, store.Agency{Name: "Mengisi"}, nil)
		submitted := y.MustSubmitted(t, store.Agency{Region: "I"}, yeartest.All(2))
		late := y.MustDraft(t, store.Agency{Name: "Diperpanjang"}, nil)
		idle := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{Name: "Belum mulai"}))
		servertest.Must(meritv1.NewCycleServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")).GrantExtension(t.Context(), &meritv1.GrantExtensionRequest{
			CycleId: y.CycleID, AgencyIds: []string{late.AgencyID}, LastDay: "2021-03-10", Reason: "demo", Phase: meritv1.Phase_PHASE_SELF_ASSESSMENT,
		}))(t)
		all := readers{
			"drafting": drafting.Operator, "submitted": submitted.Operator, "late": late.Operator, "idle": idle, "verifier": y.Verifier, "lead": y.Lead,
			"lead-two": y.MustRegional(t, meritv1.Role_ROLE_LEAD_VERIFIER, "II"), "commissioner": y.Commissioners[0],
			"committee": s.MustAccount(t, meritv1.Role_ROLE_AWARD_COMMITTEE, ""),
		}
		all.read(t)
		at := func(day string, want ...string) {
			t.Helper()
			y.Clock.Set(servertest.Must(time.Parse(time.RFC3339, day+"T09:00:00+07:00"))(t))
			servertest.Must(y.TellClosingWindows(t.Context()))(t)
			all.WantTold(t, meritv1.NoticeKind_NOTICE_KIND_WINDOW_CLOSING, want...)
			if again := servertest.Must(y.TellClosingWindows(t.Context()))(t); again != 0 {
				t.Errorf("on %s %d were told again", day, again)
			}
		}
		at("2021-02-20")
		at("2021-02-21", "drafting", "idle") // the last day is 28 February
		at("2021-02-26")
		at("2021-02-28", "drafting", "idle") // nobody looked on the day before
		at("2021-03-03", "late")
		y.MustStartVerification(t, submitted)
		all.read(t)
		at("2021-03-09", "late")
		at("2021-04-23", "lead", "verifier")
		at("2021-04-29", "lead", "verifier")
		at("2021-06-25") // nothing is verified, so nothing waits for the plenary
		at("2021-12-24", "committee")
		at("2021-12-31", "committee")
		n := MustListNotices(t, drafting.Operator.In("en"), false)
		got := fmt.Sprintf("%s %d %s %s", n[1].GetText(), n[1].GetDaysLeft(), n[1].GetPhase(), n[1].GetSubjectKind())
		if want := "The self-assessment phase of cycle 2021 ends for Mengisi on 28 February 2021, 24:00 WIB. 7 PHASE_SELF_ASSESSMENT SUBJECT_KIND_ASSESSMENT"; got != want {
			t.Errorf("drafting: %s, want %s", got, want)
		}
		v := MustListNotices(t, y.Verifier.In("en"), false)[0]
		if want := "The verification phase of cycle 2021 ends on 30 April 2021, 24:00 WIB. Assessments that still wait for you: 1."; v.GetText() != want || v.GetDaysLeft() != 1 {
			t.Errorf("verifier: %v, want %s", v, want)
		}
		wantMail(t, y)
	})
}

// read lets everybody read what they were told.
func (all readers) read(tb testing.TB) {
	tb.Helper()
	for _, p := range all {
		servertest.Must(notices(p).MarkNoticesRead(tb.Context(), &meritv1.MarkNoticesReadRequest{All: true}))(tb)
	}
}
