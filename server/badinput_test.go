package server_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// badInput is a call that is refused for its input. The rules themselves are tested where they live; here it is tested of
// all of them that nothing is half done and that people are told the same in both languages.
type badInput struct {
	name   string
	reason meritv1.Reason
	tells  []string // facts that stand in the text of either language
	who    *servertest.Person
	do     func(ctx context.Context, p *servertest.Person) error
}

// wantRefused makes the call in both languages and checks reason, texts and that nothing is left behind.
func (b *badInput) wantRefused(t *testing.T, s *servertest.Server) {
	t.Helper()
	texts := map[string]string{}
	for _, language := range []string{"id", "en"} {
		p := b.who.In(language)
		var err error
		s.WantUnchanged(t, func() { err = b.do(t.Context(), p) })
		servertest.WantReason(t, err, b.reason)
		text := status.Convert(err).Message()
		for field, says := range servertest.Violations(err) {
			text += "\n" + field + ": " + says
		}
		for _, fact := range b.tells {
			if !strings.Contains(text, fact) {
				t.Errorf("in %q it does not tell %q: %s", language, fact, text)
			}
		}
		texts[language], _, _ = strings.Cut(text, "\n")
	}
	if texts["id"] == texts["en"] {
		t.Errorf("both languages read %q", texts["id"])
	}
}

func TestBadInputLeavesNothingHalfDone(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		for _, bad := range [][]badInput{badAnswers(t, s), badSteps(t, s), badDecisions(t, s), badFiles(t, s), badLists(t, s)} {
			for i := range bad {
				t.Run(bad[i].name, func(t *testing.T) { bad[i].wantRefused(t, s) })
			}
		}
	})
}

// save is a call that answers one item.
func save(id, item string, answer *meritv1.Answer, sequence *int32) func(context.Context, *servertest.Person) error {
	return func(ctx context.Context, p *servertest.Person) error {
		_, err := assessments(p).SaveAnswer(ctx, &meritv1.SaveAnswerRequest{AssessmentId: id, Item: item, Answer: answer, ExpectedSequence: sequence})
		return err
	}
}

func badAnswers(t *testing.T, s *servertest.Server) []badInput {
	y := yeartest.MustBegin(t, s, yeartest.Setup{Name: "answers", InstrumentID: "panrb-2026"})
	kota, ministry := MustStart(t, y, store.Agency{Kind: scoring.Kota}), MustStart(t, y, store.Agency{Kind: scoring.Kementerian})
	servertest.Must(kota.save(t.Context(), kota.operator, "6.3.0", yeartest.Choice("tidak")))(t)
	servertest.Must(kota.save(t.Context(), kota.operator, "1.1", yeartest.Answer(2)))(t)
	again := MustStart(t, y, store.Agency{})
	again.MustSubmit(t)
	unread := int32(0)
	return []badInput{
		{"unknown item", meritv1.Reason_REASON_UNKNOWN_ITEM, []string{"panrb-2026", `"9.9"`}, kota.operator, save(kota.id, "9.9", yeartest.Answer(1), nil)},
		{"level off the scale", meritv1.Reason_REASON_LEVEL_OFF_SCALE, []string{"5", "1.1", "0", "4"}, kota.operator, save(kota.id, "1.1", yeartest.Answer(5), nil)},
		{"item of another kind of agency", meritv1.Reason_REASON_ITEM_NOT_APPLICABLE, []string{"6.3.0", "KEMENTERIAN"}, ministry.operator, save(ministry.id, "6.3.0", yeartest.Choice("ya"), nil)},
		{"item behind a closed gate", meritv1.Reason_REASON_ITEM_NOT_APPLICABLE, []string{"6.3", "6.3.0", "ya"}, kota.operator, save(kota.id, "6.3", yeartest.Answer(1), nil)},
		{"stale answer", meritv1.Reason_REASON_STALE_REVISION, []string{"1.1", "1", "0"}, kota.approver, save(kota.id, "1.1", yeartest.Answer(3), &unread)},
		{"stale step", meritv1.Reason_REASON_STALE_REVISION, []string{"1", "2"}, again.approver, func(ctx context.Context, p *servertest.Person) error {
			_, err := assessments(p).Recall(ctx, &meritv1.RecallRequest{AssessmentId: again.id, Revision: 1, Reason: "demo"})
			return err
		}},
		{"evidence missing", meritv1.Reason_REASON_INCOMPLETE, []string{"1.1"}, kota.approver, func(ctx context.Context, p *servertest.Person) error {
			_, err := assessments(p).Submit(ctx, &meritv1.SubmitRequest{AssessmentId: kota.id, Revision: 1, AcceptUnanswered: true})
			return err
		}},
	}
}

