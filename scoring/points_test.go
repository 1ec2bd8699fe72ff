package scoring_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/problem"
)

func MustPoints(tb testing.TB, s string) scoring.Points {
	tb.Helper()
	p, err := scoring.ParsePoints(s)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestParsePointsIsExact(t *testing.T) {
	tests := []struct {
		in     string
		want   scoring.Points
		string string
	}{
		{"0", 0, "0"},
		{"2.5", 2500, "2.5"},
		{"0.001", 1, "0.001"},
		{"249.5", 249_500, "249.5"},
		{"410", 410_000, "410"},
		{"007", 7000, "7"},
		{"2.500000000", 2500, "2.5"},
		{"1000000", 1_000_000_000, "1000000"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			if got := MustPoints(t, tt.in); got != tt.want || got.String() != tt.string {
				t.Errorf("ParsePoints(%q) = %d, %q; want %d, %q", tt.in, got, got, tt.want, tt.string)
			}
		})
	}
}

func TestParsePointsRefusesWhatIsNotAPlainDecimal(t *testing.T) {
	for _, in := range []string{
		"", ".", ".5", "5.", "-1", "+1", "1e3", "0x10", "1_000", "2,5", " 1", "1 ", "1.0005", "1000000.001", "1000001",
		"99999999999999999999999999", "１", "NaN", "1.2.3",
	} {
		t.Run(in, func(t *testing.T) {
			if p, err := scoring.ParsePoints(in); !errors.Is(err, scoring.ErrPoints) {
				t.Errorf("ParsePoints(%q) = %v, %v; want ErrPoints", in, p, err)
			} else {
				checkText(t, problem.Textf("%v", err))
			}
		})
	}
}

func TestFixedRoundsHalfUpOnce(t *testing.T) {
	tests := []struct {
		points   scoring.Points
		decimals int
		want     string
	}{
		{800, 2, "0.80"},
		{3125, 2, "3.13"},
		{3124, 2, "3.12"},
		{2500, 0, "3"},
		{2499, 0, "2"},
		{327_000, 3, "327.000"},
		{-2500, 1, "-2.5"},
		{-5, 2, "-0.01"},
	}
	for _, tt := range tests {
		if got := tt.points.Fixed(tt.decimals); got != tt.want {
			t.Errorf("Points(%d).Fixed(%d) = %q, want %q", tt.points, tt.decimals, got, tt.want)
		}
	}
}

func FuzzParsePoints(f *testing.F) {
	for _, seed := range []string{"2.5", "0", "410", "1.0005", "-1", "9999999", "1000000.000", "00.10", "1e9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := scoring.ParsePoints(s)
		if err != nil {
			return
		}
		if p < 0 || p > scoring.MaxPoints {
			t.Fatalf("ParsePoints(%q) = %d, out of range", s, int64(p))
		}
		if again, err := scoring.ParsePoints(p.String()); err != nil || again != p {
			t.Fatalf("ParsePoints(%q) = %s, which reads back as %d, %v", s, p, again, err)
		}
		if len(s) < 15 { // a float keeps so few digits exactly
			if fl, err := strconv.ParseFloat(s, 64); err != nil || int64(fl*1000+0.5) != int64(p) {
				t.Fatalf("ParsePoints(%q) = %d, the number is %v", s, int64(p), fl)
			}
		}
	})
}
