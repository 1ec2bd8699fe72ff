package calendar

import (
	"fmt"
	"time"
)

// ClosedError says that a request was received outside a window: which phase, its last day in WIB and in the agency's
// own zone, and whether an extension exists.
type ClosedError struct {
	Window Window
	Zone   string // of the agency; empty: tell WIB only
	Early  bool   // the window has not opened yet
}

// Error tells it in English.
func (e *ClosedError) Error() string { return e.tell(english) }

// Indonesian tells it in Bahasa Indonesia.
func (e *ClosedError) Indonesian() string { return e.tell(indonesian) }

func (e *ClosedError) tell(w words) string {
	name := w.phases[e.Window.Phase]
	if e.Early {
		opens := e.Window.Opens()
		return fmt.Sprintf(w.early, name, w.date(opens), e.own(w, opens), w.date(startOf(e.Window.Until())))
	}
	last := w.date(startOf(e.Window.LastDay))
	closed := e.own(w, e.Window.Closes())
	if e.Window.Extended == "" {
		return fmt.Sprintf(w.late, name, last, closed)
	}
	return fmt.Sprintf(w.extended, name, last, w.date(startOf(e.Window.Until())), closed)
}

// own is the instant in the agency's zone, in brackets, or empty if that is WIB.
func (e *ClosedError) own(w words, t time.Time) string {
	zone := zones[e.Zone]
	if zone == nil || zone == jakarta {
		return ""
	}
	t = t.In(zone)
	return fmt.Sprintf(" (%s, %s)", w.date(t), t.Format(w.clock))
}

// words are the sentences of one language.
type words struct {
	phases                map[Phase]string
	months                [12]string
	clock                 string // layout of a time of day with its zone
	early, late, extended string
}

func (w words) date(t time.Time) string {
	return fmt.Sprintf("%d %s %d", t.Day(), w.months[t.Month()-1], t.Year())
}

var english = words{
	phases: map[Phase]string{
		SelfAssessment: "self-assessment", Verification: "verification", Repair: "repair",
		Determination: "determination", Award: "award",
	},
	months: [12]string{
		"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December",
	},
	clock: "15:04 MST",
	early: "the %s phase is not open yet: it opens on %s at 00:00 WIB%s and its last day is %s; come back when it is open",
	late: "the %s phase is over: its last day was %s, until 24:00 WIB%s, and no extension was granted to this agency; " +
		"ask the lead verifier for one",
	extended: "the %s phase is over: its last day was %s, and the extension granted to this agency ended on %s, " +
		"until 24:00 WIB%s; ask the lead verifier for another one",
}

var indonesian = words{
	phases: map[Phase]string{
		SelfAssessment: "penilaian mandiri", Verification: "verifikasi", Repair: "perbaikan",
		Determination: "penetapan", Award: "anugerah",
	},
	months: [12]string{
		"Januari", "Februari", "Maret", "April", "Mei", "Juni",
		"Juli", "Agustus", "September", "Oktober", "November", "Desember",
	},
	clock: "15.04 MST",
	early: "tahap %s belum dibuka: dibuka pada %s pukul 00.00 WIB%s dan hari terakhirnya %s; kembalilah setelah dibuka",
	late: "tahap %s sudah berakhir: hari terakhirnya %s, sampai pukul 24.00 WIB%s, dan tidak ada perpanjangan bagi " +
		"instansi ini; mintalah perpanjangan kepada koordinator verifikasi",
	extended: "tahap %s sudah berakhir: hari terakhirnya %s, dan perpanjangan bagi instansi ini berakhir pada %s, " +
		"sampai pukul 24.00 WIB%s; mintalah perpanjangan lagi kepada koordinator verifikasi",
}
