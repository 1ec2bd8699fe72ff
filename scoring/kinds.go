package scoring

import (
	"slices"
	"strings"
)

// AgencyKind is the kind of a government agency; items may apply to some kinds only.
type AgencyKind string

// The kinds of agencies.
const (
	Kementerian   AgencyKind = "KEMENTERIAN"    // ministry
	LPNK          AgencyKind = "LPNK"           // non-ministry government body
	LembagaNegara AgencyKind = "LEMBAGA_NEGARA" // state institution
	Provinsi      AgencyKind = "PROVINSI"       // province
	Kabupaten     AgencyKind = "KABUPATEN"      // regency
	Kota          AgencyKind = "KOTA"           // city
)

var agencyKinds = Names[AgencyKind]{Kementerian, LPNK, LembagaNegara, Provinsi, Kabupaten, Kota}

// AgencyKinds returns all kinds, central ones first.
func AgencyKinds() Names[AgencyKind] { return slices.Clone(agencyKinds) }

// Names are the words that may stand somewhere.
type Names[T ~string] []T

// String lists them for a message: KABUPATEN, KOTA.
func (n Names[T]) String() string {
	words := make([]string, len(n))
	for i, word := range n {
		words[i] = string(word)
	}
	return strings.Join(words, ", ")
}

// Valid reports whether k is one of the known kinds.
func (k AgencyKind) Valid() bool { return slices.Contains(agencyKinds, k) }

// bit is the kind's place in a set of kinds, 0 for an unknown kind.
func (k AgencyKind) bit() uint8 {
	i := slices.Index(agencyKinds, k)
	if i < 0 {
		return 0
	}
	return 1 << i
}

// Method is how an instrument turns levels into a score.
type Method string

// The methods.
const (
	WeightedSum  Method = "WEIGHTED_SUM"  // total = sum of level x item weight
	WeightedMean Method = "WEIGHTED_MEAN" // maturity of an aspect = mean level of its applicable items
)

// ItemKind tells scored items from questions that only open or close other items.
type ItemKind string

// The kinds of items.
const (
	Scored ItemKind = "SCORED" // answered with a level on the scale
	Choice ItemKind = "CHOICE" // answered with one of its options; carries no score
)

// Provenance says how well an item is founded in a source.
type Provenance string

// The provenances.
const (
	Stated        Provenance = "STATED"        // name and rubric are stated by a source
	Reconstructed Provenance = "RECONSTRUCTED" // put together from published facts; results that rest on it say so
)
