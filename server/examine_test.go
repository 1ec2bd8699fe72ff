package server_test

import (
	"archive/zip"
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/clamd"
	"github.com/meritindex/merit/server/clamd/clamdtest"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// scanning has evidence scanned by a daemon.
func scanning(t *testing.T, d *clamdtest.Daemon) servertest.Option {
	t.Helper()
	scanner, err := clamd.New(d.Address)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *server.Options) { o.Scanner = scanner }
}

// get is evidence as somebody sees it.
func get(tb testing.TB, p *servertest.Person, id string) *meritv1.Evidence {
	tb.Helper()
	return servertest.Must(evidence(p).GetEvidence(tb.Context(), &meritv1.GetEvidenceRequest{EvidenceId: id}))(tb).GetEvidence()
}

// wantDownload checks whether somebody may download evidence.
func wantDownload(t *testing.T, p *servertest.Person, id string, want meritv1.Reason) {
	t.Helper()
	_, err := download(t.Context(), p, &meritv1.DownloadRequest{EvidenceId: id})
	if want == meritv1.Reason_REASON_UNSPECIFIED && err != nil {
		t.Errorf("not downloaded: %v", err)
	}
	if want != meritv1.Reason_REASON_UNSPECIFIED {
		servertest.WantReason(t, err, want)
	}
}

// wantTrail checks that every row is as the trail says.
func wantTrail(t *testing.T, s *servertest.Server) {
	t.Helper()
	if found := servertest.Must(s.Store.CheckEntries(t.Context()))(t); len(found) != 0 {
		t.Errorf("the trail differs from the tables: %v", found)
	}
}

func TestWhatIsInAFileIsToldToItsPeopleAndTheVerifier(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		e := MustAdd(t, a.operator, "sk.pdf", pdf("1 0 obj << /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >> endobj"))
		servertest.Must(a.cite(t.Context(), a.operator, e.GetId(), "1.1"))(t)
		a.MustStep(t, workflow.Submit, workflow.Submitted)
		for _, p := range []*servertest.Person{a.operator, a.verifier} {
			got := get(t, p, e.GetId())
			if !slices.Equal(got.GetFlags(), []meritv1.EvidenceFlag{meritv1.EvidenceFlag_EVIDENCE_FLAG_SCRIPT}) || got.GetScanState() != meritv1.ScanState_SCAN_STATE_NOT_SCANNED {
				t.Errorf("%s reads flags %v, scan %s", p.Email, got.GetFlags(), got.GetScanState())
			}
			wantDownload(t, p, e.GetId(), meritv1.Reason_REASON_UNSPECIFIED)
		}
		wantTrail(t, s)
	})
}

