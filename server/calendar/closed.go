package calendar

import (
	"fmt"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
)

// closed says why the window is not open, with instants also in the agency's zone.
func (w Window) closed(early bool, zone *time.Location) *fault.Error {
	reason, name := meritv1.Reason_REASON_OUTSIDE_WINDOW, names[w.Phase]
	last, until := date(startOf(w.LastDay)), date(startOf(w.Until()))
	switch {
	case early:
		return fault.New(reason,
			"Tahap %s belum dibuka: dibuka pada %s pukul 00.00 WIB%s, dan hari terakhirnya %s. Kembalilah setelah dibuka.",
			"The %s phase is not open yet: it opens on %s at 00:00 WIB%s, and its last day is %s. Come back when it is open.",
			name, date(w.Opens()), inZone(w.Opens(), zone), until)
	case w.Extended == "":
		return fault.New(reason,
			"Tahap %s sudah berakhir: hari terakhirnya %s, sampai pukul 24.00 WIB%s, dan tidak ada perpanjangan bagi "+
				"instansi ini. Mintalah perpanjangan kepada koordinator verifikasi.",
			"The %s phase is over: its last day was %s, until 24:00 WIB%s, and no extension was granted to this agency. "+
				"Ask the lead verifier for one.",
			name, last, inZone(w.Closes(), zone))
	}
	return fault.New(reason,
		"Tahap %s sudah berakhir: hari terakhirnya %s, dan perpanjangan bagi instansi ini berakhir pada %s, sampai pukul "+
			"24.00 WIB%s. Mintalah perpanjangan lagi kepada koordinator verifikasi.",
		"The %s phase is over: its last day was %s, and the extension granted to this agency ended on %s, until 24:00 "+
			"WIB%s. Ask the lead verifier for another one.",
		name, last, until, inZone(w.Closes(), zone))
}

// inZone is an instant in the agency's zone, in brackets, or empty if that is WIB.
func inZone(t time.Time, zone *time.Location) fault.Text {
	if zone == nil || zone == jakarta {
		return fault.Text{}
	}
	t = t.In(zone)
	return fault.T(" (%[1]s, %[2]s)", " (%[1]s, %[3]s)", date(t), t.Format("15.04 MST"), t.Format("15:04 MST"))
}

// date writes a day as people do: 28 February 2026.
func date(t time.Time) fault.Text {
	day := func(month string) string { return fmt.Sprintf("%d %s %d", t.Day(), month, t.Year()) }
	return fault.Text{ID: day(months[t.Month()-1]), EN: day(t.Month().String())}
}

// Words is a real date as people write it: 28 February 2026.
func Words(day string) fault.Text { return date(startOf(day)) }

// Name is what people call the phase.
func (p Phase) Name() fault.Text { return names[p] }

var names = map[Phase]fault.Text{
	SelfAssessment: {ID: "penilaian mandiri", EN: "self-assessment"},
	Verification:   {ID: "verifikasi", EN: "verification"},
	Repair:         {ID: "perbaikan", EN: "repair"},
	Determination:  {ID: "penetapan", EN: "determination"},
	Award:          {ID: "anugerah", EN: "award"},
}

var months = [...]string{
	"Januari", "Februari", "Maret", "April", "Mei", "Juni",
	"Juli", "Agustus", "September", "Oktober", "November", "Desember",
}
