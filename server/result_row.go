package server

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/table"
)

const (
	// firstYear is the first that a result can be of.
	firstYear = 2000
	// longestSource is how many bytes a source may have.
	longestSource = 2000
	// yearNotStated in a source marks a total whose year the source does not state.
	yearNotStated = "year of the score not stated"
)

// read makes a result of a row; ok is false when something is wrong with it, which is noted.
func (im *resultImport) read(row table.Row) (r store.Result, ok bool) {
	r = store.Result{Imported: true, Source: row.Get("source")}
	in, knownInstrument := im.instrumentOf(row)
	knownAgency := im.readYear(row, &r) && im.readAgency(row, &r)
	sound := im.readMarks(row, &r)
	if !knownInstrument {
		return r, false
	}
	r.InstrumentID = in.ID
	sound = im.readTotal(row, in, &r) && im.readCategory(row, in, &r) && im.readIndex(row, in, &r) && sound
	return r, sound && knownAgency
}

func (im *resultImport) instrumentOf(row table.Row) (*instrument.Instrument, bool) {
	id := row.Get("instrument")
	if id == "" {
		return im.fallback, true
	}
	in := im.instruments[id]
	if in == nil {
		im.Problem(row, "instrument", "Instrumen %q tidak ada atau belum terbit.", "There is no published instrument %q.", id)
	}
	return in, in != nil
}

func (im *resultImport) readYear(row table.Row, r *store.Result) bool {
	text := row.Get("year")
	year, err := strconv.Atoi(text)
	if err != nil || year < firstYear || year > im.thisYear {
		if text != "" { // the table has noted an empty cell
			im.Problem(row, "year", "%q bukan tahun dari %d sampai %d.", "%q is not a year from %d to %d.", text, firstYear, im.thisYear)
		}
		return false
	}
	r.Year = year
	return true
}

// readAgency finds the agency that had the code at the end of the year, as it was then.
func (im *resultImport) readAgency(row table.Row, r *store.Result) bool {
	code, day := row.Get("agency_code"), yearEnd(r.Year)
	if code == "" {
		return false
	}
	for _, a := range im.agencies[code] {
		switch {
		case a.ValidUntil < day:
			continue
		case a.ValidFrom > day:
			im.Problem(row, "agency_code", "Pada akhir %d belum ada instansi berkode %q; %s memakainya sejak %s.",
				"At the end of %d no agency had the code %q; %s has it from %s on.", r.Year, code, a.Name, a.ValidFrom)
			return false
		}
		r.AgencyID, r.AgencyCode, r.AgencyName, r.AgencyKind, r.ProvinceID = a.ID, a.Code, a.Name, a.Kind, a.ProvinceID
		return true
	}
	im.Problem(row, "agency_code", "Pada akhir %d tidak ada instansi berkode %q. Periksa kodenya, atau impor dahulu instansinya.",
		"At the end of %d no agency had the code %q. Check the code, or import the agency first.", r.Year, code)
	return false
}

// readMarks reads whether the year is uncertain, and bounds the source.
func (im *resultImport) readMarks(row table.Row, r *store.Result) bool {
	if len(r.Source) > longestSource {
		im.Problem(row, "source", "Sumber lebih panjang dari %d bita.", "The source is longer than %d bytes.", longestSource)
		return false
	}
	r.YearUncertain = strings.Contains(r.Source, yearNotStated)
	switch text := strings.ToLower(row.Get("year_uncertain")); text {
	case "":
	case "1", "true", "yes", "ya":
		r.YearUncertain = true
	case "0", "false", "no", "tidak":
		r.YearUncertain = false
	default:
		im.Problem(row, "year_uncertain", "%q bukan ya atau tidak.", "%q is neither yes nor no.", text)
		return false
	}
	return r.Source != ""
}

