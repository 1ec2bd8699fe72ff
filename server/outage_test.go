package server_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/blob/blobtest"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
	"github.com/meritindex/merit/server/yeartest"
)

// atStart is the clock of a server that nobody sets.
func atStart() time.Time { return servertest.Start }

// sheet is a questionnaire under way on a server whose storage fails and comes back.
type sheet struct {
	*servertest.Server
	*yeartest.Case
	saved int64 // claims that were acknowledged
}

func mustSheet(t *testing.T, s *servertest.Server) *sheet {
	t.Helper()
	return &sheet{Server: s, Case: yeartest.MustBegin(t, s, yeartest.Setup{}).MustDraft(t, store.Agency{}, nil)}
}

func (s *sheet) save(ctx context.Context, note string) error {
	_, err := assessments(s.Operator).SaveAnswer(ctx, &meritv1.SaveAnswerRequest{
		AssessmentId: s.AssessmentID, Item: "1.1", Answer: yeartest.Answer(int(s.saved%4) + 1), Note: note,
	})
	if err == nil {
		s.saved++
	}
	return err
}

func (s *sheet) mustSave(t *testing.T) {
	t.Helper()
	if err := s.save(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
}

// wantAllSaved fails the test unless exactly the acknowledged claims are there and the trail is clean.
func (s *sheet) wantAllSaved(t *testing.T) {
	t.Helper()
	var n int64
	err := s.Store.View(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM decision WHERE assessment_id = $1", s.AssessmentID).Scan(&n)
	})
	if err != nil || n != s.saved {
		t.Errorf("%d claims are there, %d were acknowledged: %v", n, s.saved, err)
	}
	if found, err := s.Store.CheckEntries(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("the trail: %v, %v", found, err)
	}
}

// wantOutage fails the test unless a caller is told, in words for people, that trying again may help.
func wantOutage(t *testing.T, err error, code codes.Code, reason meritv1.Reason) {
	t.Helper()
	servertest.WantReason(t, err, reason)
	if got := status.Code(err); got != code || strings.Contains(status.Convert(err).Message(), "SQL") {
		t.Errorf("told %v %q, want %v", got, status.Convert(err).Message(), code)
	}
}

func TestADatabaseLockedByAnotherProcessIsWaitedForAndThenUnavailable(t *testing.T) {
	url := storetest.SQLiteURL(t)
	st := storetest.MustOpen(t, url, func(o *store.Options) { o.BusyTimeout, o.Now = 100*time.Millisecond, atStart })
	s := mustSheet(t, servertest.New(t, func(o *server.Options) { o.Store = st }))
	s.mustSave(t)
	unlock := storetest.MustLock(t, url)
	wantOutage(t, s.save(t.Context(), "demo"), codes.Unavailable, meritv1.Reason_REASON_UNAVAILABLE)
	unlock()
	s.mustSave(t)
	s.wantAllSaved(t)
}

