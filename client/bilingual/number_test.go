package bilingual_test

import (
	"testing"
	"time"

	"github.com/meritindex/merit/client/bilingual"
)

func TestNumbersAreWrittenAsTheirReadersDo(t *testing.T) {
	for _, test := range []struct{ number, indonesian, english string }{
		{"327", "327", "327"},
		{"37.5", "37,5", "37.5"},
		{"1234.5", "1.234,5", "1,234.5"},
		{"1234567", "1.234.567", "1,234,567"},
		{"-0.80", "−0,80", "−0.80"},
		{"", "", ""},
		{"none", "none", "none"},
		{"1e3", "1e3", "1e3"},
	} {
		if got := bilingual.Number("id", test.number); got != test.indonesian {
			t.Errorf("%q in Indonesian is %q, want %q", test.number, got, test.indonesian)
		}
		if got := bilingual.Number("en", test.number); got != test.english {
			t.Errorf("%q in English is %q, want %q", test.number, got, test.english)
		}
	}
}

func TestDatesAreWrittenInWords(t *testing.T) {
	moment := time.Date(2021, time.May, 31, 17, 30, 0, 0, time.UTC)
	for _, test := range []struct{ got, want string }{
		{bilingual.Day("id", "2021-08-17"), "17 Agustus 2021"},
		{bilingual.Day("en", "2021-08-17"), "17 August 2021"},
		{bilingual.Day("id", "soon"), "soon"},
		{bilingual.Instant("id", moment), "1 Juni 2021 00:30 WIB"},
		{bilingual.Instant("en", moment), "1 June 2021 00:30 WIB"},
		{bilingual.Deadline("id", "2026-05-31", "Asia/Jayapura"), "31 Mei 2026 pukul 24.00 WIB (1 Juni 2026, 02.00 WIT)"},
		{bilingual.Deadline("en", "2026-12-31", "Asia/Makassar"), "31 December 2026, 24:00 WIB (1 January 2027, 01:00 WITA)"},
		{bilingual.Deadline("id", "2026-05-31", "Asia/Jakarta"), "31 Mei 2026 pukul 24.00 WIB"},
		{bilingual.Deadline("en", "2026-05-31", ""), "31 May 2026, 24:00 WIB"},
		{bilingual.Deadline("en", "soon", "Asia/Jayapura"), "soon"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