func submit(id string, revision int64) func(context.Context, *servertest.Person) error {
	return func(ctx context.Context, p *servertest.Person) error {
		_, err := assessments(p).Submit(ctx, &meritv1.SubmitRequest{AssessmentId: id, Revision: revision, AcceptUnanswered: true})
		return err
	}
}

// badSteps has windows that were over before the test began, for one agency in spite of an extension.
func badSteps(t *testing.T, s *servertest.Server) []badInput {
	y := yeartest.MustBegin(t, s, yeartest.Setup{Name: "steps"})
	late, extended, twice := MustStart(t, y, store.Agency{}), MustStart(t, y, store.Agency{TimeZone: calendar.WIT}), MustStart(t, y, store.Agency{})
	twice.MustSubmit(t)
	y.MustUpdate(t, "cycle.set_window", func(tx *store.Tx) error {
		w := store.Window{Window: calendar.Window{Phase: calendar.SelfAssessment, FirstDay: "2021-01-01", LastDay: "2021-01-28"}, Revision: 1}
		if err := tx.SetWindow(y.CycleID, w); err != nil {
			return err
		}
		return tx.AddExtension(store.Extension{ID: tx.NewID(), CycleID: y.CycleID, Phase: calendar.SelfAssessment, AgencyID: extended.agency, LastDay: "2021-01-30"})
	})
	return []badInput{
		{"submission after the window", meritv1.Reason_REASON_OUTSIDE_WINDOW, []string{"28 ", "2021", "WIB"}, late.approver, submit(late.id, 1)},
		{"submission after an extension", meritv1.Reason_REASON_OUTSIDE_WINDOW, []string{"28 ", "30 ", "WIB", "WIT"}, extended.approver, submit(extended.id, 1)},
		{"second submission", meritv1.Reason_REASON_ALREADY_SUBMITTED, nil, twice.approver, submit(twice.id, 1)},
	}
}

// badDecisions has a verifier who declares an interest before the assignment, and one who does so afterwards.
func badDecisions(t *testing.T, s *servertest.Server) []badInput {
	y := yeartest.MustBegin(t, s, yeartest.Setup{Name: "decisions"})
	waiting, begun := y.MustSubmitted(t, store.Agency{Name: "Kota Terikat"}, nil), y.MustInVerification(t, store.Agency{Name: "Kota Terikat"}, nil)
	for _, c := range []*yeartest.Case{waiting, begun} {
		servertest.Must(accounts(y.Verifier).DeclareInterest(t.Context(), &meritv1.DeclareInterestRequest{AgencyId: c.AgencyID, Relation: "pernah bekerja"}))(t)
	}
	return []badInput{
		{
			"assignment against a declared interest", meritv1.Reason_REASON_CONFLICT_OF_INTEREST,
			[]string{"Kota Terikat", "Demo VERIFIER"},
			y.Lead,
			func(ctx context.Context, p *servertest.Person) error {
				_, err := verification(p).AssignVerifier(ctx, &meritv1.AssignVerifierRequest{
					Assignments: []*meritv1.Assignment{{AssessmentId: waiting.AssessmentID, AccountId: y.Verifier.AccountID}},
				})
				return err
			},
		},
		{
			"verification against a declared interest", meritv1.Reason_REASON_CONFLICT_OF_INTEREST,
			[]string{"Kota Terikat"},
			y.Verifier,
			func(ctx context.Context, p *servertest.Person) error {
				_, err := verification(p).SetVerified(ctx, &meritv1.SetVerifiedRequest{AssessmentId: begun.AssessmentID, Item: "1.1", Answer: yeartest.NotProven(), Reason: "demo"})
				return err
			},
		},
	}
}