// The database fails after the bytes of a file got their name and before its record: nothing is sent again.
func TestAFileWhoseRecordFailsIsFinishedWithoutBeingSentAgain(t *testing.T) {
	for name, open := range map[string]func() blob.Store{
		"disk": func() blob.Store { return blobtest.MustOpenDisk(t, t.TempDir()) },
		"S3":   func() blob.Store { return blobtest.MustOpenS3(t, blobtest.FakeS3(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			url, blobs := storetest.SQLiteURL(t), open()
			st := storetest.MustOpen(t, url, func(o *store.Options) { o.BusyTimeout, o.Now = 100*time.Millisecond, atStart })
			s := mustSheet(t, servertest.New(t, func(o *server.Options) { o.Store, o.Blobs = st, blobs }))
			content := pdf("tiga")
			up := MustUpload(t, s.Operator, "bukti.pdf", content)
			unlock := storetest.MustLock(t, url)
			_, err := finish(t.Context(), s.Operator, up)
			wantOutage(t, err, codes.Unavailable, meritv1.Reason_REASON_UNAVAILABLE)
			kept, err := blobs.OpenFile(t.Context(), sumOf(content))
			if err != nil || kept.Close() != nil {
				t.Fatalf("the bytes did not get their name, so this shows nothing: %v", err)
			}
			unlock()
			now := servertest.Must(evidence(s.Operator).GetUpload(t.Context(), &meritv1.GetUploadRequest{UploadId: up}))(t).GetUpload()
			if now.GetDurableOffset() != int64(len(content)) {
				t.Errorf("the upload goes on at %d of %d bytes", now.GetDurableOffset(), len(content))
			}
			e := servertest.Must(finish(t.Context(), s.Operator, up))(t)
			if again := servertest.Must(finish(t.Context(), s.Operator, up))(t); again.GetId() != e.GetId() {
				t.Errorf("it became %s and %s", e.GetId(), again.GetId())
			}
			s.wantAllSaved(t)
		})
	}
}

// mustMount mounts a small file system in memory, or skips the test where that is not permitted.
func mustMount(t *testing.T, size string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("mounting a small file system is not permitted here (run as root, with CAP_SYS_ADMIN): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// mustFill takes all the room that is left and returns what gives it back.
func mustFill(t *testing.T, dir string) (free func()) {
	t.Helper()
	name := filepath.Join(dir, "filler")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{64 << 10, 4 << 10, 1 << 10} {
		for err == nil {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		err = nil
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return func() { _ = os.Remove(name) }
}

func TestAFullDiskRefusesWritesAndGoesOnWhenThereIsRoom(t *testing.T) {
	dir := mustMount(t, "24m")
	template, err := os.ReadFile(strings.TrimPrefix(storetest.SQLiteURL(t), "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "merit.db"), template, 0o600); err != nil {
		t.Fatal(err)
	}
	st := storetest.MustOpen(t, "sqlite:"+filepath.Join(dir, "merit.db"), func(o *store.Options) { o.Now = atStart })
	s := mustSheet(t, servertest.New(t, func(o *server.Options) { o.Store = st }))
	s.mustSave(t)
	free := mustFill(t, dir)
	long := strings.Repeat("catatan ", 200)
	err = nil
	for i := 0; err == nil && i < 1000; i++ { // the write-ahead log has some room of its own
		err = s.save(t.Context(), long)
	}
	wantOutage(t, err, codes.ResourceExhausted, meritv1.Reason_REASON_STORAGE_FULL)
	if _, err := assessments(s.Operator).GetAssessment(t.Context(), &meritv1.GetAssessmentRequest{AssessmentId: s.AssessmentID}); err != nil {
		t.Errorf("reading on a full disk: %v", err)
	}
	s.wantAllSaved(t)
	s.wantReady(t, "ok for reading only")
	free()
	s.wantReady(t, "ok\n")
	s.mustSave(t)
	s.wantAllSaved(t)
}

func TestAnUploadOnAFullDiskGoesOnFromItsDurableBytes(t *testing.T) {
	dir := mustMount(t, "8m")
	blobs, err := blob.OpenDisk(blob.DiskOptions{Dir: dir, SyncEvery: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	s := mustSheet(t, servertest.New(t, func(o *server.Options) { o.Blobs = blobs }))
	content := append(pdf("satu\n"), bytes.Repeat([]byte("bukti "), 200_000)...)
	up := MustStartUpload(t, s.Operator, "bukti.pdf", content)
	half := len(content) / 2
	servertest.Must(send(t.Context(), s.Operator, up.GetId(), content[:half], 0, 64<<10))(t)
	free := mustFill(t, dir)
	_, err = send(t.Context(), s.Operator, up.GetId(), content, half, 64<<10)
	wantOutage(t, err, codes.ResourceExhausted, meritv1.Reason_REASON_STORAGE_FULL)
	free()
	now := servertest.Must(evidence(s.Operator).GetUpload(t.Context(), &meritv1.GetUploadRequest{UploadId: up.GetId()}))(t).GetUpload()
	if now.GetDurableOffset() < int64(half) {
		t.Fatalf("%d bytes are durable, %d were acknowledged", now.GetDurableOffset(), half)
	}
	servertest.Must(send(t.Context(), s.Operator, up.GetId(), content, int(now.GetDurableOffset()), 64<<10))(t)
	servertest.Must(finish(t.Context(), s.Operator, up.GetId()))(t)
}

func TestAReadOnlyDiskRefusesFilesAndGoesOnWhenItCanBeWritten(t *testing.T) {
	dir := mustMount(t, "8m")
	blobs, err := blob.OpenDisk(blob.DiskOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	s := mustSheet(t, servertest.New(t, func(o *server.Options) { o.Blobs = blobs }))
	content := pdf("dua")
	up := MustStartUpload(t, s.Operator, "bukti.pdf", content)
	remount := func(flags uintptr) {
		t.Helper()
		if err := syscall.Mount("none", dir, "tmpfs", syscall.MS_REMOUNT|flags, "size=8m"); err != nil {
			t.Fatal(err)
		}
	}
	remount(syscall.MS_RDONLY)
	_, err = send(t.Context(), s.Operator, up.GetId(), content, 0, 64<<10)
	wantOutage(t, err, codes.Unavailable, meritv1.Reason_REASON_UNAVAILABLE)
	remount(0)
	servertest.Must(send(t.Context(), s.Operator, up.GetId(), content, 0, 64<<10))(t)
	servertest.Must(finish(t.Context(), s.Operator, up.GetId()))(t)
}

// PostgreSQL is restarted by its operator, and crashes, while a transaction runs: the caller is told to try again, nothing
// of the transaction remains, and the service finds the server again by itself.
func TestPostgreSQLMayRestartOrCrashInTheMiddleOfATransaction(t *testing.T) {
	cluster := storetest.NewCluster(t)
	st := storetest.MustOpen(t, cluster.URL, func(o *store.Options) { o.Now = atStart })
	s := mustSheet(t, servertest.New(t, func(o *server.Options) { o.Store = st }))
	for _, mode := range []string{"fast", "immediate"} {
		t.Run(mode, func(t *testing.T) {
			s.mustSave(t)
			// The row is locked by another, so the service's own transaction is in its middle when the server goes.
			err := st.Touch(t.Context(), func(tx *store.Tx) error {
				if _, err := tx.Exec("UPDATE session SET expires_at = expires_at"); err != nil {
					return err
				}
				cluster.MustStop(t, mode)
				_, err := tx.Exec("UPDATE session SET expires_at = expires_at")
				return err
			})
			if !store.IsOutage(err) {
				t.Errorf("in the middle: %v, want an outage", err)
			}
			wantOutage(t, s.save(t.Context(), "demo"), codes.Unavailable, meritv1.Reason_REASON_UNAVAILABLE)
			cluster.MustStart(t)
			s.mustSave(t)
			s.wantAllSaved(t)
		})
	}
}

// The machine of PostgreSQL is lost: nothing answers, and nothing is closed. Whoever waits is told, and work in the background
// goes on when there is a server again.
func TestAPostgreSQLThatFallsSilentIsGivenUp(t *testing.T) {
	cluster := storetest.NewCluster(t)
	st := storetest.MustOpen(t, cluster.URL, func(o *store.Options) { o.Now = atStart })
	s := mustSheet(t, servertest.New(t, func(o *server.Options) { o.Store = st }))
	s.mustSave(t)
	thaw := cluster.MustFreeze(t)
	// Well before a call would end by itself.
	within, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	wantOutage(t, s.save(within, "demo"), codes.Unavailable, meritv1.Reason_REASON_UNAVAILABLE)
	thaw()
	s.mustSave(t)
	s.wantAllSaved(t)
}

// A process that is stopped in the middle of a transaction keeps nobody else from writing for longer than PostgreSQL waits.
func TestATransactionThatIsLeftAloneEnds(t *testing.T) {
	address := servertest.Must(url.Parse(storetest.PostgresURL(t)))(t)
	query := address.Query()
	query.Set("idle_in_transaction_session_timeout", "1000")
	address.RawQuery = query.Encode()
	s := servertest.At(t, address.String())
	s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, "")
	writeTo := func(then func()) error {
		return s.Store.Touch(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec("UPDATE session SET expires_at = expires_at")
			then()
			return errors.Join(err, tx.QueryRow("SELECT 1").Scan(new(int)))
		})
	}
	err := writeTo(func() {
		if err := writeTo(func() {}); err != nil {
			t.Errorf("another that waits for it: %v", err)
		}
	})
	if !store.IsOutage(err) {
		t.Errorf("the transaction goes on with %v, want an outage", err)
	}
	slowDisk := sync.OnceFunc(func() { <-time.After(1500 * time.Millisecond) })
	if _, err := s.Store.Dump(t.Context(), func(store.Table) error { slowDisk(); return nil }); err != nil {
		t.Errorf("a backup that waits for its disk: %v", err)
	}
}

func TestATransactionMayBeLeftAloneForFifteenSeconds(t *testing.T) {
	s := servertest.At(t, storetest.PostgresURL(t))
	err := s.Store.View(t.Context(), func(tx *store.Tx) error {
		var limit string
		if err := tx.QueryRow("SELECT current_setting('idle_in_transaction_session_timeout')").Scan(&limit); err != nil || limit != "15s" {
			t.Errorf("PostgreSQL waits for %s, %v; want 15s", limit, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The operator makes the database read-only, as before a move, and takes that back: sessions of before stay read-only.
func TestAPostgreSQLDatabaseMayTurnReadOnlyAndBack(t *testing.T) {
	url := storetest.PostgresURL(t)
	s := mustSheet(t, servertest.At(t, url))
	s.mustSave(t)
	db := storetest.MustConnect(t, url)
	mustExec := func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	var name string
	if err := db.QueryRowContext(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	mustExec("ALTER DATABASE " + name + " SET default_transaction_read_only = on")
	mustExec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	for range 3 {
		wantOutage(t, s.save(t.Context(), "demo"), codes.Unavailable, meritv1.Reason_REASON_UNAVAILABLE)
	}
	if _, err := assessments(s.Operator).GetAssessment(t.Context(), &meritv1.GetAssessmentRequest{AssessmentId: s.AssessmentID}); err != nil {
		t.Errorf("reading a read-only database: %v", err)
	}
	s.wantReady(t, "ok for reading only")
	mustExec("ALTER DATABASE " + name + " RESET default_transaction_read_only")
	s.wantReady(t, "ok\n")
	s.mustSave(t)
	s.wantAllSaved(t)
}

// wantReady fails the test unless /readyz answers calls may come, in these words.
func (s *sheet) wantReady(t *testing.T, words string) {
	t.Helper()
	if code, body := ops(t, s.Server, "/readyz"); code != http.StatusOK || !strings.HasPrefix(body, words) {
		t.Errorf("/readyz: %d %q, want %q", code, body, words)
	}
}

// The clock of the machine is set back by an hour between two claims: the later one counts all the same.
func TestTheClockMayJumpBackwards(t *testing.T) {
	servertest.Each(t, func(t *testing.T, bare *servertest.Server) {
		s := mustSheet(t, bare)
		s.mustSave(t)
		s.Clock.Add(-time.Hour)
		s.mustSave(t)
		got := servertest.Must(assessments(s.Operator).GetAssessment(t.Context(), &meritv1.GetAssessmentRequest{AssessmentId: s.AssessmentID}))(t)
		claimed := got.GetAssessment().GetItems()[0].GetClaimed()
		if claimed.GetAnswer().GetLevel() != 2 || claimed.GetSequence() != 2 {
			t.Errorf("the sheet shows %s, want the second claim", claimed)
		}
		s.wantAllSaved(t)
	})
}
