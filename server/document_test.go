package server_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

const (
	ofSubmission = meritv1.DocumentSubject_DOCUMENT_SUBJECT_SUBMISSION
	ofMinutes    = meritv1.DocumentSubject_DOCUMENT_SUBJECT_MINUTES
	ofSession    = meritv1.DocumentSubject_DOCUMENT_SUBJECT_PLENARY_SESSION
	ofAward      = meritv1.DocumentSubject_DOCUMENT_SUBJECT_AWARD
)

// attach uploads a file and makes it a document of a record.
func attach(tb testing.TB, p *servertest.Person, subject meritv1.DocumentSubject, id string) (*meritv1.Document, error) {
	tb.Helper()
	resp, err := evidence(p).AttachDocument(tb.Context(), &meritv1.AttachDocumentRequest{
		UploadId: MustUpload(tb, p, "surat.pdf", pdf(subject.String())), Subject: subject, SubjectId: id, Title: "Surat",
	})
	return resp.GetDocument(), err
}

// records are the records of an archive that documents belong to, by subject.
func (a archive) records(tb testing.TB) map[meritv1.DocumentSubject]string {
	tb.Helper()
	ids := map[meritv1.DocumentSubject]string{ofSubmission: a.assessment, ofMinutes: a.assessment}
	a.MustUpdate(tb, "records.prepare", func(tx *store.Tx) error {
		ids[ofSession], ids[ofAward] = tx.NewID(), tx.NewID()
		err := tx.InsertPlenarySession(store.PlenarySession{ID: ids[ofSession], CycleID: a.cycle.GetId(), Title: "Pleno", HeldOn: "2021-06-01", OpenedAt: tx.Now()})
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO award (id, title, year, instrument_id, state, rule, drafted_at, drafted_by, revision)
			VALUES ($1, 'Anugerah', 2021, 'kasn-2019', 'DRAFT', $2, $3, '', 1)`, ids[ofAward], []byte{}, store.Micros(tx.Now()))
		return err
	})
	return ids
}

// MustRelease releases the minutes, closes the session and publishes the award.
func (a archive) MustRelease(tb testing.TB, ids map[meritv1.DocumentSubject]string) {
	tb.Helper()
	a.MustUpdate(tb, "records.release", func(tx *store.Tx) error {
		err := tx.InsertMinutes(store.Minutes{ID: tx.NewID(), AssessmentID: a.assessment, Number: "1", Body: []byte{}, ReleasedAt: tx.Now(), ReleasedBy: "x"})
		if err != nil {
			return err
		}
		if _, err := tx.ClosePlenarySession(store.PlenarySession{ID: ids[ofSession], Revision: 1, ClosedAt: tx.Now()}); err != nil {
			return err
		}
		_, err = tx.Exec("UPDATE award SET state = 'PUBLISHED' WHERE id = $1", ids[ofAward])
		return err
	})
}

func TestADocumentIsAttachedOnceAndDownloaded(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		content := pdf("Surat pengantar Sekda")
		req := &meritv1.AttachDocumentRequest{
			UploadId: MustUpload(t, a.approver, "surat", content), Subject: ofSubmission, SubjectId: a.assessment, Title: " Surat pengantar ",
		}
		got := servertest.Must(evidence(a.approver).AttachDocument(t.Context(), req))(t).GetDocument()
		want := &meritv1.Document{
			Subject: ofSubmission, SubjectId: a.assessment, Title: "Surat pengantar", FileName: "surat.pdf", MediaType: "application/pdf",
			Size: int64(len(content)), Sha256: sumOf(content), AddedBy: &meritv1.Person{AccountId: a.approver.AccountID, Name: "Demo APPROVER"},
			ScanState: meritv1.ScanState_SCAN_STATE_NOT_SCANNED,
		}
		if diff := cmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreFields(want, "id", "added_at")); diff != "" {
			t.Errorf("document (-want +got):\n%s", diff)
		}
		again := servertest.Must(evidence(a.approver).AttachDocument(t.Context(), req))(t).GetDocument()
		list := servertest.Must(evidence(a.operator).ListDocuments(t.Context(), &meritv1.ListDocumentsRequest{Subject: ofSubmission, SubjectId: a.assessment}))(t)
		if diff := cmp.Diff([]*meritv1.Document{again}, list.GetDocuments(), protocmp.Transform()); diff != "" {
			t.Errorf("attached twice (-attached +listed):\n%s", diff)
		}
		whole := servertest.Must(download(t.Context(), a.operator, &meritv1.DownloadRequest{DocumentId: got.GetId()}))(t)
		if !bytes.Equal(whole.GetData(), content) || whole.GetFileName() != "surat.pdf" {
			t.Errorf("downloaded %v", whole)
		}
		if want := []audit.Action{"EvidenceService.AttachDocument", "EvidenceService.Download"}; !slices.Equal(a.actions(t, got.GetId()), want) {
			t.Errorf("the trail says %v, want %v", a.actions(t, got.GetId()), want)
		}
		_, err := finish(t.Context(), a.approver, req.GetUploadId())
		servertest.WantReason(t, err, meritv1.Reason_REASON_WRONG_STATE)
		req.Subject = ofMinutes
		_, err = evidence(a.approver).AttachDocument(t.Context(), req)
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
	})
}

func TestWhoAttachesAndSeesDocuments(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		ids := a.records(t)
		people := map[string]*servertest.Person{
			"operator": a.operator, "approver": a.approver, "stranger": a.stranger, "verifier": a.verifier, "far verifier": a.faraway,
			"other verifier": s.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "I"),
			"lead":           s.MustAccount(t, meritv1.Role_ROLE_LEAD_VERIFIER, ""), "commissioner": s.MustAccount(t, meritv1.Role_ROLE_COMMISSIONER, ""),
			"committee": s.MustAccount(t, meritv1.Role_ROLE_AWARD_COMMITTEE, ""),
		}
		const (
			done    = meritv1.Reason_REASON_UNSPECIFIED
			hidden  = meritv1.Reason_REASON_NOT_FOUND
			outside = meritv1.Reason_REASON_OUT_OF_SCOPE
			notYet  = meritv1.Reason_REASON_WRONG_STATE
			notMine = meritv1.Reason_REASON_NOT_ASSIGNED
		)
		type rights map[meritv1.DocumentSubject][2]meritv1.Reason // attach, list
		check := func(when string, all map[string]rights) {
			for name, subjects := range all {
				for subject, want := range subjects {
					t.Run(when+"/"+name+"/"+subject.String(), func(t *testing.T) {
						_, err := attach(t, people[name], subject, ids[subject])
						if got := servertest.Reason(err); got != want[0] {
							t.Errorf("attach: %v, want %s", err, want[0])
						}
						_, err = evidence(people[name]).ListDocuments(t.Context(), &meritv1.ListDocumentsRequest{Subject: subject, SubjectId: ids[subject]})
						if got := servertest.Reason(err); got != want[1] {
							t.Errorf("list: %v, want %s", err, want[1])
						}
					})
				}
			}
		}
		nobody := [2]meritv1.Reason{hidden, hidden}
		check("draft", map[string]rights{
			"operator":     {ofSubmission: {done, done}, ofMinutes: nobody, ofSession: nobody, ofAward: nobody},
			"stranger":     {ofSubmission: nobody, ofMinutes: nobody},
			"verifier":     {ofSubmission: nobody, ofMinutes: nobody, ofAward: nobody},
			"commissioner": {ofSession: {done, done}, ofAward: nobody},
			"committee":    {ofAward: {done, done}, ofSession: nobody},
		})
		a.MustStep(t, workflow.Submit, workflow.Submitted)
		check("submitted", map[string]rights{
			"approver":       {ofSubmission: {done, done}, ofMinutes: nobody},
			"verifier":       {ofSubmission: {outside, done}, ofMinutes: {notYet, done}},
			"other verifier": {ofMinutes: {notMine, done}},
			"far verifier":   {ofSubmission: nobody, ofMinutes: nobody},
			"lead":           {ofSubmission: {outside, done}, ofMinutes: {notYet, done}, ofSession: {outside, done}},
			"committee":      {ofSubmission: nobody, ofMinutes: nobody},
		})
		a.MustRelease(t, ids)
		check("released", map[string]rights{
			"operator":       {ofMinutes: {outside, done}, ofSession: {outside, done}, ofAward: {outside, done}},
			"stranger":       {ofSubmission: nobody, ofMinutes: nobody, ofSession: {outside, done}, ofAward: {outside, done}},
			"verifier":       {ofMinutes: {done, done}},
			"other verifier": {ofMinutes: {notMine, done}},
			"lead":           {ofMinutes: {done, done}},
			"commissioner":   {ofSession: {done, done}, ofAward: {outside, done}},
			"committee":      {ofAward: {done, done}, ofSession: {outside, done}},
		})
	})
}

func TestADocumentHiddenFromAListIsHiddenFromADownload(t *testing.T) {
	a := newArchive(t, servertest.New(t))
	ids := a.records(t)
	commissioner := a.MustAccount(t, meritv1.Role_ROLE_COMMISSIONER, "")
	d := servertest.Must(attach(t, commissioner, ofSession, ids[ofSession]))(t)
	_, err := download(t.Context(), a.operator, &meritv1.DownloadRequest{DocumentId: d.GetId()})
	servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
	a.MustRelease(t, ids)
	servertest.Must(download(t.Context(), a.operator, &meritv1.DownloadRequest{DocumentId: d.GetId()}))(t)
}
