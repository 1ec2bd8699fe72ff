package server_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func (d *draft) save(ctx context.Context, p *servertest.Person, item string, answer *meritv1.Answer) (*meritv1.SaveAnswerResponse, error) {
	return assessments(p).SaveAnswer(ctx, &meritv1.SaveAnswerRequest{AssessmentId: d.id, Item: item, Answer: answer})
}

func text(s string) *meritv1.Answer { return &meritv1.Answer{Value: &meritv1.Answer_Text{Text: s}} }

func TestSavingAnAnswerReturnsTheClaimAndTheNewScore(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustAnswer(t, yeartest.Levels{"1.1": 4})
		resp := servertest.Must(assessments(d.operator).SaveAnswer(t.Context(), &meritv1.SaveAnswerRequest{
			AssessmentId: d.id, Item: "1.1", Answer: yeartest.Answer(3), Note: "SK 12/2021",
		}))(t)
		want := &meritv1.Decision{
			Answer: yeartest.Answer(3), Note: "SK 12/2021", Sequence: 2,
			DecidedBy: &meritv1.Person{AccountId: d.operator.AccountID, Name: "Demo OPERATOR"},
		}
		if diff := cmp.Diff(want, resp.GetClaimed(), protocmp.Transform(), protocmp.IgnoreFields(want, "decided_at")); diff != "" {
			t.Errorf("claimed (-want +got):\n%s", diff)
		}
		if s := resp.GetScore(); s.GetTotal() != "7.5" || s.GetAnswered() != 1 || s.GetAspects()[0].GetPoints() != "7.5" || len(s.GetAspects()[0].GetItems()) != 0 {
			t.Errorf("score %v, want 7.5 by aspect", s)
		}
		a := d.MustGet(t, d.operator)
		if a.GetAnswered() != 1 || !proto.Equal(itemOf(a, "1.1").GetClaimed(), resp.GetClaimed()) {
			t.Errorf("read back: %d answered, %v", a.GetAnswered(), itemOf(a, "1.1").GetClaimed())
		}
	})
}

func TestAnAnswerWithoutValueClearsTheClaim(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustAnswer(t, yeartest.Levels{"1.1": 4, "1.2": 2})
		resp := servertest.Must(d.save(t.Context(), d.operator, "1.1", nil))(t)
		if resp.GetScore().GetTotal() != "5" || resp.GetScore().GetAnswered() != 1 || resp.GetClaimed().GetAnswer().GetValue() != nil {
			t.Errorf("after clearing: %v", resp)
		}
		if a := d.MustGet(t, d.operator); a.GetAnswered() != 1 {
			t.Errorf("%d answered, want 1", a.GetAnswered())
		}
	})
}

