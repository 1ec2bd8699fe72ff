package server

import (
	"context"
	"errors"
	"net/url"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
)

// evidenceServer keeps evidence, uploads on their way to it, citations and documents.
type evidenceServer struct {
	meritv1.UnimplementedEvidenceServiceServer
	*core
	sweeps   sweeper
	goAheads *goAheads
}

var whatEvidence = fault.Text{ID: "Bukti dukung", EN: "evidence"}

// GetEvidence returns one piece of evidence with the citations that the caller may see.
func (s *evidenceServer) GetEvidence(ctx context.Context, req *meritv1.GetEvidenceRequest) (*meritv1.GetEvidenceResponse, error) {
	resp := &meritv1.GetEvidenceResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		e, citations, err := seenEvidence(tx, access.From(ctx), req.GetEvidenceId())
		if err != nil {
			return err
		}
		resp.Evidence = evidenceMessage(&e)
		resp.Evidence.Citations = citationMessages(citations)
		return tellElsewhere(tx, access.From(ctx), &e, resp.Evidence)
	})
}

// seenEvidence returns evidence with its citations as far as the caller may see them: everything for people of its agency
// and for auditors, and for the verifying side within its scope what submitted assessments cite. Anything else is
// REASON_NOT_FOUND, after the same statements whether it is there or not.
func seenEvidence(tx *store.Tx, c *access.Caller, id string) (store.Evidence, []store.Citation, error) {
	e, err := tx.Evidence(id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return e, nil, err
	}
	all, err := seesAll(tx, c, e.AgencyID) // of no agency: out of reach
	outOfReach := errors.Is(err, errOutOfReach)
	if err != nil && !outOfReach {
		return e, nil, err
	}
	citations, err := tx.CitationsOf(e.ID, !all)
	if err == nil && (outOfReach || !all && len(citations) == 0) {
		err = fault.NotFound(whatEvidence, id)
	}
	return e, citations, err
}

// errOutOfReach says that the caller may not know of an agency's evidence. It never leaves this file.
var errOutOfReach = errors.New("out of reach")

// seesAll reports whether the caller sees all evidence of an agency or only what its submitted assessments cite, or
// returns errOutOfReach.
func seesAll(tx *store.Tx, c *access.Caller, agencyID string) (bool, error) {
	if c.InAgency(agencyID) {
		return true, nil
	}
	agency, err := tx.Agency(agencyID, calendar.Day(tx.Now()))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	switch {
	case err != nil || !c.Reaches(agencyID, agency.Region):
		return false, errOutOfReach
	case c.Acts(meritv1.Role_ROLE_AUDITOR):
		return true, nil
	case c.Acts(meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_COMMISSIONER):
		return false, nil
	}
	return false, errOutOfReach
}

