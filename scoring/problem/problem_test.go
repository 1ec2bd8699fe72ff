package problem_test

import (
	"testing"

	"github.com/meritindex/merit/scoring/problem"
)

func TestAProblemIsReadInEitherLanguage(t *testing.T) {
	weight := problem.Textf("a weight ¦ bobot")
	p := problem.Problem{
		File: "a.yaml", Line: 3, Column: 5, Rule: "required",
		Message: problem.Textf("%s of %q is missing ¦ %[2]q tidak punya %[1]s", weight, "1.1"),
	}
	for _, test := range []struct{ language, want string }{
		{"en", `a.yaml:3:5: required: a weight of "1.1" is missing`},
		{"id", `a.yaml:3:5: required: "1.1" tidak punya bobot`},
		{"", `a.yaml:3:5: required: a weight of "1.1" is missing`},
	} {
		if got := p.In(test.language); got != test.want {
			t.Errorf("in %q: %s, want %s", test.language, got, test.want)
		}
	}
}

func TestProblemsStandInTheOrderOfTheFile(t *testing.T) {
	late := problem.Problem{File: "a.csv", Line: 2, Rule: "text", Message: problem.Textf("later ¦ nanti")}
	early := problem.Problem{File: "a.csv", Line: 1, Column: 9, Rule: "text", Message: problem.Textf("earlier ¦ tadi")}
	err := problem.Problems{late, early}.Err()
	if got, want := err.Error(), "a.csv:1:9: text: earlier\na.csv:2: text: later"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if err := (problem.Problems{}).Err(); err != nil {
		t.Errorf("no mistakes make the error %v", err)
	}
}