func TestABombIsNoEvidence(t *testing.T) {
	a := newArchive(t, servertest.New(t))
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w := servertest.Must(z.Create("sk.txt"))(t)
	zeros := make([]byte, 1<<20)
	for range 70 {
		servertest.Must(w.Write(zeros))(t)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := finish(t.Context(), a.operator, MustUpload(t, a.operator, "sk.zip", b.Bytes()))
	servertest.WantReason(t, err, meritv1.Reason_REASON_FILE_UNSAFE)
}

func TestAFileWithAVirusIsQuarantined(t *testing.T) {
	d := clamdtest.New(t)
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		clean, infected := MustAdd(t, a.operator, "sk.pdf", pdf("clean")), MustAdd(t, a.operator, "lain.pdf", pdf(clamdtest.Virus))
		if clean.GetScanState() != meritv1.ScanState_SCAN_STATE_CLEAN {
			t.Errorf("a clean file is %s", clean.GetScanState())
		}
		if infected.GetScanState() != meritv1.ScanState_SCAN_STATE_QUARANTINED || infected.GetScanSignature() != clamdtest.Signature {
			t.Errorf("a file with a virus is %s, %q", infected.GetScanState(), infected.GetScanSignature())
		}
		servertest.Must(a.cite(t.Context(), a.operator, clean.GetId(), "1.1"))(t)
		citation := servertest.Must(a.cite(t.Context(), a.operator, infected.GetId(), "1.1"))(t)[0]
		blocked := func() bool {
			checked := servertest.Must(meritv1.NewAssessmentServiceClient(a.approver).CheckCompleteness(t.Context(), &meritv1.CheckCompletenessRequest{AssessmentId: a.assessment}))(t)
			return slices.ContainsFunc(checked.GetBlockers(), func(b *meritv1.Blocker) bool {
				return b.GetReason() == meritv1.Reason_REASON_FILE_QUARANTINED && b.GetItem() == "1.1" && !b.GetAcceptable() && strings.Contains(b.GetMessage(), "lain.pdf")
			})
		}
		if !blocked() {
			t.Error("the check does not name the item that cites what is in quarantine")
		}
		a.MustStep(t, workflow.Submit, workflow.Submitted)
		for _, p := range []*servertest.Person{a.operator, a.approver, a.verifier, a.inspects} {
			wantDownload(t, p, infected.GetId(), meritv1.Reason_REASON_FILE_QUARANTINED)
			wantDownload(t, p, clean.GetId(), meritv1.Reason_REASON_UNSPECIFIED)
			if got := get(t, p, infected.GetId()); got.GetScanState() != meritv1.ScanState_SCAN_STATE_QUARANTINED || got.GetScanSignature() == "" {
				t.Errorf("%s reads that it is %s", p.Email, got.GetScanState())
			}
		}
		files := mustExportEvidence(t, a.verifier.In("en"), a.assessment)
		if files["files/001_sk.pdf"]+files["files/002_sk.pdf"] == "" || len(files) != 2 || !strings.Contains(files["index.csv"], "(in quarantine)") {
			t.Errorf("the archive has %v", files)
		}
		a.MustStep(t, workflow.Return, workflow.Draft)
		a.MustUpdate(t, "citation.remove", func(tx *store.Tx) error {
			_, err := tx.RemoveCitation(citation.GetId(), a.operator.AccountID)
			return err
		})
		if blocked() {
			t.Error("the check still names it after the citation was removed")
		}
		wantTrail(t, s)
	}, scanning(t, d))
}

// TestADocumentWithAVirusIsServedToNobody: letters, minutes, decrees and lists of awards are scanned as evidence is.
func TestADocumentWithAVirusIsServedToNobody(t *testing.T) {
	d := clamdtest.New(t)
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		a.MustStep(t, workflow.Submit, workflow.Submitted)
		ids := a.records(t)
		a.MustRelease(t, ids)
		auditor := s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
		for subject, by := range map[meritv1.DocumentSubject]*servertest.Person{
			ofSubmission: a.approver, ofMinutes: a.verifier,
			ofSession: s.MustAccount(t, meritv1.Role_ROLE_COMMISSIONER, ""), ofAward: s.MustAccount(t, meritv1.Role_ROLE_AWARD_COMMITTEE, ""),
		} {
			got := servertest.Must(evidence(by).AttachDocument(t.Context(), &meritv1.AttachDocumentRequest{
				UploadId: MustUpload(t, by, "surat.pdf", pdf(clamdtest.Virus+subject.String())), Subject: subject, SubjectId: ids[subject], Title: "Surat",
			}))(t).GetDocument()
			if got.GetScanState() != meritv1.ScanState_SCAN_STATE_QUARANTINED || got.GetScanSignature() != clamdtest.Signature {
				t.Errorf("%s with a virus is %s, %q", subject, got.GetScanState(), got.GetScanSignature())
			}
			for _, p := range []*servertest.Person{by, auditor} {
				file, err := download(t.Context(), p, &meritv1.DownloadRequest{DocumentId: got.GetId()})
				servertest.WantReason(t, err, meritv1.Reason_REASON_FILE_QUARANTINED)
				if len(file.GetData()) > 0 {
					t.Errorf("%d bytes of %s are served", len(file.GetData()), subject)
				}
			}
		}
		wantTrail(t, s)
	}, scanning(t, d))
}

