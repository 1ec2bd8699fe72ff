package calendar_test

import (
	"errors"
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
)

// MustTime reads an instant in RFC 3339.
func MustTime(tb testing.TB, s string) time.Time {
	tb.Helper()
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func TestBothDaysBelongToAWindow(t *testing.T) {
	window := calendar.Window{Phase: calendar.SelfAssessment, FirstDay: "2026-01-05", LastDay: "2026-02-28"}
	extended := window
	extended.Extended = "2026-03-07"
	shortened := window
	shortened.Extended = "2026-02-20"
	for _, tc := range []struct {
		name     string
		window   calendar.Window
		received string
		open     bool
	}{
		{"a moment before 00:00 WIB of the first day", window, "2026-01-04T23:59:59.999999+07:00", false},
		{"00:00 WIB of the first day", window, "2026-01-05T00:00:00+07:00", true},
		{"00:00 WIT of the first day is still the day before in WIB", window, "2026-01-05T00:00:00+09:00", false},
		{"the last moment of the last day", window, "2026-02-28T23:59:59.999999+07:00", true},
		{"24:00 WIB of the last day", window, "2026-03-01T00:00:00+07:00", false},
		{"after midnight in WIT while WIB has the last day", window, "2026-03-01T01:59:59+09:00", true},
		{"the day after, with an extension", extended, "2026-03-01T00:00:00+07:00", true},
		{"24:00 WIB of the extension", extended, "2026-03-08T00:00:00+07:00", false},
		{"an extension to an earlier day takes nothing away", shortened, "2026-02-28T12:00:00+07:00", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			received := MustTime(t, tc.received)
			if got := tc.window.Open(received); got != tc.open {
				t.Errorf("Open(%s) = %t, want %t", tc.received, got, tc.open)
			}
			inside := !received.Before(tc.window.Opens()) && received.Before(tc.window.Closes())
			if inside != tc.open {
				t.Errorf("between Opens and Closes: %t, want %t", inside, tc.open)
			}
			if err := tc.window.Check(received, calendar.WIB); (err == nil) != tc.open {
				t.Errorf("Check = %v, want open = %t", err, tc.open)
			}
		})
	}
}

func TestAClosedWindowSaysPhaseLastDayAndExtension(t *testing.T) {
	window := calendar.Window{Phase: calendar.SelfAssessment, FirstDay: "2026-01-05", LastDay: "2026-02-28"}
	extended := calendar.Window{Phase: calendar.Repair, FirstDay: "2026-05-01", LastDay: "2026-05-31", Extended: "2026-06-05"}
	for _, tc := range []struct {
		name                string
		window              calendar.Window
		received            string
		zone                string
		english, indonesian string
	}{
		{
			"late, in WIB", window, "2026-03-01T00:00:00+07:00", calendar.WIB,
			"The self-assessment phase is over: its last day was 28 February 2026, until 24:00 WIB, and no extension was granted to this agency. Ask the lead verifier for one.",
			"Tahap penilaian mandiri sudah berakhir: hari terakhirnya 28 Februari 2026, sampai pukul 24.00 WIB, dan tidak ada perpanjangan bagi instansi ini. Mintalah perpanjangan kepada koordinator verifikasi.",
		},
		{
			"late, in WIT", window, "2026-03-01T00:00:00+07:00", calendar.WIT,
			"The self-assessment phase is over: its last day was 28 February 2026, until 24:00 WIB (1 March 2026, 02:00 WIT), and no extension was granted to this agency. Ask the lead verifier for one.",
			"Tahap penilaian mandiri sudah berakhir: hari terakhirnya 28 Februari 2026, sampai pukul 24.00 WIB (1 Maret 2026, 02.00 WIT), dan tidak ada perpanjangan bagi instansi ini. Mintalah perpanjangan kepada koordinator verifikasi.",
		},
		{
			"after an extension, in WITA", extended, "2026-07-01T00:00:00+07:00", calendar.WITA,
			"The repair phase is over: its last day was 31 May 2026, and the extension granted to this agency ended on 5 June 2026, until 24:00 WIB (6 June 2026, 01:00 WITA). Ask the lead verifier for another one.",
			"Tahap perbaikan sudah berakhir: hari terakhirnya 31 Mei 2026, dan perpanjangan bagi instansi ini berakhir pada 5 Juni 2026, sampai pukul 24.00 WIB (6 Juni 2026, 01.00 WITA). Mintalah perpanjangan lagi kepada koordinator verifikasi.",
		},
		{
			"early", window, "2025-12-31T12:00:00+07:00", calendar.WITA,
			"The self-assessment phase is not open yet: it opens on 5 January 2026 at 00:00 WIB (5 January 2026, 01:00 WITA), and its last day is 28 February 2026. Come back when it is open.",
			"Tahap penilaian mandiri belum dibuka: dibuka pada 5 Januari 2026 pukul 00.00 WIB (5 Januari 2026, 01.00 WITA), dan hari terakhirnya 28 Februari 2026. Kembalilah setelah dibuka.",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.window.Check(MustTime(t, tc.received), tc.zone)
			var closed *fault.Error
			if !errors.As(err, &closed) || closed.Reason != meritv1.Reason_REASON_OUTSIDE_WINDOW {
				t.Fatalf("Check = %v, want OUTSIDE_WINDOW", err)
			}
			if got := closed.Text.EN; got != tc.english {
				t.Errorf("English:\n got %s\nwant %s", got, tc.english)
			}
			if got := closed.Text.ID; got != tc.indonesian {
				t.Errorf("Indonesian:\n got %s\nwant %s", got, tc.indonesian)
			}
		})
	}
}