// badFiles has uploads that were announced with other bytes than came.
func badFiles(t *testing.T, s *servertest.Server) []badInput {
	operator := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	content := pdf("isi yang diumumkan")
	truncated, wrong, longer := MustStartUpload(t, operator, "a.pdf", content), MustStartUpload(t, operator, "b.pdf", content), MustStartUpload(t, operator, "c.pdf", content)
	servertest.Must(send(t.Context(), operator, truncated.GetId(), content[:20], 0, 20))(t)
	return []badInput{
		{"file above the limit", meritv1.Reason_REASON_UPLOAD_TOO_LARGE, []string{"26214401", "26214400"}, operator, func(ctx context.Context, p *servertest.Person) error {
			_, err := evidence(p).StartUpload(ctx, &meritv1.StartUploadRequest{FileName: "x.pdf", Size: server.DefaultUploadLimit + 1, Sha256: sumOf(nil)})
			return err
		}},
		{"more bytes than announced", meritv1.Reason_REASON_UPLOAD_TOO_LARGE, nil, operator, func(ctx context.Context, p *servertest.Person) error {
			_, err := send(ctx, p, longer.GetId(), append(pdf("isi yang diumumkan"), '!'), 0, 100)
			return err
		}},
		{"truncated upload", meritv1.Reason_REASON_UPLOAD_INCOMPLETE, []string{"20"}, operator, finishing(truncated.GetId())},
		{"wrong hash", meritv1.Reason_REASON_HASH_MISMATCH, []string{sumOf(content)}, operator, func(ctx context.Context, p *servertest.Person) error {
			servertest.Must(send(ctx, p, wrong.GetId(), pdf("ISI YANG DIUMUMKAN"), 0, 100))(t)
			return finishing(wrong.GetId())(ctx, p)
		}},
		{
			"instrument with conditions in a circle", meritv1.Reason_REASON_INSTRUMENT_INVALID,
			[]string{"condition-cycle"},
			s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""),
			func(ctx context.Context, p *servertest.Person) error {
				_, err := meritv1.NewInstrumentServiceClient(p).SaveInstrumentDraft(ctx, &meritv1.SaveInstrumentDraftRequest{Source: []byte(inACircle(t))})
				return err
			},
		},
	}
}

func finishing(id string) func(context.Context, *servertest.Person) error {
	return func(ctx context.Context, p *servertest.Person) error {
		_, err := finish(ctx, p, id)
		return err
	}
}

// inACircle is panrb-2026 with a gate that depends on itself.
func inACircle(t *testing.T) string {
	gate := "- code: \"6.4.2.0\"\n        kind: CHOICE\n"
	source := MustSource(t, "panrb-2026")
	if !strings.Contains(source, gate) {
		t.Fatal("panrb-2026 has no such gate any more")
	}
	return strings.Replace(source, gate, gate+"        applies_when: {item: \"6.4.2.0\", in: [ya]}\n", 1)
}

