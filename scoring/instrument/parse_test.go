package instrument_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/scoring/problem"
)

func MustRead(tb testing.TB, file string) string {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

func MustParse(tb testing.TB, name, data string) *instrument.Instrument {
	tb.Helper()
	in, err := instrument.Parse(name, []byte(data))
	if err != nil {
		tb.Fatal(err)
	}
	return in
}

// broken is one way to spoil a small instrument, and where that is reported.
type broken struct {
	name     string
	old, new string // the first old becomes new
	want     string // line:column: rule
}

var brokenSums = []broken{
	{"no title", "title: Instrumen kecil\n", "", "1:1: required"},
	{"no scale", "scale: {min: 1, max: 2}\n", "", "1:1: required"},
	{"no item code", "- code: \"1.1\"\n        name", "- name", "21:9: required"},
	{"no item name", "        name: Kedua\n", "", "32:9: required"},
	{"no item provenance", "        provenance: RECONSTRUCTED\n", "", "32:9: required"},
	{"no description of a level", "level: 2, description: Ada.", "level: 2", "27:13: required"},
	{"predecessor without comparable", "        comparable: true\n", "", "21:9: required"},
	{"comparable without predecessor", "        predecessor: \"1.1\"\n", "", "30:21: predecessor"},
	{"predecessor without replaces", "replaces: smaller-sum\n", "", "29:22: predecessor"},
	{"unknown key at the top", "title:", "titel:", "2:1: unknown-key"},
	{"unknown key of an item", "        weight: 1.5", "        weigth: 1.5", "34:9: unknown-key"},
	{"unknown key of a level", "level: 1, description", "level: 1, deskripsi", "26:24: unknown-key"},
	{"key given twice", "        weight: 1.5", "        weight: 1.5\n        weight: 2", "35:9: duplicate-key"},
	{"key given twice at the top", "assessor: Tidak ada", "assessor: Tidak ada\nassessor: Ada", "5:1: duplicate-key"},
	{"id with spaces", "id: small-sum", "id: Small Sum", "1:5: code-form"},
	{"code that is no code", "- code: \"1.2\"", "- code: \"1,2\"", "32:15: code-form"},
	{"code not quoted", "- code: \"1.2\"", "- code: 1.2", "32:15: type"},
	{"replaces itself", "replaces: smaller-sum", "replaces: small-sum", "7:11: new-id"},
	{"no such status", "status: OFFICIAL", "status: FINAL", "5:9: known-status"},
	{"lowest level above 1", "min: 1, max: 2", "min: 2, max: 3", "8:14: scale-range"},
	{"scale upside down", "min: 1, max: 2", "min: 1, max: 0", "8:22: scale-range"},
	{"scale in quotes", "min: 1, max: 2", "min: \"1\", max: 2", "8:14: type"},
	{"no such method", "method: WEIGHTED_SUM", "method: MEDIAN", "10:11: known-method"},
	{"divisor 0", "index_divisor: \"8\"", "index_divisor: \"0\"", "11:18: divisor-positive"},
	{"divisor missing for a sum", "  index_divisor: \"8\"\n", "", "10:3: divisor-positive"},
	{"four decimals", "index_decimals: 2", "index_decimals: 4", "12:19: index-decimals"},
	{"first threshold above 0", "min: \"0\"", "min: \"1\"", "14:39: first-threshold-zero"},
	{"thresholds that do not ascend", "min: \"4\"", "min: \"0\"", "15:39: thresholds-ascend"},
	{"category code twice", "code: tinggi", "code: rendah", "15:12: unique-code"},
	{"item code twice", "- code: \"1.2\"", "- code: \"1.1\"", "32:15: unique-code"},
	{"weight missing", "        weight: 1.5\n", "", "32:9: weight-required"},
	{"weight 0", "weight: 1.5", "weight: 0", "34:17: weight-positive"},
	{"weight negative", "weight: 1.5", "weight: -1.5", "34:17: points"},
	{"weight finer than thousandths", "weight: \"2.5\"", "weight: \"2.5001\"", "24:17: points"},
	{"weight with a comma", "weight: \"2.5\"", "weight: \"2,5\"", "24:17: points"},
	{"weight that is no number", "weight: \"2.5\"", "weight: [2.5]", "24:17: type"},
	{"weight of an aspect under a sum", "    name: Satu", "    name: Satu\n    weight: 2", "19:13: weight-misplaced"},
	{"aspect without items", "    items:\n", "    items: []\n    profile:\n", "20:12: type"},
	{"level missing", "          - {level: 2, description: Ada.}\n", "", "26:11: levels-complete"},
	{"level twice", "level: 2,", "level: 1,", "27:21: levels-complete"},
	{"level off the scale", "level: 2,", "level: 3,", "27:21: levels-complete"},
	{"scored item with options", "        question: Apa?", "        options: [{value: a, label: A}, {value: b, label: B}]", "23:18: options-of-choice"},
	{"no such kind of item", "        question: Apa?", "        kind: TEXT", "23:15: known-item-kind"},
	{"no such provenance", "provenance: STATED", "provenance: GUESSED", "29:21: known-provenance"},
	{"applies_to under a sum", "        question: Apa?", "        applies_to: [KOTA]", "23:21: no-conditions"},
	{"condition under a sum", "        question: Apa?", "        applies_when: {item: \"1.0\", in: [ya]}", "23:23: no-conditions"},
	{"anchor", "- code: \"1.2\"", "- code: &a \"1.2\"", "32:15: plain-yaml"},
	{"alias", "- code: \"1.2\"", "- code: *a", "32:15: plain-yaml"},
	{"tag", "- code: \"1.2\"", "- code: !!str 1.2", "32:15: plain-yaml"},
	{"merge key", "- code: \"1.2\"", "- <<: {code: \"1.2\"}", "32:9: plain-yaml"},
	{"two documents", "id: small-sum", "id: small-sum\n---\nid: other", "1:1: syntax"},
	{"no YAML", "title: Instrumen kecil", "title: [", "2:8: syntax"},
	{"nested too deeply", "[Peraturan contoh]", "[[[[[[[[[[[x]]]]]]]]]]]", "3:24: size-limit"},
	{"empty text", "assessor: Tidak ada", "assessor: \"\"", "4:11: text"},
	{"value forgotten", "assessor: Tidak ada", "assessor:", "4:10: type"},
	{"list where a text belongs", "assessor: Tidak ada", "assessor: [a]", "4:11: type"},
	{"text where a list belongs", "evidence_hints: [Dokumen]", "evidence_hints: Dokumen", "28:25: type"},
	{"text where a mapping belongs", "scale: {min: 1, max: 2}", "scale: lima", "8:8: type"},
	{"control character", "Tidak ada", "\"Tidak\\x07ada\"", "4:11: text"},
	{"not UTF-8", "Tidak ada", "Tidak\xff", "4:1: encoding"},
	{"text too long", "Tidak ada", strings.Repeat("a", 8001), "4:11: size-limit"},
}

var brokenMeans = []broken{
	{"weight of an item under a mean", "        applies_to", "        weight: 1\n        applies_to", "26:17: weight-misplaced"},
	{"weight 0 of an aspect", "weight: \"10\"", "weight: \"0\"", "14:13: weight-positive"},
	{"evidence_required is no truth value", "evidence_required: true", "evidence_required: ya", "6:20: type"},
	{"choice without question", "        question: Berlaku?\n", "", "16:9: required"},
	{"choice without options", "        options:\n          - {value: ya, label: Ya}\n          - {value: tidak, label: Tidak}\n", "", "16:9: required"},
	{"choice with one option", "          - {value: tidak, label: Tidak}\n", "", "20:11: options-of-choice"},
	{"option twice", "value: tidak", "value: ya", "21:13: unique-option"},
	{"option that is no code", "value: tidak", "value: t!dak", "21:21: code-form"},
	{"option without label", "value: tidak, label: Tidak", "value: tidak", "21:13: required"},
	{"choice with levels", "        kind: CHOICE", "        kind: CHOICE\n        levels: [{level: 0, description: x}]", "18:17: levels-of-scored"},
	{"no such kind of agency", "[KOTA]", "[KOTA, DESA]", "26:28: known-agency-kind"},
	{"kind of agency twice", "[KOTA]", "[KOTA, KOTA]", "26:28: known-agency-kind"},
	{"no kind of agency", "[KOTA]", "[]", "26:21: type"},
	{"condition on an unknown item", "{item: \"1.0\"", "{item: \"9.0\"", "25:30: condition-earlier"},
	{"condition on a later item", "{item: \"1.0\"", "{item: \"1.2\"", "25:30: condition-earlier"},
	{"condition on a scored item", "      - code: \"1.2\"\n", "      - code: \"1.2\"\n        applies_when: {item: \"1.1\", in: [ya]}\n", "32:30: condition-choice"},
	{"condition on a value that does not exist", "in: [ya]", "in: [mungkin]", "25:42: condition-values"},
	{"condition without a value", "in: [ya]", "in: []", "25:41: type"},
	{"condition without an item", "{item: \"1.0\", in", "{in", "25:23: required"},
	{"conditions in a circle", "        kind: CHOICE", "        kind: CHOICE\n        applies_when: {item: \"1.0\", in: [ya]}", "18:23: condition-cycle"},
	{"field code twice", "code: tahun", "code: pernah", "44:12: unique-code"},
	{"no such kind of field", "kind: YEAR", "kind: DATE", "44:25: known-field-kind"},
	{"field with one option", "      - {value: tidak, label: Tidak}\n  -", "  -", "42:7: options-of-choice"},
	{"field without label", ", label: Tahun", "", "44:5: required"},
	{"year with options", "label: Tahun", "label: Tahun, options: [{value: a, label: A}, {value: b, label: B}]", "44:54: options-of-choice"},
	{"option of a field twice", "value: tidak, label: Tidak}\n  -", "value: ya, label: Tidak}\n  -", "43:9: unique-option"},
	{"condition of a field on an unknown field", "item: pernah", "item: kapan", "44:66: condition-earlier"},
	{"condition of a field on a field that is no choice", "  - {code: tahun, kind: YEAR, label: Tahun, applies_when: {item: pernah", `  - {code: teks, kind: TEXT, label: T}
  - {code: tahun, kind: YEAR, label: Tahun, applies_when: {item: teks`, "45:66: condition-earlier"},
	{"condition of a field on an item", "item: pernah", "item: \"1.0\"", "44:66: condition-earlier"},
	{"condition of a field on a value that does not exist", "item: pernah, in: [ya]", "item: pernah, in: [mungkin]", "44:79: condition-values"},
}

// checkText wants both languages, each with every value put in.
func checkText(t *testing.T, text problem.Text) {
	t.Helper()
	if text.English == "" || text.Indonesian == "" || text.English == text.Indonesian {
		t.Errorf("one language is missing: %+v", text)
	}
	if strings.Contains(text.English+text.Indonesian, "%!") || strings.Contains(text.Indonesian, "¦") {
		t.Errorf("a format does not fit its values: %+v", text)
	}
}

// reported turns problems into the form line:column: rule.
func reported(t *testing.T, file string, err error) []string {
	t.Helper()
	var problems instrument.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want problems", err)
	}
	var all []string
	for _, p := range problems {
		if p.File != file || !strings.HasPrefix(p.String(), file+":") {
			t.Errorf("problem without file: %q", p)
		}
		checkText(t, p.Message)
		all = append(all, fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Rule))
	}
	return all
}

