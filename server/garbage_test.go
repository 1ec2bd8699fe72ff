package server_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/clamd/clamdtest"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
	"github.com/meritindex/merit/server/yeartest"
)

// kept reports whether the bytes with the SHA-256 are there.
func kept(s *servertest.Server, sum string) bool {
	_, err := os.Stat(filepath.Join(s.Blobs, "sha256", sum[:2], sum))
	return err == nil
}

// mustAge makes bytes as old as the clock says it is now.
func mustAge(tb testing.TB, s *servertest.Server, sums ...string) {
	tb.Helper()
	for _, sum := range sums {
		if err := os.Chtimes(filepath.Join(s.Blobs, "sha256", sum[:2], sum), s.Clock.Now(), s.Clock.Now()); err != nil {
			tb.Fatal(err)
		}
	}
}

func TestFilesThatNobodyEverCitedAreRemovedAfterATimeOfGrace(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		cited, shared, alone := MustAdd(t, a.operator, "sk.pdf", pdf("cited")), MustAdd(t, a.stranger, "sk.pdf", pdf("cited")), MustAdd(t, a.stranger, "lain.pdf", pdf("alone"))
		servertest.Must(a.cite(t.Context(), a.operator, cited.GetId(), "1.1"))(t)
		a.MustStep(t, workflow.Submit, workflow.Submitted)
		orphan := sumOf([]byte("bytes whose record was never written"))
		if err := os.WriteFile(filepath.Join(s.Blobs, "sha256", orphan[:2], orphan), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		mustAge(t, s, cited.GetSha256(), alone.GetSha256(), orphan)

		s.Clock.Add(server.DefaultEvidenceGrace - time.Hour)
		mustCollect(t, s, 0, 0)
		s.Clock.Add(2 * time.Hour)
		lease := servertest.Must(s.Store.AcquireLease(t.Context(), "remove-files", "another process", time.Minute))(t)
		mustCollect(t, s, 0, 0)
		if err := s.Store.ReleaseLease(t.Context(), lease); err != nil {
			t.Fatal(err)
		}
		mustCollect(t, s, 2, 2)
		mustCollect(t, s, 0, 0)

		if kept(s, alone.GetSha256()) || kept(s, orphan) || !kept(s, cited.GetSha256()) {
			t.Error("want the bytes that nobody has removed, and those that somebody cites kept")
		}
		wantDownload(t, a.operator, cited.GetId(), meritv1.Reason_REASON_UNSPECIFIED)
		for _, e := range []*meritv1.Evidence{shared, alone} { // whether others have the bytes cannot be told
			wantDownload(t, a.stranger, e.GetId(), meritv1.Reason_REASON_FILE_REMOVED)
			if got := get(t, a.stranger, e.GetId()); got.GetRemovedAt() == nil || got.GetWithdrawnAt() == nil {
				t.Errorf("removed evidence reads %v", got)
			}
			if got := a.actions(t, e.GetId()); !slices.Contains(got, audit.Action("Service.RemoveEvidence")) {
				t.Errorf("the trail says %v", got)
			}
		}
		for sum, want := range map[string]int{orphan: 1, alone.GetSha256(): 1, cited.GetSha256(): 0} {
			if got := a.actions(t, sum); len(got) != want {
				t.Errorf("the trail says %v of bytes, want %d entries", got, want)
			}
		}
		again := MustAdd(t, a.stranger, "lain.pdf", pdf("alone"))
		wantDownload(t, a.stranger, again.GetId(), meritv1.Reason_REASON_UNSPECIFIED)
		wantTrail(t, s)
	})
}

// mustCollect removes garbage: so many pieces of evidence, and bytes.
func mustCollect(t *testing.T, s *servertest.Server, evidence, files int) {
	t.Helper()
	if e, f, err := s.CollectGarbage(t.Context()); err != nil || e != evidence || f != files {
		t.Errorf("removed %d pieces of evidence and %d files, %v, want %d and %d", e, f, err, evidence, files)
	}
}

func TestEvidenceOfADeterminedYearStays(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		year := yeartest.MustBegin(t, s, yeartest.Setup{})
		c := year.MustDraft(t, store.Agency{}, yeartest.All(2))
		e := MustAdd(t, c.Operator, "sk.pdf", pdf("a decree"))
		cited := servertest.Must(evidence(c.Operator).Cite(t.Context(), &meritv1.CiteRequest{AssessmentId: c.AssessmentID, EvidenceId: e.GetId(), Items: []string{"1.1"}}))(t)
		servertest.Must(meritv1.NewAssessmentServiceClient(c.Approver).Submit(t.Context(), &meritv1.SubmitRequest{
			AssessmentId: c.AssessmentID, Revision: year.Revision(t, c), AcceptUnanswered: true,
		}))(t)
		year.MustStartVerification(t, c)
		year.MustDecide(t, c, yeartest.All(2))
		year.MustComplete(t, c)
		session := year.MustOpenSession(t, c)
		year.MustAdopt(t, session, c)
		year.MustClose(t, session, "Nomor 1 Tahun 2021")

		_, err := evidence(c.Operator).WithdrawEvidence(t.Context(), &meritv1.WithdrawEvidenceRequest{EvidenceId: e.GetId(), Revision: 1})
		servertest.WantReason(t, err, meritv1.Reason_REASON_IN_USE)
		if err == nil || !strings.Contains(err.Error(), "selamanya") && !strings.Contains(err.Error(), "for good") {
			t.Errorf("the refusal does not say that it stays for good: %v", err)
		}
		_, err = evidence(c.Operator).UpdateEvidence(t.Context(), &meritv1.UpdateEvidenceRequest{EvidenceId: e.GetId(), Revision: 1, Title: "Another"})
		servertest.WantReason(t, err, meritv1.Reason_REASON_IN_USE)
		if _, err = evidence(c.Operator).Uncite(t.Context(), &meritv1.UnciteRequest{CitationId: cited.GetCitations()[0].GetId()}); err == nil {
			t.Error("a citation of a determined year was removed")
		}
		mustAge(t, s, e.GetSha256())
		s.Clock.Add(10 * server.DefaultEvidenceGrace)
		mustCollect(t, s, 0, 0)
		if !kept(s, e.GetSha256()) {
			t.Error("the bytes are gone")
		}
	})
}

