package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

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
	d.serve(t).end(t)
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
	service := d.serve(t)
	o := d.offices[0]
	operator := mustDial(t, service.address, o.operator)
	sent, err := o.send(t.Context(), operator)
	if err != nil {
		t.Fatal(err)
	}
	unlock := storetest.MustLock(t, "sqlite:"+d.database)
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
	service.kill()
	unlock()
	if err := <-answer; status.Code(err) != codes.Unavailable {
		t.Errorf("FinishUpload of a service that was killed: %v", err)
	}
	service = d.serve(t)
	operator = mustDial(t, service.address, o.operator)
	now, err := operator.Evidence.GetUpload(t.Context(), &meritv1.GetUploadRequest{UploadId: sent.GetId()})
	if err != nil || now.GetUpload().GetDurableOffset() != sent.GetSize() || now.GetUpload().GetFinishedAs() != "" {
		t.Fatalf("after the kill the upload is %v, %v", now, err)
	}
	if err := o.put(t.Context(), operator); err != nil || len(o.landed) != 1 {
		t.Errorf("finished as %v, %v", o.landed, err)
	}
}

// killOnce lets the service live for a moment under load.
func (d *deployment) killOnce(t *testing.T) {
	t.Helper()
	service := d.serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(life(), func() {
		service.kill()
		cancel() // nobody tries again on a service that comes back
	})
	work(ctx, t, service.address, d.offices)
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

func count(t *testing.T, st *store.Store, table string) (n int) {
	t.Helper()
	err := st.View(t.Context(), func(tx *store.Tx) error { return tx.QueryRow("SELECT count(*) FROM " + table).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}