func TestEachRuleIsReportedWithItsLine(t *testing.T) {
	seen := map[string]bool{}
	for file, cases := range map[string][]broken{"small-sum.yaml": brokenSums, "small-mean.yaml": brokenMeans} {
		good := MustRead(t, file)
		MustParse(t, file, good)
		for _, tt := range cases {
			t.Run(tt.name, func(t *testing.T) {
				if !strings.Contains(good, tt.old) {
					t.Fatalf("%s has no %q", file, tt.old)
				}
				_, err := instrument.Parse(file, []byte(strings.Replace(good, tt.old, tt.new, 1)))
				got := reported(t, file, err)
				for _, g := range got {
					seen[g[strings.LastIndex(g, " ")+1:]] = true
				}
				if !strings.Contains("|"+strings.Join(got, "|")+"|", "|"+tt.want+"|") {
					t.Errorf("got %v, want %s\n%v", got, tt.want, err)
				}
			})
		}
	}
	for _, rule := range rulesInSource(t) {
		if !seen[rule] && rule != "aspect-scored" { // see TestAspectWithoutScoredItem
			t.Errorf("no case breaks the rule %s", rule)
		}
	}
}

// rulesInSource finds every rule named by the code.
func rulesInSource(t *testing.T) []string {
	var rules []string
	named := regexp.MustCompile(`(?i:report|fault)\([^"]*(?:"[.a-z_%\[\]]*"[^"]*)?, "([a-z-]+)", *(?:\n\s*)?"`)
	for _, dir := range []string{".", "..", "../internal/strictyaml"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range named.FindAllStringSubmatch(string(data), -1) {
				if !strings.HasSuffix(file, "_test.go") {
					rules = append(rules, m[1])
				}
			}
		}
	}
	if len(rules) < 40 {
		t.Fatalf("found only %d rules: %v", len(rules), rules)
	}
	return rules
}

