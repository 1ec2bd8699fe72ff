package main

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// rounds is how often a test of faults does its worst: few in every run of the tests, many in make torture.
func rounds(t *testing.T, few int) int {
	t.Helper()
	many, err := strconv.Atoi(os.Getenv("MERIT_TORTURE"))
	if err != nil {
		return few
	}
	return many
}

// deployment is a folder with a SQLite file and evidence, between two lives of the service.
type deployment struct {
	dir     string
	offices []*office
}

// open opens the folder for a while, as nobody else does.
func (d *deployment) open(t *testing.T, do func(*store.Store, blob.Store)) {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{URL: filepath.Join(d.dir, "merit.db"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.OpenDisk(blob.DiskOptions{Dir: filepath.Join(d.dir, "evidence")})
	if err != nil {
		t.Fatal(err)
	}
	do(st, blobs)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}

// serve starts the real binary on the folder and returns it with its gRPC address when it is ready.
func (d *deployment) serve(t *testing.T, prefix ...string) (*exec.Cmd, string) {
	t.Helper()
	address, ops := mustFreeAddress(t), mustFreeAddress(t)
	args := append(prefix, "merit", "serve", "--log-level", "ERROR", "--database", filepath.Join(d.dir, "merit.db"),
		"--evidence", filepath.Join(d.dir, "evidence"), "--listen", address, "--http", "127.0.0.1:0", "--ops", ops)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env, cmd.Stderr = append(os.Environ(), "MERIT_CONFIG="+d.dir, "MERIT_LANG=en"), t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
	if err := awaitReady(ops); err != nil {
		t.Fatal(err)
	}
	return cmd, address
}

// mustDeployment makes a folder with offices at work.
func mustDeployment(t *testing.T, dir string) *deployment {
	t.Helper()
	d := &deployment{dir: dir}
	t.Run("settle", func(t *testing.T) {
		st := storetest.MustOpen(t, "sqlite:"+filepath.Join(d.dir, "merit.db"), func(o *store.Options) { o.Logger = slog.New(slog.DiscardHandler) })
		if err := st.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		blobs, err := blob.OpenDisk(blob.DiskOptions{Dir: filepath.Join(d.dir, "evidence")})
		if err != nil {
			t.Fatal(err)
		}
		d.offices = mustSettle(t, st, blobs, 4)
	})
	return d
}

// The service is killed at random moments while people save, submit, recall and upload through the client library. What
// they were told is saved is there; what they were not told of is wholly there or wholly absent; the trail is clean; and
// uploads go on where they broke.
func TestNothingAcknowledgedIsLostWhenTheServiceIsKilled(t *testing.T) {
	d := mustDeployment(t, storetest.Folder(t))
	claims, files := 0, 0
	for range rounds(t, 10) {
		d.killOnce(t)
		if t.Failed() {
			return
		}
	}
	d.open(t, func(st *store.Store, _ blob.Store) {
		claims, files = count(t, st, "decision"), count(t, st, "evidence")
	})
	t.Logf("%d kills; %d claims and %d files are there", rounds(t, 10), claims, files)
	if claims == 0 || files == 0 {
		t.Error("nothing was acknowledged: the load is too light to show anything")
	}
}

// killOnce lets the service live for a moment under load.
func (d *deployment) killOnce(t *testing.T) {
	t.Helper()
	service, address := d.serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond+rand.N(400*time.Millisecond), func() {
		_ = service.Process.Kill()
		_ = service.Wait()
		cancel() // nobody tries again on a service that comes back
	})
	work(ctx, t, address, d.offices)
	<-ctx.Done()
	d.open(t, func(st *store.Store, blobs blob.Store) {
		found, err := st.CheckEntries(t.Context())
		if err != nil || len(found) > 0 {
			t.Errorf("the trail: %v, %v", found, err)
		}
		for _, o := range d.offices {
			o.check(t, st, blobs)
		}
	})
}

func count(t *testing.T, st *store.Store, table string) (n int) {
	t.Helper()
	err := st.View(t.Context(), func(tx *store.Tx) error { return tx.QueryRow("SELECT count(*) FROM " + table).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}