func TestAnswersThatTheInstrumentDoesNotKnowAreRefused(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		d := MustStart(t, yeartest.MustBegin(t, s, yeartest.Setup{InstrumentID: "panrb-2026"}), store.Agency{Kind: scoring.Kementerian})
		region := MustStart(t, d.Year, store.Agency{Kind: scoring.Kota})
		servertest.Must(region.save(t.Context(), region.operator, "6.3.0", yeartest.Choice("tidak")))(t)
		for _, tc := range []struct {
			name   string
			d      *draft
			item   string
			answer *meritv1.Answer
			want   meritv1.Reason
			field  string
			says   string
		}{
			{"an unknown item", d, "9.9", yeartest.Answer(1), meritv1.Reason_REASON_UNKNOWN_ITEM, "item", `no item "9.9"`},
			{"a level above the scale", d, "1.1", yeartest.Answer(5), meritv1.Reason_REASON_LEVEL_OFF_SCALE, "answer.level", "from 0 to 4"},
			{"a level below the scale", d, "1.1", yeartest.Answer(-1), meritv1.Reason_REASON_LEVEL_OFF_SCALE, "answer.level", "from 0 to 4"},
			{"an option for a scored item", d, "1.1", yeartest.Choice("ya"), meritv1.Reason_REASON_LEVEL_OFF_SCALE, "answer", "answered with a level"},
			{"a level for a gate", d, "6.4.2.0", yeartest.Answer(1), meritv1.Reason_REASON_LEVEL_OFF_SCALE, "answer", "Answer one of: ya, tidak"},
			{"an unknown option", d, "6.4.2.0", yeartest.Choice("mungkin"), meritv1.Reason_REASON_LEVEL_OFF_SCALE, "answer.choice", "Answer one of: ya, tidak"},
			{"not proven", d, "1.1", yeartest.NotProven(), meritv1.Reason_REASON_INVALID_REQUEST, "answer.not_proven", "only the verifier"},
			{"an item of another kind of agency", d, "6.3.0", yeartest.Choice("ya"), meritv1.Reason_REASON_ITEM_NOT_APPLICABLE, "answer", "KEMENTERIAN"},
			{"an item behind a closed gate", region, "6.3", yeartest.Answer(1), meritv1.Reason_REASON_ITEM_NOT_APPLICABLE, "answer", "6.3.0"},
			{"an unknown profile field", d, "profile.x", text("x"), meritv1.Reason_REASON_UNKNOWN_ITEM, "item", "profile.x"},
			{"a level for a profile choice", d, "profile.pernah_menerima", yeartest.Answer(1), meritv1.Reason_REASON_LEVEL_OFF_SCALE, "answer", "ya, tidak"},
			{"a profile field that is not asked for", d, "profile.tahun", text("2020"), meritv1.Reason_REASON_ITEM_NOT_APPLICABLE, "answer", "profile.pernah_menerima"},
			{"a year that is none", d, "profile.tahun", text("kemarin"), meritv1.Reason_REASON_INVALID_REQUEST, "answer", "four digits"},
			{"an empty text", d, "profile.penerima", text("  "), meritv1.Reason_REASON_INVALID_REQUEST, "answer", "text"},
			{"a text for a file", d, "profile.bukti", text("sk.pdf"), meritv1.Reason_REASON_INVALID_REQUEST, "answer", "cite a file"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				_, err := tc.d.save(t.Context(), tc.d.operator, tc.item, tc.answer)
				servertest.WantReason(t, err, tc.want)
				if v := servertest.Violations(err); len(v) != 1 || !strings.Contains(v[tc.field], tc.says) {
					t.Errorf("violations %v, want %s saying %q", v, tc.field, tc.says)
				}
			})
		}
		if a := d.MustGet(t, d.operator); a.GetAnswered() != 0 {
			t.Errorf("%d answers were stored", a.GetAnswered())
		}
	})
}

func TestProfileFieldsAreKeptBesideTheScore(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		d := MustStart(t, yeartest.MustBegin(t, s, yeartest.Setup{InstrumentID: "panrb-2026"}), store.Agency{})
		resp := servertest.Must(assessments(d.operator).SaveAnswers(t.Context(), &meritv1.SaveAnswersRequest{AssessmentId: d.id, Answers: []*meritv1.AnswerChange{
			{Item: "profile.tahun", Answer: text("2020")}, // its condition is answered in the same request
			{Item: "profile.pernah_menerima", Answer: yeartest.Choice("ya")},
			{Item: "profile.penerima", Answer: text(" Biro SDM ")},
		}}))(t)
		if resp.GetScore().GetAnswered() != 0 {
			t.Errorf("%d items count as answered", resp.GetScore().GetAnswered())
		}
		a := d.MustGet(t, d.operator)
		if got := itemOf(a, "profile.penerima").GetClaimed().GetAnswer().GetText(); got != "Biro SDM" {
			t.Errorf("penerima is %q", got)
		}
		if !itemOf(a, "profile.tahun").GetOpen() {
			t.Error("the year is not open")
		}
	})
}

func TestManyAnswersAreSavedAllOrNone(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		_, err := assessments(d.operator).SaveAnswers(t.Context(), &meritv1.SaveAnswersRequest{AssessmentId: d.id, Answers: []*meritv1.AnswerChange{
			{Item: "1.1", Answer: yeartest.Answer(3)},
			{Item: "1.2", Answer: yeartest.Answer(9)},
			{Item: "x", Answer: yeartest.Answer(1)},
			{Item: "1.1", Answer: yeartest.Answer(2)},
		}})
		servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
		v := servertest.Violations(err)
		for _, field := range []string{"answers[1].answer.level", "answers[2].item", "answers[3].answer"} {
			if v[field] == "" {
				t.Errorf("no violation of %s in %v", field, v)
			}
		}
		if a := d.MustGet(t, d.operator); len(v) != 3 || a.GetAnswered() != 0 || itemOf(a, "1.1").GetClaimed() != nil {
			t.Errorf("%d violations, %d answers stored", len(v), a.GetAnswered())
		}
	})
}

