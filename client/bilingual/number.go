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

func inWords(language string, t time.Time) string {
	names, ok := months[language]
	if !ok {
		names = months["en"]
	}
	return t.Format("2 ") + names[t.Month()-1] + t.Format(" 2006")
}
