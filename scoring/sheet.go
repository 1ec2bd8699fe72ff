package scoring

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/meritindex/merit/scoring/problem"
)

// Answer is what stands on a sheet for one item. The zero value is Unanswered.
type Answer int16

// The answers that are neither a level nor an option.
const (
	Unanswered Answer = 0  // nothing yet; counts 0
	NotProven  Answer = -1 // decided, but the evidence does not prove any level; counts 0
)

// Level is the answer to a scored item.
func Level(level int) Answer { return Answer(level + 1) }

// Option is the answer to a choice: the option with that index.
func Option(index int) Answer { return Answer(index + 1) }

// Value returns the level or the index of the option, and whether the answer is one.
func (a Answer) Value() (int, bool) { return int(a) - 1, a > 0 }

// The ways in which an answer can be wrong. AnswerError wraps one of them.
var (
	ErrUnknownItem   = errors.New("unknown item")
	ErrNotForKind    = errors.New("item does not apply to this kind of agency")
	ErrOffScale      = errors.New("level off the scale")
	ErrUnknownOption = errors.New("unknown option")
	ErrNotAChoice    = errors.New("scored item answered with an option")
	ErrNotScored     = errors.New("choice answered with a level")
	ErrUnknownKind   = errors.New("unknown kind of agency")
	ErrNotAnAnswer   = errors.New("not an answer")
)

// AnswerError says which answer was refused, why, and what to do.
type AnswerError struct {
	Item string // code as given
	Err  error  // one of the errors above
	Text problem.Text
}

// Error returns the text in English.
func (e *AnswerError) Error() string { return e.Text.English }

// In returns the text in the language: "id" for Indonesian, English for any other.
func (e *AnswerError) In(language string) string { return e.Text.In(language) }

// Unwrap returns the kind of mistake.
func (e *AnswerError) Unwrap() error { return e.Err }

// Sheet holds the answers of one agency to one instrument, flat. It may keep answers to items whose gate is closed:
// they do not count, and count again once the gate opens, so the order in which answers are set never matters. A Sheet
// belongs to one goroutine at a time.
type Sheet struct {
	in      *Instrument
	kind    AgencyKind
	bit     uint8
	answers []Answer
}

// NewSheet returns an empty sheet for an agency of that kind. An unknown kind gives an error wrapping ErrUnknownKind.
func (in *Instrument) NewSheet(kind AgencyKind) (*Sheet, error) {
	if !kind.Valid() {
		return nil, fmt.Errorf("%w: %q; use one of %s", ErrUnknownKind, clip(string(kind)), agencyKinds)
	}
	return &Sheet{in: in, kind: kind, bit: kind.bit(), answers: make([]Answer, len(in.items))}, nil
}

// Clone returns an independent copy.
func (s *Sheet) Clone() *Sheet {
	c := *s
	c.answers = slices.Clone(s.answers)
	return &c
}

// Instrument returns the instrument the sheet belongs to.
func (s *Sheet) Instrument() *Instrument { return s.in }

// Kind returns the kind of the agency.
func (s *Sheet) Kind() AgencyKind { return s.kind }

// Answer returns the answer to item i, which must be in range.
func (s *Sheet) Answer(i int) Answer { return s.answers[i] }

// Set puts an answer for item i. Unanswered takes an answer away. It refuses, with an *AnswerError, an item that does
// not exist or does not apply to this kind of agency, a level off the scale and an option that does not exist. An item
// whose gate is closed may be set; see State.
func (s *Sheet) Set(i int, a Answer) error {
	if i < 0 || i >= len(s.answers) {
		return s.refuse(fmt.Sprint("#", i), ErrUnknownItem, "the instrument has no item number %d; it has %d items ¦ "+
			"instrumen tidak punya butir nomor %d; butirnya %d", i, len(s.answers))
	}
	c := &s.in.items[i]
	if !s.in.AppliesToKind(i, s.kind) && a != Unanswered {
		return s.refuse(c.item.Code, ErrNotForKind, "item %s does not apply to agencies of kind %s; leave it unanswered ¦ "+
			"butir %s tidak berlaku bagi instansi berjenis %s; biarkan tanpa jawaban", c.item.Code, s.kind)
	}
	if v, ok := a.Value(); ok {
		if err := s.inRange(c, v); err != nil {
			return err
		}
	} else if a != Unanswered && a != NotProven {
		return s.refuse(c.item.Code, ErrNotAnAnswer, "item %s: %d is not an answer ¦ butir %s: %d bukan jawaban", c.item.Code, a)
	}
	s.answers[i] = a
	return nil
}

