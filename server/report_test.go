package server_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// wantPDF checks that a file is a PDF in which every text stands.
func wantPDF(t *testing.T, file *meritv1.ReportFile, texts ...string) {
	t.Helper()
	if file.GetMediaType() != "application/pdf" || !bytes.HasPrefix(file.GetData(), []byte("%PDF-")) || !strings.HasSuffix(file.GetFileName(), ".pdf") {
		t.Fatalf("%s of type %s is no PDF", file.GetFileName(), file.GetMediaType())
	}
	for _, text := range texts {
		if !bytes.Contains(file.GetData(), []byte(text)) {
			t.Errorf("%s does not say %q", file.GetFileName(), text)
		}
	}
}

func minutesDocument(t *testing.T, p *servertest.Person, c *yeartest.Case) (*meritv1.ReportFile, error) {
	t.Helper()
	resp, err := reports(p).GetMinutesDocument(t.Context(), &meritv1.GetMinutesDocumentRequest{AssessmentId: c.AssessmentID})
	return resp.GetFile(), err
}

func TestMinutesAreADocumentForWhomTheyAreFor(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustInVerification(t, store.Agency{Name: "Kota Demo"}, yeartest.All(3))
		y.MustDecide(t, c, yeartest.All(3).With(yeartest.Levels{"1.1": 1}))
		_, err := minutesDocument(t, c.Operator, c)
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
		wantPDF(t, servertest.Must(minutesDocument(t, y.Verifier, c))(t), "DRAFT")
		released := y.MustComplete(t, c)
		wantPDF(t, servertest.Must(minutesDocument(t, c.Operator, c))(t), "MINUTES OF VERIFICATION", "Kota Demo", released.GetNumber(), "RECONSTRUCTED")
		wantPDF(t, servertest.Must(minutesDocument(t, c.Operator.In("id"), c))(t), "BERITA ACARA VERIFIKASI", "DIREKONSTRUKSI")
		again := servertest.Must(minutesDocument(t, c.Approver, c))(t)
		if !bytes.Equal(again.GetData(), servertest.Must(minutesDocument(t, c.Operator, c))(t).GetData()) {
			t.Error("the same minutes are other bytes for somebody else")
		}
	})
}

func TestTheMinutesOfASessionAreADocument(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c := y.MustVerified(t, store.Agency{Name: "Kota Demo"}, yeartest.All(3), nil)
		s := y.MustOpenSession(t, c)
		get := func(p *servertest.Person) (*meritv1.GetSessionMinutesDocumentResponse, error) {
			return reports(p).GetSessionMinutesDocument(t.Context(), &meritv1.GetSessionMinutesDocumentRequest{SessionId: s.ID})
		}
		wantPDF(t, servertest.Must(get(y.Lead))(t).GetFile(), "DRAFT", "Kota Demo")
		y.MustAdopt(t, s, c)
		y.MustClose(t, s, "SK-7/2021")
		wantPDF(t, servertest.Must(get(y.Commissioners[0]))(t).GetFile(), "SK-7/2021", "adopted", "RECONSTRUCTED")
		_, err := get(c.Operator)
		servertest.WantReason(t, err, meritv1.Reason_REASON_ROLE_NOT_ALLOWED)
	})
}

func TestAResultIsADocumentForEverybody(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		_, result := y.MustDetermined(t, store.Agency{Name: "Kota Demo"}, yeartest.All(3))
		get := func(format meritv1.ReportFormat) *meritv1.ReportFile {
			resp, err := reports(y.Anyone()).GetResultDocument(t.Context(), &meritv1.GetResultDocumentRequest{ResultId: result.GetId(), Format: format})
			return servertest.Must(resp, err)(t).GetFile()
		}
		wantPDF(t, get(meritv1.ReportFormat_REPORT_FORMAT_UNSPECIFIED), "Kota Demo", "307.5", "RECONSTRUCTED", "LEMBAGA PENILAI DEMO")
		if sheet := get(meritv1.ReportFormat_REPORT_FORMAT_XLSX); !bytes.HasPrefix(sheet.GetData(), []byte("PK")) || sheet.GetFileName() != "hasil_Kota-Demo_2021.xlsx" {
			t.Errorf("%s is no XLSX of the result", sheet.GetFileName())
		}
		_, err := reports(y.Anyone()).GetResultDocument(t.Context(), &meritv1.GetResultDocumentRequest{ResultId: missing})
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
	})
}

