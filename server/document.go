package server

import (
	"context"
	"errors"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

var (
	whatDocument = fault.Text{ID: "Dokumen", EN: "document"}
	whatSubject  = fault.Text{ID: "Yang didokumentasikan", EN: "record to attach a document to"}
)

// AttachDocument makes a complete upload a document of a record. Repeated, it returns the same document.
func (s *evidenceServer) AttachDocument(ctx context.Context, req *meritv1.AttachDocumentRequest) (*meritv1.AttachDocumentResponse, error) {
	c := access.From(ctx)
	subject := documentSubject(req.GetSubject())
	resp := &meritv1.AttachDocumentResponse{}
	var agency string
	err := s.land(ctx, req.GetUploadId(), landing{
		allow: func(tx *store.Tx) (err error) {
			agency, err = mayAttach(tx, c, subject, req.GetSubjectId())
			return err
		},
		record: func(tx *store.Tx, u *store.Upload, found *finding) (audit.Entry, error) {
			d := store.Document{
				ID: tx.NewID(), Subject: subject, SubjectID: req.GetSubjectId(), Title: strings.TrimSpace(req.GetTitle()),
				FileName: found.kind.NameFor(u.FileName), MediaType: found.kind.MediaType, Size: u.Size, SHA256: u.SHA256,
				AddedAt: tx.Now(), AddedBy: c.AccountID, AddedByName: c.Name, Examination: found.Examination,
			}
			u.FinishedAs = d.ID
			resp.Document = documentMessage(&d)
			return audit.Entry{Action: "EvidenceService.AttachDocument", Agency: agency, Subject: d.ID}, tx.InsertDocument(d)
		},
		again: func(tx *store.Tx, u *store.Upload) error {
			d, err := tx.Document(u.FinishedAs)
			if errors.Is(err, store.ErrNotFound) || err == nil && (d.Subject != subject || d.SubjectID != req.GetSubjectId()) {
				return uploadFinished(u)
			}
			resp.Document = documentMessage(&d)
			return err
		},
	})
	return resp, err
}

// mayAttach asks whether the caller may attach a document to a record, and returns the agency it concerns, if it is one:
// the agency its signed letter; the verifier in charge or a lead verifier the signed minutes, once they are released;
// commissioners to sessions; the committee to awards.
func mayAttach(tx *store.Tx, c *access.Caller, subject store.DocumentSubject, id string) (agency string, err error) {
	if agency, err = maySeeDocuments(tx, c, subject, id); err != nil {
		return "", err
	}
	may := false
	switch subject {
	case store.DocumentOfSubmission:
		may = c.Acts(meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_APPROVER)
	case store.DocumentOfMinutes:
		return agency, mayAttachMinutes(tx, c, id)
	case store.DocumentOfSession:
		may = c.Nationwide() && c.Acts(meritv1.Role_ROLE_COMMISSIONER)
	case store.DocumentOfAward:
		may = c.Nationwide() && c.Acts(meritv1.Role_ROLE_AWARD_COMMITTEE)
	}
	if !may {
		return "", fault.OutOfScope()
	}
	return agency, nil
}

func mayAttachMinutes(tx *store.Tx, c *access.Caller, assessmentID string) error {
	a, err := tx.Assessment(assessmentID)
	switch {
	case err != nil:
		return err
	case c.Acts(meritv1.Role_ROLE_VERIFIER) && a.VerifierID != c.AccountID:
		return fault.New(meritv1.Reason_REASON_NOT_ASSIGNED,
			"Penilaian ini bukan tugas Anda. Hanya verifikator yang ditugaskan atau koordinator yang boleh.",
			"This assessment is not assigned to you. Only the verifier in charge or a lead verifier may do this.")
	case !c.Acts(meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER):
		return fault.OutOfScope()
	}
	if _, err := tx.MinutesOf(assessmentID); errors.Is(err, store.ErrNotFound) {
		return fault.New(meritv1.Reason_REASON_WRONG_STATE,
			"Berita acara belum diterbitkan. Selesaikan verifikasi dahulu.",
			"The minutes are not released yet. Complete the verification first.")
	} else if err != nil {
		return err
	}
	return nil
}

// ListDocuments lists the documents of a record.
func (s *evidenceServer) ListDocuments(ctx context.Context, req *meritv1.ListDocumentsRequest) (*meritv1.ListDocumentsResponse, error) {
	resp := &meritv1.ListDocumentsResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		subject := documentSubject(req.GetSubject())
		if _, err := maySeeDocuments(tx, access.From(ctx), subject, req.GetSubjectId()); err != nil {
			return err
		}
		docs, err := tx.Documents(subject, req.GetSubjectId())
		resp.Documents = documentMessages(docs)
		return err
	})
}

