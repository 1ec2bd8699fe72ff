package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// The disk under a SQLite file fails while the service runs, and works again: what strace has the kernel answer is what it
// answers when a file system was made read-only after an error, and when a disk breaks. Writes are refused, reads go on,
// nothing is half there.
func TestADiskThatRefusesWritesIsSaidSoAndGoesOnWhenItTakesThem(t *testing.T) {
	strace, d := mustStrace(t), mustDeployment(t, storetest.Folder(t))
	service := d.serve(t)
	o := d.offices[0]
	c := mustDial(t, service.address, o.operator)
	for name, fault := range map[string]string{
		"it is read-only": "pwrite64:error=EROFS",
		"syncing fails":   "fsync,fdatasync:error=EIO",
	} {
		if err := o.save(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		mend := d.breakDisk(t, strace, service, fault)
		err := o.save(t.Context(), c)
		if status.Code(err) != codes.Unavailable || servertest.Reason(err) != meritv1.Reason_REASON_UNAVAILABLE {
			t.Errorf("%s: saving: %v, want UNAVAILABLE", name, err)
		}
		if _, err := c.Assessments.GetAssessment(t.Context(), &meritv1.GetAssessmentRequest{AssessmentId: o.assessment}); err != nil {
			t.Errorf("%s: reading: %v", name, err)
		}
		wantReady(t, service, "ok for reading only")
		mend()
		wantReady(t, service, "ok\n")
		d.open(t, func(st *store.Store, blobs blob.Store) { o.check(t, st, blobs) })
	}
	if err := o.save(t.Context(), c); err != nil {
		t.Errorf("saving when the disk works again: %v", err)
	}
	service.end(t)
	d.verifyLog(t)
	d.open(t, func(st *store.Store, blobs blob.Store) {
		o.check(t, st, blobs)
		o.checkLogged(t, st)
	})
}

// mustStrace finds strace, or skips the test where nobody may trace.
func mustStrace(t *testing.T) string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed; on Debian: apt-get install --no-install-recommends strace (tools/test-parts does)")
	}
	if out, err := exec.Command(strace, "true").CombinedOutput(); err != nil {
		t.Skipf("strace may not trace here (ptrace is not permitted): %v: %s", err, out)
	}
	return strace
}

// breakDisk has system calls of the service on its database fail until the disk is mended.
func (d *deployment) breakDisk(t *testing.T, strace string, s *served, fault string) (mend func()) {
	t.Helper()
	database, err := filepath.EvalSymlinks(d.database)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(strace, "-f", "-p", fmt.Sprint(s.Process.Pid), "-o", os.DevNull, "-P", database, "-P", database+"-wal", "-e", "inject="+fault)
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	mend = func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait() // it says that it was interrupted
	}
	t.Cleanup(mend)
	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil || !strings.Contains(line, "attached") {
		t.Skipf("strace may not attach to a process here: %s%v", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	return mend
}

// wantReady fails the test unless /readyz says that calls may come, in these words.
func wantReady(t *testing.T, s *served, words string) {
	t.Helper()
	response, err := http.Get("http://" + s.ops + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !strings.HasPrefix(string(said), words) {
		t.Errorf("/readyz: %s %q %v, want %q", response.Status, said, err, words)
	}
}