func TestVerifiersSeeThatTheSameBytesWereHandedInElsewhere(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		year := yeartest.MustBegin(t, s, yeartest.Setup{})
		regional := s.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "I")
		content := pdf("a decree of everybody")
		var cases []*yeartest.Case
		var ids []string
		for _, region := range []string{"I", "II"} {
			c := year.MustDraft(t, store.Agency{Region: region}, yeartest.All(2))
			e := MustAdd(t, c.Operator, "sk.pdf", content)
			servertest.Must(evidence(c.Operator).Cite(t.Context(), &meritv1.CiteRequest{AssessmentId: c.AssessmentID, EvidenceId: e.GetId(), Items: []string{"1.1"}}))(t)
			cases, ids = append(cases, c), append(ids, e.GetId())
		}
		submit := func(c *yeartest.Case) {
			servertest.Must(meritv1.NewAssessmentServiceClient(c.Approver).Submit(t.Context(), &meritv1.SubmitRequest{
				AssessmentId: c.AssessmentID, Revision: year.Revision(t, c), AcceptUnanswered: true,
			}))(t)
		}
		submit(cases[0])
		if got := get(t, year.Verifier, ids[0]).GetHandedInElsewhere(); got != 0 {
			t.Errorf("%d others are told of while theirs is a draft", got)
		}
		submit(cases[1])
		for _, tc := range []struct {
			who           *servertest.Person
			number, named int
		}{
			{year.Verifier, 1, 1},
			{year.Lead, 1, 1},
			{regional, 1, 0}, // the other is of another region
			{year.Commissioners[0], 0, 0},
			{s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""), 0, 0},
			{s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, cases[0].AgencyID), 0, 0},
			{s.MustAccount(t, meritv1.Role_ROLE_AGENCY_ADMIN, cases[0].AgencyID), 0, 0},
			{s.MustAccount(t, meritv1.Role_ROLE_CONTRIBUTOR, cases[0].AgencyID), 0, 0},
			{cases[0].Operator, 0, 0},
			{cases[0].Approver, 0, 0},
		} {
			one := get(t, tc.who, ids[0])
			list := servertest.Must(evidence(tc.who).ListEvidence(t.Context(), &meritv1.ListEvidenceRequest{AssessmentId: cases[0].AssessmentID}))(t).GetEvidence()
			for _, e := range append(list, one) {
				if int(e.GetHandedInElsewhere()) != tc.number || len(e.GetHandedInBy()) != tc.named {
					t.Errorf("%s reads of %d others, by name %v", tc.who.Email, e.GetHandedInElsewhere(), e.GetHandedInBy())
				}
			}
		}
	})
}

// Whoever sends bytes that others have sent already reads, in every answer, what they would read of bytes of their own:
// also when a scanner knows them, and when it does not answer.
func TestUploadersCannotLearnWhoElseHasTheirBytes(t *testing.T) {
	d := clamdtest.New(t)
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		known, own := pdf("the same as another agency"), pdf("all of their own bytes here")[:len(pdf("the same as another agency"))]
		first := MustAdd(t, a.operator, "sk.pdf", known)
		servertest.Must(a.cite(t.Context(), a.operator, first.GetId(), "1.1"))(t)
		a.MustStep(t, workflow.Submit, workflow.Submitted)
		for _, down := range []bool{false, true} {
			if down {
				d.Stop()
			}
			same, other := answersTo(t, a.stranger, known), answersTo(t, a.stranger, own)
			if diff := cmp.Diff(other, same, protocmp.Transform()); diff != "" {
				t.Errorf("scanner down %t: bytes that another agency has are answered otherwise (-own +known):\n%s", down, diff)
			}
		}
		d.Start(t)
	}, scanning(t, d))
}

// answersTo are all answers to who uploads content, without what differs between any two uploads.
func answersTo(t *testing.T, p *servertest.Person, content []byte) (answers []proto.Message) {
	t.Helper()
	started := MustStartUpload(t, p, "sk.pdf", content)
	stand := servertest.Must(evidence(p).GetUpload(t.Context(), &meritv1.GetUploadRequest{UploadId: started.GetId()}))(t).GetUpload()
	sent := servertest.Must(send(t.Context(), p, started.GetId(), content, 0, 10))(t)
	for _, u := range []*meritv1.Upload{started, stand, sent} {
		u.Id, u.Sha256 = "", ""
		answers = append(answers, u)
	}
	made := servertest.Must(finish(t.Context(), p, MustUpload(t, p, "sk.pdf", content)))(t)
	read := get(t, p, made.GetId())
	list := servertest.Must(evidence(p).ListEvidence(t.Context(), &meritv1.ListEvidenceRequest{}))(t).GetEvidence()
	list = slices.DeleteFunc(list, func(e *meritv1.Evidence) bool { return e.GetId() != made.GetId() })
	bytes := servertest.Must(download(t.Context(), p, &meritv1.DownloadRequest{EvidenceId: made.GetId()}))(t)
	bytes.Sha256, bytes.Data = "", nil
	for _, e := range append(list, made, read) {
		e.Id, e.Sha256 = "", ""
		answers = append(answers, e)
	}
	return append(answers, bytes)
}
