package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// office is one agency under load: its people, what they were told is saved, and the one write whose answer they did not
// get. Each of its three workers does one thing after the other.
type office struct {
	agency, assessment string
	operator, approver string // secrets of their sessions

	notes   []string // of the claims of item 1.1, in their order, each acknowledged
	pending string   // a claim that was sent and not answered

	submitted bool // as acknowledged
	moving    bool // a submission or recall was sent and not answered
	moves     int  // submissions and recalls that were made

	checkpoint []byte // newest that the office was given: it keeps it, as agencies do

	upload   string            // an upload under way
	content  []byte            // of it
	durable  int64             // acknowledged bytes of it
	evidence map[string]string // SHA-256 of what was acknowledged as evidence, by id, until it was looked at
	landed   []string          // ids of all evidence that was acknowledged
}

// mustSettle puts offices with a sheet under way into the store, whose windows are open for good.
func mustSettle(t *testing.T, st *store.Store, blobs blob.Store, n int) (offices []*office) {
	t.Helper()
	s := servertest.New(t, func(o *server.Options) { o.Store, o.Blobs = st, blobs })
	s.Clock.Set(time.Now())
	windows := yeartest.Wide()
	for i := range windows {
		windows[i].FirstDay, windows[i].LastDay = "2000-01-01", "2999-12-31"
	}
	year := yeartest.MustBegin(t, s, yeartest.Setup{Windows: windows})
	year.Phase(t, calendar.SelfAssessment)
	for range n {
		c := year.MustDraft(t, store.Agency{}, nil)
		offices = append(offices, &office{
			agency: c.AgencyID, assessment: c.AssessmentID, operator: c.Operator.Secret, approver: c.Approver.Secret,
			evidence: map[string]string{},
		})
	}
	return offices
}

// work lets all offices work on the service until the context ends, as its end is what breaks their last calls.
func work(ctx context.Context, t *testing.T, address string, offices []*office) {
	t.Helper()
	var all sync.WaitGroup
	for _, o := range offices {
		operator, approver := mustDial(t, address, o.operator), mustDial(t, address, o.approver)
		all.Go(func() { repeat(ctx, t, func() error { return o.save(ctx, operator) }) })
		all.Go(func() { repeat(ctx, t, func() error { return o.step(ctx, approver) }) })
		all.Go(func() { repeat(ctx, t, func() error { return o.put(ctx, operator) }) })
	}
	all.Wait()
}

