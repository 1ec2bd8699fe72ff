package backup_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/backup"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
	"github.com/meritindex/merit/server/yeartest"
)

func sumOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// office is a small deployment on SQLite with one file of evidence.
func office(tb testing.TB) *nation {
	tb.Helper()
	blobs := mustOpenBlobs(tb, storetest.Folder(tb))
	s := servertest.New(tb, func(o *server.Options) { o.Blobs = blobs })
	c := yeartest.MustBegin(tb, s, yeartest.Setup{}).MustDraft(tb, store.Agency{}, yeartest.All(2))
	n := &nation{Deployment: backup.Deployment{Store: s.Store, Blobs: blobs}, Server: s, operator: c.Operator}
	n.mustAdd(tb, "satu.pdf", "%PDF-1.7\nsatu")
	return n
}

// inFolder are the files of a folder, by their path in it, and when they were last changed.
func inFolder(tb testing.TB, dir string) map[string]os.FileInfo {
	tb.Helper()
	all := map[string]os.FileInfo{}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			all[strings.TrimPrefix(path, dir+"/")] = info
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

func TestASecondBackupCopiesOnlyNewFiles(t *testing.T) {
	n, o := office(t), into(storetest.Folder(t))
	mustWrite(t, n.Deployment, o)
	old := "evidence/" + sumOf("%PDF-1.7\nsatu")[:2] + "/" + sumOf("%PDF-1.7\nsatu") + ".age"
	before := inFolder(t, o.Dir)[old]
	n.mustAdd(t, "dua.pdf", "%PDF-1.7\ndua")
	copied := int64(-1)
	o.Progress = func(what string, n int64) {
		if what == "evidence" {
			copied = n
		}
	}
	mustWrite(t, n.Deployment, o)
	if copied != 1 {
		t.Errorf("the second backup copied %d files, want the new one", copied)
	}
	if after := inFolder(t, o.Dir)[old]; before == nil || after == nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the file that was there already: %v, then %v", before, after)
	}
	o.Progress = nil
	if v := mustVerify(t, o); v.Files != 2 || len(v.Problems) > 0 {
		t.Errorf("the second backup has %d files, problems %q", v.Files, v.Problems)
	}
}

// Nothing that anybody wrote can be read in the folder without the key: neither rows nor files.
func TestAFolderCanBeReadOnlyWithItsKey(t *testing.T) {
	n := office(t)
	for name, test := range map[string]struct {
		o     backup.Options
		right backup.Key
		wrong backup.Key
	}{
		"public key": {into(storetest.Folder(t)), withKey, backup.Key{Passphrase: "tebakan"}},
		"passphrase": {
			backup.Options{Dir: storetest.Folder(t), Passphrase: "kuda benar baterai staples", Now: into("").Now},
			backup.Key{Passphrase: "kuda benar baterai staples"},
			backup.Key{Passphrase: "tebakan"},
		},
		"another key": {into(storetest.Folder(t)), withKey, backup.Key{Identities: mustKey(t)}},
	} {
		t.Run(name, func(t *testing.T) {
			mustWrite(t, n.Deployment, test.o)
			for name := range inFolder(t, test.o.Dir) {
				data, err := os.ReadFile(filepath.Join(test.o.Dir, name))
				if err != nil || strings.Contains(string(data), "%PDF") || strings.Contains(string(data), "example.test") {
					t.Errorf("%s can be read: %v", name, err)
				}
			}
			if _, err := backup.Verify(t.Context(), "", test.wrong, test.o, storetest.Folder(t), nil); !errors.Is(err, backup.ErrWrongKey) {
				t.Errorf("with the wrong key: %v, want ErrWrongKey", err)
			}
			if v, err := backup.Verify(t.Context(), "", test.right, test.o, storetest.Folder(t), nil); err != nil || len(v.Problems) > 0 {
				t.Errorf("with the right key: %v, %v", v, err)
			}
		})
	}
}

