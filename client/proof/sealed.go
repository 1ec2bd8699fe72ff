package proof

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// Files of a package, beside the files of evidence, which stand under evidence/ by their SHA-256.
const (
	readmeFile     = "README.txt"
	sumsFile       = "SHA256SUMS"
	receiptFile    = "receipt.json"
	checkpointFile = "checkpoint.txt"
	keysFile       = "keys.txt"
	instrumentFile = "instrument.yaml"
	resultFile     = "result.csv"
	answersFile    = "answers.csv"
	evidenceFile   = "evidence.csv"
	evidenceFolder = "evidence/"
)

// formatLine begins SHA256SUMS. What the files of this format look like never changes: packages are checked years later.
const formatLine = "# merit-package-v1\n"

// ErrNotSealed says that a receipt is not enough for a package.
var ErrNotSealed = errors.New("the receipt does not have all that a package needs")

// sealed is what a whole receipt of a result proves, ready to be written down or compared.
type sealed struct {
	receipt    *meritv1.Receipt
	proven     *Proven
	result     *Row
	instrument *Row
	decisions  []*Row // by item and stage
	citations  []*Row // by item
	evidence   map[string]*Row
}

// readSealed takes a receipt apart, which must be of a result, whole, and under its checkpoint.
func readSealed(r *meritv1.Receipt, trusted string) (*sealed, error) {
	p, err := VerifyReceipt(r, trusted)
	if err != nil {
		return nil, err
	}
	s := &sealed{receipt: r, proven: p, evidence: map[string]*Row{}}
	for _, e := range p.Entries {
		if e.Position < 0 {
			return nil, fmt.Errorf("%w: entry %s is not under the checkpoint yet", ErrNotSealed, e.ID)
		}
	}
	for row := range p.rows("result") {
		if row.Columns["id"] == r.GetResultId() {
			s.result = row
		}
	}
	if s.result == nil {
		return nil, fmt.Errorf("%w: there is no result", ErrNotSealed)
	}
	for row := range p.rows("instrument") {
		if row.Columns["id"] == s.result.Columns["instrument_id"] {
			s.instrument = row
		}
	}
	if s.instrument == nil {
		return nil, fmt.Errorf("%w: there is no instrument %s", ErrNotSealed, s.result.Columns["instrument_id"])
	}
	return s, s.standing()
}

// standing picks the rows that the result rests on: of every item and stage the newest decision until then.
func (s *sealed) standing() error {
	newest := map[string]*Row{}
	for row := range s.proven.rows("decision") {
		c := row.Columns
		if c["assessment_id"] != s.receipt.GetAssessmentId() {
			return fmt.Errorf("%w: a decision is of the assessment %s", ErrReceipt, c["assessment_id"])
		}
		if at := c["item"] + "/" + c["stage"]; row.number("decided_at") <= s.result.number("recorded_at") &&
			(newest[at] == nil || newest[at].number("seq") < row.number("seq")) {
			newest[at] = row
		}
	}
	for _, at := range slices.Sorted(maps.Keys(newest)) {
		s.decisions = append(s.decisions, newest[at])
	}
	for row := range s.proven.rows("evidence") {
		s.evidence[row.Columns["id"]] = row
	}
	s.citations = slices.SortedFunc(s.proven.rows("citation"), func(a, b *Row) int {
		return cmp.Or(strings.Compare(a.Columns["item"], b.Columns["item"]), strings.Compare(a.Columns["id"], b.Columns["id"]))
	})
	return nil
}

// number is a column of whole numbers; 0 for another.
func (r *Row) number(column string) int64 {
	n, _ := strconv.ParseInt(r.Columns[column], 10, 64)
	return n
}

// files are the files that follow from the receipt, byte for byte: a reader finds nothing in them that is not proven.
func (s *sealed) files() (map[string][]byte, error) {
	receipt, err := FormatReceipt(s.receipt)
	if err != nil {
		return nil, err
	}
	source, err := hex.DecodeString(s.instrument.Columns["source"])
	if err != nil {
		return nil, fmt.Errorf("%w: the instrument has no source", ErrReceipt)
	}
	return map[string][]byte{
		receiptFile:    receipt,
		checkpointFile: s.receipt.GetCheckpoint().GetNote(),
		keysFile:       bytes.Join(s.receipt.GetCheckpoint().GetKeys(), []byte("\n")),
		instrumentFile: source,
		resultFile:     s.resultTable(),
		answersFile:    s.answersTable(),
		evidenceFile:   s.evidenceTable(),
	}, nil
}

// resultColumns are what result.csv says of the result.
var resultColumns = []string{
	"id", "agency_code", "agency_name", "agency_kind", "year", "instrument_id", "total", "index_text", "category",
	"decree_number", "decree_date", "valid_until", "corrects", "reconstructed",
}

func (s *sealed) resultTable() []byte {
	lines := [][]string{{"field", "value"}}
	for _, name := range resultColumns {
		value := s.result.Columns[name]
		if name == "total" {
			value = thousandths(s.result.number(name))
		}
		lines = append(lines, []string{name, value})
	}
	return table(lines)
}

// thousandths writes points in decimals, all three of them.
func thousandths(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%03d", sign, n/1000, n%1000)
}

func (s *sealed) answersTable() []byte {
	lines := [][]string{{"item", "stage", "kind", "level", "value", "reason", "decided_by", "decided_at"}}
	for _, d := range s.decisions {
		c := d.Columns
		lines = append(lines, []string{c["item"], c["stage"], c["kind"], c["level"], c["value"], c["note"], c["decided_by"], instant(d.number("decided_at"))})
	}
	return table(lines)
}

func (s *sealed) evidenceTable() []byte {
	lines := [][]string{{"item", "evidence", "title", "file_name", "size", "sha256", "url", "page", "quote"}}
	for _, cited := range s.citations {
		e := s.evidence[cited.Columns["evidence_id"]]
		if e == nil { // changed since it came in: what is left is that it is cited
			e = &Row{}
		}
		lines = append(lines, []string{
			cited.Columns["item"], cited.Columns["evidence_id"], e.Columns["title"], e.Columns["file_name"], e.Columns["size"],
			e.Columns["sha256"], e.Columns["url"], cited.Columns["page"], cited.Columns["quote"],
		})
	}
	return table(lines)
}

// instant writes microseconds as a time.
func instant(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.RFC3339Nano) }

// table writes CSV in which nothing is taken for a formula.
func table(lines [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, line := range lines {
		for i, value := range line {
			if value != "" && strings.ContainsRune("=+-@\t\r", rune(value[0])) {
				line[i] = "'" + value
			}
		}
		_ = w.Write(line) // into memory
	}
	w.Flush()
	return b.Bytes()
}

// sums are the SHA-256 of the files of evidence that the receipt proves to be cited.
func (s *sealed) sums() map[string]bool {
	sums := map[string]bool{}
	for _, cited := range s.citations {
		if e := s.evidence[cited.Columns["evidence_id"]]; e != nil && e.Columns["sha256"] != "" {
			sums[e.Columns["sha256"]] = true
		}
	}
	return sums
}