func mustDial(t *testing.T, address, secret string) *client.Client {
	t.Helper()
	c, err := client.Dial(address, client.Options{Plaintext: true, Token: client.StaticToken(secret)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// repeat calls do until it fails. Only a service that is gone is a reason.
func repeat(ctx context.Context, t *testing.T, do func() error) {
	for ctx.Err() == nil {
		err := do()
		switch code := status.Code(err); {
		case err == nil, code == codes.ResourceExhausted, servertest.Reason(err) == meritv1.Reason_REASON_UNAVAILABLE:
			// Told to slow down, or that too much was in its way: nothing was done.
		case ctx.Err() != nil, code == codes.Unavailable, code == codes.Canceled:
			return
		default:
			t.Errorf("refused under load: %v", err)
			return
		}
	}
}

// save claims a level with a note that tells which claim it is.
func (o *office) save(ctx context.Context, c *client.Client) error {
	o.pending = fmt.Sprintf("%s %d", o.agency, len(o.notes)+1)
	_, err := c.Assessments.SaveAnswer(ctx, &meritv1.SaveAnswerRequest{
		AssessmentId: o.assessment, Item: "1.1", Answer: yeartest.Answer(len(o.notes)%4 + 1), Note: o.pending,
	})
	switch {
	case err == nil:
		o.notes, o.pending = append(o.notes, o.pending), ""
	case status.Code(err) == codes.FailedPrecondition:
		o.pending = "" // the sheet is submitted at the moment
		return nil
	}
	return err
}

// step submits the sheet or recalls it.
func (o *office) step(ctx context.Context, c *client.Client) error {
	got, err := c.Assessments.GetAssessment(ctx, &meritv1.GetAssessmentRequest{AssessmentId: o.assessment})
	if err != nil {
		return err
	}
	o.moving = true
	if o.submitted {
		_, err = c.Assessments.Recall(ctx, &meritv1.RecallRequest{AssessmentId: o.assessment, Revision: got.GetAssessment().GetRevision(), Reason: "demo"})
	} else {
		_, err = c.Assessments.Submit(ctx, &meritv1.SubmitRequest{AssessmentId: o.assessment, Revision: got.GetAssessment().GetRevision(), AcceptUnanswered: true})
	}
	if err != nil {
		return err
	}
	o.submitted, o.moving = !o.submitted, false
	o.moves++
	return o.keep(ctx, c)
}

// keep asks for the newest checkpoint. There is none before the first second is over.
func (o *office) keep(ctx context.Context, c *client.Client) error {
	got, err := c.Audit.GetCheckpoint(ctx, &meritv1.GetCheckpointRequest{})
	if status.Code(err) == codes.NotFound {
		return nil
	}
	if err == nil {
		o.checkpoint = got.GetCheckpoint().GetNote()
	}
	return err
}

// send sends the bytes of a file, going on with the one that broke off.
func (o *office) send(ctx context.Context, c *client.Client) (*meritv1.Upload, error) {
	if o.content == nil {
		o.content = fmt.Appendf(nil, "%%PDF-1.7\n%s %d\n", o.agency, rand.Uint64())
		o.content = append(o.content, bytes.Repeat([]byte("bukti dukung\n"), 40_000)...)
	}
	up, err := c.Upload(ctx, bytes.NewReader(o.content), int64(len(o.content)), client.UploadOptions{
		Name: "bukti.pdf", Resume: o.upload, Started: func(id string) { o.upload = id },
	})
	if err == nil {
		o.durable = up.GetDurableOffset()
	}
	return up, err
}

// put makes a file evidence.
func (o *office) put(ctx context.Context, c *client.Client) error {
	up, err := o.send(ctx, c)
	if err != nil {
		return err
	}
	finished, err := c.Evidence.FinishUpload(ctx, &meritv1.FinishUploadRequest{UploadId: up.GetId()})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(o.content)
	o.evidence[finished.GetEvidence().GetId()] = hex.EncodeToString(sum[:])
	o.landed = append(o.landed, finished.GetEvidence().GetId())
	o.upload, o.content, o.durable = "", nil, 0
	return nil
}

// check compares the store with what the office was told, and takes in what became of the writes that nobody answered:
// each is wholly there or wholly absent.
func (o *office) check(t *testing.T, st *store.Store, blobs blob.Store) {
	t.Helper()
	var state string
	var notes []string
	err := st.View(t.Context(), func(tx *store.Tx) (err error) {
		if err := tx.QueryRow("SELECT state FROM assessment WHERE id = $1", o.assessment).Scan(&state); err != nil {
			return err
		}
		notes, err = store.All(tx, func(row store.Scanner, note *string) error { return row.Scan(note) },
			"SELECT note FROM decision WHERE assessment_id = $1 AND stage = 'CLAIMED' AND item = '1.1' ORDER BY seq", o.assessment)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	o.checkClaims(t, notes)
	if submitted := state == "SUBMITTED"; submitted != o.submitted && !o.moving {
		t.Errorf("office %s: the sheet is %s, acknowledged was submitted=%t", o.agency, state, o.submitted)
	}
	if (state == "SUBMITTED") != o.submitted {
		o.submitted = !o.submitted
		o.moves++
	}
	o.moving = false
	o.checkFiles(t, st, blobs)
}

func (o *office) checkClaims(t *testing.T, notes []string) {
	t.Helper()
	if len(notes) == len(o.notes)+1 && o.pending != "" && notes[len(notes)-1] == o.pending {
		o.notes = append(o.notes, o.pending)
	}
	o.pending = ""
	if len(notes) != len(o.notes) {
		t.Errorf("office %s: %d claims are there, %d were acknowledged", o.agency, len(notes), len(o.notes))
		return
	}
	for i := range notes {
		if notes[i] != o.notes[i] {
			t.Errorf("office %s: claim %d is %q, want %q", o.agency, i+1, notes[i], o.notes[i])
		}
	}
}

func (o *office) checkFiles(t *testing.T, st *store.Store, blobs blob.Store) {
	t.Helper()
	var upload store.Upload
	err := st.View(t.Context(), func(tx *store.Tx) (err error) {
		for id, sum := range o.evidence {
			e, err := tx.Evidence(id)
			if err == nil && e.SHA256 != sum {
				err = fmt.Errorf("it has SHA-256 %s, want %s", e.SHA256, sum)
			}
			if err != nil {
				t.Errorf("evidence %s: %v", id, err)
			}
		}
		if o.upload == "" {
			return nil
		}
		upload, err = tx.Upload(o.upload)
		return err
	})
	if err != nil {
		t.Errorf("upload %s: %v", o.upload, err)
	}
	for id, sum := range o.evidence {
		f, err := blobs.OpenFile(t.Context(), sum)
		if err != nil {
			t.Errorf("file of evidence %s: %v", id, err)
			continue
		}
		data := make([]byte, f.Size())
		err = errors.Join(f.ReadAt(t.Context(), data, 0), f.Close())
		if got := sha256.Sum256(data); err != nil || hex.EncodeToString(got[:]) != sum {
			t.Errorf("file of evidence %s is damaged: %v", id, err)
		}
		delete(o.evidence, id) // once is enough
	}
	o.checkUpload(t, blobs, &upload)
}

// checkUpload checks that bytes which the service said are durable are there, also when their finish was under way: they
// go when they are evidence.
func (o *office) checkUpload(t *testing.T, blobs blob.Store, upload *store.Upload) {
	t.Helper()
	if o.upload == "" || upload.FinishedAs != "" {
		return
	}
	got, err := blobs.Durable(t.Context(), o.upload, upload.Size)
	if err != nil || got < o.durable {
		t.Errorf("upload %s: %d bytes are there, %d were acknowledged: %v", o.upload, got, o.durable, err)
	}
	o.durable = got
}

// checkLogged wants everything that was acknowledged to be in the log.
func (o *office) checkLogged(t *testing.T, st *store.Store) {
	t.Helper()
	var logged []string
	err := st.View(t.Context(), func(tx *store.Tx) (err error) {
		logged, err = store.All(tx, func(row store.Scanner, what *string) error { return row.Scan(what) },
			`SELECT e.action || ' ' || e.subject FROM audit_entry AS e JOIN log_entry AS l ON l.seq = e.seq WHERE e.agency_id = $1`, o.agency)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	for _, what := range logged {
		times[what]++
	}
	if n := times["AssessmentService.SaveAnswer "+o.assessment]; n != len(o.notes) {
		t.Errorf("office %s: %d claims are in the log, %d were made", o.agency, n, len(o.notes))
	}
	if n := times["AssessmentService.Submit "+o.assessment] + times["AssessmentService.Recall "+o.assessment]; n != o.moves {
		t.Errorf("office %s: %d submissions and recalls are in the log, %d were made", o.agency, n, o.moves)
	}
	for _, id := range o.landed {
		if n := times["EvidenceService.FinishUpload "+id]; n != 1 {
			t.Errorf("office %s: evidence %s is in the log %d times", o.agency, id, n)
		}
	}
}
