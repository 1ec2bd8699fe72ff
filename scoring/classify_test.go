package scoring_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/meritindex/merit/scoring"
)

// thresholds has the categories and the divisor of kasn-2019 around a single item.
func thresholds(tb testing.TB) *scoring.Instrument {
	tb.Helper()
	return MustCompile(tb, scoring.Definition{
		Scale: scoring.Scale{Min: 1, Max: 4},
		Rule:  scoring.Rule{Method: scoring.WeightedSum, IndexDivisor: 410 * scoring.Point, IndexDecimals: 2},
		Categories: []scoring.Category{
			{Code: "buruk", Name: "Buruk"},
			{Code: "kurang", Name: "Kurang", Min: 175 * scoring.Point},
			{Code: "baik", Name: "Baik", Min: 250 * scoring.Point},
			{Code: "sangat_baik", Name: "Sangat Baik", Min: 325 * scoring.Point},
		},
		Aspects: []scoring.Aspect{{Code: "1", Items: []scoring.Item{
			{Code: "1.1", Kind: scoring.Scored, Weight: 102500, Provenance: scoring.Stated},
		}}},
	})
}

func MustCompile(tb rapid.TB, def scoring.Definition) *scoring.Instrument {
	tb.Helper()
	in, err := scoring.Compile(def)
	if err != nil {
		tb.Fatal(err)
	}
	return in
}

func TestCategoryFollowsTheTotalAndNeverTheIndex(t *testing.T) {
	in := thresholds(t)
	tests := []struct{ total, category, index string }{
		{"0", "buruk", "0.00"},
		{"174.999", "buruk", "0.43"},
		{"175", "kurang", "0.43"},
		{"249.5", "kurang", "0.61"},
		{"250", "baik", "0.61"},
		{"324.5", "baik", "0.79"},
		{"325", "sangat_baik", "0.79"},
		{"327", "sangat_baik", "0.80"},
		{"410", "sangat_baik", "1.00"},
		{"1000000", "sangat_baik", "2439.02"},
	}
	for _, tt := range tests {
		t.Run(tt.total, func(t *testing.T) {
			total := MustPoints(t, tt.total)
			category, ok := in.Classify(total)
			index, hasIndex := in.Index(total)
			if !ok || category.Code != tt.category || !hasIndex || in.FormatIndex(index) != tt.index {
				t.Errorf("got %s %s, want %s %s", category.Code, in.FormatIndex(index), tt.category, tt.index)
			}
		})
	}
}

func TestNegativeTotalHasNeitherCategoryNorIndex(t *testing.T) {
	in := thresholds(t)
	if c, ok := in.Classify(-1); ok {
		t.Errorf("Classify(-0.001) = %v", c)
	}
	if i, ok := in.Index(-1); ok {
		t.Errorf("Index(-0.001) = %v", i)
	}
}
