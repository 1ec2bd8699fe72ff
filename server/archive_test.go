package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// archive is a season in which an agency of wilayah I fills in its sheet, with its people and those around them.
type archive struct {
	season
	agency, other                         string // agency ids
	assessment                            string // of the agency, a DRAFT
	operator, contributor, approver       *servertest.Person
	stranger, verifier, faraway, inspects *servertest.Person // of the other agency, of wilayah I, of wilayah II, of the nation
}

func newArchive(tb testing.TB, s *servertest.Server) archive {
	tb.Helper()
	a := archive{season: newSeason(tb, s)}
	a.agency = s.MustAgency(tb, store.Agency{Region: "I"})
	a.other = s.MustAgency(tb, store.Agency{Region: "II"})
	a.operator = s.MustAccount(tb, meritv1.Role_ROLE_OPERATOR, a.agency)
	a.contributor = s.MustAccount(tb, meritv1.Role_ROLE_CONTRIBUTOR, a.agency)
	a.approver = s.MustAccount(tb, meritv1.Role_ROLE_APPROVER, a.agency)
	a.stranger = s.MustAccount(tb, meritv1.Role_ROLE_OPERATOR, a.other)
	a.verifier = s.MustRegional(tb, meritv1.Role_ROLE_VERIFIER, "I")
	a.faraway = s.MustRegional(tb, meritv1.Role_ROLE_VERIFIER, "II")
	a.inspects = s.MustAccount(tb, meritv1.Role_ROLE_AUDITOR, "")
	s.MustUpdate(tb, "assessment.prepare", func(tx *store.Tx) error {
		a.assessment = tx.NewID()
		_, err := tx.AddAssessment(store.Assessment{
			ID: a.assessment, CycleID: a.cycle.GetId(), AgencyID: a.agency, Attempt: 1, InstrumentID: "kasn-2019",
			AgencyKind: scoring.Kabupaten, State: workflow.Draft, StartedAt: tx.Now(), StartedBy: a.operator.AccountID, Applicable: 38,
		})
		return err
	})
	return a
}

// MustStep lets a minute pass and takes the assessment into a state, as the step that leads there.
func (a archive) MustStep(tb testing.TB, step workflow.Step, to workflow.State) {
	tb.Helper()
	a.Clock.Add(time.Minute)
	a.MustUpdate(tb, "assessment.step", func(tx *store.Tx) error {
		row, err := tx.Assessment(a.assessment)
		if err != nil {
			return err
		}
		row.VerifierID = a.verifier.AccountID
		if to == workflow.Submitted {
			row.SubmittedAt = tx.Now()
		}
		return tx.TakeStep(&row, store.Step{Step: step, From: row.State, To: to, TakenBy: a.verifier.AccountID})
	})
	a.Clock.Add(time.Minute)
}

// MustOpenRound opens a clarification round that names items.
func (a archive) MustOpenRound(tb testing.TB, items ...string) (id string) {
	tb.Helper()
	a.MustUpdate(tb, "clarification.prepare", func(tx *store.Tx) error {
		id = tx.NewID()
		c := store.Clarification{
			ID: id, AssessmentID: a.assessment, Number: 1, Kind: store.RoundClarification, LastDay: "2021-12-31",
			OpenedAt: tx.Now(), OpenedBy: a.verifier.AccountID,
		}
		for _, item := range items {
			c.Items = append(c.Items, store.ClarificationItem{Item: item, Question: "Which page?"})
		}
		return tx.InsertClarification(c)
	})
	return id
}

// evidence is the EvidenceService as a person reaches it.
func evidence(p *servertest.Person) meritv1.EvidenceServiceClient {
	return meritv1.NewEvidenceServiceClient(p)
}

// pdf is a file that is accepted, with words of its own.
func pdf(words string) []byte { return []byte("%PDF-1.7\n" + words) }

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// MustStartUpload announces content.
func MustStartUpload(tb testing.TB, p *servertest.Person, name string, content []byte) *meritv1.Upload {
	tb.Helper()
	return servertest.Must(evidence(p).StartUpload(tb.Context(), &meritv1.StartUploadRequest{
		FileName: name, Size: int64(len(content)), Sha256: sumOf(content),
	}))(tb).GetUpload()
}

// send sends content from an offset in one stream, in chunks of that size.
func send(ctx context.Context, p *servertest.Person, uploadID string, content []byte, offset, size int) (*meritv1.Upload, error) {
	stream, err := evidence(p).UploadChunks(ctx)
	if err != nil {
		return nil, err
	}
	m := &meritv1.UploadChunksRequest{UploadId: uploadID}
	for {
		if err := stream.Send(m); errors.Is(err, io.EOF) || offset == len(content) {
			break
		} else if err != nil {
			return nil, err
		}
		end := min(offset+size, len(content))
		m = &meritv1.UploadChunksRequest{Offset: int64(offset), Data: content[offset:end]}
		if offset = end; end == len(content) {
			_ = stream.Send(m) // CloseAndRecv tells what went wrong
			break
		}
	}
	resp, err := stream.CloseAndRecv()
	return resp.GetUpload(), err
}

// MustUpload announces and sends content, and returns the id of the upload.
func MustUpload(tb testing.TB, p *servertest.Person, name string, content []byte) string {
	tb.Helper()
	up := MustStartUpload(tb, p, name, content)
	servertest.Must(send(tb.Context(), p, up.GetId(), content, 0, 256<<10))(tb)
	return up.GetId()
}

// finish makes an upload evidence without saying more about it.
func finish(ctx context.Context, p *servertest.Person, uploadID string) (*meritv1.Evidence, error) {
	resp, err := evidence(p).FinishUpload(ctx, &meritv1.FinishUploadRequest{UploadId: uploadID})
	return resp.GetEvidence(), err
}

// MustAdd uploads content as evidence.
func MustAdd(tb testing.TB, p *servertest.Person, name string, content []byte) *meritv1.Evidence {
	tb.Helper()
	return servertest.Must(finish(tb.Context(), p, MustUpload(tb, p, name, content)))(tb)
}

// download reads a whole answer of Download: its first message, whose data is all of the bytes.
func download(ctx context.Context, p *servertest.Person, req *meritv1.DownloadRequest) (*meritv1.DownloadResponse, error) {
	stream, err := evidence(p).Download(ctx, req)
	if err != nil {
		return nil, err
	}
	var whole *meritv1.DownloadResponse
	var data bytes.Buffer
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			whole.Data = data.Bytes()
			return whole, nil
		}
		if err != nil {
			return nil, err
		}
		if whole == nil {
			whole = m
		}
		data.Write(m.GetData())
	}
}

// cite cites evidence for items of the agency's assessment.
func (a archive) cite(ctx context.Context, p *servertest.Person, evidenceID string, items ...string) ([]*meritv1.Citation, error) {
	resp, err := evidence(p).Cite(ctx, &meritv1.CiteRequest{AssessmentId: a.assessment, EvidenceId: evidenceID, Items: items})
	return resp.GetCitations(), err
}

// actions are what the trail says was done to a record, oldest first.
func (a archive) actions(tb testing.TB, subject string) (actions []audit.Action) {
	tb.Helper()
	err := a.Store.View(tb.Context(), func(tx *store.Tx) error {
		entries, _, err := tx.AuditEntries(store.EntryFilter{Limit: 1000})
		for _, kept := range slices.Backward(entries) {
			if kept.Entry.Subject == subject {
				actions = append(actions, kept.Entry.Action)
			}
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return actions
}
