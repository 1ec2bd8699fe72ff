package calendar

import (
	"time"
	_ "time/tzdata" // the same zones on every machine
)

// The time zones of Indonesia.
const (
	WIB  = "Asia/Jakarta"  // western: Sumatra, Java, West and Central Kalimantan; also of every central agency
	WITA = "Asia/Makassar" // central: Bali, Nusa Tenggara, the rest of Kalimantan, Sulawesi
	WIT  = "Asia/Jayapura" // eastern: Maluku, Papua
)

var (
	jakarta = mustLoad(WIB)
	zones   = map[string]*time.Location{WIB: jakarta, WITA: mustLoad(WITA), WIT: mustLoad(WIT)}
)

func mustLoad(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic("calendar: embedded time zones lack " + name)
	}
	return zone
}

// IsZone reports whether name is one of the three time zones.
func IsZone(name string) bool { return zones[name] != nil }

// ZoneOf is the time zone of a province, told by its code (Keputusan Presiden 41/1987): the first digit numbers the
// island group, and only Kalimantan (6) is divided. The empty code, of central agencies, gives WIB.
func ZoneOf(provinceCode string) string {
	if provinceCode == "" {
		return WIB
	}
	switch provinceCode[0] {
	case '5', '7':
		return WITA
	case '8', '9':
		return WIT
	case '6':
		if len(provinceCode) >= 2 && provinceCode[1] <= '2' {
			return WIB
		}
		return WITA
	}
	return WIB
}