func TestAspectWithoutScoredItem(t *testing.T) {
	good := MustRead(t, "small-mean.yaml")
	bad := strings.Replace(good, "aspects:\n", `aspects:
  - code: "0"
    name: Nol
    items:
      - {code: "0.1", kind: CHOICE, question: Apa?, options: [{value: a, label: A}, {value: b, label: B}], provenance: STATED}
`, 1)
	_, err := instrument.Parse("bad.yaml", []byte(bad))
	if diff := cmp.Diff([]string{"15:7: aspect-scored"}, reported(t, "bad.yaml", err)); diff != "" {
		t.Error(diff)
	}
}

func TestAPublishedInstrumentThatLosesALevel(t *testing.T) {
	lines := strings.SplitAfter(string(MustLookup(t, "kasn-2019").Source()), "\n")
	if !strings.HasPrefix(lines[50], "          - {level: 2,") {
		t.Fatalf("line 51 is %q", lines[50])
	}
	_, err := instrument.Parse("kasn.yaml", []byte(strings.Join(append(lines[:50:50], lines[51:]...), "")))
	const want = "kasn.yaml:51:21: levels-complete: item 1.1 has level 3 where 2 is expected; give every level once, from the lowest to the highest"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// The person who wrote the file learns everything at once, and each mistake once.
func TestEveryProblemIsReportedAtOnce(t *testing.T) {
	bad := MustRead(t, "small-sum.yaml")
	for old, replacement := range map[string]string{
		"status: OFFICIAL": "status: FINAL", "min: \"4\"": "min: empat", "weight: \"2.5\"": "weight: \"2.50001\"", "weight: 1.5": "wight: 1.5",
	} {
		bad = strings.Replace(bad, old, replacement, 1)
	}
	_, err := instrument.Parse("bad.yaml", []byte(strings.ReplaceAll(bad, "\n", "\r\n")))
	const want = `bad.yaml:5:9: known-status: "FINAL" is not a legal status; use OFFICIAL or PROVISIONAL
bad.yaml:15:39: points: not an amount of points: "empat" is not a plain decimal number; write digits with a point, such as 2.5
bad.yaml:24:17: points: not an amount of points: "2.50001" is finer than thousandths; use at most three decimals
bad.yaml:32:9: weight-required: item 1.2 has no weight above 0; under WEIGHTED_SUM every scored item needs one
bad.yaml:34:9: unknown-key: "wight" is not a key here; the keys are code, kind, name, name_en, question, weight, applies_to, applies_when, levels, options, evidence_hints, provenance, predecessor, comparable`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestAByteOrderMarkAndWindowsLineEndsAreAccepted(t *testing.T) {
	good := MustRead(t, "small-sum.yaml")
	in := MustParse(t, "small.yaml", "\ufeff"+strings.ReplaceAll(good, "\n", "\r\n"))
	if in.ID != "small-sum" || in.ItemByCode("1.2").Name != "Kedua" {
		t.Errorf("got %+v", in)
	}
}

func TestEverythingInTheFileIsRead(t *testing.T) {
	in := MustParse(t, "small-mean.yaml", MustRead(t, "small-mean.yaml"))
	if in.Status != instrument.Provisional || !in.EvidenceRequired || in.Rule.Method != scoring.WeightedMean {
		t.Errorf("got %+v", in)
	}
	want := instrument.Item{
		Code: "1.1", Kind: scoring.Scored, Name: "Pertama", AppliesTo: []scoring.AgencyKind{scoring.Kota},
		AppliesWhen: &scoring.Condition{Item: "1.0", In: []string{"ya"}},
		Levels:      []instrument.Level{{Level: 0, Description: "Belum ada."}, {Level: 1, Description: "Ada."}},
		Provenance:  scoring.Stated,
	}
	if diff := cmp.Diff(&want, in.ItemByCode("1.1")); diff != "" {
		t.Error(diff)
	}
	wantField := instrument.Field{
		Code: "tahun", Kind: instrument.FieldYear, Label: "Tahun", AppliesWhen: &scoring.Condition{Item: "pernah", In: []string{"ya"}},
	}
	if diff := cmp.Diff(wantField, in.Profile[1]); diff != "" {
		t.Error(diff)
	}
	sum := MustParse(t, "small-sum.yaml", MustRead(t, "small-sum.yaml"))
	if item := sum.ItemByCode("1.1"); item.Predecessor != "1.1" || !item.Comparable || item.Weight != 2500 || sum.Replaces != "smaller-sum" {
		t.Errorf("got %+v of %+v", item, sum)
	}
}

func TestTheProfileHasALimit(t *testing.T) {
	var b strings.Builder
	for i := range 101 {
		fmt.Fprintf(&b, "  - {code: f%d, kind: TEXT, label: x}\n", i)
	}
	_, err := instrument.Parse("big.yaml", []byte(MustRead(t, "small-mean.yaml")+b.String()))
	if diff := cmp.Diff([]string{"38:3: size-limit"}, reported(t, "big.yaml", err)); diff != "" {
		t.Error(diff)
	}
}

func TestALargeFileIsRefusedUnread(t *testing.T) {
	_, err := instrument.Parse("big.yaml", []byte(strings.Repeat("#", instrument.MaxBytes+1)))
	if diff := cmp.Diff([]string{"1:1: size-limit"}, reported(t, "big.yaml", err)); diff != "" {
		t.Error(diff)
	}
}

func TestBombsAreHarmless(t *testing.T) {
	laughs := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'l'; c++ {
		laughs += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	for name, bomb := range map[string]string{
		"billion laughs": laughs,
		"brackets":       strings.Repeat("[", 500_000),
		"braces":         strings.Repeat("{a: ", 100_000),
		"dashes":         strings.Repeat("- ", 200_000),
		"questions":      strings.Repeat("? ", 200_000),
		"colons":         strings.Repeat("a: ", 100_000),
		"keys":           strings.Repeat("a: 1\n", 100_000),
		"newlines":       strings.Repeat("\n", 500_000),
		"staircase":      staircase(900),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := instrument.Parse("bomb.yaml", []byte(bomb))
			if got := reported(t, "bomb.yaml", err); len(got) > 1100 {
				t.Errorf("%d problems", len(got))
			}
		})
	}
}

func staircase(steps int) string {
	var b strings.Builder
	for i := range steps {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func FuzzParse(f *testing.F) {
	for _, file := range []string{"small-sum.yaml", "small-mean.yaml"} {
		good := MustRead(f, file)
		f.Add([]byte(good))
		for _, b := range append(brokenSums, brokenMeans...) {
			f.Add([]byte(strings.Replace(good, b.old, b.new, 1)))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := instrument.Parse("fuzz.yaml", data)
		if err != nil {
			var problems instrument.Problems
			if !errors.As(err, &problems) || len(problems) == 0 || problems[0].Line < 1 {
				t.Fatalf("error without a line: %v", err)
			}
			return
		}
		if in.Scoring().NumItems() == 0 {
			t.Fatal("an instrument without items was accepted")
		}
		sheet, err := in.Scoring().NewSheet(scoring.Kota)
		if err != nil {
			t.Fatal(err)
		}
		var r scoring.Result
		in.Scoring().Score(sheet, &r)
	})
}

func TestOnlySoManyProblemsAreReported(t *testing.T) {
	_, err := instrument.Parse("many.yaml", []byte(strings.Repeat("a: 1\n", 3000)))
	got := reported(t, "many.yaml", err)
	if len(got) != 1001 || got[1000] != "1001:1: size-limit" {
		t.Errorf("%d problems, the last is %s", len(got), got[len(got)-1])
	}
}