// badLists has agencies that are on record, and a token of another list.
func badLists(t *testing.T, s *servertest.Server) []badInput {
	p := newPapua(t, s)
	admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	first := servertest.Must(p.public.ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{PageSize: 1}))(t)
	return []badInput{
		{"duplicate agencies", meritv1.Reason_REASON_IMPORT_INVALID, []string{"row 3", "row 4", "91.02"}, admin, func(ctx context.Context, who *servertest.Person) error {
			_, err := meritv1.NewAgencyServiceClient(who).ImportAgencies(ctx, &meritv1.ImportAgenciesRequest{ValidFrom: "2022-01-01", Csv: []byte("code,kind,name,province_code\n" +
				"91.02,KABUPATEN,Kabupaten Jayawijaya,91\n91.02,KABUPATEN,Kabupaten Paniai,91\n91.03,KABUPATEN,KABUPATEN JAYAWIJAYA,91\n")})
			return err
		}},
		{"code of another agency", meritv1.Reason_REASON_ALREADY_EXISTS, []string{"91", "Provinsi Papua"}, admin, func(ctx context.Context, who *servertest.Person) error {
			_, err := meritv1.NewAgencyServiceClient(who).UpdateAgency(ctx, p.update(t, func(r *meritv1.UpdateAgencyRequest) { r.Code = "91" }))
			return err
		}},
		{"page token of another query", meritv1.Reason_REASON_PAGE_TOKEN_INVALID, []string{"page_token"}, admin, func(ctx context.Context, who *servertest.Person) error {
			_, err := meritv1.NewAgencyServiceClient(who).ListAgencies(ctx, &meritv1.ListAgenciesRequest{Text: "papua", PageToken: first.GetNextPageToken()})
			return err
		}},
		{"request_id of another request", meritv1.Reason_REASON_REQUEST_ID_REUSED, []string{"request_id"}, admin, reuse(t, admin)},
	}
}

// reuse is a call under a request_id that has served another one.
func reuse(t *testing.T, admin *servertest.Person) func(context.Context, *servertest.Person) error {
	req := &meritv1.InviteAccountRequest{
		Email: "demo.reuse@example.test", Name: "Demo", RequestId: "r", Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_AUDITOR},
	}
	servertest.Must(accounts(admin).InviteAccount(t.Context(), req))(t)
	other := &meritv1.InviteAccountRequest{Email: "demo.other@example.test", Name: "Demo", RequestId: "r", Appointment: req.GetAppointment()}
	return func(ctx context.Context, p *servertest.Person) error {
		_, err := accounts(p).InviteAccount(ctx, other)
		return err
	}
}

// TestARequestCancelledWhileItWaitsForItsGroupIsSkippedAlone cancels a request that waits for the one writer of SQLite:
// it leaves nothing, and the one behind it is stored.
func TestARequestCancelledWhileItWaitsForItsGroupIsSkippedAlone(t *testing.T) {
	received := make(chan struct{}, 100)
	s := servertest.New(t, func(o *server.Options) {
		now := o.Now
		o.Now = func() time.Time {
			select {
			case received <- struct{}{}:
			default:
			}
			return now()
		}
	})
	d := MustStart(t, yeartest.MustBegin(t, s, yeartest.Setup{}), store.Agency{})
	release := hold(t, s)
	for len(received) > 0 {
		<-received
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	late := answerBeside(ctx, d, "1.1")
	for range 2 { // the session was looked up, and the answer was received
		<-received
	}
	cancel()
	if err := <-late; status.Code(err) != codes.Canceled {
		t.Errorf("the cancelled request ended with %v", err)
	}
	for !strings.Contains(s.Log.String(), `"reason":"CANCELLED"`) { // the server has heard of it
		runtime.Gosched()
	}
	patient := answerBeside(t.Context(), d, "1.2")
	release()
	if err := <-patient; err != nil {
		t.Errorf("the one behind it: %v", err)
	}
	a := d.MustGet(t, d.operator)
	if itemOf(a, "1.1").GetClaimed() != nil || itemOf(a, "1.2").GetClaimed() == nil {
		t.Errorf("stored are %v and %v, want only the second", itemOf(a, "1.1").GetClaimed(), itemOf(a, "1.2").GetClaimed())
	}
}

// hold keeps the writer busy until it is released.
func hold(t *testing.T, s *servertest.Server) (release func()) {
	holding, done, held := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		held <- s.Store.Touch(context.Background(), func(*store.Tx) error {
			close(holding)
			<-done
			return nil
		})
	}()
	<-holding
	return func() {
		close(done)
		if err := <-held; err != nil {
			t.Error(err)
		}
	}
}

// answerBeside answers an item beside the test.
func answerBeside(ctx context.Context, d *draft, item string) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := d.save(ctx, d.operator, item, yeartest.Answer(1))
		done <- err
	}()
	return done
}
