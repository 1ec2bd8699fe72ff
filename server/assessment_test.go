package server_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// draft is an agency that has just started its assessment, on 1 February 2021, with its people.
type draft struct {
	*yeartest.Year
	agency                          string
	operator, contributor, approver *servertest.Person
	id                              string
}

func assessments(p *servertest.Person) meritv1.AssessmentServiceClient {
	return meritv1.NewAssessmentServiceClient(p)
}

// eachDraft runs f on both engines with a draft of kasn-2019 in a year whose phases follow each other.
func eachDraft(t *testing.T, f func(t *testing.T, d *draft)) {
	t.Helper()
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		f(t, MustStart(t, yeartest.MustBegin(t, s, yeartest.Setup{Windows: yeartest.Phased()}), store.Agency{}))
	})
}

// MustPrepare makes an agency and its people, who have not started.
func MustPrepare(tb testing.TB, y *yeartest.Year, a store.Agency) *draft {
	tb.Helper()
	d := &draft{Year: y, agency: y.MustAgency(tb, a)}
	d.operator = y.MustAccount(tb, meritv1.Role_ROLE_OPERATOR, d.agency)
	d.contributor = y.MustAccount(tb, meritv1.Role_ROLE_CONTRIBUTOR, d.agency)
	d.approver = y.MustAccount(tb, meritv1.Role_ROLE_APPROVER, d.agency)
	return d
}

// MustStart starts the assessment of a new agency.
func MustStart(tb testing.TB, y *yeartest.Year, a store.Agency) *draft {
	tb.Helper()
	d := MustPrepare(tb, y, a)
	resp := servertest.Must(assessments(d.operator).StartAssessment(tb.Context(), &meritv1.StartAssessmentRequest{CycleId: y.CycleID}))(tb)
	d.id = resp.GetAssessment().GetId()
	return d
}

// MustAnswer saves levels as the operator.
func (d *draft) MustAnswer(tb testing.TB, levels yeartest.Levels) *meritv1.Score {
	tb.Helper()
	req := &meritv1.SaveAnswersRequest{AssessmentId: d.id}
	for _, item := range slices.Sorted(maps.Keys(levels)) {
		req.Answers = append(req.Answers, &meritv1.AnswerChange{Item: item, Answer: yeartest.Answer(levels[item]), Note: "catatan demo"})
	}
	return servertest.Must(assessments(d.operator).SaveAnswers(tb.Context(), req))(tb).GetScore()
}

// MustGet reads the assessment whole.
func (d *draft) MustGet(tb testing.TB, p *servertest.Person) *meritv1.Assessment {
	tb.Helper()
	return servertest.Must(assessments(p).GetAssessment(tb.Context(), &meritv1.GetAssessmentRequest{
		AssessmentId: d.id, View: meritv1.AssessmentView_ASSESSMENT_VIEW_FULL,
	}))(tb).GetAssessment()
}

// MustSubmit submits as the approver, with unanswered items accepted.
func (d *draft) MustSubmit(tb testing.TB) *meritv1.Assessment {
	tb.Helper()
	return servertest.Must(assessments(d.approver).Submit(tb.Context(), &meritv1.SubmitRequest{
		AssessmentId: d.id, Revision: d.MustGet(tb, d.approver).GetRevision(), AcceptUnanswered: true,
	}))(tb).GetAssessment()
}

// MustVerifying submits, and brings the verifier of the year to work on it.
func (d *draft) MustVerifying(tb testing.TB) *yeartest.Case {
	tb.Helper()
	d.MustSubmit(tb)
	c := &yeartest.Case{AgencyID: d.agency, AssessmentID: d.id, Operator: d.operator, Approver: d.approver}
	d.MustStartVerification(tb, c)
	return c
}

func itemOf(a *meritv1.Assessment, code string) *meritv1.AssessmentItem {
	for _, i := range a.GetItems() {
		if i.GetItem() == code {
			return i
		}
	}
	return nil
}

// wantListed wants the agency's list to say of the assessment until when it is open as the assessment alone does.
func (d *draft) wantListed(t *testing.T, alone *meritv1.Assessment) {
	t.Helper()
	for _, a := range servertest.Must(assessments(d.operator).ListAssessments(t.Context(), &meritv1.ListAssessmentsRequest{}))(t).GetAssessments() {
		if diff := cmp.Diff(alone.GetClosesAt(), a.GetClosesAt(), protocmp.Transform()); diff != "" || a.GetExtended() != alone.GetExtended() {
			t.Errorf("closes at (-alone +listed):\n%s extended: %t alone, %t listed", diff, alone.GetExtended(), a.GetExtended())
		}
	}
}

