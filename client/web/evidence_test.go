package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// postFiles sends a form with files, fields first: pairs of name and value, a file as "@name" and its content.
func (b *browser) postFiles(t *testing.T, path string, pairs ...string) *answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		name, isFile := strings.CutPrefix(pairs[i], "@")
		write := func() error {
			if !isFile {
				return form.WriteField(name, pairs[i+1])
			}
			part, err := form.CreateFormFile("files", name)
			if err == nil {
				_, err = part.Write([]byte(pairs[i+1]))
			}
			return err
		}
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.site.url+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	return b.do(t, req)
}

func TestFilesAreAddedWithoutScript(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, yeartest.All(2))
	page := "/assessments/" + c.AssessmentID + "/evidence"
	b := s.as(t, c.Operator)
	b.get(t, page).want(t, http.StatusOK, "No evidence yet", `enctype="multipart/form-data"`)

	one := b.postFiles(t, page, "effective_date", "2020-03-01", "@decree.pdf", files["decree.pdf"]).
		want(t, http.StatusOK, "The evidence is added", "decree.pdf", "1 March 2020", "No item cites it yet")
	if !strings.HasPrefix(one.path, "/evidence/") {
		t.Errorf("one file leads to %s", one.path)
	}
	b.postFiles(t, page, "@staff.csv", files["staff.csv"], "@pixel.png", files["pixel.png"]).
		want(t, http.StatusOK, "decree.pdf", "staff.csv", "pixel.png", "none yet")
	b.get(t, page).want(t, http.StatusOK, "No evidence yet") // nothing is cited

	b.postFiles(t, page, "item", "1.1", "page", "4", "quote", "the council decides", "@notes.txt", files["notes.txt"]).
		want(t, http.StatusOK, "For item 1.1", "notes.txt", "p. 4")
	b.get(t, page).want(t, http.StatusOK, "notes.txt").wantNo(t, "decree.pdf")
}

func TestAFileThatIsRefusedDoesNotKeepTheOthers(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, nil)
	page := "/assessments/" + c.AssessmentID + "/evidence"
	b := s.as(t, c.Operator)
	b.postFiles(t, page, "@decree.pdf", files["decree.pdf"], "@page.html", "<html></html>", "@empty.txt", "").
		want(t, http.StatusUnprocessableEntity, "the others were", "page.html: This file is a web page", "empty.txt: The file is empty")
	b.get(t, page+"?show=all").want(t, http.StatusOK, "decree.pdf").wantNo(t, "page.html")
	b.postFiles(t, page, "effective_date", "2020-01-01").want(t, http.StatusUnprocessableEntity, "No file was chosen", `value="2020-01-01"`)
	b.postFiles(t, page, "valid_until", "2019-01-01", "effective_date", "2020-01-01", "@notes.txt", "x\n").
		want(t, http.StatusUnprocessableEntity, "Nothing was taken", "before the effective date")
}

func TestALinkIsEvidenceWhenItIsHTTPS(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, nil)
	page := "/assessments/" + c.AssessmentID + "/evidence/link"
	b := s.as(t, c.Operator)
	b.post(t, page, "url", "http://demo.example/x", "title", "A decree").
		want(t, http.StatusUnprocessableEntity, "Not an https address", `value="http://demo.example/x"`, `value="A decree"`)
	b.post(t, page, "url", "https://demo.example/x", "title", "A decree", "item", "1.2").
		want(t, http.StatusOK, "For item 1.2", "A decree", `href="https://demo.example/x"`)
}

