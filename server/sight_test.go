package server_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
	"github.com/meritindex/merit/server/yeartest"
)

// seen says what somebody sees of items 1.1 and 1.2, of the verifier and of the verified score.
func seen(t *testing.T, d *draft, p *servertest.Person) string {
	t.Helper()
	full := d.MustGet(t, p)
	basic := servertest.Must(assessments(p).GetAssessment(t.Context(), &meritv1.GetAssessmentRequest{AssessmentId: d.id}))(t).GetAssessment()
	for _, code := range []string{"1.1", "1.2"} {
		f, b := itemOf(full, code), itemOf(basic, code)
		for stage, pair := range map[string][2]*meritv1.Decision{
			"verified": {f.GetVerified(), b.GetVerified()}, "determined": {f.GetDetermined(), b.GetDetermined()},
		} {
			if pair[0].GetSequence() != pair[1].GetSequence() || pair[0].GetAnswer().GetLevel() != pair[1].GetAnswer().GetLevel() {
				t.Errorf("%s of %s differs: FULL %v, BASIC %v", stage, code, pair[0], pair[1])
			}
			if pair[1].GetNote() != "" || pair[1].GetDecidedBy() != nil {
				t.Errorf("BASIC shows note or author: %v", pair[1])
			}
		}
	}
	show := func(d *meritv1.Decision) string {
		if d == nil {
			return "-"
		}
		return fmt.Sprintf("%d %s", d.GetAnswer().GetLevel(), d.GetNote())
	}
	return fmt.Sprintf("1.1 %s, 1.2 %s, verifier %t, score %q", show(itemOf(full, "1.1").GetVerified()), show(itemOf(full, "1.2").GetVerified()),
		full.GetVerifier() != nil, full.GetVerifiedScore().GetTotal())
}

func TestTheAgencySeesWhatARoundOrTheMinutesRelease(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustAnswer(t, yeartest.All(3))
		c := d.MustVerifying(t)
		auditor := d.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
		own := d.MustAccount(t, meritv1.Role_ROLE_AUDITOR, d.agency)
		expect := func(when string, p *servertest.Person, want string) {
			t.Helper()
			if diff := cmp.Diff(want, seen(t, d, p)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
		}
		d.MustDecide(t, c, yeartest.Levels{"1.1": 2, "1.2": 3})
		hidden := `1.1 -, 1.2 -, verifier false, score ""`
		expect("while it is verified, the agency", d.operator, hidden)
		expect("while it is verified, the agency's own auditor", own, hidden)
		expect("while it is verified, the verifier", d.Verifier, `1.1 2 bukti demo, 1.2 3 bukti demo, verifier true, score "12.5"`)
		expect("while it is verified, an auditor", auditor, `1.1 2 bukti demo, 1.2 3 bukti demo, verifier true, score "12.5"`)

		servertest.Must(verification(d.Verifier).OpenClarification(t.Context(), &meritv1.OpenClarificationRequest{
			AssessmentId: d.id, Kind: meritv1.RoundKind_ROUND_KIND_CLARIFICATION, LastDay: "2021-03-10",
			Questions: []*meritv1.ClarificationQuestion{{Item: "1.1", Question: "Halaman berapa?"}},
		}))(t)
		released := `1.1 2 bukti demo, 1.2 -, verifier true, score ""`
		expect("once a round names 1.1, the agency", d.approver, released)
		d.Clock.Add(1000)
		d.MustDecide(t, c, yeartest.Levels{"1.1": 1})
		expect("after it was decided again, the agency still", d.approver, released)
		expect("after it was decided again, the verifier", d.Verifier, `1.1 1 bukti demo, 1.2 3 bukti demo, verifier true, score "10"`)

		d.MustUpdate(t, "minutes.release", func(tx *store.Tx) error {
			a, err := tx.Assessment(d.id)
			if err != nil {
				return err
			}
			a.ReleasedAt = tx.Now()
			return tx.UpdateAssessment(&a)
		})
		expect("once the minutes are released, the agency", d.operator, `1.1 1 bukti demo, 1.2 3 bukti demo, verifier true, score "10"`)
	})
}

