package scoring

import (
	"errors"
	"strconv"
	"strings"

	"github.com/meritindex/merit/scoring/problem"
)

// Points is an exact amount in thousandths of a point: a weight, a contribution, a total, a threshold or an index.
type Points int64

// Point is one whole point.
const Point Points = 1000

// MaxPoints is the largest amount ParsePoints accepts: one million points. Together with the limits on the size of an
// instrument it keeps every sum inside 64 bits.
const MaxPoints = 1_000_000 * Point

// ErrPoints is wrapped by every error of ParsePoints.
var ErrPoints = errors.New("not an amount of points")

// ParsePoints reads a plain decimal number such as "2.5", "0" or "410". It is exact: a number with more than three
// decimals is refused, never rounded, and so are signs, exponents, commas and amounts above MaxPoints. Errors wrap
// ErrPoints.
func ParsePoints(s string) (Points, error) {
	whole, decimals, hasPoint := strings.Cut(s, ".")
	if !allDigits(whole) || hasPoint && !allDigits(decimals) {
		return 0, notPoints("%q is not a plain decimal number; write digits with a point, such as 2.5 ¦ "+
			"%q bukan bilangan desimal biasa; tulis angka dengan titik, misalnya 2.5", clip(s))
	}
	decimals = strings.TrimRight(decimals, "0")
	if len(decimals) > 3 {
		return 0, notPoints("%q is finer than thousandths; use at most three decimals ¦ "+
			"%q lebih halus dari seperseribu; pakai paling banyak tiga desimal", clip(s))
	}
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > 7 {
		return 0, notPoints("%q is above %s ¦ %q di atas %s", clip(s), MaxPoints)
	}
	digits := whole + decimals + "000"[len(decimals):]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || Points(n) > MaxPoints {
		return 0, notPoints("%q is above %s ¦ %q di atas %s", clip(s), MaxPoints)
	}
	return Points(n), nil
}

// pointsError says why something is no amount of points.
type pointsError struct{ text problem.Text }

// notPoints makes an error that wraps ErrPoints. The format is "English ¦ Indonesia".
func notPoints(format string, args ...any) error {
	return pointsError{problem.Textf("not an amount of points: %s ¦ bukan besaran poin: %s", problem.Textf(format, args...))}
}

// Error returns the text in English.
func (e pointsError) Error() string { return e.text.English }

// In returns the text in the language.
func (e pointsError) In(language string) string { return e.text.In(language) }

// Unwrap returns ErrPoints.
func (pointsError) Unwrap() error { return ErrPoints }

// String gives the shortest exact decimal form: 2500 thousandths is "2.5".
func (p Points) String() string {
	var buf [24]byte
	b := p.appendFixed(buf[:0], 3)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	return string(b)
}

// Fixed gives p with exactly the given number of decimals (0 to 3), rounded half up: 800 thousandths with two decimals
// is "0.80". Negative amounts, which only differences can be, are rounded by their size.
func (p Points) Fixed(decimals int) string {
	var buf [24]byte
	return string(p.appendFixed(buf[:0], decimals))
}

func (p Points) appendFixed(b []byte, decimals int) []byte {
	if p < 0 {
		b, p = append(b, '-'), -p
	}
	unit, scale := pow10(3-decimals), pow10(decimals)
	n := (int64(p) + unit/2) / unit
	b = strconv.AppendInt(b, n/scale, 10)
	if decimals == 0 {
		return b
	}
	b = append(b, '.')
	for rest := n % scale; scale > 1; rest %= scale {
		scale /= 10
		b = append(b, byte('0'+rest/scale))
	}
	return b
}

// pow10 returns 10 to the power n, for n from 0 to 3.
func pow10(n int) int64 {
	return [...]int64{1, 10, 100, 1000}[n]
}

// roundDiv returns a/b rounded half up; a is not negative and b is positive.
func roundDiv(a, b int64) int64 {
	q, r := a/b, a%b
	if r >= b-r {
		q++
	}
	return q
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// clip keeps foreign text short enough to be quoted in a message.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