func TestZoneFollowsTheProvinceCode(t *testing.T) {
	for code, want := range map[string]string{
		"": calendar.WIB, "11": calendar.WIB, "21": calendar.WIB, "31": calendar.WIB, "36": calendar.WIB,
		"51": calendar.WITA, "53": calendar.WITA, "61": calendar.WIB, "62": calendar.WIB, "63": calendar.WITA,
		"65": calendar.WITA, "71": calendar.WITA, "76": calendar.WITA, "81": calendar.WIT, "96": calendar.WIT,
	} {
		if got := calendar.ZoneOf(code); got != want {
			t.Errorf("ZoneOf(%q) = %s, want %s", code, got, want)
		}
	}
}

func TestDays(t *testing.T) {
	if got := calendar.Day(MustTime(t, "2026-02-28T17:00:00Z")); got != "2026-03-01" {
		t.Errorf("Day at 17:00 UTC = %s, want the next day in WIB", got)
	}
	if got := calendar.DaysUntil("2024-02-28", "2024-03-01"); got != 2 {
		t.Errorf("DaysUntil over a leap day = %d, want 2", got)
	}
	if got := calendar.DaysUntil("2024-03-01", "2024-02-28"); got != -2 {
		t.Errorf("DaysUntil back over a leap day = %d, want -2", got)
	}
	if got := calendar.Words("2026-08-07"); got.ID != "7 Agustus 2026" || got.EN != "7 August 2026" {
		t.Errorf("Words = %v", got)
	}
	if got := calendar.Before("2024-03-01"); got != "2024-02-29" {
		t.Errorf("Before = %s, want 2024-02-29", got)
	}
	for day, want := range map[string]bool{"2024-02-29": true, "2023-02-29": false, "2024-2-9": false, "": false} {
		if got := calendar.IsDay(day); got != want {
			t.Errorf("IsDay(%q) = %t, want %t", day, got, want)
		}
	}
}

func BenchmarkCheckOpen(b *testing.B) {
	window := calendar.Window{Phase: calendar.SelfAssessment, FirstDay: "2026-01-05", LastDay: "2026-02-28"}
	received := MustTime(b, "2026-02-01T12:00:00+07:00")
	b.ReportAllocs()
	for b.Loop() {
		if err := window.Check(received, calendar.WIT); err != nil {
			b.Fatal(err)
		}
	}
}