func TestAGateAndWhatIsBehindItCanBeAnsweredTogether(t *testing.T) {
	s := servertest.New(t)
	d := MustStart(t, yeartest.MustBegin(t, s, yeartest.Setup{InstrumentID: "panrb-2026"}), store.Agency{})
	servertest.Must(d.save(t.Context(), d.operator, "6.3.0", yeartest.Choice("tidak")))(t)
	resp := servertest.Must(assessments(d.operator).SaveAnswers(t.Context(), &meritv1.SaveAnswersRequest{AssessmentId: d.id, Answers: []*meritv1.AnswerChange{
		{Item: "6.3", Answer: yeartest.Answer(4)},
		{Item: "6.3.0", Answer: yeartest.Choice("ya")},
	}}))(t)
	if resp.GetScore().GetAnswered() != 2 || len(resp.GetScore().GetNotApplicable()) != 1 {
		t.Errorf("score %v", resp.GetScore())
	}
	closed := servertest.Must(d.save(t.Context(), d.operator, "6.3.0", yeartest.Choice("tidak")))(t).GetScore()
	if !slices.Contains(closed.GetNotApplicable(), "6.3") || closed.GetAnswered() != 1 {
		t.Errorf("after the gate is closed: %v", closed)
	}
	if itemOf(d.MustGet(t, d.operator), "6.3").GetOpen() {
		t.Error("an item behind a closed gate is open")
	}
}

func TestAnAnswerAfterTheWindowNamesPhaseLastDayAndExtension(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.Clock.Set(time.Date(2021, 2, 28, 16, 59, 59, 0, time.UTC))
		servertest.Must(d.save(t.Context(), d.operator, "1.1", yeartest.Answer(1)))(t)
		d.Clock.Set(time.Date(2021, 2, 28, 17, 0, 0, 0, time.UTC))
		_, err := d.save(t.Context(), d.operator, "1.1", yeartest.Answer(2))
		servertest.WantReason(t, err, meritv1.Reason_REASON_OUTSIDE_WINDOW)
		for _, want := range []string{"self-assessment", "28 February 2021", "no extension"} {
			if !strings.Contains(status.Convert(err).Message(), want) {
				t.Errorf("%q does not say %q", status.Convert(err).Message(), want)
			}
		}
		d.MustUpdate(t, "extension.grant", func(tx *store.Tx) error {
			return tx.AddExtension(store.Extension{ID: tx.NewID(), CycleID: d.CycleID, Phase: calendar.SelfAssessment, AgencyID: d.agency, LastDay: "2021-03-05"})
		})
		servertest.Must(d.save(t.Context(), d.operator, "1.1", yeartest.Answer(2)))(t)
		if a := d.MustGet(t, d.operator); !a.GetExtended() || !itemOf(a, "1.1").GetOpen() {
			t.Errorf("extended %t, open %t", a.GetExtended(), itemOf(a, "1.1").GetOpen())
		} else {
			d.wantListed(t, a)
		}
	})
}

func TestAnAnswerToAnOldReadingShowsBothVersions(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		read := int32(0)
		req := &meritv1.SaveAnswerRequest{AssessmentId: d.id, Item: "1.1", Answer: yeartest.Answer(2), Note: "milik saya", ExpectedSequence: &read}
		servertest.Must(assessments(d.operator).SaveAnswer(t.Context(), req))(t)
		req.Answer = yeartest.Answer(4)
		_, err := assessments(d.approver).SaveAnswer(t.Context(), req)
		servertest.WantReason(t, err, meritv1.Reason_REASON_STALE_REVISION)
		if status.Code(err) != codes.Aborted {
			t.Errorf("code %s, want Aborted", status.Code(err))
		}
		var versions []string
		for _, detail := range status.Convert(err).Details() {
			if v, ok := detail.(*meritv1.Decision); ok {
				versions = append(versions, fmt.Sprintf("%d: level %d by %s", v.GetSequence(), v.GetAnswer().GetLevel(), v.GetDecidedBy().GetName()))
			}
		}
		if diff := cmp.Diff([]string{"1: level 2 by Demo OPERATOR", "0: level 4 by Demo APPROVER"}, versions); diff != "" {
			t.Errorf("both versions (-want +got):\n%s", diff)
		}
		read = 1
		servertest.Must(assessments(d.approver).SaveAnswer(t.Context(), req))(t)
	})
}

