package backup_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/backup"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/blob/blobtest"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
	"github.com/meritindex/merit/server/yeartest"
)

// By a backup a deployment moves from a folder to S3, and by another back.
func TestABackupMovesEvidenceBetweenAFolderAndS3(t *testing.T) {
	folder := mustOpenBlobs(t, storetest.Folder(t))
	s := servertest.New(t, func(o *server.Options) { o.Blobs = folder })
	operator := yeartest.MustBegin(t, s, yeartest.Setup{}).MustDraft(t, store.Agency{}, yeartest.All(3)).Operator
	n := &nation{Deployment: backup.Deployment{Store: s.Store, Blobs: folder}, Server: s, operator: operator}
	n.mustAdd(t, "besar.pdf", "%PDF-1.7\n"+string(bytes.Repeat([]byte("rencana "), 100_000)))
	n.mustAdd(t, "peta.pdf", "%PDF-1.7\npeta jabatan")
	want := files(t, folder)
	from := n.Deployment
	for _, to := range []blob.Store{blobtest.MustOpenS3(t, blobtest.FakeS3(t)), mustOpenBlobs(t, storetest.Folder(t))} {
		o := into(storetest.Folder(t))
		m := mustWrite(t, from, o)
		into := empty(t, "sqlite:"+filepath.Join(storetest.Folder(t), "merit.db"))
		into.Blobs = to
		if got, err := backup.Restore(t.Context(), into, m.Name, withKey, o); err != nil || len(got.Found) > 0 {
			t.Fatalf("Restore: %v, discrepancies %v", err, got)
		}
		if diff := cmp.Diff(want, files(t, to)); diff != "" || len(want) != 2 {
			t.Errorf("files (-before +after):\n%s", diff)
		}
		from = into
	}
}
