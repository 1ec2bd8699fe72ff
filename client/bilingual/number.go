package bilingual

import (
	"strings"
	"time"
)

// Languages are the languages of people: Bahasa Indonesia first, and English.
var Languages = []string{"id", "en"}

// Number writes a decimal number of the contract ("1234.5") as readers do: 1.234,5 in Indonesian, 1,234.5 in English.
// What is no number stays as it is.
func Number(language, number string) string {
	digits, fraction, hasFraction := strings.Cut(strings.TrimPrefix(number, "-"), ".")
	if digits == "" || strings.Trim(digits+fraction, "0123456789") != "" {
		return number
	}
	thousands, point := ".", ","
	if language != "id" {
		thousands, point = ",", "."
	}
	var b strings.Builder
	if strings.HasPrefix(number, "-") {
		b.WriteString("−")
	}
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(thousands)
		}
		b.WriteRune(digit)
	}
	if hasFraction {
		b.WriteString(point + fraction)
	}
	return b.String()
}

// months are named in full.
var months = map[string][12]string{
	"id": {"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"},
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// WIB is Western Indonesian Time, in which the year's windows open and close.
var WIB = time.FixedZone("WIB", 7*60*60)

// otherZones are the zones of Indonesia beside WIB, by their IANA names.
var otherZones = map[string]*time.Location{
	"Asia/Makassar": time.FixedZone("WITA", 8*60*60),
	"Asia/Jayapura": time.FixedZone("WIT", 9*60*60),
}

// Day writes a date of the contract (2021-02-01) in words: 1 Februari 2021. What is no date stays as it is.
func Day(language, date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return inWords(language, t)
}

// Instant writes a moment in words, in WIB: 1 Februari 2021 10:00 WIB.
func Instant(language string, t time.Time) string {
	t = t.In(WIB)
	return inWords(language, t) + t.Format(" 15:04") + " WIB"
}

// Deadline writes the end of a last day (YYYY-MM-DD), which is 24:00 WIB, and what that is in the zone of an agency (its
// IANA name, as in the contract) where it is another: 31 Mei 2026 pukul 24.00 WIB (1 Juni 2026, 02.00 WIT). What is no
// date stays as it is.
func Deadline(language, lastDay, zone string) string {
	day, err := time.ParseInLocation(time.DateOnly, lastDay, WIB)
	if err != nil {
		return lastDay
	}
	end := Pick(language, ", 24:00 WIB ¦  pukul 24.00 WIB")
	if other := otherZones[zone]; other != nil {
		there := day.AddDate(0, 0, 1).In(other)
		end += " (" + inWords(language, there) + there.Format(Pick(language, ", 15:04 MST ¦ , 15.04 MST")) + ")"
	}
	return inWords(language, day) + end
}

func inWords(language string, t time.Time) string {
	names, ok := months[language]
	if !ok {
		names = months["en"]
	}
	return t.Format("2 ") + names[t.Month()-1] + t.Format(" 2006")
}