func TestACertificateIsForRecipientsOfPublishedAwards(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c, _ := y.MustDetermined(t, store.Agency{Name: "Kabupaten Pemenang"}, yeartest.All(4))
		a := awards{member: y.MustAccount(t, meritv1.Role_ROLE_AWARD_COMMITTEE, "")}
		a.awards = meritv1.NewAwardServiceClient(a.member)
		draft, err := a.awards.DraftAward(t.Context(), &meritv1.DraftAwardRequest{
			Title: "Anugerah", Year: 2021, InstrumentId: "kasn-2019", Rule: &meritv1.AwardRule{Groups: []*meritv1.AwardGroup{group(1)}},
		})
		award := servertest.Must(draft, err)(t).GetAward()
		get := func(p *servertest.Person, agencyID string) (*meritv1.GetCertificateResponse, error) {
			return reports(p).GetCertificate(t.Context(), &meritv1.GetCertificateRequest{AwardId: award.GetId(), AgencyId: agencyID})
		}
		award = servertest.Must(a.Decide(t, award))(t)
		for _, p := range []*servertest.Person{y.Anyone(), a.member} {
			_, err := get(p, c.AgencyID)
			servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
		}
		servertest.Must(a.Publish(t, award))(t)
		wantPDF(t, servertest.Must(get(y.Anyone(), c.AgencyID))(t).GetFile(), "CERTIFICATE OF AWARD", "Kabupaten Pemenang", "Place 1", "RECONSTRUCTED")
		_, err = get(y.Anyone(), y.MustAgency(t, store.Agency{}))
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
	})
}

// mustExportEvidence returns the files of an archive by name.
func mustExportEvidence(t *testing.T, p *servertest.Person, assessmentID string) map[string]string {
	t.Helper()
	stream, err := reports(p).ExportEvidence(t.Context(), &meritv1.ExportEvidenceRequest{AssessmentId: assessmentID})
	if err != nil {
		t.Fatal(err)
	}
	var data []byte
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, m.GetData()...)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		part := servertest.Must(f.Open())(t)
		files[f.Name] = string(servertest.Must(io.ReadAll(part))(t))
	}
	return files
}

func TestEvidenceIsExportedWithAnIndexAndATrail(t *testing.T) {
	eachDraft(t, func(t *testing.T, d *draft) {
		file, link := MustAdd(t, d.operator, "=Peta ../jabatan.pdf", pdf("peta")), MustLink(t, d.operator, "demo")
		for _, cite := range []*meritv1.CiteRequest{
			{EvidenceId: file.GetId(), Items: []string{"1.1", "1.2"}, Page: "12", Quote: "=HYPERLINK(\"x\")"},
			{EvidenceId: link.GetId(), Items: []string{"1.1"}},
		} {
			cite.AssessmentId = d.id
			servertest.Must(evidence(d.operator).Cite(t.Context(), cite))(t)
		}
		files := mustExportEvidence(t, d.operator.In("en"), d.id)
		index := files["index.csv"]
		delete(files, "index.csv")
		var name string
		for name = range files {
		}
		if len(files) != 1 || files[name] != string(pdf("peta")) || strings.ContainsAny(strings.TrimPrefix(name, "files/"), "=/ ") {
			t.Errorf("the archive has %q", files)
		}
		if strings.Count(index, name) != 2 || !strings.Contains(index, link.GetUrl()) || !strings.Contains(index, `"'=HYPERLINK(""x"")"`) {
			t.Errorf("the index is\n%s", index)
		}
		auditor := d.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
		trail := servertest.Must(meritv1.NewAuditServiceClient(auditor).ListEntries(t.Context(), &meritv1.ListEntriesRequest{
			Action: "ReportService.ExportEvidence",
		}))(t)
		var got []string
		for _, e := range trail.GetEntries() {
			got = append(got, e.GetSubject())
		}
		if diff := cmp.Diff([]string{file.GetId(), d.id}, got); diff != "" {
			t.Errorf("the trail, newest first (-want +got):\n%s", diff)
		}
	})
}
