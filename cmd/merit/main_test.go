package main

import (
	"net"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"merit": main})
}

// TestJourneys runs the real binary as people do: each script in testdata/script is one journey.
func TestJourneys(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"LISTEN", "HTTP", "OPS"} {
				env.Setenv("MERIT_"+name, mustFreeAddress(t))
			}
			env.Setenv("MERIT_SERVER", env.Getenv("MERIT_LISTEN"))
			env.Setenv("MERIT_CONFIG", env.WorkDir+"/config")
			env.Setenv("MERIT_LANG", "en")
			return nil
		},
	})
}

// mustFreeAddress is an address on loopback that nobody listened on a moment ago.
func mustFreeAddress(tb testing.TB) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
