package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// filledIn is the workbook with other values in some cells, "sheet!cell".
func filledIn(t *testing.T, workbook string, cells map[string]any) string {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(workbook))
	if err != nil {
		t.Fatal(err)
	}
	for at, value := range cells {
		sheet, cell, _ := strings.Cut(at, "!")
		if err := f.SetCellValue(sheet, cell, value); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestAWorkbookIsTakenFilledInLookedAtAndApplied(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, yeartest.Levels{"1.1": 3})
	page := "/assessments/" + c.AssessmentID + "/workbook"
	b := s.as(t, c.Operator)
	b.get(t, page).want(t, http.StatusOK, page+".xlsx", "See what would change")
	out := b.get(t, page+".xlsx").want(t, http.StatusOK)
	if got := out.header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment; filename=kertas-kerja") {
		t.Errorf("the workbook is sent as %q", got)
	}
	b.send(t, page, "same.xlsx", out.body).want(t, http.StatusOK, "The workbook changes nothing")

	book := filledIn(t, out.body, map[string]any{"Aspect 1!D3": 4, "Aspect 1!E3": "offline", "Aspect 2!D3": 2})
	seen := b.send(t, page, "filled.xlsx", book).
		want(t, http.StatusOK, "What filled.xlsx would change", "2 changes", "Level 3", "Level 4", "Not answered", "Aspect 1, D3", "offline", "7.5", "14")
	if got := year.Assessment(t, c); got.Answered != 1 {
		t.Errorf("looking at a workbook left %d answers, want 1", got.Answered)
	}
	fields := []string{"workbook", seen.hidden(t, "workbook"), "digest", seen.hidden(t, "digest"), "file_name", "filled.xlsx"}
	b.post(t, page+"/apply", fields...).want(t, http.StatusOK, "every change is saved", ">14<")
}

func TestAWorkbookWithAMistakeIsNotApplied(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, nil)
	page := "/assessments/" + c.AssessmentID + "/workbook"
	b := s.as(t, c.Operator)
	book := filledIn(t, b.get(t, page+".xlsx").body, map[string]any{"Aspect 1!D3": 9, "Aspect 1!D4": 2})
	b.send(t, page, "filled.xlsx", book).
		want(t, http.StatusOK, "1 cell of the workbook cannot be accepted", "<td>Aspect 1</td><td class=\"code\">D3</td>").wantNo(t, "Apply all")
	b.send(t, page, "notes.txt", "no workbook").want(t, http.StatusUnprocessableEntity, "That did not work")
	b.send(t, page, "empty.xlsx", "").want(t, http.StatusUnprocessableEntity, "empty")
}

func TestAWorkbookIsLookedAtAgainWhenTheSheetChanged(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, nil)
	page := "/assessments/" + c.AssessmentID + "/workbook"
	b := s.as(t, c.Operator)
	seen := b.send(t, page, "filled.xlsx", filledIn(t, b.get(t, page+".xlsx").body, map[string]any{"Aspect 1!D3": 4}))
	servertest.Must(meritv1.NewAssessmentServiceClient(c.Approver).SaveAnswer(t.Context(), &meritv1.SaveAnswerRequest{
		AssessmentId: c.AssessmentID, Item: "1.1", Answer: yeartest.Answer(2),
	}))(t)
	fields := []string{"workbook", seen.hidden(t, "workbook"), "digest", seen.hidden(t, "digest"), "file_name", "filled.xlsx"}
	again := b.post(t, page+"/apply", fields...).want(t, http.StatusConflict, "That did not work", "answered since by somebody")
	fields[3] = again.hidden(t, "digest")
	b.post(t, page+"/apply", fields...).want(t, http.StatusOK, "every change is saved")

	stranger := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{})))
	stranger.get(t, page).want(t, http.StatusNotFound)
	stranger.get(t, page+".xlsx").want(t, http.StatusNotFound)
	stranger.post(t, page+"/apply", fields...).want(t, http.StatusNotFound)
}
