package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/meritindex/merit/scoring/instrument"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"merit": main})
}

// TestJourneys runs the real binary as people do: each script in testdata/script is one journey.
func TestJourneys(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"ready": ready, "post": post, "secret": secret, "token": token, "sql": tamper},
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"LISTEN", "HTTP", "OPS"} {
				env.Setenv("MERIT_"+name, mustFreeAddress(t))
			}
			env.Setenv("MERIT_SERVER", env.Getenv("MERIT_LISTEN"))
			env.Setenv("MERIT_CONFIG", env.WorkDir+"/config")
			env.Setenv("MERIT_LANG", "en")
			kasn, _ := instrument.Lookup("kasn-2019")
			return os.WriteFile(env.WorkDir+"/kasn.yaml", kasn.Source(), 0o644)
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

// ready waits until the service whose ops listener is given says that it is: ready HOST:PORT.
func ready(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(awaitReady(context.Background(), args[0], nil))
}

// post sends JSON to the JSON door and writes the answer to a file: post FILE Service/Method BODY [TOKEN].
func post(ts *testscript.TestScript, neg bool, args []string) {
	request, err := http.NewRequest(http.MethodPost, "http://"+ts.Getenv("MERIT_HTTP")+"/api/merit.v1."+args[1], strings.NewReader(args[2]))
	ts.Check(err)
	if len(args) > 3 {
		request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(args[3]))
	}
	response, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	ts.Check(err)
	if ok := response.StatusCode == http.StatusOK; ok == neg {
		ts.Fatalf("%s: %s: %s", args[1], response.Status, body)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), body, 0o644))
}

// secret sets $SECRET to the secret of the one-time link in a file: secret FILE.
func secret(ts *testscript.TestScript, _ bool, args []string) {
	var link struct{ Secret string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &link))
	ts.Setenv("SECRET", link.Secret)
}

// token sets $TOKEN to what a file holds: token FILE.
func token(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv("TOKEN", strings.TrimSpace(ts.ReadFile(args[0])))
}

// tamper changes a SQLite file behind the service's back: sql FILE STATEMENTS.
func tamper(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite3", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(args[1])
	ts.Check(err)
}