func TestEvidenceIsCitedDescribedReplacedAndWithdrawn(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, yeartest.All(2))
	id := mustEvidence(t, c.Operator, "decree.pdf", files["decree.pdf"])
	b := s.as(t, c.Operator)
	b.get(t, "/evidence/"+id).want(t, http.StatusOK, "Cite it for items", `src="/evidence/`+id+`/preview"`)

	cited := b.post(t, "/assessments/"+c.AssessmentID+"/evidence/cite", "evidence", id, "item", "1.1", "item", "1.2", "page", "3-5", "quote", "as decided").
		want(t, http.StatusOK, "The evidence is cited", "as decided", "page 3-5", `src="/evidence/`+id+`/preview#page=3&amp;navpanes=0"`)
	b.post(t, "/assessments/"+c.AssessmentID+"/evidence/cite", "evidence", id, "item", "9.9").
		want(t, http.StatusUnprocessableEntity, "9.9")
	citation := regexp.MustCompile(`/citations/(\w{26})/remove`).FindStringSubmatch(cited.body)[1]
	b.post(t, "/citations/"+citation+"/remove", "back", "/evidence/"+id).want(t, http.StatusOK, "no longer cited")

	b.post(t, "/evidence/"+id, "title", "The decree", "valid_until", "2020-12-31", "revision", "1").
		want(t, http.StatusOK, "Saved", "<h1>The decree</h1>", "over")
	b.post(t, "/evidence/"+id, "title", "Another", "revision", "1").want(t, http.StatusConflict, "That did not work", `value="Another"`)

	replaced := b.postFiles(t, "/evidence/"+id+"/replace", "assessment", c.AssessmentID, "@newer.pdf", "%PDF-1.7\nnewer").
		want(t, http.StatusOK, "takes the place", "newer.pdf", "as decided")
	b.get(t, "/evidence/"+id).want(t, http.StatusOK, "Withdrawn on", "No item cites it yet")

	newer := regexp.MustCompile(`/evidence/(\w{26})\?`).FindStringSubmatch(replaced.path)[1]
	b.post(t, "/evidence/"+newer+"/withdraw", "revision", "1", "assessment", c.AssessmentID).want(t, http.StatusOK, "Withdrawn on")
}

func TestVerifiersReadEvidenceAndChangeNothing(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, yeartest.All(2))
	id := mustEvidence(t, c.Operator, "decree.pdf", files["decree.pdf"])
	mustCite(t, c, id, "1.1")
	mustSubmit(t, year, c)
	verifier := s.as(t, year.Verifier)
	verifier.get(t, "/assessments/"+c.AssessmentID+"/evidence").want(t, http.StatusOK, "decree.pdf").wantNo(t, "Add evidence")
	verifier.get(t, "/evidence/"+id).want(t, http.StatusOK, "as decided").wantNo(t, "Withdraw", "Cite it for items")
	verifier.get(t, "/evidence/"+id+"/preview").want(t, http.StatusOK, "%PDF")
	s.as(t, c.Operator).get(t, "/evidence/"+id).want(t, http.StatusOK).wantNo(t, "Do not cite")

	stranger := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{})))
	stranger.get(t, "/evidence/"+id).want(t, http.StatusNotFound)
	stranger.get(t, "/assessments/"+c.AssessmentID+"/evidence").want(t, http.StatusNotFound)
	stranger.post(t, "/evidence/"+id+"/withdraw", "revision", "1").want(t, http.StatusNotFound)
	stranger.postFiles(t, "/assessments/"+c.AssessmentID+"/evidence", "item", "1.1", "@notes.txt", "x\n").want(t, http.StatusNotFound)
}

func TestAnItemCitesAFileUploadedThereAndOneThatIsThereAlready(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, nil)
	b := s.as(t, c.Operator)
	item, list := "/assessments/"+c.AssessmentID+"/items/1.1", "/assessments/"+c.AssessmentID+"/evidence?item=1.2"
	there := b.postFiles(t, "/assessments/"+c.AssessmentID+"/evidence", "item", "1.1", "back", item, "page", "7", "@decree.pdf", files["decree.pdf"]).
		want(t, http.StatusOK, "The evidence is added", "decree.pdf", "page 7", "Upload files for this item")
	id := regexp.MustCompile(`/evidence/(\w{26})\?`).FindStringSubmatch(there.body)[1]
	b.get(t, list).want(t, http.StatusOK, "Cite what is there already", `<option value="`+id+`">decree.pdf`)
	b.post(t, "/assessments/"+c.AssessmentID+"/evidence/cite", "item", "1.2", "back", list, "evidence", "", "quote", "kept").
		want(t, http.StatusUnprocessableEntity, "Choose the evidence", ">kept<")
	b.post(t, "/assessments/"+c.AssessmentID+"/evidence/cite", "item", "1.2", "back", list, "evidence", id, "page", "9").
		want(t, http.StatusOK, "The evidence is cited", "p. 9").wantNo(t, "Cite what is there already")
}
