package instrument

import (
	"embed"
	"fmt"
	"sync"
)

//go:embed instruments/*.yaml
var files embed.FS

// embedded parses the published instruments once; that they are valid is proved by a test.
var embedded = sync.OnceValue(func() []*Instrument {
	var all []*Instrument
	entries, err := files.ReadDir("instruments")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		data, err := files.ReadFile("instruments/" + e.Name())
		if err != nil {
			panic(err)
		}
		in, err := Parse(e.Name(), data)
		if err != nil {
			panic(fmt.Sprintf("instrument: the embedded file is not valid:\n%v", err))
		}
		all = append(all, in)
	}
	return all
})

// Embedded returns the instruments that come with the program, in the order of their ids. The slice must not be changed.
func Embedded() []*Instrument { return embedded() }

// Lookup returns the embedded instrument with that id.
func Lookup(id string) (*Instrument, bool) {
	for _, in := range embedded() {
		if in.ID == id {
			return in, true
		}
	}
	return nil, false
}