func TestStartingOpensADraftUntilTheLastDay(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		a := d.MustGet(t, d.operator)
		if a.GetState() != meritv1.AssessmentState_ASSESSMENT_STATE_DRAFT || a.GetAttempt() != 1 || a.GetAgencyId() != d.agency ||
			a.GetCycleName() != "2021" || a.GetApplicable() != 38 || a.GetAnswered() != 0 || len(a.GetItems()) != 38 ||
			a.GetStartedBy().GetAccountId() != d.operator.AccountID {
			t.Errorf("started: %v", a)
		}
		if want := time.Date(2021, 2, 28, 17, 0, 0, 0, time.UTC); !a.GetClosesAt().AsTime().Equal(want) || a.GetExtended() {
			t.Errorf("closes at %v, extended %t; want 24:00 WIB of 28 February", a.GetClosesAt().AsTime(), a.GetExtended())
		}
		d.wantListed(t, a)
		if !itemOf(a, "1.1").GetOpen() || a.GetScore().GetTotal() != "0" {
			t.Errorf("item 1.1 %v, total %s", itemOf(a, "1.1"), a.GetScore().GetTotal())
		}
	})
}

func TestOneAttemptIsOpenAtATime(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		_, err := assessments(d.approver).StartAssessment(t.Context(), &meritv1.StartAssessmentRequest{CycleId: d.CycleID, StartEarly: true})
		servertest.WantReason(t, err, meritv1.Reason_REASON_ALREADY_EXISTS)
		if open, ok := servertest.Detail[*meritv1.Assessment](err); !ok || open.GetId() != d.id {
			t.Errorf("details have %v, want the open attempt %s", open, d.id)
		}
	})
}

func TestStartingTwiceWithOneRequestIDStartsOnce(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		d := MustPrepare(t, yeartest.MustBegin(t, s, yeartest.Setup{}), store.Agency{})
		req := &meritv1.StartAssessmentRequest{CycleId: d.CycleID, RequestId: "once"}
		first := servertest.Must(assessments(d.operator).StartAssessment(t.Context(), req))(t)
		again := servertest.Must(assessments(d.operator).StartAssessment(t.Context(), req))(t)
		if first.GetAssessment().GetId() != again.GetAssessment().GetId() {
			t.Errorf("started %s and %s", first.GetAssessment().GetId(), again.GetAssessment().GetId())
		}
	})
}

func TestOneRequestIDDoesNotServeTwoAgencies(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		y := yeartest.MustBegin(t, s, yeartest.Setup{})
		first, second := MustPrepare(t, y, store.Agency{}), MustPrepare(t, y, store.Agency{})
		also := s.MustAlsoAct(t, first.operator, meritv1.Role_ROLE_OPERATOR, second.agency)
		req := &meritv1.StartAssessmentRequest{CycleId: y.CycleID, RequestId: "once"}
		servertest.Must(assessments(first.operator).StartAssessment(t.Context(), req))(t)
		_, err := assessments(also).StartAssessment(t.Context(), req)
		servertest.WantReason(t, err, meritv1.Reason_REASON_REQUEST_ID_REUSED)
	})
}

func TestStartingIsRefused(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		y := yeartest.MustBegin(t, s, yeartest.Setup{Windows: yeartest.Phased()})
		valid, expired := MustPrepare(t, y, store.Agency{}), MustPrepare(t, y, store.Agency{})
		y.MustUpdate(t, "result.add", func(tx *store.Tx) error {
			for _, r := range []store.Result{{AgencyID: valid.agency, ValidUntil: "2021-12-31"}, {AgencyID: expired.agency, ValidUntil: "2020-12-31"}} {
				r.ID, r.Year, r.InstrumentID, r.AgencyKind = tx.NewID(), 2020, y.Instrument.ID, scoring.Kabupaten
				if err := tx.InsertResult(r, nil); err != nil {
					return err
				}
			}
			return nil
		})
		start := func(d *draft, req *meritv1.StartAssessmentRequest) error {
			_, err := assessments(d.operator).StartAssessment(t.Context(), req)
			return err
		}
		this := &meritv1.StartAssessmentRequest{CycleId: y.CycleID}
		servertest.WantReason(t, start(valid, this), meritv1.Reason_REASON_NOT_DUE)
		servertest.WantReason(t, start(valid, &meritv1.StartAssessmentRequest{CycleId: valid.agency}), meritv1.Reason_REASON_NOT_FOUND)
		y.Clock.Set(time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC))
		servertest.WantReason(t, start(expired, this), meritv1.Reason_REASON_OUTSIDE_WINDOW)
		y.Clock.Set(servertest.Start)
		if err := start(expired, this); err != nil {
			t.Errorf("with a result that was not valid any more when self-assessment began: %v", err)
		}
		if err := start(valid, &meritv1.StartAssessmentRequest{CycleId: y.CycleID, StartEarly: true}); err != nil {
			t.Errorf("early, on purpose: %v", err)
		}
	})
}

