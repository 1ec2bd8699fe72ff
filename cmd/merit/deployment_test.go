package main

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/meritindex/merit/client/cli"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// deployment is a database and a place for evidence, with offices at work, on which the real binary is run.
type deployment struct {
	dir                string // for the key and what the offices keep
	database, evidence string // as merit serve takes them
	offices            []*office
}

// mustDeployment makes a deployment of a SQLite file and a folder of evidence.
func mustDeployment(t *testing.T, dir string) *deployment {
	t.Helper()
	d := &deployment{dir: dir, database: filepath.Join(dir, "merit.db"), evidence: filepath.Join(dir, "evidence")}
	d.mustSettle(t, "sqlite:"+d.database, 4)
	return d
}

// mustSettle puts so many offices to work.
func (d *deployment) mustSettle(t *testing.T, url string, offices int) {
	t.Helper()
	t.Run("settle", func(t *testing.T) {
		st := storetest.MustOpen(t, url, func(o *store.Options) { o.Logger = slog.New(slog.DiscardHandler) })
		if err := st.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		blobs, err := blob.Open(t.Context(), d.evidence)
		if err != nil {
			t.Fatal(err)
		}
		d.offices = mustSettle(t, st, blobs, offices)
	})
}

// open opens the deployment for a while, as nobody else does.
func (d *deployment) open(t *testing.T, do func(*store.Store, blob.Store)) {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{URL: d.database, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(t.Context(), d.evidence)
	if err != nil {
		t.Fatal(err)
	}
	do(st, blobs)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}

// served is a process of the service.
type served struct {
	*exec.Cmd
	address, ops string // of its doors
}

// serve starts the real binary and returns it when it is ready. A program may come before it, such as strace.
func (d *deployment) serve(t *testing.T, prefix ...string) *served {
	t.Helper()
	return d.serveAt(t, d.database, prefix...)
}

// serveAt is serve with an address of the database of its own.
func (d *deployment) serveAt(t *testing.T, database string, prefix ...string) *served {
	t.Helper()
	s := &served{address: mustFreeAddress(t), ops: mustFreeAddress(t)}
	d.start(t, s, database, prefix...)
	return s
}

// start starts the real binary at its addresses, perhaps anew, and waits until it is ready.
func (d *deployment) start(t *testing.T, s *served, database string, prefix ...string) {
	t.Helper()
	args := append(prefix, "merit", "serve", "--log-level", "ERROR", "--database", database, "--key", filepath.Join(d.dir, "log.key"),
		"--evidence", d.evidence, "--listen", s.address, "--http", "127.0.0.1:0", "--ops", s.ops)
	s.Cmd = exec.Command(args[0], args[1:]...)
	s.Env, s.Stderr = append(os.Environ(), "MERIT_CONFIG="+d.dir, "MERIT_LANG=en"), t.Output()
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	if err := awaitReady(t.Context(), s.ops, nil); err != nil {
		t.Fatal(err)
	}
}

// kill ends the process as a crash does.
func (s *served) kill() { _, _ = s.Process.Kill(), s.Wait() }

// end ends the process as its operator does.
func (s *served) end(t *testing.T) {
	t.Helper()
	if err := s.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	if err := s.Wait(); err != nil {
		t.Error(err)
	}
}

// verifyLog does what merit verify log does, with the checkpoints that the offices keep, and returns what it prints.
func (d *deployment) verifyLog(t *testing.T) string {
	t.Helper()
	cmd := verifyLogCmd{databaseFlags: databaseFlags{Database: d.database}}
	for _, o := range d.offices {
		if o.checkpoint != nil {
			file := filepath.Join(d.dir, o.agency+".checkpoint")
			if err := os.WriteFile(file, o.checkpoint, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd.Checkpoint = append(cmd.Checkpoint, cli.Given(file))
		}
	}
	var out strings.Builder
	c := &cli.Context{Context: t.Context(), Globals: cli.Globals{Lang: "en"}, Streams: cli.Streams{Out: &out, Errs: t.Output(), Now: time.Now}}
	if err := cmd.Run(c); err != nil {
		t.Errorf("%v:\n%s", err, out.String())
	}
	return out.String()
}
