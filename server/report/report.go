// Package report makes files of what the service knows: the questionnaire as a workbook that is filled in offline and
// read back, and minutes, results and certificates as documents to sign. It is pure: data in, bytes out. The same data
// in the same language is the same file, byte for byte: no clock, no random ids, nothing in the order of a map.
package report

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // the same zones on every machine

	"github.com/meritindex/merit/server/fault"
)

// Language is the language of the texts that are ours: "id" or "en". What people wrote and what instruments say stays
// as it is.
type Language string

// say picks a text of ours.
func (l Language) say(id, en string) string { return fault.Text{ID: id, EN: en}.In(string(l)) }

// number writes a decimal as the reader does: 1234.5 is 1.234,5 in Bahasa Indonesia and 1,234.5 in English. Anything
// else, such as the empty text, stays as it is.
func (l Language) number(decimal string) string {
	whole, fraction, found := strings.Cut(decimal, ".")
	thousands, point := l.say(".", ","), l.say(",", ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + thousands + whole[i:]
	}
	if found {
		whole += point + fraction
	}
	return sign + whole
}

var (
	months = map[Language][]string{
		"id": {"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"},
		"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	}
	weekdays = []string{"Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"}
	wib      = mustLoad("Asia/Jakarta") // the time of official papers, whatever the zone of the agency
)

func mustLoad(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic("report: embedded time zones lack " + name)
	}
	return zone
}

// date writes the day of an instant in WIB: 10 Maret 2021.
func (l Language) date(t time.Time) string {
	t = t.In(wib)
	return fmt.Sprintf("%d %s %d", t.Day(), months[l.known()][t.Month()-1], t.Year())
}

// day writes a date that is kept as YYYY-MM-DD; anything else stays as it is.
func (l Language) day(s string) string {
	t, err := time.ParseInLocation(time.DateOnly, s, wib)
	if err != nil {
		return s
	}
	return l.date(t)
}

// weekday names the day of the week of an instant in WIB.
func (l Language) weekday(t time.Time) string {
	t = t.In(wib)
	return l.say(weekdays[t.Weekday()], t.Weekday().String())
}

// moment writes an instant: 10 Maret 2021 14.05 WIB.
func (l Language) moment(t time.Time) string {
	return l.date(t) + t.In(wib).Format(l.say(" 15.04 ", " 15:04 ")) + "WIB"
}

func (l Language) known() Language {
	if l == "en" {
		return l
	}
	return "id"
}

var unsafeInNames = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// maxFileName is how long a part of a file name may be: some systems cut paths at 260 characters.
const maxFileName = 80

// FileName makes the name of a file of its parts: letters, digits, dots and dashes only, so that every file system takes
// it and no part of it is a folder.
func FileName(extension string, parts ...string) string {
	var clean []string
	for _, part := range parts {
		if part = cleanName(part); part != "" {
			clean = append(clean, part)
		}
	}
	return strings.Join(clean, "_") + extension
}

func cleanName(part string) string {
	part = strings.Trim(unsafeInNames.ReplaceAllString(plain(part), "-"), "-.")
	return strings.Trim(part[:min(len(part), maxFileName)], "-.")
}