func TestAnAgencyThatIsPartOfAnotherDoesNotAssessItself(t *testing.T) {
	s := servertest.New(t)
	d := MustPrepare(t, yeartest.MustBegin(t, s, yeartest.Setup{}), store.Agency{})
	d.MustUpdate(t, "agency.update", func(tx *store.Tx) error {
		versions, err := tx.AgencyVersions(d.agency)
		if err != nil {
			return err
		}
		versions[0].Assessed = false
		return tx.PutAgencyVersion(versions[0], versions, "")
	})
	_, err := assessments(d.operator).StartAssessment(t.Context(), &meritv1.StartAssessmentRequest{CycleId: d.CycleID})
	servertest.WantReason(t, err, meritv1.Reason_REASON_OUT_OF_SCOPE)
}

// Every RPC that takes an assessment id must answer NOT_FOUND to people of another agency, and to the assessor's
// side before the sheet is submitted or outside its region.
func TestOthersDoNotFindTheAssessment(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		other := MustPrepare(t, d.Year, store.Agency{})
		calls := callsOnOneAssessment(t, d)
		for _, call := range calls {
			p := map[bool]*servertest.Person{true: other.approver, false: d.Verifier}[call.agency]
			t.Run(call.name, func(t *testing.T) {
				servertest.WantReason(t, call.do(p), meritv1.Reason_REASON_NOT_FOUND)
			})
		}
	})
}

type callOnOne struct {
	name   string
	agency bool // an agency's approver may make the call, else a verifier
	do     func(*servertest.Person) error
}

func callsOnOneAssessment(t *testing.T, d *draft) []callOnOne {
	ctx, id := t.Context(), d.id
	return []callOnOne{
		{"GetAssessment", true, func(p *servertest.Person) error {
			_, err := assessments(p).GetAssessment(ctx, &meritv1.GetAssessmentRequest{AssessmentId: id})
			return err
		}},
		{"GetAssessment of a draft by a verifier", false, func(p *servertest.Person) error {
			_, err := assessments(p).GetAssessment(ctx, &meritv1.GetAssessmentRequest{AssessmentId: id})
			return err
		}},
		{"SaveAnswer", true, func(p *servertest.Person) error {
			_, err := assessments(p).SaveAnswer(ctx, &meritv1.SaveAnswerRequest{AssessmentId: id, Item: "1.1", Answer: yeartest.Answer(1)})
			return err
		}},
		{"SaveAnswers", true, func(p *servertest.Person) error {
			_, err := assessments(p).SaveAnswers(ctx, &meritv1.SaveAnswersRequest{AssessmentId: id, Answers: []*meritv1.AnswerChange{{Item: "1.1"}}})
			return err
		}},
		{"AssignItems", true, func(p *servertest.Person) error {
			_, err := assessments(p).AssignItems(ctx, &meritv1.AssignItemsRequest{AssessmentId: id, Items: []string{"1.1"}, AccountId: p.AccountID})
			return err
		}},
		{"CheckCompleteness", true, func(p *servertest.Person) error {
			_, err := assessments(p).CheckCompleteness(ctx, &meritv1.CheckCompletenessRequest{AssessmentId: id})
			return err
		}},
		{"Submit", true, func(p *servertest.Person) error {
			_, err := assessments(p).Submit(ctx, &meritv1.SubmitRequest{AssessmentId: id, Revision: 1})
			return err
		}},
		{"Recall", true, func(p *servertest.Person) error {
			_, err := assessments(p).Recall(ctx, &meritv1.RecallRequest{AssessmentId: id, Reason: "x"})
			return err
		}},
		{"Return", false, func(p *servertest.Person) error {
			_, err := assessments(p).Return(ctx, &meritv1.ReturnRequest{AssessmentId: id, Reason: "x"})
			return err
		}},
		{"GetHistory", true, func(p *servertest.Person) error {
			_, err := assessments(p).GetHistory(ctx, &meritv1.GetHistoryRequest{AssessmentId: id})
			return err
		}},
		{"Simulate", true, func(p *servertest.Person) error {
			_, err := assessments(p).Simulate(ctx, &meritv1.SimulateRequest{AssessmentId: id})
			return err
		}},
		{"SuggestPath", true, func(p *servertest.Person) error {
			_, err := assessments(p).SuggestPath(ctx, &meritv1.SuggestPathRequest{AssessmentId: id})
			return err
		}},
		{"WatchAssessment", true, func(p *servertest.Person) error {
			stream, err := assessments(p).WatchAssessment(ctx, &meritv1.WatchAssessmentRequest{AssessmentId: id})
			if err != nil {
				return err
			}
			_, err = stream.Recv()
			return err
		}},
	}
}