func (s *Sheet) inRange(c *compiled, v int) error {
	if c.choice {
		if v >= len(c.item.Options) {
			return s.refuse(c.item.Code, ErrUnknownOption, "item %s has no option number %d; answer one of: %s ¦ "+
				"butir %s tidak punya pilihan nomor %d; jawab salah satu dari: %s", c.item.Code, v, strings.Join(c.item.Options, ", "))
		}
		return nil
	}
	return s.onScale(c.item.Code, v)
}

func (s *Sheet) onScale(code string, level int) error {
	if scale := s.in.def.Scale; level < scale.Min || level > scale.Max {
		return s.refuse(code, ErrOffScale, "level %d of item %s is off the scale; answer a level from %d to %d ¦ "+
			"tingkat %d pada butir %s di luar skala; jawab tingkat %d sampai %d", level, code, scale.Min, scale.Max)
	}
	return nil
}

// SetLevel answers a scored item by its code. Besides the errors of Set it refuses a choice.
func (s *Sheet) SetLevel(code string, level int) error {
	i, err := s.find(code)
	if err != nil {
		return err
	}
	if c := &s.in.items[i]; c.choice {
		return s.refuse(code, ErrNotScored, "item %s is a choice and takes no level; answer one of: %s ¦ "+
			"butir %s berupa pilihan, bukan tingkat; jawab salah satu dari: %s", code, strings.Join(c.item.Options, ", "))
	}
	if err := s.onScale(code, level); err != nil { // before an Answer is made of it, which is small
		return err
	}
	return s.Set(i, Level(level))
}

// SetChoice answers a choice by its code with the value of one of its options. Besides the errors of Set it refuses a
// scored item.
func (s *Sheet) SetChoice(code, value string) error {
	i, err := s.find(code)
	if err != nil {
		return err
	}
	c := &s.in.items[i]
	if !c.choice {
		return s.refuse(code, ErrNotAChoice, "item %s is scored; answer a level from %d to %d instead of %q ¦ "+
			"butir %s dinilai dengan tingkat; jawab tingkat %d sampai %d, bukan %q", code, s.in.def.Scale.Min, s.in.def.Scale.Max, clip(value))
	}
	o := slices.Index(c.item.Options, value)
	if o < 0 {
		return s.refuse(code, ErrUnknownOption, "item %s has no option %q; answer one of: %s ¦ "+
			"butir %s tidak punya pilihan %q; jawab salah satu dari: %s", code, clip(value), strings.Join(c.item.Options, ", "))
	}
	return s.Set(i, Option(o))
}

// SetNotProven marks an item, by its code, as decided but not proven.
func (s *Sheet) SetNotProven(code string) error {
	i, err := s.find(code)
	if err != nil {
		return err
	}
	return s.Set(i, NotProven)
}

func (s *Sheet) find(code string) (int, error) {
	i, ok := s.in.byCode[code]
	if !ok {
		return 0, s.refuse(code, ErrUnknownItem, "the instrument has no item %q; check the code ¦ "+
			"instrumen tidak punya butir %q; periksa kodenya", clip(code))
	}
	return i, nil
}

// refuse makes the error of one answer. The format is "English ¦ Indonesia".
func (s *Sheet) refuse(code string, kind error, format string, args ...any) error {
	return &AnswerError{Item: code, Err: kind, Text: problem.Textf(format, args...)}
}
