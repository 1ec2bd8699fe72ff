package server_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func reports(p *servertest.Person) meritv1.ReportServiceClient {
	return meritv1.NewReportServiceClient(p)
}

// MustExport exports the workbook of an assessment.
func MustExport(tb testing.TB, p *servertest.Person, id string) []byte {
	tb.Helper()
	resp, err := reports(p).ExportWorkbook(tb.Context(), &meritv1.ExportWorkbookRequest{AssessmentId: id})
	return servertest.Must(resp, err)(tb).GetFile().GetData()
}

// mustFillIn changes cells of a workbook as a person does with a spreadsheet. A value that begins with "=" is a formula.
func mustFillIn(tb testing.TB, book []byte, cells map[string]any) []byte {
	tb.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		tb.Fatal(err)
	}
	for at, value := range cells {
		sheet, cell, _ := strings.Cut(at, "!")
		if text, ok := value.(string); ok && strings.HasPrefix(text, "=") {
			err = f.SetCellFormula(sheet, cell, text[1:])
		} else {
			err = f.SetCellValue(sheet, cell, value)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	var buf bytes.Buffer
	if err := f.Write(&buf); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

func mustPreview(tb testing.TB, p *servertest.Person, id string, book []byte) *meritv1.PreviewWorkbookResponse {
	tb.Helper()
	resp, err := reports(p).PreviewWorkbook(tb.Context(), &meritv1.PreviewWorkbookRequest{AssessmentId: id, Workbook: book})
	return servertest.Must(resp, err)(tb)
}

func applyWorkbook(tb testing.TB, p *servertest.Person, id string, book []byte, digest string) (*meritv1.ApplyWorkbookResponse, error) {
	tb.Helper()
	return reports(p).ApplyWorkbook(tb.Context(), &meritv1.ApplyWorkbookRequest{AssessmentId: id, Workbook: book, Digest: digest, RequestId: "apply"})
}

func TestAWorkbookThatNobodyTouchedChangesNothing(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		servertest.Must(d.save(t.Context(), d.operator, "1.1", yeartest.Answer(3)))(t)
		got := mustPreview(t, d.operator, d.id, MustExport(t, d.operator, d.id))
		if len(got.GetChanges())+len(got.GetMistakes()) > 0 {
			t.Errorf("it changes something: %v", got)
		}
	})
}

func TestAWorkbookFilledInOfflineIsPreviewedAndThenSaved(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		servertest.Must(d.save(t.Context(), d.operator, "1.1", yeartest.Answer(3)))(t)
		book := mustFillIn(t, MustExport(t, d.operator, d.id), map[string]any{"Aspect 1!D3": 4, "Aspect 1!E3": "Diisi luring", "Aspect 2!D3": 2})
		var seen *meritv1.PreviewWorkbookResponse
		d.WantUnchanged(t, func() { seen = mustPreview(t, d.operator, d.id, book) })
		want := []*meritv1.WorkbookChange{
			{Item: "1.1", Sheet: "Aspect 1", Cell: "D3", From: yeartest.Answer(3), To: yeartest.Answer(4), ToNote: "Diisi luring"},
			{Item: "2.1", Sheet: "Aspect 2", Cell: "D3", From: &meritv1.Answer{}, To: yeartest.Answer(2)},
		}
		names := protocmp.IgnoreFields(&meritv1.WorkbookChange{}, "name")
		if diff := cmp.Diff(want, seen.GetChanges(), protocmp.Transform(), names); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
		if before, after := seen.GetBefore().GetTotal(), seen.GetAfter().GetTotal(); before != "7.5" || after != "14" {
			t.Errorf("the total goes from %s to %s, want 7.5 to 14", before, after)
		}
		saved := servertest.Must(applyWorkbook(t, d.operator, d.id, book, seen.GetDigest()))(t)
		if got := saved.GetScore().GetTotal(); got != "14" {
			t.Errorf("saved total %s, want 14", got)
		}
		again := servertest.Must(applyWorkbook(t, d.operator, d.id, book, seen.GetDigest()))(t)
		if diff := cmp.Diff(saved, again, protocmp.Transform()); diff != "" {
			t.Errorf("repeated with the same request_id (-first +again):\n%s", diff)
		}
		got := d.MustGet(t, d.operator).GetItems()[0].GetClaimed()
		if got.GetAnswer().GetLevel() != 4 || got.GetNote() != "Diisi luring" || got.GetSequence() != 2 {
			t.Errorf("item 1.1 is claimed %v", got)
		}
	})
}

func TestAPreviewThatIsOutdatedIsNotApplied(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		book := mustFillIn(t, MustExport(t, d.operator, d.id), map[string]any{"Aspect 1!D3": 4})
		seen := mustPreview(t, d.operator, d.id, book)
		servertest.Must(d.save(t.Context(), d.approver, "3.1", yeartest.Answer(2)))(t)
		d.WantUnchanged(t, func() {
			_, err := applyWorkbook(t, d.operator, d.id, book, seen.GetDigest())
			servertest.WantReason(t, err, meritv1.Reason_REASON_STALE_REVISION)
			other := mustFillIn(t, book, map[string]any{"Aspect 1!D3": 1})
			_, err = applyWorkbook(t, d.operator, d.id, other, mustPreview(t, d.operator, d.id, book).GetDigest())
			servertest.WantReason(t, err, meritv1.Reason_REASON_STALE_REVISION)
		})
	})
}

