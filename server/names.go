package server

import (
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
)

// names are what the agencies and cycles of an answer are called today, by id.
type names struct{ agencies, cycles map[string]string }

// readNames reads the names of agencies and cycles, each in one query; ids may be empty or come twice.
func readNames(tx *store.Tx, agencies, cycles []string) (n names, err error) {
	found, err := tx.AgenciesByID(calendar.Day(tx.Now()), agencies...)
	if err != nil {
		return n, err
	}
	n.agencies = make(map[string]string, len(found))
	for id, agency := range found {
		n.agencies[id] = agency.Name
	}
	n.cycles, err = tx.CycleNames(cycles...)
	return n, err
}