// maySeeDocuments asks whether the caller may know of a record's documents, and returns the agency it concerns, if it is
// one. Of an assessment they go to those who reach it; minutes to its agency only once released. Those of a plenary
// session and of an award go to everybody signed in once the session is closed or the award published, before that
// to those at work on it. Anything else is REASON_NOT_FOUND.
func maySeeDocuments(tx *store.Tx, c *access.Caller, subject store.DocumentSubject, id string) (agency string, err error) {
	switch subject {
	case store.DocumentOfSubmission, store.DocumentOfMinutes:
		return seesAssessmentDocuments(tx, c, subject, id)
	case store.DocumentOfSession:
		session, err := tx.PlenarySession(id)
		atWork := c.Scope.AgencyID == "" &&
			c.Acts(meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_COMMISSIONER, meritv1.Role_ROLE_AUDITOR)
		return "", seenRecord(err, atWork || session.State == store.SessionClosed, id)
	case store.DocumentOfAward:
		published, err := tx.AwardPublished(id)
		atWork := c.Nationwide() && c.Acts(meritv1.Role_ROLE_AWARD_COMMITTEE, meritv1.Role_ROLE_AUDITOR)
		return "", seenRecord(err, atWork || published, id)
	}
	return "", fault.NotFound(whatSubject, id)
}

func seesAssessmentDocuments(tx *store.Tx, c *access.Caller, subject store.DocumentSubject, id string) (agency string, err error) {
	a, _, err := reach(tx, c, id)
	if err != nil {
		return "", err
	}
	if !c.InAgency(a.AgencyID) {
		atWork := c.Acts(meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_COMMISSIONER, meritv1.Role_ROLE_AUDITOR)
		if !atWork { // as reach says it of an assessment that is not there
			err = fault.NotFound(whatAssessment, id)
		}
		return a.AgencyID, err
	}
	if subject == store.DocumentOfMinutes {
		_, err = tx.MinutesOf(id)
	}
	return a.AgencyID, seenRecord(err, true, id)
}

// seenRecord turns a record that is not there, or that the caller may not see, into REASON_NOT_FOUND.
func seenRecord(err error, may bool, id string) error {
	if errors.Is(err, store.ErrNotFound) || err == nil && !may {
		return fault.NotFound(whatSubject, id)
	}
	return err
}

func documentSubject(s meritv1.DocumentSubject) store.DocumentSubject {
	return store.DocumentSubject(strings.TrimPrefix(s.String(), "DOCUMENT_SUBJECT_"))
}

func documentMessages(docs []store.Document) []*meritv1.Document {
	messages := make([]*meritv1.Document, len(docs))
	for i := range docs {
		messages[i] = documentMessage(&docs[i])
	}
	return messages
}

func documentMessage(d *store.Document) *meritv1.Document {
	return &meritv1.Document{
		Id: d.ID, Subject: meritv1.DocumentSubject(meritv1.DocumentSubject_value["DOCUMENT_SUBJECT_"+string(d.Subject)]),
		SubjectId: d.SubjectID, Title: d.Title, FileName: d.FileName, MediaType: d.MediaType, Size: d.Size, Sha256: d.SHA256,
		AddedBy: person(d.AddedBy, d.AddedByName), AddedAt: timestamp(d.AddedAt),
		Flags: flagMessages(&d.Examination), ScanState: scanState(&d.Examination), ScanSignature: d.Examination.Signature,
	}
}
