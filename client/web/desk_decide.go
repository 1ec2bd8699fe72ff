package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// phrases are reasons that verifiers give again and again. The list is closed; a phrase is put into the reason, where
// it can be completed.
var phrases = []string{
	"The evidence does not show what this level asks for. ¦ Bukti dukung tidak menunjukkan hal yang disyaratkan tingkat ini.",
	"The evidence covers only part of the units or positions. ¦ Bukti dukung baru mencakup sebagian unit kerja atau jabatan.",
	"There is a plan, but no proof that it was carried out. ¦ Baru berupa rencana; belum ada bukti pelaksanaannya.",
	"The document is not signed or enacted by the authorised official. ¦ Dokumen belum ditandatangani atau ditetapkan pejabat yang berwenang.",
	"The document lies outside the period that is assessed. ¦ Dokumen berada di luar periode yang dinilai.",
	"The cited page does not contain the quoted passage. ¦ Halaman yang dirujuk tidak memuat kutipan tersebut.",
	"No evidence was attached. ¦ Bukti dukung tidak dilampirkan.",
	"The evidence carries a higher level than claimed. ¦ Bukti dukung mendukung tingkat yang lebih tinggi daripada klaim.",
}

// decideItem records the verifier's decision and goes on to the next item that is open. What was typed is in the form
// again when it is refused.
func decideItem(w http.ResponseWriter, r *request) error {
	if phrase := r.PostFormValue("phrase"); phrase != "" {
		return insertPhrase(w, r, phrase)
	}
	sequence := int32(r.number("sequence"))
	_, err := r.Verifications.SetVerified(r.Context(), &meritv1.SetVerifiedRequest{
		AssessmentId: r.PathValue("assessment"), Item: r.PathValue("item"), Answer: parseVerdict(r.PostFormValue("answer")),
		Reason: r.PostFormValue("reason"), ExpectedSequence: &sequence, RequestId: r.PostFormValue("request_id"),
	})
	if err != nil {
		return r.deskRefused(w, err)
	}
	view, err := r.deskView()
	if err != nil {
		return err
	}
	next := "/verification/" + r.PathValue("assessment")
	if item := view.nextOpen(); item != "" {
		next += "/items/" + item
	}
	if r.wantsJSON() {
		return writeJSON(w, http.StatusOK, deskSaved{Next: next + "?said=saved"})
	}
	return r.redirect(w, next, "saved")
}

// deskSaved is what the script of the desk hears once a decision is kept.
type deskSaved struct {
	Next string `json:"next"`
}

// deskNotSaved is what it hears of a refusal. With Sequence the decision can be repeated knowingly after somebody
// else has decided.
type deskNotSaved struct {
	Message  string `json:"message"`
	Stands   string `json:"stands,omitempty"`
	Sequence int32  `json:"sequence"`
}

func (r *request) deskRefused(w http.ResponseWriter, refused error) error {
	problem := client.Explain(refused)
	if r.wantsJSON() {
		return r.tellDesk(w, problem)
	}
	if !formCanShow(problem.Code) {
		return refused
	}
	view, err := r.deskView()
	if err != nil {
		return err
	}
	view.Answer, view.Reason = r.PostFormValue("answer"), r.PostFormValue("reason")
	return deskPage.again(w, r, view, refused)
}

// tellDesk tells the script why a decision was not kept, whatever the reason, and what stands instead.
func (r *request) tellDesk(w http.ResponseWriter, problem *client.Problem) error {
	code := statusOf(problem.Code)
	if code == http.StatusInternalServerError {
		r.web.Log.ErrorContext(r.Context(), "decision not kept", "path", r.Pattern, "error", problem)
	}
	out := deskNotSaved{Message: problem.Message, Sequence: int32(r.number("sequence"))}
	for _, v := range problem.Violations {
		if !strings.Contains(out.Message, v.Message) {
			out.Message += " " + v.Message
		}
	}
	for _, detail := range problem.Details {
		if stands, ok := detail.(*meritv1.Decision); ok && problem.Reason == meritv1.Reason_REASON_STALE_REVISION {
			out.Sequence, out.Stands = stands.GetSequence(), answerText(r.lang, stands.GetAnswer())+": "+stands.GetNote()
		}
	}
	return writeJSON(w, code, out)
}

// insertPhrase shows the form again with a phrase added to the reason; nothing is decided.
func insertPhrase(w http.ResponseWriter, r *request, phrase string) error {
	view, err := r.deskView()
	if err != nil {
		return err
	}
	view.Answer, view.Reason = r.PostFormValue("answer"), strings.TrimSpace(r.PostFormValue("reason"))
	view.Sequence = int32(r.number("sequence"))
	if n, err := strconv.Atoi(phrase); err == nil && n >= 0 && n < len(phrases) {
		view.Reason = strings.TrimSpace(view.Reason + " " + r.say(phrases[n]))
	}
	return deskPage.show(w, r, view)
}
