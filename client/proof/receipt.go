package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// ErrReceipt says that a receipt does not prove what it says it proves.
var ErrReceipt = errors.New("the receipt does not prove what it says")

// ErrNotCompared says that a receipt tells nothing about a checkpoint.
var ErrNotCompared = errors.New("the receipt has no proof from this checkpoint to its own")

// Proven is what a receipt proves.
type Proven struct {
	Checkpoint Checkpoint // zero when the receipt has none: then nothing is proven yet
	Entries    []ProvenEntry
	Older      []Checkpoint // of the same log, that this one continues
}

// ProvenEntry is an entry of a receipt.
type ProvenEntry struct {
	*Entry
	What     string // submission, determination, evidence, citation, decision or instrument
	Position int64  // in the log; -1 when the entry was not under a checkpoint yet and so is not proven
	Recorded []*Row // rows as the entry recorded them, as far as the receipt has them
}

// ReadReceipt reads a receipt from its file: JSON, as the service and merit audit receipt write it.
func ReadReceipt(file []byte) (*meritv1.Receipt, error) {
	r := &meritv1.Receipt{}
	if err := protojson.Unmarshal(file, r); err != nil {
		return nil, fmt.Errorf("%w: the file cannot be read: %w", ErrReceipt, err)
	}
	return r, nil
}

// FormatReceipt writes a receipt as its file, the same one always in the same bytes: protojson alone puts in spaces at random.
func FormatReceipt(r *meritv1.Receipt) ([]byte, error) {
	loose, err := protojson.Marshal(r)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = json.Indent(&b, loose, "", " ")
	b.WriteByte('\n')
	return b.Bytes(), err
}

// VerifyReceipt checks everything that a receipt says: the keys of the log, of which trusted must be one unless it is
// empty (see ReadKeys), the signature of the checkpoint, that every entry stands under it and is about what the receipt
// says, and that each row hashes to what its entry says.
func VerifyReceipt(r *meritv1.Receipt, trusted string) (*Proven, error) {
	p := &Proven{}
	if r.GetCheckpoint() != nil {
		keys, err := ReadKeys(r.GetCheckpoint().GetKeys(), trusted)
		if err != nil {
			return nil, err
		}
		if p.Checkpoint, err = keys.Open(r.GetCheckpoint().GetNote()); err != nil {
			return nil, err
		}
		if err := p.continues(keys, r.GetContinues()); err != nil {
			return nil, err
		}
	}
	for what, entries := range partsOf(r) {
		for _, e := range entries {
			if err := p.add(r, what, e); err != nil {
				return nil, err
			}
		}
	}
	if err := p.cited(r); err != nil {
		return nil, err
	}
	return p, nil
}

// continues checks that the log under the checkpoint begins with those under the older ones that the receipt names.
func (p *Proven) continues(keys *Keys, all []*meritv1.Continuation) error {
	for _, one := range all {
		older, err := keys.Open(one.GetNote())
		if err == nil {
			err = p.Checkpoint.Consistency(older, one.GetHashes())
		}
		if err != nil {
			return fmt.Errorf("an older checkpoint: %w", err)
		}
		p.Older = append(p.Older, older)
	}
	return nil
}

// Continues returns ErrConsistency unless the log under the checkpoint continues the one under a checkpoint that was kept
// elsewhere, and ErrNotCompared when nothing here tells: the kept one is of another size, and the receipt has no proof for it.
func (p *Proven) Continues(kept Checkpoint) error {
	for _, known := range append([]Checkpoint{p.Checkpoint}, p.Older...) {
		switch {
		case known.Size != kept.Size:
		case known == kept:
			return nil
		default:
			return ErrConsistency
		}
	}
	return ErrNotCompared
}

// partsOf goes through the entries of a receipt by what they are.
func partsOf(r *meritv1.Receipt) iter.Seq2[string, []*meritv1.ProvenEntry] {
	one := func(e *meritv1.ProvenEntry) []*meritv1.ProvenEntry {
		if e == nil {
			return nil
		}
		return []*meritv1.ProvenEntry{e}
	}
	return func(yield func(string, []*meritv1.ProvenEntry) bool) {
		_ = yield("submission", one(r.GetSubmission())) && yield("determination", r.GetDetermination()) &&
			yield("evidence", r.GetEvidence()) && yield("citation", r.GetCitations()) &&
			yield("decision", r.GetDecisions()) && yield("instrument", one(r.GetInstrument()))
	}
}

func (p *Proven) add(r *meritv1.Receipt, what string, proven *meritv1.ProvenEntry) error {
	e, err := ReadEntry(proven.GetLeaf())
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !isAbout(r, what, e) {
		return fmt.Errorf("%w: entry %s (%s about %s of %s) is not its %s", ErrReceipt, e.ID, e.Action, e.Subject, e.Agency, what)
	}
	one := ProvenEntry{Entry: e, What: what, Position: -1}
	if !proven.GetNotYetLogged() {
		one.Position = proven.GetProof().GetPosition()
		if err := p.Checkpoint.Inclusion(proven.GetLeaf(), one.Position, proven.GetProof().GetHashes()); err != nil {
			return fmt.Errorf("%s, entry %s: %w", what, e.ID, err)
		}
	}
	for _, row := range proven.GetRows() {
		if !e.Records(row.GetTable(), row.GetKey(), row.GetCanonical()) {
			return fmt.Errorf("%w: row %s of %s is not as entry %s recorded it", ErrReceipt, row.GetKey(), row.GetTable(), e.ID)
		}
		read, err := ReadRow(row.GetCanonical())
		if err != nil {
			return fmt.Errorf("row %s of %s: %w", row.GetKey(), row.GetTable(), err)
		}
		one.Recorded = append(one.Recorded, read)
	}
	p.Entries = append(p.Entries, one)
	return nil
}

// isAbout reports whether an entry is what the receipt calls it. Evidence may be that of an agency before its name or code
// changed hands, so only the action tells; cited ties it to the assessment.
func isAbout(r *meritv1.Receipt, what string, e *Entry) bool {
	own := e.Agency == r.GetAgencyId()
	switch what {
	case "submission":
		return e.Action == "AssessmentService.Submit" && own && e.Subject == r.GetAssessmentId()
	case "determination":
		return e.Action == "PlenaryService.CloseSession" && own && e.Subject != "" &&
			(e.Subject == r.GetAssessmentId() || e.Subject == r.GetResultId())
	case "citation", "decision":
		return own
	case "instrument":
		return strings.HasPrefix(e.Action, "InstrumentService.")
	}
	return strings.HasPrefix(e.Action, "EvidenceService.")
}

// cited checks that each piece of evidence is cited by the assessment: by a row of the agency's own.
func (p *Proven) cited(r *meritv1.Receipt) error {
	cited := map[string]bool{}
	for row := range p.rows("citation") {
		if row.Columns["assessment_id"] == r.GetAssessmentId() {
			cited[row.Columns["evidence_id"]] = true
		}
	}
	for _, e := range p.Entries {
		if e.What == "evidence" && !cited[e.Subject] {
			return fmt.Errorf("%w: the assessment does not cite the evidence %s of entry %s", ErrReceipt, e.Subject, e.ID)
		}
	}
	return nil
}

// rows are all rows of a table, as entries recorded them, in the order of the receipt.
func (p *Proven) rows(table string) iter.Seq[*Row] {
	return func(yield func(*Row) bool) {
		for _, e := range p.Entries {
			for _, r := range e.Recorded {
				if r.Table == table && !yield(r) {
					return
				}
			}
		}
	}
}