func TestAContributorAnswersAssignedItemsOnly(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		_, err := d.save(t.Context(), d.contributor, "1.1", yeartest.Answer(1))
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_ASSIGNED)
		assign := &meritv1.AssignItemsRequest{AssessmentId: d.id, Items: []string{"1.1", "1.2"}, AccountId: d.contributor.AccountID}
		resp := servertest.Must(assessments(d.operator).AssignItems(t.Context(), assign))(t)
		if got := resp.GetItems()[1]; got.GetItem() != "1.2" || got.GetAssigned()[0].GetName() != "Demo CONTRIBUTOR" {
			t.Errorf("assigned %v", got)
		}
		servertest.Must(d.save(t.Context(), d.contributor, "1.1", yeartest.Answer(1)))(t)
		if a := d.MustGet(t, d.contributor); !itemOf(a, "1.1").GetOpen() || itemOf(a, "1.3").GetOpen() {
			t.Error("open to the contributor are not exactly the assigned items")
		}
		assign.Remove = true
		servertest.Must(assessments(d.operator).AssignItems(t.Context(), assign))(t)
		_, err = d.save(t.Context(), d.contributor, "1.1", yeartest.Answer(2))
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_ASSIGNED)
	})
}

func TestItemsAreAssignedToColleaguesWhoMayAnswer(t *testing.T) {
	s := servertest.New(t)
	d := MustStart(t, yeartest.MustBegin(t, s, yeartest.Setup{}), store.Agency{})
	admin := d.MustAccount(t, meritv1.Role_ROLE_AGENCY_ADMIN, d.agency)
	other := MustPrepare(t, d.Year, store.Agency{})
	for _, tc := range []struct {
		name, account string
		items         []string
		want          meritv1.Reason
	}{
		{"somebody of another agency", other.contributor.AccountID, []string{"1.1"}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"a colleague who answers nothing", admin.AccountID, []string{"1.1"}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"nobody", strings.Repeat("0", 26), []string{"1.1"}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"an unknown item", d.contributor.AccountID, []string{"1.1", "x"}, meritv1.Reason_REASON_UNKNOWN_ITEM},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := assessments(d.operator).AssignItems(t.Context(), &meritv1.AssignItemsRequest{AssessmentId: d.id, Items: tc.items, AccountId: tc.account})
			servertest.WantReason(t, err, tc.want)
		})
	}
}

func TestARequestCancelledBeforeItsTurnStoresNothing(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := d.save(ctx, d.operator, "1.1", yeartest.Answer(3))
		if status.Code(err) != codes.Canceled {
			t.Errorf("cancelled: %v", err)
		}
		if a := d.MustGet(t, d.operator); a.GetAnswered() != 0 {
			t.Error("the answer was stored")
		}
	})
}

func TestRepeatingARequestAnswersOnce(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		req := &meritv1.SaveAnswerRequest{AssessmentId: d.id, Item: "1.1", Answer: yeartest.Answer(3), RequestId: "r1"}
		first := servertest.Must(assessments(d.operator).SaveAnswer(t.Context(), req))(t)
		again := servertest.Must(assessments(d.operator).SaveAnswer(t.Context(), req))(t)
		if !proto.Equal(first, again) || again.GetClaimed().GetSequence() != 1 {
			t.Errorf("first %v, again %v", first, again)
		}
		req.Answer = yeartest.Answer(4)
		_, err := assessments(d.operator).SaveAnswer(t.Context(), req)
		servertest.WantReason(t, err, meritv1.Reason_REASON_REQUEST_ID_REUSED)
	})
}
