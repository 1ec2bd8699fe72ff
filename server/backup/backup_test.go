package backup_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/backup"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
	"github.com/meritindex/merit/server/yeartest"
)

// nation is a deployment with all 719 agencies, results of three years, a sheet under way and files of evidence, whose log has
// all that was done.
type nation struct {
	backup.Deployment
	*servertest.Server
	operator *servertest.Person
	keys     audit.KeyRing // of the log
}

func each(t *testing.T, f func(t *testing.T, n *nation)) {
	blobs := mustOpenBlobs(t, storetest.Folder(t))
	servertest.Each(t, func(t *testing.T, s *servertest.Server) { f(t, mustSettle(t, s, blobs)) },
		func(o *server.Options) { o.Blobs = blobs })
}

const agencies = 719

func mustSettle(tb testing.TB, s *servertest.Server, blobs blob.Store) *nation {
	tb.Helper()
	year := yeartest.MustBegin(tb, s, yeartest.Setup{})
	admin := s.MustAccount(tb, meritv1.Role_ROLE_ADMIN, "")
	known, err := os.ReadFile("../../client/demo/data/agencies.csv")
	if err != nil {
		tb.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(known)), "\n")
	for i := len(lines) - 1; i < agencies; i++ {
		lines = append(lines, fmt.Sprintf("X-%03d,LPNK,Badan Demo %d,", i, i))
	}
	servertest.Must(meritv1.NewAgencyServiceClient(admin).ImportAgencies(tb.Context(), &meritv1.ImportAgenciesRequest{
		Csv: []byte(strings.Join(lines, "\n")), ValidFrom: "2019-01-01",
	}))(tb)
	servertest.Must(meritv1.NewResultServiceClient(admin).ImportPublishedResults(tb.Context(), &meritv1.ImportPublishedResultsRequest{
		Csv: results(lines[1:]), InstrumentId: "kasn-2019",
	}))(tb)
	c := year.MustDraft(tb, store.Agency{}, yeartest.All(3))
	n := &nation{backup.Deployment{Store: s.Store, Blobs: blobs}, s, c.Operator, audit.KeyRing{Current: servertest.Must(audit.NewKey("merit.example.test"))(tb)}}
	n.mustAdd(tb, "peta.pdf", "%PDF-1.7\npeta jabatan")
	n.mustAdd(tb, "besar.pdf", "%PDF-1.7\n"+strings.Repeat("rencana kebutuhan ", 50_000))
	n.mustNumber(tb, s)
	return n
}

// mustNumber gives what was done its places in the log.
func (n *nation) mustNumber(tb testing.TB, s *servertest.Server) {
	tb.Helper()
	if numbered, err := servertest.Must(s.NewSequencer(tb.Context(), n.keys))(tb).Number(tb.Context()); err != nil || numbered == 0 {
		tb.Fatalf("numbered %d, %v", numbered, err)
	}
}

// mustCheckLog walks through a log, which must be whole, and returns its size and root and the root that it had at a size.
func mustCheckLog(tb testing.TB, st *store.Store, at int64) (size int64, root, rootAt tlog.Hash) {
	tb.Helper()
	log, roots, err := st.CheckLog(tb.Context(), func(store.KeptCheckpoint) error { return nil }, at)
	if err != nil || len(log.Found) > 0 || len(log.Pending) > 0 {
		tb.Fatalf("the log: %v, %v, without a place: %v", err, log.Found, log.Pending)
	}
	return log.Size, log.Root, roots[at]
}

// results are published results of every agency in three years.
func results(agencies []string) []byte {
	var b strings.Builder
	b.WriteString("agency_code,agency,year,nilai,category,source\n")
	for i, line := range agencies {
		cells := strings.Split(line, ",")
		for year := 2019; year <= 2021; year++ {
			fmt.Fprintf(&b, "%s,%s,%d,%d.5,,demo\n", cells[0], cells[2], year, 100+i%300)
		}
	}
	return []byte(b.String())
}

func (n *nation) mustAdd(tb testing.TB, name, content string) {
	tb.Helper()
	evidence := meritv1.NewEvidenceServiceClient(n.operator)
	id := servertest.Must(evidence.StartUpload(tb.Context(), &meritv1.StartUploadRequest{
		FileName: name, Size: int64(len(content)), Sha256: sumOf(content),
	}))(tb).GetUpload().GetId()
	stream := servertest.Must(evidence.UploadChunks(tb.Context()))(tb)
	if err := stream.Send(&meritv1.UploadChunksRequest{UploadId: id, Data: []byte(content)}); err != nil {
		tb.Fatal(err)
	}
	servertest.Must(stream.CloseAndRecv())(tb)
	servertest.Must(evidence.FinishUpload(tb.Context(), &meritv1.FinishUploadRequest{UploadId: id}))(tb)
}

