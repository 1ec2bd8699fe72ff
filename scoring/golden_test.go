package scoring_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/answers"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/scoring/problem"
)

// goldenCase is one entry of testdata/cases; testdata/README.md explains it.
type goldenCase struct {
	Description string
	Instrument  string
	Kind        scoring.AgencyKind
	All         any
	Answers     map[string]any
	Total       string
	Expect      *expectation
	Path        *expectedPath
	Refused     string
}

type expectation struct {
	Aspects       map[string]string
	Maturity      map[string]string
	Items         map[string]string
	Total         *string
	Maximum       *string
	Index         *string
	Category      *string
	Margin        *string
	Next          *string
	Distance      *string
	LeftOut       *[]string `yaml:"left_out"`
	Applicable    *int
	Answered      *int
	NoTotal       *bool `yaml:"no_total"`
	Reconstructed *bool
}

type expectedPath struct {
	To      string
	Levels  int
	Steps   []string
	Refused string
}

func TestGoldenCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, file := range files {
		for _, c := range MustCases(t, file) {
			count++
			t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml")+"/"+c.Description, c.run)
		}
	}
	if count < 90 {
		t.Errorf("found only %d golden cases", count)
	}
}

func MustCases(tb testing.TB, file string) []goldenCase {
	tb.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	var cases []goldenCase
	if err := yaml.UnmarshalWithOptions(data, &cases, yaml.Strict()); err != nil {
		tb.Fatalf("%s: %v", file, err)
	}
	return cases
}

// MustInstrument finds an embedded instrument or one under testdata.
func MustInstrument(tb testing.TB, id string) *scoring.Instrument {
	tb.Helper()
	if in, ok := instrument.Lookup(id); ok {
		return in.Scoring()
	}
	file := "testdata/instruments/" + id + ".yaml"
	data, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	in, err := instrument.Parse(file, data)
	if err != nil {
		tb.Fatal(err)
	}
	return in.Scoring()
}

func (c goldenCase) run(t *testing.T) {
	if c.Description == "" || c.Expect == nil && c.Path == nil && c.Refused == "" {
		t.Fatal("the case says nothing")
	}
	in := MustInstrument(t, c.Instrument)
	if c.Total != "" {
		c.classify(t, in)
		return
	}
	sheet := MustSheet(t, in, c.Kind)
	err := answers.Fill("case", c.rows(sheet), sheet)
	if c.Refused != "" {
		var problems problem.Problems
		if !errors.As(err, &problems) || problems[0].Rule != c.Refused {
			t.Errorf("got %v, want the rule %s to refuse it", err, c.Refused)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if c.Expect != nil {
		c.Expect.compare(t, in, sheet)
	}
	if c.Path != nil {
		c.Path.compare(t, in, sheet)
	}
}

func (c goldenCase) classify(t *testing.T, in *scoring.Instrument) {
	total := MustPoints(t, c.Total)
	category, _ := in.Classify(total)
	index, _ := in.Index(total)
	if category.Code != *c.Expect.Category || in.FormatIndex(index) != *c.Expect.Index {
		t.Errorf("%s is %s with index %s, want %s, %s", total, category.Code, in.FormatIndex(index), *c.Expect.Category, *c.Expect.Index)
	}
}

func (c goldenCase) rows(sheet *scoring.Sheet) []answers.Row {
	given := map[string]string{}
	for i, item := range sheet.Instrument().Items() {
		if c.All != nil && item.Kind == scoring.Scored && sheet.Instrument().AppliesToKind(i, c.Kind) {
			given[item.Code] = fmt.Sprint(c.All)
		}
	}
	for code, a := range c.Answers {
		given[code] = ""
		if a != nil {
			given[code] = fmt.Sprint(a)
		}
	}
	var rows []answers.Row
	for code, level := range given {
		rows = append(rows, answers.Row{Line: 1, Item: code, Level: level})
	}
	return rows
}

func (e *expectation) compare(t *testing.T, in *scoring.Instrument, sheet *scoring.Sheet) {
	got := describe(in, sheet)
	for code := range got.Items {
		if _, asked := e.Items[code]; !asked {
			delete(got.Items, code)
		}
	}
	if diff := cmp.Diff(e, got, cmp.FilterPath(func(p cmp.Path) bool {
		want, _ := p.Last().Values() // what the case does not name is not compared
		return want.IsValid() && (want.Kind() == reflect.Pointer || want.Kind() == reflect.Map) && want.IsNil()
	}, cmp.Ignore())); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

// describe puts a result into the words of the golden cases.
func describe(in *scoring.Instrument, sheet *scoring.Sheet) *expectation {
	var r scoring.Result
	in.Score(sheet, &r)
	noTotal, leftOut := !r.HasTotal, []string{}
	for _, i := range r.LeftOut() {
		leftOut = append(leftOut, in.Item(i).Code)
	}
	e := &expectation{
		Aspects: map[string]string{}, Maturity: map[string]string{}, Items: map[string]string{}, LeftOut: &leftOut,
		Applicable: &r.Applicable, Answered: &r.Answered, NoTotal: &noTotal, Reconstructed: &r.Reconstructed,
	}
	for a, aspect := range in.Aspects() {
		e.Aspects[aspect.Code] = r.Aspects[a].Points.String()
		e.Maturity[aspect.Code] = r.Aspects[a].Maturity.Fixed(in.Rule().IndexDecimals)
	}
	for i, item := range in.Items() {
		e.Items[item.Code] = r.Items[i].State.String()
	}
	if r.HasTotal {
		e.Total, e.Maximum, e.Index = text(r.Total), text(r.Maximum), new(string)
		*e.Index = in.FormatIndex(r.Index)
		e.Category, e.Margin = &in.Categories()[r.Category].Code, text(r.Margin)
		if r.Next >= 0 {
			e.Next, e.Distance = &in.Categories()[r.Next].Code, text(r.Distance)
		}
	}
	return e
}

func text(p scoring.Points) *string {
	s := p.String()
	return &s
}

func (p *expectedPath) compare(t *testing.T, in *scoring.Instrument, sheet *scoring.Sheet) {
	path, err := in.CheapestPath(sheet, p.To)
	if p.Refused != "" {
		if err == nil || !strings.HasPrefix(err.Error(), p.Refused) {
			t.Errorf("got %v, want %s", err, p.Refused)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, s := range path.Steps {
		from := map[scoring.Answer]string{scoring.Unanswered: "UNANSWERED", scoring.NotProven: "NOT_PROVEN"}[s.From]
		if level, ok := s.From.Value(); ok {
			from = fmt.Sprint(level)
		}
		steps = append(steps, fmt.Sprintf("%s: %s → %d = %s", in.Item(s.Item).Code, from, s.To, s.Total))
	}
	if path.Levels != p.Levels || !slices.Equal(steps, p.Steps) {
		t.Errorf("got %d levels:\n%s\nwant %d:\n%s", path.Levels, strings.Join(steps, "\n"), p.Levels, strings.Join(p.Steps, "\n"))
	}
}
