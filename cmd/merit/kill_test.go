package main

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meritindex/merit/client/cli"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
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
// they were told is saved is there; what they were not told of is wholly there or wholly absent; the log verifies after
// every kill and goes on from the checkpoints that they were given; uploads go on where they broke; and once the service
// has ended in order, all that was acknowledged is in the log.
func TestNothingAcknowledgedIsLostWhenTheServiceIsKilled(t *testing.T) {
	d := mustDeployment(t, storetest.Folder(t))
	claims, files := 0, 0
	for range rounds(t, 10) {
		d.killOnce(t)
		if t.Failed() {
			return
		}
	}
	d.endInOrder(t)
	if log := d.verifyLog(t); strings.Contains(log, "not under a checkpoint") {
		t.Errorf("the service ended in order and left entries without a place:\n%s", log)
	}
	d.open(t, func(st *store.Store, _ blob.Store) {
		claims, files = count(t, st, "decision"), count(t, st, "evidence")
		for _, o := range d.offices {
			o.checkLogged(t, st)
		}
	})
	t.Logf("%d kills; %d claims and %d files are there", rounds(t, 10), claims, files)
	if claims == 0 || files == 0 {
		t.Error("nothing was acknowledged: the load is too light to show anything")
	}
}

// The service is killed exactly between a file's name and its record, which the database, locked by another, keeps it from
// writing: the upload still has all its bytes, and finishes.
func TestNothingAcknowledgedIsSentAgainWhenTheServiceDiesBeforeTheRecordOfAFile(t *testing.T) {
	d := mustDeployment(t, storetest.Folder(t))
	service, address := d.serve(t)
	o := d.offices[0]
	operator := mustDial(t, address, o.operator)
	sent, err := o.send(t.Context(), operator)
	if err != nil {
		t.Fatal(err)
	}
	unlock := d.lock(t)
	answer := make(chan error, 1)
	go func() {
		_, err := operator.Evidence.FinishUpload(t.Context(), &meritv1.FinishUploadRequest{UploadId: sent.GetId()})
		answer <- err
	}()
	name := filepath.Join(d.dir, "evidence", "sha256", sent.GetSha256()[:2], sent.GetSha256())
	for {
		if _, err := os.Stat(name); err == nil {
			break
		}
		select {
		case err := <-answer:
			t.Fatalf("answered before the file had its name: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	_, _ = service.Process.Kill(), service.Wait()
	unlock()
	if err := <-answer; status.Code(err) != codes.Unavailable {
		t.Errorf("FinishUpload of a service that was killed: %v", err)
	}
	_, address = d.serve(t)
	operator = mustDial(t, address, o.operator)
	now, err := operator.Evidence.GetUpload(t.Context(), &meritv1.GetUploadRequest{UploadId: sent.GetId()})
	if err != nil || now.GetUpload().GetDurableOffset() != sent.GetSize() || now.GetUpload().GetFinishedAs() != "" {
		t.Fatalf("after the kill the upload is %v, %v", now, err)
	}
	if err := o.put(t.Context(), operator); err != nil || len(o.landed) != 1 {
		t.Errorf("finished as %v, %v", o.landed, err)
	}
}

// lock locks the database for writing until it is unlocked.
func (d *deployment) lock(t *testing.T) (unlock func()) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(d.dir, "merit.db"))
	if err != nil {
		t.Fatal(err)
	}
	lock, err := db.Conn(t.Context())
	if err == nil {
		_, err = lock.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if _, err := lock.ExecContext(t.Context(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
		_, _ = lock.Close(), db.Close()
	}
}

// killOnce lets the service live for a moment under load.
func (d *deployment) killOnce(t *testing.T) {
	t.Helper()
	service, address := d.serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(life(), func() {
		_ = service.Process.Kill()
		_ = service.Wait()
		cancel() // nobody tries again on a service that comes back
	})
	work(ctx, t, address, d.offices)
	<-ctx.Done()
	d.verifyLog(t)
	d.open(t, func(st *store.Store, blobs blob.Store) {
		for _, o := range d.offices {
			o.check(t, st, blobs)
		}
	})
}

// life is how long the service lives under load: in make torture often beyond the first second, after which new entries are
// numbered.
func life() time.Duration {
	longest := 450 * time.Millisecond
	if os.Getenv("MERIT_TORTURE") != "" {
		longest = 1500 * time.Millisecond
	}
	return rand.N(longest)
}

// endInOrder starts the service once more and ends it as its operator does.
func (d *deployment) endInOrder(t *testing.T) {
	t.Helper()
	service, _ := d.serve(t)
	if err := errors.Join(service.Process.Signal(os.Interrupt), service.Wait()); err != nil {
		t.Error(err)
	}
}

// verifyLog does what merit verify log does, with the checkpoints that the offices keep, and returns what it prints.
func (d *deployment) verifyLog(t *testing.T) string {
	t.Helper()
	cmd := verifyLogCmd{databaseFlags: databaseFlags{Database: filepath.Join(d.dir, "merit.db")}}
	for _, o := range d.offices {
		if o.checkpoint != nil {
			file := filepath.Join(d.dir, o.agency+".checkpoint")
			if err := os.WriteFile(file, o.checkpoint, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd.Checkpoint = append(cmd.Checkpoint, file)
		}
	}
	var out strings.Builder
	c := &cli.Context{Context: t.Context(), Globals: cli.Globals{Lang: "en"}, Streams: cli.Streams{Out: &out, Errs: t.Output(), Now: time.Now}}
	if err := cmd.Run(c); err != nil {
		t.Errorf("%v:\n%s", err, out.String())
	}
	return out.String()
}

func count(t *testing.T, st *store.Store, table string) (n int) {
	t.Helper()
	err := st.View(t.Context(), func(tx *store.Tx) error { return tx.QueryRow("SELECT count(*) FROM " + table).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}
