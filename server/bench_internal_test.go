package server

import (
	"testing"

	"github.com/meritindex/merit/server/access"
)

// BenchmarkIdentify is what asking the store on every call costs.
func BenchmarkIdentify(b *testing.B) {
	s := watcher(MustSession(b))
	for b.Loop() {
		c := access.Caller{Credential: signedIn.caller.Credential}
		if err := s.identify(b.Context(), &c); err != nil {
			b.Fatal(err)
		}
	}
}