func (im *resultImport) readTotal(row table.Row, in *instrument.Instrument, r *store.Result) bool {
	text := plainNumber(row.Get("nilai"))
	if text == "" {
		r.CategoryRank = -1
		return true
	}
	if !in.Scoring().HasTotal() {
		im.Problem(row, "nilai", "Instrumen %s tidak punya nilai; kosongkan sel ini.", "The instrument %s has no total; leave this cell empty.", in.ID)
		return false
	}
	total, err := scoring.ParsePoints(text)
	if err != nil {
		im.Problem(row, "nilai", "%q bukan angka biasa dengan paling banyak tiga desimal; tulis misalnya 362.5.",
			"%q is not a plain number with at most three decimals; write 362.5, for example.", text)
		return false
	}
	if most, ok := greatestTotal(in, r.AgencyKind); ok && total > most {
		im.Problem(row, "nilai", "%s melebihi nilai tertinggi instrumen %s, yaitu %s.", "%s is above the greatest total of the instrument %s, which is %s.",
			total, in.ID, most)
		return false
	}
	r.HasTotal, r.Total = true, total
	return true
}

// greatestTotal is what an agency of a kind can reach.
func greatestTotal(in *instrument.Instrument, kind scoring.AgencyKind) (scoring.Points, bool) {
	sheet, err := in.Scoring().NewSheet(kind)
	if err != nil {
		return 0, false // the agency is not known, which is noted
	}
	var r scoring.Result
	in.Scoring().Score(sheet, &r)
	return r.Maximum, r.HasTotal
}

// readCategory takes the category that follows from the total, which the one given must be; without a total, the one given.
func (im *resultImport) readCategory(row table.Row, in *instrument.Instrument, r *store.Result) bool {
	given, followed := row.Get("category"), ""
	if c, ok := in.Scoring().Classify(r.Total); ok && r.HasTotal {
		followed = c.Code
	}
	r.Category = followed
	if given != "" {
		if r.Category = categoryCalled(in, given); r.Category == "" {
			im.Problem(row, "category", "%q bukan kategori instrumen %s; yang ada: %s.", "%q is no category of the instrument %s, which has %s.",
				given, in.ID, categoryNames(in))
			return false
		}
	}
	switch {
	case r.Category == "" && !r.HasTotal:
		im.Problem(row, "nilai", "Isi nilai, kategori, atau keduanya.", "Fill in the total, the category or both.")
		return false
	case r.HasTotal && r.Category != followed:
		im.Problem(row, "category", "Nilai %s adalah %s menurut instrumen %s, bukan %s.", "A total of %s is %s under the instrument %s, not %s.",
			r.Total, categoryName(in, followed), in.ID, categoryName(in, r.Category))
		return false
	}
	r.CategoryRank = categoryRank(in, r.Category)
	return true
}

// categoryCalled is the code of the category that people call by its code or name, in any spelling; empty for none.
func categoryCalled(in *instrument.Instrument, text string) string {
	text = store.FoldName(text)
	for _, c := range in.Categories {
		if store.FoldName(c.Code) == text || store.FoldName(c.Name) == text || store.FoldName(c.NameEN) == text {
			return c.Code
		}
	}
	return ""
}

func categoryNames(in *instrument.Instrument) string {
	names := make([]string, len(in.Categories))
	for i, c := range in.Categories {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

// readIndex keeps the index as it was published, and otherwise makes it from the total.
func (im *resultImport) readIndex(row table.Row, in *instrument.Instrument, r *store.Result) bool {
	r.Index = plainNumber(row.Get("index"))
	if r.Index == "" {
		if index, ok := in.Scoring().Index(r.Total); ok && r.HasTotal {
			r.Index = in.Scoring().FormatIndex(index)
		}
		return true
	}
	if _, err := scoring.ParsePoints(r.Index); err != nil {
		im.Problem(row, "index", "%q bukan angka biasa dengan paling banyak tiga desimal; tulis misalnya 0.80.",
			"%q is not a plain number with at most three decimals; write 0.80, for example.", r.Index)
		return false
	}
	return true
}

// plainNumber writes the decimal comma of Indonesian spreadsheets as a point.
func plainNumber(s string) string {
	if strings.Count(s, ",") == 1 && !strings.Contains(s, ".") {
		return strings.Replace(s, ",", ".", 1)
	}
	return s
}

// yearEnd is the last day of a year.
func yearEnd(year int) string { return fmt.Sprintf("%04d-12-31", year) }

// yearOf is the year it is in WIB.
func yearOf(t time.Time) int {
	year, _ := strconv.Atoi(calendar.Day(t)[:4]) // a day begins with its year
	return year
}

// notFault reports whether an error is none that the caller may know about.
func notFault(err error) bool {
	var known *fault.Error
	return err != nil && !errors.As(err, &known)
}
