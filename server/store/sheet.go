package store

import (
	"cmp"
	"fmt"
	"slices"
)

// Sheet is the newest decision of every item and stage: one row beside the history, written in the same
// transactions. Notes, authors and times are in the decisions.
type Sheet struct {
	AssessmentID string
	Items        []SheetItem // ordered by item code; items that nobody has touched are absent
	Revision     int64       // grows with every decision
}

// SheetItem is how one item stands.
type SheetItem struct {
	Item       string // item code; a profile field is "profile." and its code
	Claimed    Standing
	Verified   Standing
	Determined Standing
}

// Standing is the newest decision of one item and stage. Without any its Seq is 0.
type Standing struct {
	Seq      int
	Kind     DecisionKind
	Level    int    // of a LEVEL
	Value    string // of a CHOICE or TEXT
	ClaimSeq int    // the claim that a verified or determined decision judged
}

// Stands reports whether there is a decision that has not been cleared.
func (s Standing) Stands() bool { return s.Seq > 0 && s.Kind != KindCleared }

// SameAs reports whether two decisions say the same of the item, whoever took them.
func (s Standing) SameAs(t Standing) bool {
	return s.Stands() == t.Stands() && (!s.Stands() || s.Kind == t.Kind && s.Level == t.Level && s.Value == t.Value)
}

// At returns what stands at a stage.
func (i *SheetItem) At(stage Stage) Standing {
	if p := i.at(stage); p != nil {
		return *p
	}
	return Standing{}
}

func (i *SheetItem) at(stage Stage) *Standing {
	switch stage {
	case StageClaimed:
		return &i.Claimed
	case StageVerified:
		return &i.Verified
	case StageDetermined:
		return &i.Determined
	}
	return nil
}

// Item returns how an item stands; the zero SheetItem if nobody has touched it.
func (s *Sheet) Item(code string) SheetItem {
	if i, ok := s.find(code); ok {
		return s.Items[i]
	}
	return SheetItem{Item: code}
}

// Clone returns an independent copy.
func (s *Sheet) Clone() *Sheet {
	c := *s
	c.Items = slices.Clone(s.Items)
	return &c
}

// Put lets something else stand of an item at a stage, in memory only: for what would be. Decisions are made by
// AppendDecisions.
func (s *Sheet) Put(item string, stage Stage, d Standing) { *s.standing(item, stage) = d }

func (s *Sheet) find(code string) (int, bool) {
	return slices.BinarySearchFunc(s.Items, code, func(i SheetItem, code string) int { return cmp.Compare(i.Item, code) })
}

// touch returns the item, added when it is absent. The pointer is good until the next call.
func (s *Sheet) touch(code string) *SheetItem {
	i, ok := s.find(code)
	if !ok {
		s.Items = slices.Insert(s.Items, i, SheetItem{Item: code})
	}
	return &s.Items[i]
}

func (s *Sheet) standing(code string, stage Stage) *Standing { return s.touch(code).at(stage) }

// Sheet returns the sheet of an assessment, or ErrNotFound.
func (tx *Tx) Sheet(assessmentID string) (Sheet, error) {
	s := Sheet{AssessmentID: assessmentID}
	var body []byte
	err := tx.QueryRow(`SELECT body, revision FROM assessment_sheet WHERE assessment_id = $1`, assessmentID).Scan(&body, &s.Revision)
	if err != nil {
		return s, fmt.Errorf("sheet of assessment %s: %w", assessmentID, err)
	}
	return s, s.decode(body)
}

// Sheets returns the sheets of assessments by assessment id, in one query.
func (tx *Tx) Sheets(assessmentIDs ...string) (map[string]*Sheet, error) {
	sheets := make(map[string]*Sheet, len(assessmentIDs))
	for some := range slices.Chunk(assessmentIDs, 500) {
		rows, err := tx.Query(`SELECT assessment_id, body, revision FROM assessment_sheet WHERE assessment_id IN `+In(1, len(some)), anys(some)...)
		if err != nil {
			return nil, err
		}
		if err := readSheets(rows, sheets); err != nil {
			return nil, err
		}
	}
	return sheets, nil
}

func readSheets(rows *Rows, into map[string]*Sheet) error {
	defer rows.Close()
	for rows.Next() {
		s := new(Sheet)
		var body []byte
		if err := rows.Scan(&s.AssessmentID, &body, &s.Revision); err != nil {
			return err
		}
		if err := s.decode(body); err != nil {
			return err
		}
		into[s.AssessmentID] = s
	}
	return rows.Err()
}

func (tx *Tx) saveSheet(s *Sheet) error {
	n, err := tx.Exec(`UPDATE assessment_sheet SET body = $3, revision = revision + 1 WHERE assessment_id = $1 AND revision = $2`,
		s.AssessmentID, s.Revision, s.encode())
	if err == nil && n == 0 {
		err = fmt.Errorf("sheet of assessment %s at revision %d: %w", s.AssessmentID, s.Revision, ErrStale)
	}
	if err == nil {
		s.Revision++
	}
	return err
}