func TestAFolderStaysWithItsKeys(t *testing.T) {
	n, o := office(t), into(storetest.Folder(t))
	mustWrite(t, n.Deployment, o)
	for name, change := range map[string]func(*backup.Options){
		"another public key": func(o *backup.Options) { o.Recipients = []string{mustRecipient(t)} },
		"one more":           func(o *backup.Options) { o.Recipients = append(o.Recipients, mustRecipient(t)) },
		"a passphrase":       func(o *backup.Options) { o.Passphrase = "kuda" },
	} {
		t.Run(name, func(t *testing.T) {
			other := o
			change(&other)
			if _, err := backup.Write(t.Context(), n.Deployment, other); !errors.Is(err, backup.ErrOtherKey) {
				t.Errorf("%v, want ErrOtherKey", err)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		if _, err := backup.Write(t.Context(), n.Deployment, backup.Options{Dir: storetest.Folder(t), Now: o.Now}); !errors.Is(err, backup.ErrNoKey) {
			t.Errorf("%v, want ErrNoKey", err)
		}
	})
}

// Whatever is wrong with a part, verification names it, and nothing of it is restored.
func TestDamageIsNamedAndNotRestored(t *testing.T) {
	n, o := office(t), into(storetest.Folder(t))
	m := mustWrite(t, n.Deployment, o)
	sum := sumOf("%PDF-1.7\nsatu")
	for _, test := range []struct {
		name, file, part string
		damage           func([]byte) []byte
	}{
		{"a changed row", m.Name + "/agency.jsonl.gz.age", "agency.jsonl.gz", changed},
		{"a table cut off", m.Name + "/decision.jsonl.gz.age", "decision.jsonl.gz", cutOff},
		{"a table made longer", m.Name + "/audit_entry.jsonl.gz.age", "audit_entry.jsonl.gz", longer},
		{"a table gone", m.Name + "/session.jsonl.gz.age", "session.jsonl.gz", gone},
		{"a changed list of files", m.Name + "/evidence_files.jsonl.gz.age", "evidence_files.jsonl.gz", changed},
		{"a changed file of evidence", "evidence/" + sum[:2] + "/" + sum + ".age", sum, changed},
		{"a file of evidence cut off", "evidence/" + sum[:2] + "/" + sum + ".age", sum, cutOff},
	} {
		t.Run(test.name, func(t *testing.T) {
			mustDamage(t, filepath.Join(o.Dir, test.file), test.damage)
			if v := mustVerify(t, o); !strings.Contains(strings.Join(v.Problems, "\n"), test.part) {
				t.Errorf("problems %q do not name it", v.Problems)
			}
			to := empty(t, "sqlite:"+storetest.Folder(t)+"/merit.db")
			if _, err := backup.Restore(t.Context(), to, m.Name, withKey, o); !errors.Is(err, backup.ErrDamaged) {
				t.Errorf("Restore: %v, want ErrDamaged", err)
			}
			wantNothing(t, to)
		})
	}
}

func changed(b []byte) []byte { b[len(b)-9] ^= 1; return b }
func cutOff(b []byte) []byte  { return b[:len(b)-1] }
func longer(b []byte) []byte  { return append(b, 0) }
func gone([]byte) []byte      { return nil }

// mustDamage changes a file until the end of the test; a damage of nil removes it.
func mustDamage(tb testing.TB, file string, damage func([]byte) []byte) {
	tb.Helper()
	whole, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.WriteFile(file, whole, 0o600) })
	if damaged := damage(bytes.Clone(whole)); damaged == nil {
		err = os.Remove(file)
	} else {
		err = os.WriteFile(file, damaged, 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// wantNothing fails the test if a row was restored.
func wantNothing(tb testing.TB, d backup.Deployment) {
	tb.Helper()
	_, err := d.Store.Dump(tb.Context(), func(t store.Table) error {
		for range t.Rows {
			tb.Errorf("table %s has rows", t.Name)
			break
		}
		return nil
	})
	if err != nil {
		tb.Error(err)
	}
}

func TestAFileOfEvidenceThatIsMissingIsNamed(t *testing.T) {
	n, o := office(t), into(storetest.Folder(t))
	mustWrite(t, n.Deployment, o)
	if err := os.RemoveAll(filepath.Join(o.Dir, "evidence")); err != nil {
		t.Fatal(err)
	}
	if v := mustVerify(t, o); len(v.Problems) != 1 || !strings.Contains(v.Problems[0], "missing") {
		t.Errorf("problems %q", v.Problems)
	}
}

// A file may be lost from the deployment before the backup: the rows name it, and the backup does not have it.
func TestAFileThatTheDeploymentLostIsNamed(t *testing.T) {
	n, o := office(t), into(storetest.Folder(t))
	n.Deployment.Blobs = mustOpenBlobs(t, storetest.Folder(t))
	mustWrite(t, n.Deployment, o)
	if v := mustVerify(t, o); len(v.Problems) != 1 || !strings.Contains(v.Problems[0], sumOf("%PDF-1.7\nsatu")) {
		t.Errorf("problems %q", v.Problems)
	}
}

// What was changed behind the service's back before the backup is found in the backup.
func TestRowsThatTheTrailDoesNotKnowAreNamed(t *testing.T) {
	url := storetest.SQLiteURL(t)
	s := storetest.MustOpen(t, url)
	storetest.MustTamper(t, url, "INSERT INTO agency (id, created_at, created_by, revision) VALUES ('smuggled', 1, 'x', 1)")
	o := into(storetest.Folder(t))
	mustWrite(t, backup.Deployment{Store: s, Blobs: mustOpenBlobs(t, storetest.Folder(t))}, o)
	if v := mustVerify(t, o); len(v.Problems) != 1 || !strings.Contains(v.Problems[0], "smuggled") {
		t.Errorf("problems %q", v.Problems)
	}
}

func TestOnlyAnEmptyDatabaseIsRestoredInto(t *testing.T) {
	n, o := office(t), into(storetest.Folder(t))
	m := mustWrite(t, n.Deployment, o)
	used := office(t)
	before := storetest.Dump(t, used.Deployment.Store)
	if _, err := backup.Restore(t.Context(), used.Deployment, m.Name, withKey, o); !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("%v, want ErrNotEmpty", err)
	}
	if after := storetest.Dump(t, used.Deployment.Store); strings.Join(before, "\n") != strings.Join(after, "\n") {
		t.Error("the database in use was changed")
	}
	t.Run("migrated but never used", func(t *testing.T) {
		if _, err := backup.Restore(t.Context(), empty(t, storetest.SQLiteURL(t)), m.Name, withKey, o); err != nil {
			t.Error(err)
		}
	})
}

// A backup that is broken off leaves nothing that counts as one, and the next removes what it left.
func TestABackupThatWasBrokenOffIsNone(t *testing.T) {
	n, o := office(t), into(storetest.Folder(t))
	left := filepath.Join(o.Dir, "20210304T050607Z.partial")
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Verify(t.Context(), "", withKey, o, storetest.Folder(t), nil); !errors.Is(err, backup.ErrNone) {
		t.Errorf("%v, want ErrNone", err)
	}
	mustWrite(t, n.Deployment, o)
	if _, err := os.Stat(left); err == nil {
		t.Error("the next backup left it there")
	}
}

// An entry of a manifest cannot lead out of its folder.
func TestAManifestNamesFilesOfItsFolderOnly(t *testing.T) {
	n, o := office(t), into(storetest.Folder(t))
	m := mustWrite(t, n.Deployment, o)
	m.Tables[0].File = "../keys.txt"
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.Dir, m.Name, "manifest.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Verify(t.Context(), m.Name, withKey, o, storetest.Folder(t), nil); !errors.Is(err, backup.ErrDamaged) {
		t.Errorf("%v, want ErrDamaged", err)
	}
	if _, err := backup.Verify(t.Context(), "../x", withKey, o, storetest.Folder(t), nil); err == nil {
		t.Error("a name that leads out of the folder was taken")
	}
}

func mustKey(tb testing.TB) string {
	tb.Helper()
	k, err := age.GenerateX25519Identity()
	if err != nil {
		tb.Fatal(err)
	}
	return k.String()
}

func mustRecipient(tb testing.TB) string {
	tb.Helper()
	k, err := age.ParseX25519Identity(mustKey(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return k.Recipient().String()
}
