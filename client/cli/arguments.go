package cli

import (
	"strconv"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
)

// The types here are arguments with parts. The parser of the command line reads them, so a mistake in one is found
// before anything is done.

// change is ITEM=LEVEL.
type change struct{ item, level string }

// UnmarshalText reads it; the level may be empty.
func (a *change) UnmarshalText(text []byte) error {
	item, level, found := strings.Cut(string(text), "=")
	if !found || item == "" {
		return Mistake("%q: write item=level, like 1.1=4 ¦ %q: tulis butir=tingkat, seperti 1.1=4", text)
	}
	*a = change{item, level}
	return nil
}

// question is ITEM=QUESTION.
type question struct{ item, text string }

// UnmarshalText reads it.
func (a *question) UnmarshalText(text []byte) error {
	item, asked, _ := strings.Cut(string(text), "=")
	if item == "" || asked == "" {
		return Mistake("%q: write item=question ¦ %q: tulis butir=pertanyaan", text)
	}
	*a = question{item, asked}
	return nil
}

// decided is ITEM=LEVEL=REASON.
type decided struct{ item, level, reason string }

// UnmarshalText reads it.
func (a *decided) UnmarshalText(text []byte) error {
	parts := strings.SplitN(string(text), "=", 3)
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" {
		return Mistake("%q: write item=level=reason ¦ %q: tulis butir=tingkat=alasan", text)
	}
	*a = decided{parts[0], parts[1], parts[2]}
	return nil
}

// window is PHASE=FIRST..LAST.
type window struct {
	phase       enum[meritv1.Phase]
	first, last string
}

// UnmarshalText reads it; the service checks the days.
func (a *window) UnmarshalText(text []byte) error {
	name, days, _ := strings.Cut(string(text), "=")
	first, last, found := strings.Cut(days, "..")
	if !found {
		return Mistake("%q: write phase=first..last, like verification=2026-03-01..2026-04-30 ¦ "+
			"%q: tulis tahap=awal..akhir, seperti verification=2026-03-01..2026-04-30", text)
	}
	*a = window{first: first, last: last}
	return a.phase.UnmarshalText([]byte(name))
}

func (a window) message() *meritv1.Window {
	return &meritv1.Window{Phase: meritv1.Phase(a.phase), FirstDay: a.first, LastDay: a.last}
}

// awardGroup is NAME:KINDS:CATEGORIES:PLACES.
type awardGroup struct {
	name       string
	kinds      []meritv1.AgencyKind
	categories []string
	places     int32
}

// UnmarshalText reads it.
func (a *awardGroup) UnmarshalText(text []byte) error {
	parts := strings.Split(string(text), ":")
	if len(parts) != 4 {
		return Mistake("%q: write name:kinds:categories:places ¦ %q: tulis nama:jenis:kategori:tempat", text)
	}
	places, err := strconv.ParseInt(parts[3], 10, 32)
	if err != nil || places < 0 {
		return Mistake("%q: places is a whole number, 0 for all, not %q ¦ %q: tempat harus bilangan bulat, 0 untuk semua, bukan %q", text, parts[3])
	}
	*a = awardGroup{name: parts[0], categories: strings.Split(parts[2], ","), places: int32(places)}
	for _, name := range strings.Split(parts[1], ",") {
		var kind enum[meritv1.AgencyKind]
		if err := kind.UnmarshalText([]byte(name)); err != nil {
			return err
		}
		a.kinds = append(a.kinds, meritv1.AgencyKind(kind))
	}
	return nil
}

func (a awardGroup) message() *meritv1.AwardGroup {
	return &meritv1.AwardGroup{Name: a.name, Kinds: a.kinds, Categories: a.categories, Places: a.places}
}

// tie is GROUP:RESULT:REASON.
type tie struct {
	group          int32
	result, reason string
}

// UnmarshalText reads it.
func (a *tie) UnmarshalText(text []byte) error {
	parts := strings.SplitN(string(text), ":", 3)
	group, err := strconv.ParseInt(parts[0], 10, 32)
	if err != nil || group < 0 || len(parts) != 3 {
		return Mistake("%q: write group:result:reason ¦ %q: tulis kelompok:hasil:alasan", text)
	}
	*a = tie{int32(group), parts[1], parts[2]}
	return nil
}

// total is a sum of points, exact.
type total scoring.Points

// UnmarshalText reads a plain decimal.
func (a *total) UnmarshalText(text []byte) error {
	points, err := scoring.ParsePoints(string(text))
	if err != nil {
		return Mistake("%q: write a number with a point and at most three decimals, up to %s, like 327.5 ¦ "+
			"%q: tulis angka dengan titik dan paling banyak tiga desimal, sampai %s, seperti 327.5", text, scoring.MaxPoints)
	}
	*a = total(points)
	return nil
}

// planLine is ITEM=LEVEL, and perhaps =OWNER and =DATE.
type planLine struct {
	item, owner, due string
	level            int32
}

// UnmarshalText reads it; the service checks levels and dates.
func (a *planLine) UnmarshalText(text []byte) error {
	parts := append(strings.SplitN(string(text), "=", 4), "", "")
	var level int64
	err := strconv.ErrSyntax
	if len(parts) > 3 {
		level, err = strconv.ParseInt(parts[1], 10, 32)
	}
	if err != nil || parts[0] == "" {
		return Mistake("%q: write item=level=owner=date, like 1.1=4=BKPSDM=2026-10-31 ¦ %q: tulis butir=tingkat=penanggung jawab=tanggal, seperti 1.1=4=BKPSDM=2026-10-31", text)
	}
	*a = planLine{item: parts[0], level: int32(level), owner: parts[2], due: parts[3]}
	return nil
}