func mustOpenBlobs(tb testing.TB, dir string) blob.Store {
	tb.Helper()
	b, err := blob.OpenDisk(blob.DiskOptions{Dir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = b.Close() })
	return b
}

// empty is a new deployment at the URL of a database without a schema.
func empty(tb testing.TB, url string) backup.Deployment {
	tb.Helper()
	s := storetest.MustOpen(tb, url, func(o *store.Options) { o.Logger = slog.New(slog.DiscardHandler) })
	return backup.Deployment{Store: s, Blobs: mustOpenBlobs(tb, storetest.Folder(tb))}
}

var (
	key      = func() *age.X25519Identity { k, _ := age.GenerateX25519Identity(); return k }()
	withKey  = backup.Key{Identities: key.String()}
	snapshot = time.Date(2021, time.March, 4, 5, 6, 7, 0, time.UTC)
)

// into are options for a folder that is encrypted for key; every backup is made a day later than the one before.
func into(dir string) backup.Options {
	now := snapshot
	return backup.Options{Dir: dir, Recipients: []string{key.Recipient().String()}, Now: func() time.Time { now = now.AddDate(0, 0, 1); return now }}
}

func mustWrite(tb testing.TB, from backup.Deployment, o backup.Options) *backup.Manifest {
	tb.Helper()
	m, err := backup.Write(tb.Context(), from, o)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func mustVerify(tb testing.TB, o backup.Options) *backup.Verified {
	tb.Helper()
	v, err := backup.Verify(tb.Context(), "", withKey, o, storetest.Folder(tb), nil)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// A deployment of either engine moves to either engine: every row of every table and every file is as it was, the trail
// says so, the log has the same root, and the service goes on writing, also into the log, whose beginning stays.
func TestABackupIsRestoredIntoEitherEngine(t *testing.T) {
	each(t, func(t *testing.T, n *nation) {
		o := into(storetest.Folder(t))
		m := mustWrite(t, n.Deployment, o)
		if v := mustVerify(t, o); len(v.Problems) > 0 || v.Files != 2 || m.Rows() < 3*agencies {
			t.Fatalf("%d rows, %d files, problems %q", m.Rows(), v.Files, v.Problems)
		}
		before := storetest.Dump(t, n.Deployment.Store)
		size, root, _ := mustCheckLog(t, n.Deployment.Store, 0)
		storetest.EachEmptyURL(t, func(t *testing.T, url string) {
			to := empty(t, url)
			got, err := backup.Restore(t.Context(), to, m.Name, withKey, o)
			if err != nil || len(got.Found) > 0 {
				t.Fatalf("Restore: %v, discrepancies %v", err, got)
			}
			if diff := cmp.Diff(before, storetest.Dump(t, to.Store)); diff != "" {
				t.Errorf("rows (-before +after):\n%s", diff)
			}
			if diff := cmp.Diff(files(t, n.Deployment.Blobs), files(t, to.Blobs)); diff != "" {
				t.Errorf("files (-before +after):\n%s", diff)
			}
			if gotSize, gotRoot, _ := mustCheckLog(t, to.Store, 0); gotSize != size || gotRoot != root {
				t.Errorf("the log has %d entries and root %x, want %d and %x", gotSize, gotRoot, size, root)
			}
			n.goOn(t, to)
			if gotSize, _, then := mustCheckLog(t, to.Store, size); gotSize <= size || then != root {
				t.Errorf("the log of %d entries does not begin with the one that was restored", gotSize)
			}
		})
	})
}

// goOn writes to a restored store: the numbers that the engine gives out go on after those that were restored.
func (n *nation) goOn(t *testing.T, d backup.Deployment) {
	t.Helper()
	s := servertest.New(t, func(o *server.Options) { o.Store, o.Blobs = d.Store, d.Blobs })
	s.MustAgency(t, store.Agency{})
	if found, err := d.Store.CheckEntries(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("after a further write: %v, %v", found, err)
	}
	n.mustNumber(t, s)
}

// files reads every file of a blob store: its bytes' SHA-256 by its name.
func files(tb testing.TB, b blob.Store) map[string]string {
	tb.Helper()
	all := map[string]string{}
	for f, err := range b.Files(tb.Context()) {
		if err != nil {
			tb.Fatal(err)
		}
		file := servertest.Must(b.OpenFile(tb.Context(), f.SHA256))(tb)
		data := make([]byte, f.Size)
		if err := errors.Join(file.ReadAt(tb.Context(), data, 0), file.Close()); err != nil {
			tb.Fatal(err)
		}
		all[f.SHA256] = sumOf(string(data))
	}
	return all
}
