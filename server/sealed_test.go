package server_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/meritindex/merit/client/proof"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// sealPackage is given once for each format of packages: the package that is kept must verify years later.
var sealPackage = flag.String("seal", "", "write a package of a played year, and its verifier key beside it, to this file")

// mustSeal seals a receipt in a package, with these files of evidence.
func mustSeal(tb testing.TB, r *meritv1.Receipt, files map[string][]byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	err := proof.WritePackage(&b, r, func(sum string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files[sum])), nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// mustDetermineWithEvidence plays the year of an agency that cites a file and describes another anew after it came in. The
// verifier takes a level away.
func mustDetermineWithEvidence(t *testing.T, y *yeartest.Year) (c *yeartest.Case, result *meritv1.Result, files map[string][]byte) {
	t.Helper()
	c = y.MustDraft(t, store.Agency{Code: "31.74", Name: "Kota Contoh"}, yeartest.All(3))
	files = map[string][]byte{}
	for _, name := range []string{"surat.pdf", "peta.pdf"} {
		file := MustAdd(t, c.Operator, name, pdf(name))
		files[file.GetSha256()] = pdf(name)
		servertest.Must(evidence(c.Operator).Cite(t.Context(), &meritv1.CiteRequest{
			AssessmentId: c.AssessmentID, EvidenceId: file.GetId(), Items: []string{"1.1", "1.2"}, Page: "3", Quote: "=SUM(1)",
		}))(t)
		if name == "peta.pdf" {
			servertest.Must(evidence(c.Operator).UpdateEvidence(t.Context(), &meritv1.UpdateEvidenceRequest{
				EvidenceId: file.GetId(), Revision: file.GetRevision(), Title: "Peta jabatan",
			}))(t)
		}
	}
	servertest.Must(meritv1.NewAssessmentServiceClient(c.Approver).Submit(t.Context(), &meritv1.SubmitRequest{
		AssessmentId: c.AssessmentID, Revision: y.Revision(t, c), AcceptUnanswered: true,
	}))(t)
	y.MustStartVerification(t, c)
	y.MustDecide(t, c, yeartest.All(3).With(yeartest.Levels{"1.1": 1}))
	y.MustComplete(t, c)
	session := y.MustOpenSession(t, c)
	y.MustAdopt(t, session, c)
	return c, y.MustClose(t, session, "1/2021")[0], files
}

func TestASealedPackageProvesAResultWithoutTheService(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		keys := MustKeys(t)
		q := MustSequence(t, y.Server, keys)
		c, result, files := mustDetermineWithEvidence(t, y)
		of := &meritv1.GetReceiptRequest{ResultId: result.GetId(), Whole: true}
		if err := proof.WritePackage(io.Discard, mustReceipt(t, c.Operator, of), nil); !errors.Is(err, proof.ErrNotSealed) {
			t.Errorf("before the result is under a checkpoint: %v", err)
		}
		servertest.Must(q.Number(t.Context()))(t)

		own := mustReceipt(t, c.Operator, of)
		whole := mustSeal(t, own, files)
		sealed := servertest.Must(proof.VerifyPackage(bytes.NewReader(whole), int64(len(whole)), keys.Current.Verifier))(t)
		if sealed.Evidence != 2 || sealed.Answers != 3*len(yeartest.All(3)) || sealed.Result.Columns["decree_number"] != "1/2021" {
			t.Errorf("it proves %d files, %d answers, decree %q", sealed.Evidence, sealed.Answers, sealed.Result.Columns["decree_number"])
		}
		for _, want := range []string{"bukti demo", "'=SUM(1)", "Peta jabatan", sumOf(pdf("peta.pdf")), "Kota Contoh"} {
			if !bytes.Contains(whole, []byte(want)) {
				t.Errorf("the package does not say %q", want)
			}
		}
		if again := mustSeal(t, mustReceipt(t, c.Operator, of), files); !bytes.Equal(again, whole) {
			t.Error("the same result is sealed in other bytes")
		}
		public := mustSeal(t, mustReceipt(t, y.Anyone(), of), nil)
		told := servertest.Must(proof.VerifyPackage(bytes.NewReader(public), int64(len(public)), keys.Current.Verifier))(t)
		if told.Answers != 0 || bytes.Contains(public, []byte("bukti demo")) || strings.Contains(string(public), "VERIFIED,LEVEL") {
			t.Errorf("the public reads %d answers", told.Answers)
		}
		keepPackage(t, whole, keys)
	})
}

func keepPackage(t *testing.T, whole []byte, keys audit.KeyRing) {
	t.Helper()
	if *sealPackage == "" {
		return
	}
	if err := errors.Join(os.WriteFile(*sealPackage, whole, 0o600), os.WriteFile(*sealPackage+".key", []byte(keys.Current.Verifier+"\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// A receipt that lists evidence which the assessment does not cite is refused.
func TestEvidenceOfAReceiptIsTiedToItsAssessment(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		sequencer := MustSequence(t, y.Server, MustKeys(t))
		receipt := func() *meritv1.Receipt {
			d := MustStart(t, y, store.Agency{})
			file := MustAdd(t, d.operator, "surat.pdf", pdf(d.id))
			servertest.Must(evidence(d.operator).Cite(t.Context(), &meritv1.CiteRequest{AssessmentId: d.id, EvidenceId: file.GetId(), Items: []string{"1.1"}}))(t)
			servertest.Must(sequencer.Number(t.Context()))(t)
			return mustReceipt(t, d.operator, &meritv1.GetReceiptRequest{AssessmentId: d.id})
		}
		other := receipt()
		forged := receipt()
		servertest.Must(proof.VerifyReceipt(forged, ""))(t)
		forged.Evidence = other.GetEvidence() // under an older checkpoint, so its proofs are not those of this one
		if _, err := proof.VerifyReceipt(forged, ""); err == nil {
			t.Error("evidence of another agency passes")
		}
		forged.Evidence, forged.Checkpoint = other.GetEvidence(), other.GetCheckpoint()
		forged.Citations = nil
		if _, err := proof.VerifyReceipt(forged, ""); !errors.Is(err, proof.ErrReceipt) {
			t.Errorf("evidence of another agency: %v", err)
		}
		forged.Citations = other.GetCitations()
		if _, err := proof.VerifyReceipt(forged, ""); !errors.Is(err, proof.ErrReceipt) {
			t.Errorf("evidence and citations of another agency: %v", err)
		}
	})
}
