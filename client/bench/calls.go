package bench

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// Kind is a kind of call.
type Kind int

// The kinds of calls of an evening, two that grow with the country, and the empty one that they are compared with.
const (
	Save Kind = iota
	Read
	Rank
	Upload
	Summary
	List
	emptyCall
	kinds
)

// names are what kinds are called in flags and reports.
var names = [kinds]string{"save", "read", "rank", "upload", "summary", "list", "empty"}

// calls make them.
var calls = [...]func(*driver, context.Context, *caller) error{
	Save: (*driver).save, Read: (*driver).read, Rank: (*driver).rank, Upload: (*driver).upload, Summary: (*driver).summary, List: (*driver).list,
}

// Mix says how often each kind is called, as parts of their sum.
type Mix [emptyCall]int

// Evening is the mix of the last evening of the window.
var Evening = Mix{Save: 60, Read: 25, Rank: 10, Upload: 5}

// ParseMix reads parts by their names: save, read, rank, upload, summary, list.
func ParseMix(parts map[string]int) (m Mix, err error) {
	sum := 0
	for name, part := range parts {
		kind := -1
		for i := range m {
			if names[i] == name {
				kind = i
			}
		}
		if kind < 0 || part < 0 {
			return m, fmt.Errorf("bench: a mix is made of %v, such as save=60;read=40", names[:emptyCall])
		}
		m[kind], sum = part, sum+part
	}
	if sum == 0 {
		return m, fmt.Errorf("bench: the mix has no calls")
	}
	return m, nil
}

func (m Mix) pick(random *rand.Rand) Kind {
	sum := 0
	for _, part := range m {
		sum += part
	}
	n := random.IntN(sum)
	for kind, part := range m {
		if n -= part; n < 0 {
			return Kind(kind)
		}
	}
	return Save // there are no more kinds
}

// save claims a level of an item of aspect 1.
func (d *driver) save(ctx context.Context, c *caller) error {
	note := fmt.Sprintf("SK Bupati 12/2021, halaman %d", c.random.Uint32())
	resp, err := c.Assessments.SaveAnswer(ctx, &meritv1.SaveAnswerRequest{
		AssessmentId: c.person.AssessmentID, Item: item, Note: note,
		Answer: &meritv1.Answer{Value: &meritv1.Answer_Level{Level: 1 + c.random.Int32N(4)}},
	})
	if err == nil && d.Check {
		d.acked.add(c.person, resp.GetClaimed().GetSequence(), note)
	}
	return err
}

// item is the one whose claim changes.
const item = "1.1"

func (d *driver) read(ctx context.Context, c *caller) error {
	ctx = context.WithValue(ctx, sessionKey{}, c.person.Session)
	_, err := c.Assessments.GetAssessment(ctx, &meritv1.GetAssessmentRequest{AssessmentId: c.person.AssessmentID})
	return err
}

// rank reads the first page of 50 of one kind of agency.
func (d *driver) rank(ctx context.Context, c *caller) error {
	kind := meritv1.AgencyKind(1 + c.random.Int32N(int32(len(meritv1.AgencyKind_name)-1)))
	_, err := c.Results.ListResults(ctx, &meritv1.ListResultsRequest{
		InstrumentId: d.Cast.InstrumentID, Year: int32(d.Cast.Year), Kind: kind, PageSize: 50,
	})
	return err
}

// summary reads how the whole country did in a year.
func (d *driver) summary(ctx context.Context, c *caller) error {
	_, err := c.Results.GetSummary(ctx, &meritv1.GetSummaryRequest{InstrumentId: d.Cast.InstrumentID, Year: int32(d.Cast.Year)})
	return err
}

// list reads the first pages of 50 agencies.
func (d *driver) list(ctx context.Context, c *caller) error {
	first, err := c.Agencies.ListAgencies(ctx, &meritv1.ListAgenciesRequest{PageSize: 50})
	if err == nil && first.GetNextPageToken() != "" {
		_, err = c.Agencies.ListAgencies(ctx, &meritv1.ListAgenciesRequest{PageSize: 50, PageToken: first.GetNextPageToken()})
	}
	return err
}

// upload makes a file evidence.
func (d *driver) upload(ctx context.Context, c *caller) error {
	n := c.random.IntN(contents)
	up, err := c.Upload(ctx, d.files.file(n), int64(d.UploadSize), client.UploadOptions{Name: "sk.pdf", SHA256: d.files.hashes[n]()})
	if err != nil {
		return err
	}
	_, err = c.Evidence.FinishUpload(ctx, &meritv1.FinishUploadRequest{UploadId: up.GetId()})
	return err
}

// acknowledged are the answers that the service said are saved.
type acknowledged struct {
	mu    sync.Mutex
	notes map[Person]map[int32][8]byte // the beginning of the hash of the note, by sequence number
}

func (a *acknowledged) add(p Person, sequence int32, note string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.notes == nil {
		a.notes = map[Person]map[int32][8]byte{}
	}
	if a.notes[p] == nil {
		a.notes[p] = map[int32][8]byte{}
	}
	a.notes[p][sequence] = shortHash(note)
}

func shortHash(note string) [8]byte {
	sum := sha256.Sum256([]byte(note))
	return [8]byte(sum[:8])
}

// lost counts acknowledged answers that are not there, or not as they were sent.
func (d *driver) lost(ctx context.Context) (*Loss, error) {
	loss := new(Loss)
	for person, notes := range d.acked.notes {
		loss.Acknowledged += len(notes)
		if err := d.find(ctx, person, notes); err != nil {
			return nil, err
		}
		loss.Lost += len(notes)
	}
	return loss, nil
}

// find takes away the notes that are in the history as they were sent.
func (d *driver) find(ctx context.Context, person Person, notes map[int32][8]byte) error {
	ctx = context.WithValue(ctx, sessionKey{}, person.Session)
	req := &meritv1.GetHistoryRequest{AssessmentId: person.AssessmentID, Item: item, PageSize: 500}
	for {
		page, err := d.connections[0].Assessments.GetHistory(ctx, req)
		if err != nil {
			return err
		}
		for _, event := range page.GetEvents() {
			decision := event.GetDecision()
			if sum, ok := notes[decision.GetSequence()]; ok && event.GetStage() == meritv1.Stage_STAGE_CLAIMED && sum == shortHash(decision.GetNote()) {
				delete(notes, decision.GetSequence())
			}
		}
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			return nil
		}
	}
}
