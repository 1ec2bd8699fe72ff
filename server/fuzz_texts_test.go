package server_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// writing is a sheet in which somebody writes notes and cites passages.
type writing struct {
	*yeartest.Case
	evidence string
	sheets   int
	life     *life
}

func mustWriting(f *testing.F) *writing {
	tb := &life{TB: f}
	c := yeartest.MustBegin(tb, servertest.New(tb), yeartest.Setup{}).MustDraft(tb, store.Agency{}, nil)
	return &writing{Case: c, evidence: MustLink(tb, c.Operator, "Perbup").GetId(), life: tb}
}

// anew is the sheet, or another one when there is too much on it.
func (w *writing) anew(f *testing.F) *writing {
	if w.sheets++; w.sheets < callsOfALife {
		return w
	}
	w.life.end()
	return mustWriting(f)
}

// FuzzTexts saves notes and quotes of any content: each is refused as it was written, or kept to the character, read back
// as it was, and the same after a workbook was made of it and read.
func FuzzTexts(f *testing.F) {
	for _, seed := range []string{
		"", "Peta jabatan 2021, hlm. 4", "=HYPERLINK(\"https://x.example.test\")", "+1", "@SUM(A1)", "'=1", "<script>alert(1)</script>", "a\r\nb\rc\n",
		" a ", "_x000D_", "\u202egnp.exe", "a\x00b", "\ufeffa", "\t", "\ufffe", "\U0001f600", strings.Repeat("x", 4001), "a\xff", "{{.}}", "]]>", "\u0085", "\u00a0",
	} {
		f.Add(seed, seed)
	}
	w := mustWriting(f)
	f.Cleanup(func() { w.life.end() })
	f.Fuzz(func(t *testing.T, note, quote string) {
		w = w.anew(f)
		w.note(t, note)
		w.quote(t, quote)
	})
}

func (w *writing) note(t *testing.T, note string) {
	t.Helper()
	_, err := assessments(w.Operator).SaveAnswer(t.Context(), &meritv1.SaveAnswerRequest{
		AssessmentId: w.AssessmentID, Item: "1.1", Answer: yeartest.Answer(w.sheets%4 + 1), Note: note,
	})
	if refusedAsWritten(t, note, err) {
		return
	}
	got := servertest.Must(assessments(w.Operator).GetAssessment(t.Context(), &meritv1.GetAssessmentRequest{
		AssessmentId: w.AssessmentID, View: meritv1.AssessmentView_ASSESSMENT_VIEW_FULL,
	}))(t)
	if kept := got.GetAssessment().GetItems()[0].GetClaimed().GetNote(); kept != note {
		t.Errorf("note %q became %q", note, kept)
	}
	if seen := mustPreview(t, w.Operator, w.AssessmentID, MustExport(t, w.Operator, w.AssessmentID)); len(seen.GetChanges())+len(seen.GetMistakes()) > 0 {
		t.Errorf("a workbook with the note %q, which nobody touched, changes %v %v", note, seen.GetChanges(), seen.GetMistakes())
	}
}

func (w *writing) quote(t *testing.T, quote string) {
	t.Helper()
	got, err := evidence(w.Operator).Cite(t.Context(), &meritv1.CiteRequest{
		AssessmentId: w.AssessmentID, EvidenceId: w.evidence, Items: []string{"1.1"}, Page: "4", Quote: quote,
	})
	if refusedAsWritten(t, quote, err) {
		return
	}
	cited := got.GetCitations()[0]
	if cited.GetQuote() != strings.TrimSpace(quote) {
		t.Errorf("quote %q became %q", quote, cited.GetQuote())
	}
	if _, err := evidence(w.Operator).Uncite(t.Context(), &meritv1.UnciteRequest{CitationId: cited.GetId()}); err != nil {
		t.Error(err)
	}
}

// refusedAsWritten reports whether a text was refused, which is the mistake of who wrote it. One that is not UTF-8 does not
// leave the client.
func refusedAsWritten(t *testing.T, text string, err error) bool {
	t.Helper()
	if err != nil && status.Code(err) != codes.InvalidArgument && !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("%q: %v", text, err)
	}
	return err != nil
}
