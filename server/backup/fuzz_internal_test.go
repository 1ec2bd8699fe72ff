package backup

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"
)

// What somebody who can write into the folder of backups and knows the public key can make of a part.
const (
	asItLies = iota // any bytes
	sealed          // encrypted, but not packed
	packed          // encrypted and packed: any lines
	layers
)

// wrap makes a part of content.
func wrap(tb testing.TB, content []byte, layer byte, to age.Recipient) []byte {
	tb.Helper()
	if layer == asItLies {
		return content
	}
	if layer == packed {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, err := w.Write(content)
		if err := errors.Join(err, w.Close()); err != nil {
			tb.Fatal(err)
		}
		content = b.Bytes()
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to)
	if err == nil {
		_, err = w.Write(content)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// FuzzPart reads parts of any content, whose manifest says that they are right: they are damaged, or say the same when they
// are written again.
func FuzzPart(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "age-encryption.org/v1\n-> X25519 AAAA\n", "\x1f\x8b\x08", `{"table":"agency","columns":["id","name"]}`,
		`{"table":"agency","columns":["id","name"]}` + "\n" + `["a",1]` + "\n" + `[{"bytes":"AAE="},null]` + "\n" + `[{"text":"/w=="},-9223372036854775808]` + "\n",
		`{"table":"agency","columns":["id; DROP TABLE agency"]}` + "\n[1]\n", `{"table":"agency","columns":["id"]}` + "\n[1.5]\n[true]\n[[1]]\n[{}]\n",
		`{"table":"agency","columns":["id"]}` + "\n[1,2]\n", `{"table":"agency","columns":["id"]}` + "\n\n[]\nnull\n[ \"\\ud800\" ]",
	} {
		for layer := range byte(layers) {
			f.Add([]byte(seed), layer)
		}
	}
	key, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "merit-fuzz-") // f.TempDir may not be called while it runs
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = os.RemoveAll(dir) })
	f.Fuzz(func(t *testing.T, content []byte, layer byte) {
		file := wrap(t, content, layer%layers, key.Recipient())
		if err := os.WriteFile(filepath.Join(dir, "agency"+partSuffix), file, 0o600); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(file)
		r := &reader{Options{Dir: dir}, &Manifest{Name: "."}, []age.Identity{key}}
		part := Part{Name: "agency", File: "agency" + partSuffix, SHA256: hex.EncodeToString(sum[:]), Rows: int64(bytes.Count(content, []byte("\n")))}
		lines, err := readAll(r, part)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrWrongKey) {
				t.Errorf("not said to be damage: %v", err)
			}
			return
		}
		part.Rows = int64(bytes.Count(lines, []byte("\n")) - 1)
		if err := os.WriteFile(filepath.Join(dir, part.File), wrap(t, lines, packed, key.Recipient()), 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := readAll(r, part)
		if !bytes.Equal(again, lines) {
			t.Errorf("%q became %q: %v", lines, again, err)
		}
	})
}

// readAll reads a part and writes its lines as a backup does. What the manifest says of hash and rows counts at its end.
func readAll(r *reader, part Part) (lines []byte, err error) {
	columns, rows, done, err := r.rows(part)
	if err != nil {
		return nil, err
	}
	defer done()
	if lines, err = appendHead(nil, part.Name, columns); err != nil {
		return nil, err
	}
	for row, err := range rows {
		if err == nil {
			lines, err = appendRow(lines, row)
		}
		if err != nil {
			return lines, err
		}
	}
	return lines, nil
}

// FuzzManifest reads manifests of any content: they are refused, or name files of their own folder and say the same when
// they are written again.
func FuzzManifest(f *testing.F) {
	whole, err := json.Marshal(&Manifest{Format: format, Name: "a", Tables: []Part{{Name: "agency", File: "agency" + partSuffix}}, Evidence: Part{File: "evidence" + partSuffix}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(whole), "", "null", "{}", `{"format":1}`, `{"format":1,"evidence":{"file":"../x"}}`, `{"format":1,"evidence":{"file":"."}}`,
		`{"format":1,"evidence":{"file":"x"},"tables":[{"file":"/etc/passwd"}]}`, `{"format":1,"evidence":{"file":"x"},"name":"../../x","made_at":"2021-02-28T00:00:00Z"}`,
		`{"format":2}`, `{"format":1e9}`, `{"format":1,"tables":[{"rows":9223372036854775807,"file":"a"},{"rows":1,"file":"a"}],"evidence":{"file":"x"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseManifest("a", text)
		if err != nil {
			return
		}
		for _, p := range append(m.Tables, m.Evidence) {
			if dir, _ := filepath.Split(p.File); dir != "" || !filepath.IsLocal(p.File) {
				t.Errorf("%q is a file of another folder", p.File)
			}
		}
		if m.Name != "a" {
			t.Errorf("it is called %q", m.Name)
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseManifest("a", again); err != nil {
			t.Errorf("written again it is refused: %v", err)
		}
	})
}
