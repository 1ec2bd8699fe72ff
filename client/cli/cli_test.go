package cli_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/meritindex/merit/client/cli"
	"github.com/meritindex/merit/server/servertest"
)

var update = flag.Bool("update", false, "rewrite golden files")

// program is the command line without the commands that open the store.
type program struct {
	cli.Commands

	User   cli.UserCmd   `cmd:"" group:"people" help:"People and their roles. ¦ Orang dan perannya."`
	Verify cli.VerifyCmd `cmd:"" group:"service" help:"Check what can be checked without the service. ¦ Periksa apa yang dapat diperiksa tanpa layanan."`
}

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"merit": func() {
		var all program
		streams := cli.Streams{In: os.Stdin, Out: os.Stdout, Errs: os.Stderr, Now: func() time.Time { return servertest.Start }}
		os.Exit(cli.Main(context.Background(), &all, &all.Commands, os.Args[1:], streams))
	}})
}

// TestOffline runs the scripts of commands that need no service: none is there.
func TestOffline(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/offline",
		UpdateScripts: *update,
		Cmds:          map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(env *testscript.Env) error {
			env.Setenv("MERIT_LANG", "en")
			env.Setenv("MERIT_CONFIG", filepath.Join(env.WorkDir, "config"))
			env.Setenv("MERIT_SERVER", "127.0.0.1:1")
			demo, err := filepath.Abs("../demo/data")
			env.Setenv("DEMO", demo)
			return err
		},
	})
}

// exits runs a program and wants an exit code: exits 2 merit agency list --kind kerajaan.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGUMENT...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
