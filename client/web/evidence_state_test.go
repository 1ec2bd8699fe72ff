package web_test

import (
	"net/http"
	"testing"

	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/clamd"
	"github.com/meritindex/merit/server/clamd/clamdtest"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func TestAFileThatIsNotToBeTrustedIsSaidSoAndNotShown(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, yeartest.All(2))
	id := mustEvidence(t, c.Operator, "decree.pdf", "%PDF-1.7\n1 0 obj << /OpenAction << /S /JavaScript >> >> endobj\n")
	mustCite(t, c, id, "1.1")
	other := year.MustDraft(t, store.Agency{Name: "Kabupaten Sama"}, yeartest.All(2))
	mustCite(t, other, mustEvidence(t, other.Operator, "sk.pdf", "%PDF-1.7\n1 0 obj << /OpenAction << /S /JavaScript >> >> endobj\n"), "1.1")
	mustSubmit(t, year, c)
	mustSubmit(t, year, other)

	operator, verifier := s.as(t, c.Operator), s.as(t, year.Verifier)
	for _, path := range []string{"/evidence/" + id, "/assessments/" + c.AssessmentID + "/evidence"} {
		operator.get(t, path).want(t, http.StatusOK, "holds scripts", "/download").wantNo(t, "/preview", "Kabupaten Sama", "same file")
		verifier.get(t, path).want(t, http.StatusOK, "holds scripts", "/download", "Kabupaten Sama", "the same file elsewhere").wantNo(t, "/preview")
	}
	verifier.get(t, "/verification/"+c.AssessmentID+"/items/1.1").
		want(t, http.StatusOK, "holds scripts", "/evidence/"+id+"/download", "Kabupaten Sama").wantNo(t, "/preview")
	verifier.get(t, "/evidence/"+id+"/preview").want(t, http.StatusConflict, "not shown here").wantNo(t, "%PDF")
	a := verifier.get(t, "/evidence/"+id+"/download").want(t, http.StatusOK, "%PDF")
	wantHeader(t, a, "Content-Disposition", "attachment; filename=decree.pdf")
}

func TestAFileWithAVirusIsOpenedByNobody(t *testing.T) {
	d := clamdtest.New(t)
	scanner := servertest.Must(clamd.New(d.Address))(t)
	running := servertest.New(t, func(o *server.Options) { o.Scanner = scanner })
	s := newSite(t, running)
	year := yeartest.MustBegin(t, running, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, yeartest.All(2))
	id := mustEvidence(t, c.Operator, "decree.pdf", "%PDF-1.7\n"+clamdtest.Virus)
	mustCite(t, c, id, "1.1")
	d.Stop()
	waiting := mustEvidence(t, c.Operator, "staff.pdf", files["decree.pdf"])

	b := s.as(t, c.Operator)
	b.get(t, "/evidence/"+id).want(t, http.StatusOK, "in quarantine: virus found", clamdtest.Signature, "upload a clean file").wantNo(t, "/preview", "/download")
	b.get(t, "/evidence/"+id+"/download").want(t, http.StatusConflict, "cannot be downloaded").wantNo(t, "%PDF")
	b.get(t, "/evidence/"+id+"/preview").want(t, http.StatusConflict).wantNo(t, "%PDF")
	b.get(t, "/assessments/"+c.AssessmentID+"/check").want(t, http.StatusOK, "1.1", "in quarantine")
	b.get(t, "/evidence/"+waiting).want(t, http.StatusOK, "waits to be scanned", "The sheet can be submitted", "/download").wantNo(t, "/preview")
}