func TestAWorkbookDoesNotUndoWhatColleaguesAnsweredMeanwhile(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		exported := MustExport(t, d.operator, d.id)
		servertest.Must(d.save(t.Context(), d.approver, "1.2", yeartest.Answer(2)))(t)
		untouched := mustPreview(t, d.operator, d.id, mustFillIn(t, exported, map[string]any{"Aspect 1!D3": 4}))
		if n := len(untouched.GetChanges()); n != 1 || untouched.GetChanges()[0].GetItem() != "1.1" {
			t.Errorf("%d changes, want that of item 1.1 only: %v", n, untouched.GetChanges())
		}
		contested := mustPreview(t, d.operator, d.id, mustFillIn(t, exported, map[string]any{"Aspect 1!D4": 3}))
		if c := contested.GetChanges(); len(c) != 1 || !c[0].GetAnsweredSince() || c[0].GetFrom().GetLevel() != 2 {
			t.Errorf("changes %v, want that of item 1.2, which was answered since", c)
		}
	})
}

func TestMistakesInAWorkbookAreNamedBySheetAndCell(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		book := mustFillIn(t, MustExport(t, d.operator, d.id), map[string]any{
			"Aspect 1!D3": 9, "Aspect 1!D4": "=1+1", "Aspect 1!D5": "tiga", "Aspect 1!E6": strings.Repeat("x", 4001),
			"Aspect 2!E3": "=HYPERLINK(\"x\")", "Aspect 2!A4": "9.9", "Aspect 2!A5": "2.4", "Aspect 3!D3": 2,
		})
		seen := map[string]map[string]meritv1.Reason{}
		texts := map[string]string{}
		for _, language := range []string{"id", "en"} {
			seen[language] = map[string]meritv1.Reason{}
			resp := mustPreview(t, d.operator.In(language), d.id, book)
			for _, m := range resp.GetMistakes() {
				seen[language][m.GetSheet()+"!"+m.GetCell()] = m.GetReason()
				texts[language] += m.GetMessage() + "\n"
			}
			if n := len(resp.GetChanges()); n != 2 {
				t.Errorf("%d changes besides the mistakes, want 2 (1.1, refused as a whole, and 3.1)", n)
			}
			servertest.Must(resp, nil)(t)
			_, err := applyWorkbook(t, d.operator, d.id, book, resp.GetDigest())
			servertest.WantReason(t, err, meritv1.Reason_REASON_IMPORT_INVALID)
			if got := servertest.Violations(err); got["Aspect 1!D3"] == "" || len(got) != 7 {
				t.Errorf("applying tells %v", got)
			}
		}
		want := map[string]meritv1.Reason{
			"Aspect 1!D3": meritv1.Reason_REASON_LEVEL_OFF_SCALE,
			"Aspect 1!D4": meritv1.Reason_REASON_IMPORT_INVALID,
			"Aspect 1!D5": meritv1.Reason_REASON_LEVEL_OFF_SCALE,
			"Aspect 1!E6": meritv1.Reason_REASON_INVALID_REQUEST,
			"Aspect 2!E3": meritv1.Reason_REASON_IMPORT_INVALID,
			"Aspect 2!A4": meritv1.Reason_REASON_IMPORT_INVALID,
			"Aspect 2!A6": meritv1.Reason_REASON_IMPORT_INVALID,
		}
		if diff := cmp.Diff(want, seen["en"]); diff != "" {
			t.Errorf("mistakes (-want +got):\n%s\n%s", diff, texts["en"])
		}
		if texts["id"] == texts["en"] {
			t.Errorf("both languages read %s", texts["id"])
		}
	})
}

func TestAWorkbookThatIsNotOfTheAssessmentIsRefused(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		other := MustStart(t, d.Year, store.Agency{})
		empty := excelize.NewFile()
		var foreign bytes.Buffer
		if err := empty.Write(&foreign); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name string
			book []byte
			want meritv1.Reason
		}{
			{"of another assessment", MustExport(t, other.operator, other.id), meritv1.Reason_REASON_IMPORT_INVALID},
			{"any XLSX", foreign.Bytes(), meritv1.Reason_REASON_IMPORT_INVALID},
			{"no XLSX", []byte("kode;tingkat"), meritv1.Reason_REASON_FILE_TYPE_REFUSED},
		} {
			t.Run(c.name, func(t *testing.T) {
				d.WantUnchanged(t, func() {
					_, err := reports(d.operator).PreviewWorkbook(t.Context(), &meritv1.PreviewWorkbookRequest{AssessmentId: d.id, Workbook: c.book})
					servertest.WantReason(t, err, c.want)
				})
			})
		}
	})
}

func TestAContributorsWorkbookSavesAssignedItemsOnly(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		servertest.Must(assessments(d.operator).AssignItems(t.Context(), &meritv1.AssignItemsRequest{
			AssessmentId: d.id, Items: []string{"1.1"}, AccountId: d.contributor.AccountID,
		}))(t)
		book := mustFillIn(t, MustExport(t, d.contributor, d.id), map[string]any{"Aspect 1!D3": 2, "Aspect 1!D4": 2})
		seen := mustPreview(t, d.contributor, d.id, book)
		if m := seen.GetMistakes(); len(m) != 1 || m[0].GetCell() != "D4" || m[0].GetReason() != meritv1.Reason_REASON_NOT_ASSIGNED {
			t.Errorf("mistakes %v, want NOT_ASSIGNED in Aspect 1!D4", m)
		}
	})
}

func TestASubmittedSheetTakesNoWorkbook(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		book := mustFillIn(t, MustExport(t, d.operator, d.id), map[string]any{"Aspect 1!D3": 2})
		d.MustSubmit(t)
		_, err := reports(d.operator).PreviewWorkbook(t.Context(), &meritv1.PreviewWorkbookRequest{AssessmentId: d.id, Workbook: book})
		servertest.WantReason(t, err, meritv1.Reason_REASON_ALREADY_SUBMITTED)
	})
}
