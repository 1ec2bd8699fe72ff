package server_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func TestTextThatHidesSomethingIsRefusedEverywhere(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		admin := d.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		for _, test := range []struct {
			name, field string
			call        func(text string) error
		}{
			{"a title", "title", func(text string) error {
				_, err := evidence(d.operator).AddLink(t.Context(), &meritv1.AddLinkRequest{Url: "https://jdih.example.go.id/1", Title: text})
				return err
			}},
			{"a note in a list", "answers[1].note", func(text string) error {
				_, err := assessments(d.operator).SaveAnswers(t.Context(), &meritv1.SaveAnswersRequest{
					AssessmentId: d.id, Answers: []*meritv1.AnswerChange{{Item: "1.1"}, {Item: "1.2", Note: text}},
				})
				return err
			}},
			{"an item in a list", "items[0]", func(text string) error {
				_, err := evidence(d.operator).Cite(t.Context(), &meritv1.CiteRequest{AssessmentId: d.id, EvidenceId: missing, Items: []string{text}})
				return err
			}},
			{"a message within", "appointment.letter_number", func(text string) error {
				_, err := accounts(admin).InviteAccount(t.Context(), &meritv1.InviteAccountRequest{
					Name: "demo", Email: "demo.hidden@example.test",
					Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_ADMIN, LetterNumber: text},
				})
				return err
			}},
		} {
			t.Run(test.name, func(t *testing.T) {
				for text, want := range map[string]string{
					"a\x00b": "has the character U+0000, which nobody sees; remove it", "\u202egpj.exe": "has the character U+202E, which nobody sees; remove it",
				} {
					var err error
					d.WantUnchanged(t, func() { err = test.call(text) })
					servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
					if got := servertest.Violations(err)[test.field]; got != want {
						t.Errorf("%q: %v, want %s: %s", text, servertest.Violations(err), test.field, want)
					}
				}
			})
		}
	})
}

func TestTextThatMustSaySomethingIsNotBlank(t *testing.T) {
	d := MustStart(t, yeartest.MustBegin(t, servertest.New(t), yeartest.Setup{}), store.Agency{})
	_, err := evidence(d.operator).AddLink(t.Context(), &meritv1.AddLinkRequest{Url: "https://jdih.example.go.id/1", Title: " \u200b "})
	servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
	if got := servertest.Violations(err)["title"]; got != "must not be blank" {
		t.Errorf("violations %v", servertest.Violations(err))
	}
	_, err = assessments(d.approver).Recall(t.Context(), &meritv1.RecallRequest{AssessmentId: d.id, Reason: "  "})
	servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
	_, err = assessments(d.operator).SaveAnswer(t.Context(), &meritv1.SaveAnswerRequest{AssessmentId: d.id, Item: "1.1", Answer: yeartest.Answer(2), Note: "  "})
	if err != nil {
		t.Errorf("a note need not say anything: %v", err)
	}
}

func TestAMistakeIsNotRepeatedAtLength(t *testing.T) {
	s := servertest.New(t)
	admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	_, err := accounts(admin).ImportAccounts(t.Context(), &meritv1.ImportAccountsRequest{
		Csv: []byte("name,email,role\ndemo,demo@example.test," + strings.Repeat("é", 100_000)),
	})
	servertest.WantReason(t, err, meritv1.Reason_REASON_IMPORT_INVALID)
	got := servertest.Violations(err)["row 2, column role"]
	if len([]rune(got)) > 600 || !strings.HasPrefix(got, "There is no role \"éé") || !strings.HasSuffix(got, "…") {
		t.Errorf("%d characters: %.100s", len([]rune(got)), got)
	}
	if m := status.Convert(err).Message(); len(m) > 600 {
		t.Errorf("message of %d bytes", len(m))
	}
}