func TestListsHaveWhatTheCallerMaySee(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		y := yeartest.MustBegin(t, s, yeartest.Setup{})
		a := MustStart(t, y, store.Agency{Region: "I"})
		y.Clock.Add(time.Second) // ids of one instant have no order
		b := MustStart(t, y, store.Agency{Region: "II"})
		b.MustSubmit(t)
		servertest.Must(assessments(a.operator).AssignItems(t.Context(), &meritv1.AssignItemsRequest{
			AssessmentId: a.id, Items: []string{"1.1"}, AccountId: a.contributor.AccountID,
		}))(t)
		for _, tc := range []struct {
			name string
			who  *servertest.Person
			req  *meritv1.ListAssessmentsRequest
			want []string
		}{
			{"an operator sees the own agency's", a.operator, &meritv1.ListAssessmentsRequest{}, []string{a.id}},
			{"an operator does not see another agency's", a.operator, &meritv1.ListAssessmentsRequest{AgencyId: b.agency}, nil},
			{"a contributor asks for what is assigned", a.contributor, &meritv1.ListAssessmentsRequest{AssignedToMe: true}, []string{a.id}},
			{"an operator has nothing assigned", a.operator, &meritv1.ListAssessmentsRequest{AssignedToMe: true}, nil},
			{"a verifier sees submitted ones", y.Verifier, &meritv1.ListAssessmentsRequest{}, []string{b.id}},
			{"a verifier of the region", y.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "II"), &meritv1.ListAssessmentsRequest{}, []string{b.id}},
			{"a verifier of another region", y.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "I"), &meritv1.ListAssessmentsRequest{}, nil},
			{"an auditor sees drafts too", y.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""), &meritv1.ListAssessmentsRequest{CycleId: y.CycleID}, []string{b.id, a.id}},
			{"by state", y.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""), &meritv1.ListAssessmentsRequest{State: meritv1.AssessmentState_ASSESSMENT_STATE_DRAFT}, []string{a.id}},
		} {
			t.Run(tc.name, func(t *testing.T) {
				resp := servertest.Must(assessments(tc.who).ListAssessments(t.Context(), tc.req))(t)
				var got []string
				for _, a := range resp.GetAssessments() {
					got = append(got, a.GetId())
				}
				if !slices.Equal(got, tc.want) {
					t.Errorf("listed %v, want %v", got, tc.want)
				}
			})
		}
		auditor := y.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
		first := servertest.Must(assessments(auditor).ListAssessments(t.Context(), &meritv1.ListAssessmentsRequest{PageSize: 1}))(t)
		rest := servertest.Must(assessments(auditor).ListAssessments(t.Context(), &meritv1.ListAssessmentsRequest{PageSize: 1, PageToken: first.GetNextPageToken()}))(t)
		if len(rest.GetAssessments()) != 1 || rest.GetAssessments()[0].GetId() != a.id || rest.GetNextPageToken() != "" {
			t.Errorf("second page %v", rest)
		}
		_, err := assessments(auditor).ListAssessments(t.Context(), &meritv1.ListAssessmentsRequest{PageToken: first.GetNextPageToken(), CycleId: y.CycleID})
		servertest.WantReason(t, err, meritv1.Reason_REASON_PAGE_TOKEN_INVALID)
	})
}