func TestDeterminedLevelsAreSeenUnderTheirDecree(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustAnswer(t, yeartest.All(3))
		determine := func(level int) {
			d.MustUpdate(t, "session.decide", func(tx *store.Tx) error {
				sheet, err := tx.Sheet(d.id)
				if err != nil {
					return err
				}
				return tx.AppendDecisions(&sheet, &store.Decision{Stage: store.StageDetermined, Item: "1.1", Kind: store.KindLevel, Level: level, DecidedBy: d.Lead.AccountID})
			})
		}
		decree := func(step workflow.Step) {
			d.MustUpdate(t, "session.close", func(tx *store.Tx) error {
				a, err := tx.Assessment(d.id)
				if err != nil {
					return err
				}
				a.ReleasedAt = tx.Now()
				return tx.TakeStep(&a, store.Step{Step: step, From: a.State, To: workflow.Determined, TakenBy: d.Lead.AccountID})
			})
		}
		expect := func(when string, agency, plenary int32) {
			t.Helper()
			for who, want := range map[*servertest.Person]int32{d.operator: agency, d.Verifier: agency, d.Commissioners[0]: plenary} {
				if got := itemOf(d.MustGet(t, who), "1.1").GetDetermined().GetAnswer().GetLevel(); got != want {
					t.Errorf("%s: level %d, want %d", when, got, want)
				}
			}
		}
		d.MustSubmit(t)
		d.Phase(t, calendar.Determination)
		determine(2)
		expect("before the decree", 0, 2)
		decree(workflow.Determine)
		expect("after the decree", 2, 2)
		d.Clock.Add(1000)
		determine(4)
		expect("while a correction is prepared", 2, 4)
		d.Clock.Add(1000)
		decree(workflow.Correct)
		expect("after the correction", 4, 4)
	})
}

func TestHistoryLeavesOutWhatIsNotReleased(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		d.MustAnswer(t, yeartest.Levels{"1.1": 3, "1.2": 2})
		d.Clock.Add(1000)
		d.MustAnswer(t, yeartest.Levels{"1.1": 4})
		c := d.MustVerifying(t)
		d.MustDecide(t, c, yeartest.Levels{"1.1": 1})
		list := func(p *servertest.Person, req *meritv1.GetHistoryRequest) (lines []string) {
			t.Helper()
			req.AssessmentId = d.id
			for {
				resp := servertest.Must(assessments(p).GetHistory(t.Context(), req))(t)
				for _, e := range resp.GetEvents() {
					line := e.GetStep()
					if line == "" {
						line = fmt.Sprintf("%s %s %d", e.GetStage(), e.GetItem(), e.GetDecision().GetAnswer().GetLevel())
					}
					if e.GetBy() == nil {
						line += " by nobody named"
					}
					lines = append(lines, line)
				}
				if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
					return lines
				}
			}
		}
		agency := []string{"START", "STAGE_CLAIMED 1.1 3", "STAGE_CLAIMED 1.2 2", "STAGE_CLAIMED 1.1 4", "SUBMIT", "START_VERIFICATION by nobody named"}
		slicesEqual(t, "the agency", list(d.operator, &meritv1.GetHistoryRequest{PageSize: 2}), agency)
		all := []string{"STAGE_CLAIMED 1.1 3", "STAGE_CLAIMED 1.1 4", "STAGE_VERIFIED 1.1 1"}
		slicesEqual(t, "the verifier, of one item", list(d.Verifier, &meritv1.GetHistoryRequest{Item: "1.1"}), all)
		slicesEqual(t, "the agency, of one item", list(d.operator, &meritv1.GetHistoryRequest{Item: "1.1"}), all[:2])
		_, err := assessments(d.operator).GetHistory(t.Context(), &meritv1.GetHistoryRequest{AssessmentId: d.id, Item: "x"})
		servertest.WantReason(t, err, meritv1.Reason_REASON_UNKNOWN_ITEM)
	})
}

func slicesEqual(t *testing.T, who string, got, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s reads (-want +got):\n%s", who, diff)
	}
}
