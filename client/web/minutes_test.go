package web_test

import (
	"archive/zip"
	"net/http"
	"slices"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func TestTheMinutesAreAPageAndAPDF(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustInVerification(t, store.Agency{Name: "Kabupaten Demo Berita"}, yeartest.All(3))
	page := "/assessments/" + c.AssessmentID + "/minutes"
	operator, verifier := s.as(t, c.Operator), s.as(t, year.Verifier)
	operator.get(t, page).want(t, http.StatusNotFound)
	verifier.get(t, page).want(t, http.StatusOK, "A draft")

	year.MustDecide(t, c, yeartest.All(3).With(yeartest.Levels{"1.1": 2}))
	year.MustComplete(t, c)
	operator.get(t, page).want(t, http.StatusOK, "Number BA-1/2021", "Kabupaten Demo Berita", "307.5", "305", "Level 3", "Level 2", "bukti demo", "None is attached").wantNo(t, "A draft")
	pdf := operator.get(t, page+".pdf").want(t, http.StatusOK)
	wantHeader(t, pdf, "Content-Type", "application/pdf")
	if !strings.HasPrefix(pdf.body, "%PDF-") {
		t.Error("the minutes are no PDF")
	}
	stranger := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{})))
	stranger.get(t, page).want(t, http.StatusNotFound)
	stranger.get(t, page+".pdf").want(t, http.StatusNotFound)
}

func TestSignedDocumentsAreAttachedAndRead(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustVerified(t, store.Agency{}, yeartest.All(3), nil)
	page := "/assessments/" + c.AssessmentID + "/documents"
	approver := s.as(t, c.Approver)
	approver.get(t, page).want(t, http.StatusOK, "Attach a document", "submission").wantNo(t, `value="2"`)
	approver.postFiles(t, page, "subject", "1", "title", "Letter 17", "@letter.html", "<html>").
		want(t, http.StatusUnprocessableEntity, "web page", `value="Letter 17"`)
	approver.postFiles(t, page, "subject", "1", "title", "Letter 17", "@letter.pdf", "%PDF-1.7\nletter").
		want(t, http.StatusOK, "The document is attached", "Letter 17", "letter.pdf")
	approver.postFiles(t, page, "subject", "2", "@minutes.pdf", "%PDF-1.7\nminutes").
		want(t, http.StatusUnprocessableEntity, "Nothing was taken", "outside the scope of the role")

	verifier := s.as(t, year.Verifier)
	attached := verifier.postFiles(t, page, "subject", "2", "@minutes.pdf", "%PDF-1.7\nminutes").
		want(t, http.StatusOK, "The document is attached", "minutes.pdf", "Letter 17")
	at := strings.LastIndex(attached.body, page+"/")
	path := attached.body[at : at+len(page)+1+26]
	got := s.as(t, c.Operator).get(t, path).want(t, http.StatusOK, "%PDF-1.7\nminutes")
	wantHeader(t, got, "Content-Disposition", "attachment; filename=minutes.pdf")
	s.as(t, c.Operator).get(t, "/assessments/"+c.AssessmentID+"/minutes").want(t, http.StatusOK, path)
	stranger := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{})))
	stranger.get(t, path).want(t, http.StatusNotFound)
	stranger.get(t, page).want(t, http.StatusNotFound)
}

func TestTheCitedFilesComeAsOneZIP(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, yeartest.All(2))
	mustCite(t, c, mustEvidence(t, c.Operator, "decree.pdf", files["decree.pdf"]), "1.1", "1.2")
	page := "/assessments/" + c.AssessmentID + "/evidence.zip"
	got := s.as(t, c.Operator).get(t, page).want(t, http.StatusOK)
	wantHeader(t, got, "Content-Type", "application/zip")
	z, err := zip.NewReader(strings.NewReader(got.body), int64(len(got.body)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	if !slices.Contains(names, "index.csv") || len(names) != 2 {
		t.Errorf("the ZIP has %q", names)
	}
	stranger := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{})))
	stranger.get(t, page).want(t, http.StatusNotFound)
}