func TestAScannerThatIsDownStopsNobody(t *testing.T) {
	d := clamdtest.New(t)
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		d.Stop()
		clean, infected := MustAdd(t, a.operator, "sk.pdf", pdf("clean")), MustAdd(t, a.operator, "lain.pdf", pdf(clamdtest.Virus))
		servertest.Must(a.cite(t.Context(), a.operator, clean.GetId(), "1.1"))(t)
		servertest.Must(a.cite(t.Context(), a.operator, infected.GetId(), "1.2"))(t)
		a.MustStep(t, workflow.Submit, workflow.Submitted)
		for _, e := range []*meritv1.Evidence{clean, infected} {
			if e.GetScanState() != meritv1.ScanState_SCAN_STATE_PENDING {
				t.Errorf("while the scanner is down a file is %s", e.GetScanState())
			}
			wantDownload(t, a.operator, e.GetId(), meritv1.Reason_REASON_UNSPECIFIED)
			wantDownload(t, a.verifier, e.GetId(), meritv1.Reason_REASON_FILE_PENDING)
		}
		if n, err := s.ExamineFiles(t.Context()); n != 0 || err == nil {
			t.Errorf("without a scanner the service is through with %d files, %v", n, err)
		}
		d.Start(t)
		lease := servertest.Must(s.Store.AcquireLease(t.Context(), "examine-files", "another process", time.Minute))(t)
		if n, err := s.ExamineFiles(t.Context()); n != 0 || err != nil {
			t.Errorf("beside another process: %d, %v", n, err)
		}
		if err := s.Store.ReleaseLease(t.Context(), lease); err != nil {
			t.Fatal(err)
		}
		if n, err := s.ExamineFiles(t.Context()); n != 2 || err != nil {
			t.Errorf("once the scanner is back: %d, %v", n, err)
		}
		wantDownload(t, a.verifier, clean.GetId(), meritv1.Reason_REASON_UNSPECIFIED)
		wantDownload(t, a.verifier, infected.GetId(), meritv1.Reason_REASON_FILE_QUARANTINED)
		wantDownload(t, a.operator, infected.GetId(), meritv1.Reason_REASON_FILE_QUARANTINED)
		if got := a.actions(t, infected.GetId()); got[len(got)-1] != audit.Action("EvidenceService.Download") && !slices.Contains(got, audit.Action("Service.ExamineFile")) {
			t.Errorf("the trail says %v", got)
		}
		if n, err := s.ExamineFiles(t.Context()); n != 0 || err != nil {
			t.Errorf("once more: %d, %v", n, err)
		}
		wantTrail(t, s)
	}, scanning(t, d))
}

func TestFilesFromBeforeAreLookedIntoLater(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		old := MustAdd(t, a.operator, "sk.pdf", pdf("<< /S /Launch >>"))
		a.MustUpdate(t, "evidence.forget", func(tx *store.Tx) error {
			_, err := tx.Exec("DELETE FROM examination WHERE file_id = $1", old.GetId())
			return err
		})
		if got := get(t, a.operator, old.GetId()).GetFlags(); !slices.Equal(got, []meritv1.EvidenceFlag{meritv1.EvidenceFlag_EVIDENCE_FLAG_NOT_EXAMINED}) {
			t.Errorf("before: %v", got)
		}
		if n, err := s.ExamineFiles(t.Context()); n != 1 || err != nil {
			t.Errorf("looked into %d, %v", n, err)
		}
		if got := get(t, a.operator, old.GetId()).GetFlags(); !slices.Equal(got, []meritv1.EvidenceFlag{meritv1.EvidenceFlag_EVIDENCE_FLAG_LAUNCH}) {
			t.Errorf("after: %v", got)
		}
		wantTrail(t, s)
	})
}