// ListEvidence lists an agency's evidence, or what an assessment cites.
func (s *evidenceServer) ListEvidence(ctx context.Context, req *meritv1.ListEvidenceRequest) (*meritv1.ListEvidenceResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	c := access.From(ctx)
	f := store.EvidenceFilter{
		AgencyID: req.GetAgencyId(), AssessmentID: req.GetAssessmentId(), Item: req.GetItem(),
		IncludeWithdrawn: req.GetIncludeWithdrawn(), Limit: p.Limit(),
	}
	if len(p.After) > 0 {
		f.Before = p.After[0]
	}
	resp := &meritv1.ListEvidenceResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		f := f
		if err := evidenceInReach(tx, c, &f); err != nil {
			return err
		}
		rows, err := tx.EvidenceList(f)
		if err != nil {
			return err
		}
		rows, resp.NextPageToken = page.Cut(p, rows, func(e store.Evidence) []string { return []string{e.ID} })
		resp.Evidence = make([]*meritv1.Evidence, len(rows))
		for i := range rows {
			resp.Evidence[i] = evidenceMessage(&rows[i])
			if err := tellElsewhere(tx, c, &rows[i], resp.Evidence[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// tellElsewhere tells verifiers, and nobody else, that other agencies show the same bytes; those within their reach by name.
func tellElsewhere(tx *store.Tx, c *access.Caller, e *store.Evidence, m *meritv1.Evidence) error {
	if !c.Acts(meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER) || c.Scope.AgencyID != "" {
		return nil
	}
	others, err := tx.HandedInElsewhere(e, calendar.Day(tx.Now()))
	m.HandedInElsewhere = int32(len(others))
	for _, o := range others {
		if o.Name != "" && c.Reaches(o.AgencyID, o.Region) {
			m.HandedInBy = append(m.HandedInBy, &meritv1.OtherAgency{AgencyId: o.AgencyID, AgencyName: o.Name})
		}
	}
	return err
}

// evidenceInReach cuts what was asked for down to what the caller may see.
func evidenceInReach(tx *store.Tx, c *access.Caller, f *store.EvidenceFilter) error {
	if f.AssessmentID != "" {
		a, _, err := reach(tx, c, f.AssessmentID)
		if err == nil && f.AgencyID != "" && f.AgencyID != a.AgencyID {
			return fault.NotFound(whatAssessment, f.AssessmentID)
		}
		return err
	}
	if f.AgencyID == "" {
		f.AgencyID = c.Scope.AgencyID
	}
	if f.AgencyID == "" {
		return fault.Invalid("agency_id", "Sebutkan instansi atau penilaian.", "Name an agency or an assessment.")
	}
	if f.Item != "" {
		return fault.Invalid("item", "Butir hanya bersama assessment_id.", "An item goes with an assessment_id only.")
	}
	all, err := seesAll(tx, c, f.AgencyID)
	if errors.Is(err, errOutOfReach) {
		return fault.NotFound(whatAgency, f.AgencyID)
	}
	f.Submitted = !all
	return err
}

// AddLink adds a link as evidence.
func (s *evidenceServer) AddLink(ctx context.Context, req *meritv1.AddLinkRequest) (*meritv1.AddLinkResponse, error) {
	link := strings.TrimSpace(req.GetUrl())
	if err := checkAddress(link); err != nil {
		return nil, err
	}
	if err := checkValidity(req.GetEffectiveDate(), req.GetValidUntil()); err != nil {
		return nil, err
	}
	c := access.From(ctx)
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.AddLinkResponse, []audit.Entry, error) {
		e := newEvidence(tx, c, store.EvidenceLink, req.GetTitle())
		e.URL, e.EffectiveDate, e.ValidUntil = link, req.GetEffectiveDate(), req.GetValidUntil()
		return &meritv1.AddLinkResponse{Evidence: evidenceMessage(&e)},
			[]audit.Entry{{Action: "EvidenceService.AddLink", Agency: e.AgencyID, Subject: e.ID}}, tx.InsertEvidence(e)
	})
}

// checkAddress lets through an absolute https address that names a host and carries no credentials.
func checkAddress(link string) error {
	u, err := url.Parse(link)
	if err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && !strings.ContainsAny(link, " \t\r\n\"<>\\") {
		return nil
	}
	return fault.New(meritv1.Reason_REASON_LINK_REFUSED,
		"Tautan harus alamat https lengkap, misalnya https://contoh.go.id/dokumen, tanpa nama pengguna atau kata sandi. Salin lagi alamatnya atau unggah berkasnya.",
		"A link must be a whole https address such as https://example.go.id/document, without user name or password. Copy it again, or upload the file.").
		Field("url", "Bukan alamat https.", "Not an https address.")
}

func newEvidence(tx *store.Tx, c *access.Caller, kind, title string) store.Evidence {
	return store.Evidence{
		ID: tx.NewID(), AgencyID: c.Scope.AgencyID, Kind: kind, Title: strings.TrimSpace(title),
		AddedAt: tx.Now(), AddedBy: c.AccountID, AddedByName: c.Name, Revision: 1,
	}
}

// checkValidity checks the dates of a document, each of which may be empty.
func checkValidity(effective, until string) error {
	for _, d := range []struct{ field, day string }{{"effective_date", effective}, {"valid_until", until}} {
		if d.day == "" {
			continue
		}
		if err := checkDay(d.field, d.day); err != nil {
			return err
		}
	}
	if until != "" && until < effective {
		return fault.Invalid("valid_until", "%s lebih awal dari tanggal mulai berlaku %s.", "%s is before the effective date %s.", until, effective)
	}
	return nil
}

func evidenceMessage(e *store.Evidence) *meritv1.Evidence {
	return &meritv1.Evidence{
		Id: e.ID, AgencyId: e.AgencyID, Kind: meritv1.EvidenceKind(meritv1.EvidenceKind_value["EVIDENCE_KIND_"+e.Kind]),
		Title: e.Title, FileName: e.FileName, MediaType: e.MediaType, Size: e.Size, Sha256: e.SHA256, Url: e.URL,
		EffectiveDate: e.EffectiveDate, ValidUntil: e.ValidUntil, AddedBy: person(e.AddedBy, e.AddedByName),
		AddedAt: timestamp(e.AddedAt), WithdrawnAt: timestamp(e.WithdrawnAt), Revision: e.Revision,
		Flags: flagMessages(&e.Examination), ScanState: scanState(&e.Examination), ScanSignature: e.Examination.Signature,
		RemovedAt: timestamp(e.Examination.RemovedAt),
	}
}

// person is somebody whose name came with the row; nil for what the service did by itself.
func person(id, name string) *meritv1.Person {
	if name == "" {
		return nil
	}
	return &meritv1.Person{AccountId: id, Name: name}
}
