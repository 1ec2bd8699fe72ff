package proof

import (
	"encoding/hex"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
)

// ErrScore says that the result is not what the answers come to.
var ErrScore = errors.New("the result is not what the answers come to")

// recompute scores the answers again with the instrument of the receipt, and compares everything with the result: from the
// determined decisions where the receipt has them, and from the answers that the result itself explains.
func (s *sealed) recompute() error {
	source, err := hex.DecodeString(s.instrument.Columns["source"])
	if err != nil {
		return fmt.Errorf("%w: %w", ErrScore, err)
	}
	in, err := instrument.Parse(instrumentFile, source)
	if err != nil {
		return fmt.Errorf("%s: %w", instrumentFile, err)
	}
	if in.ID != s.result.Columns["instrument_id"] {
		return fmt.Errorf("%w: the instrument is %s, the result is of %s", ErrScore, in.ID, s.result.Columns["instrument_id"])
	}
	said := &meritv1.Score{}
	body, err := hex.DecodeString(s.result.Columns["score"])
	if err == nil {
		err = proto.Unmarshal(body, said)
	}
	if err != nil {
		return fmt.Errorf("%w: its explanation cannot be read: %w", ErrScore, err)
	}
	explained, err := s.sheet(in, explanations(said))
	if err != nil {
		return err
	}
	if err := s.compare(in, explained, said); err != nil || len(s.decisions) == 0 {
		return err
	}
	decided, err := s.sheet(in, s.determined())
	if err != nil {
		return err
	}
	return s.compare(in, decided, said)
}

// answer is what counts of an item.
type answer struct {
	item, kind, value string
	level             int
}

// explanations are the answers that a score explains.
func explanations(said *meritv1.Score) (all []answer) {
	for _, aspect := range said.GetAspects() {
		for _, item := range aspect.GetItems() {
			switch v := item.GetAnswer().GetValue().(type) {
			case *meritv1.Answer_Level:
				all = append(all, answer{item: item.GetItem(), kind: "LEVEL", level: int(v.Level)})
			case *meritv1.Answer_Choice:
				all = append(all, answer{item: item.GetItem(), kind: "CHOICE", value: v.Choice})
			case *meritv1.Answer_NotProven:
				all = append(all, answer{item: item.GetItem(), kind: "NOT_PROVEN"})
			}
		}
	}
	return all
}

// determined are the answers that the plenary decided.
func (s *sealed) determined() (all []answer) {
	for _, d := range s.decisions {
		if d.Columns["stage"] == "DETERMINED" {
			all = append(all, answer{d.Columns["item"], d.Columns["kind"], d.Columns["value"], int(d.number("level"))})
		}
	}
	return all
}

func (s *sealed) sheet(in *instrument.Instrument, answers []answer) (*scoring.Sheet, error) {
	sheet, err := in.Scoring().NewSheet(scoring.AgencyKind(s.result.Columns["agency_kind"]))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrScore, err)
	}
	for _, a := range answers {
		switch a.kind {
		case "LEVEL":
			err = sheet.SetLevel(a.item, a.level)
		case "CHOICE":
			err = sheet.SetChoice(a.item, a.value)
		case "NOT_PROVEN":
			err = sheet.SetNotProven(a.item)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrScore, err)
		}
	}
	return sheet, nil
}

// compare compares a sheet, scored, with the result: total, index, category and every aspect.
func (s *sealed) compare(in *instrument.Instrument, sheet *scoring.Sheet, said *meritv1.Score) error {
	score := scored.Sheet(in, sheet, scored.WithItems)
	var r scoring.Result
	in.Scoring().Score(sheet, &r)
	c := s.result.Columns
	if r.HasTotal && (s.result.number("total") != int64(r.Total) || c["category"] != score.GetCategory() || c["index_text"] != score.GetIndex()) {
		return fmt.Errorf("%w: they come to %s, index %s, %s; the result says %s, index %s, %s", ErrScore,
			score.GetTotal(), score.GetIndex(), score.GetCategory(), thousandths(s.result.number("total")), c["index_text"], c["category"])
	}
	aspects := map[string]*Row{}
	for row := range s.proven.rows("result_aspect") {
		if row.Columns["result_id"] == c["id"] {
			aspects[row.Columns["aspect"]] = row
		}
	}
	for i, aspect := range in.Scoring().Aspects() {
		row := aspects[aspect.Code]
		if row == nil {
			return fmt.Errorf("%w: aspect %s is missing", ErrScore, aspect.Code)
		}
		points := r.Aspects[i].Points
		if in.Scoring().Rule().Method == scoring.WeightedMean {
			points = r.Aspects[i].Maturity
		}
		if row.number("points") != int64(points) {
			return fmt.Errorf("%w: those of aspect %s come to %s, the result says %s", ErrScore, aspect.Code, points, thousandths(row.number("points")))
		}
	}
	return s.compareItems(score, said)
}

// compareItems compares what each item counted.
func (s *sealed) compareItems(score, said *meritv1.Score) error {
	points := map[string]*meritv1.ItemScore{}
	for _, aspect := range said.GetAspects() {
		for _, item := range aspect.GetItems() {
			points[item.GetItem()] = item
		}
	}
	for _, aspect := range score.GetAspects() {
		for _, item := range aspect.GetItems() {
			told := points[item.GetItem()]
			if told.GetPoints() != item.GetPoints() || !proto.Equal(told.GetAnswer(), item.GetAnswer()) {
				return fmt.Errorf("%w: item %s comes to %q points, the result says %q", ErrScore, item.GetItem(), item.GetPoints(), told.GetPoints())
			}
		}
	}
	return nil
}
