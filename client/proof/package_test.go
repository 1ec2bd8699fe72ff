package proof_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/meritindex/merit/client/proof"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// The package in testdata was sealed when its format was new: go test ./server -run Sealed -seal FILE made it, of a played
// year. Whatever becomes of the program, it must verify.
func mustKept(tb testing.TB) (whole []byte, verifier string) {
	tb.Helper()
	packed, err := os.Open("testdata/v1.zip.gz")
	if err != nil {
		tb.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		tb.Fatal(err)
	}
	if whole, err = io.ReadAll(z); err != nil {
		tb.Fatal(err)
	}
	key, err := os.ReadFile("testdata/v1.key")
	if err != nil {
		tb.Fatal(err)
	}
	return whole, strings.TrimSpace(string(key))
}

func verify(whole []byte, verifier string) (*proof.Sealed, error) {
	return proof.VerifyPackage(bytes.NewReader(whole), int64(len(whole)), verifier)
}

func TestAPackageVerifiesYearsLater(t *testing.T) {
	whole, verifier := mustKept(t)
	s, err := verify(whole, verifier)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(s.Checkpoint.Origin, s.Result.Columns["agency_name"], s.Result.Columns["year"], s.Total, s.Result.Columns["category"], s.Answers, s.Evidence)
	if want := "merit.example.test Kota Contoh 2021 302.5 baik 114 2\n"; got != want {
		t.Errorf("it proves %swant %s", got, want)
	}
	if _, err := verify(whole, "merit.example.test+00000000+AbCd"); !errors.Is(err, proof.ErrUntrusted) {
		t.Errorf("with another key: %v", err)
	}
}

// file is a file of a package.
type file struct {
	name  string
	bytes []byte
}

func mustUnzip(tb testing.TB, whole []byte) (files []file) {
	tb.Helper()
	z, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			tb.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			tb.Fatal(err)
		}
		files = append(files, file{f.Name, b})
	}
	return files
}

// mustZip makes a package as somebody would who knows the format: with sums that fit.
func mustZip(tb testing.TB, method uint16, files []file) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	sums := bytes.NewBufferString("# merit-package-v1\n")
	add := func(name string, content []byte) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	for _, f := range files {
		if f.name != "SHA256SUMS" {
			add(f.name, f.bytes)
			sum := sha256.Sum256(f.bytes)
			fmt.Fprintf(sums, "%x  %s\n", sum, f.name)
		}
	}
	add("SHA256SUMS", sums.Bytes())
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// in gives the bytes of one file of a package to f, and puts back what it returns.
func in(name string, f func([]byte) []byte) func([]file) []file {
	return func(files []file) []file {
		i := slices.IndexFunc(files, func(f file) bool { return f.name == name })
		files[i].bytes = f(slices.Clone(files[i].bytes))
		return files
	}
}

func replace(old, with string) func([]byte) []byte {
	return func(b []byte) []byte {
		if !bytes.Contains(b, []byte(old)) {
			panic("the package does not say " + old)
		}
		return bytes.Replace(b, []byte(old), []byte(with), 1)
	}
}

// receipt alters the receipt in a package.
func receipt(alter func(*meritv1.Receipt)) func([]file) []file {
	return in("receipt.json", func(b []byte) []byte {
		r, err := proof.ReadReceipt(b)
		if err != nil {
			panic(err)
		}
		alter(r)
		b, _ = protojson.Marshal(r)
		return b
	})
}

// Somebody who writes a package anew, with sums that fit, is found out.
func TestAForgedPackageIsNamed(t *testing.T) {
	whole, verifier := mustKept(t)
	cases := map[string]struct {
		forge func([]file) []file
		want  error
		says  string
	}{
		"the total":              {in("result.csv", replace("302.5", "402.5")), proof.ErrPackage, "result.csv"},
		"an answer":              {in("answers.csv", replace("LEVEL,3", "LEVEL,4")), proof.ErrPackage, "answers.csv"},
		"a reason":               {in("answers.csv", replace("bukti demo", "bukti palsu")), proof.ErrPackage, "answers.csv"},
		"what is cited":          {in("evidence.csv", replace("surat.pdf", "surau.pdf")), proof.ErrPackage, "evidence.csv"},
		"a weight":               {in("instrument.yaml", replace("weight: ", "weight: 1")), proof.ErrPackage, "instrument.yaml"},
		"the checkpoint":         {in("checkpoint.txt", replace("merit.", "nerit.")), proof.ErrPackage, "checkpoint.txt"},
		"the keys":               {in("keys.txt", replace("merit.", "nerit.")), proof.ErrPackage, "keys.txt"},
		"a file of evidence":     {func(f []file) []file { f[len(f)-2].bytes = []byte("%PDF"); return f }, proof.ErrPackage, "other bytes"},
		"a file nobody cited":    {func(f []file) []file { return append(f, named("bukti")) }, proof.ErrPackage, "not evidence"},
		"a file of another kind": {func(f []file) []file { return append(f, file{"run.exe", nil}) }, proof.ErrPackage, "run.exe"},
		"a path":                 {func(f []file) []file { return append(f, file{"evidence/../../x", nil}) }, proof.ErrPackage, "no package has"},
		"a file left out":        {func(f []file) []file { return slices.Delete(f, 1, 2) }, proof.ErrPackage, "is missing"},
		"a file twice":           {func(f []file) []file { return append(f, f[0]) }, proof.ErrPackage, "twice"},
		"a row":                  {receipt(func(r *meritv1.Receipt) { r.Decisions[0].Rows[0].Canonical[50]++ }), proof.ErrReceipt, "receipt.json"},
		"a decision left out":    {receipt(func(r *meritv1.Receipt) { r.Decisions = r.Decisions[1:] }), proof.ErrPackage, "answers.csv"},
		"a leaf":                 {receipt(func(r *meritv1.Receipt) { r.Decisions[0].Leaf[50]++ }), nil, "receipt.json"},
		"a proof":                {receipt(func(r *meritv1.Receipt) { r.Instrument.Proof.Hashes[0][0]++ }), proof.ErrInclusion, "receipt.json"},
		"the result left out":    {receipt(func(r *meritv1.Receipt) { r.Determination = nil }), proof.ErrNotSealed, "no result"},
		"the instrument":         {receipt(func(r *meritv1.Receipt) { r.Instrument = nil }), proof.ErrNotSealed, "no instrument"},
		"the citations":          {receipt(func(r *meritv1.Receipt) { r.Citations = nil }), proof.ErrReceipt, "does not cite"},
		"another's decisions":    {receipt(func(r *meritv1.Receipt) { r.AssessmentId = r.ResultId }), proof.ErrReceipt, "receipt.json"},
		"not yet in the log":     {receipt(func(r *meritv1.Receipt) { r.Decisions[0].NotYetLogged = true }), proof.ErrNotSealed, "not under the checkpoint"},
	}
	for name, c := range cases {
		forged := mustZip(t, zip.Store, c.forge(mustUnzip(t, whole)))
		_, err := verify(forged, verifier)
		if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s forged: %v, want %v that says %s", name, err, c.want, c.says)
		}
	}
	if _, err := verify(mustZip(t, zip.Store, mustUnzip(t, whole)), verifier); err != nil {
		t.Errorf("a package put together again: %v", err)
	}
}

// named is a file under evidence/ by its SHA-256.
func named(content string) file {
	sum := sha256.Sum256([]byte(content))
	return file{"evidence/" + hex.EncodeToString(sum[:]), []byte(content)}
}

// Bytes of the ZIP itself that say nothing of the files, such as times, may change.
func TestDamageToAPackageIsNamed(t *testing.T) {
	whole, verifier := mustKept(t)
	for i := 1; i < 40; i++ {
		damaged := slices.Clone(whole)
		damaged[i*len(whole)/40]++
		_, err := verify(damaged, verifier)
		if err == nil && !reflect.DeepEqual(mustUnzip(t, damaged), mustUnzip(t, whole)) {
			t.Errorf("byte %d changed: nothing is found", i*len(whole)/40)
		}
	}
	if _, err := verify(whole[:len(whole)/2], verifier); !errors.Is(err, proof.ErrPackage) {
		t.Errorf("half a package: %v", err)
	}
}

func TestAPackageThatUnpacksToMoreIsRefused(t *testing.T) {
	whole, verifier := mustKept(t)
	bomb := mustZip(t, zip.Deflate, append(mustUnzip(t, whole), file{"evidence/" + strings.Repeat("0", 64), make([]byte, 1<<20)}))
	if _, err := verify(bomb, verifier); !errors.Is(err, proof.ErrPackage) || !strings.Contains(err.Error(), "compressed") {
		t.Errorf("a compressed one: %v", err)
	}
	var many []file
	for i := range 100_001 {
		many = append(many, file{fmt.Sprintf("evidence/%064x", i), nil})
	}
	if _, err := verify(mustZip(t, zip.Store, many), verifier); !errors.Is(err, proof.ErrPackage) || !strings.Contains(err.Error(), "100002 files") {
		t.Errorf("one of many files: %v", err)
	}
}

func TestWhoeverSealsKnowsWhatIsMissing(t *testing.T) {
	if err := proof.WritePackage(io.Discard, &meritv1.Receipt{}, nil); !errors.Is(err, proof.ErrNotSealed) {
		t.Errorf("an empty receipt: %v", err)
	}
	whole, _ := mustKept(t)
	r, err := proof.ReadReceipt(mustUnzip(t, whole)[slices.IndexFunc(mustUnzip(t, whole), func(f file) bool { return f.name == "receipt.json" })].bytes)
	if err != nil {
		t.Fatal(err)
	}
	other := func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("other bytes")), nil }
	if err := proof.WritePackage(io.Discard, r, other); !errors.Is(err, proof.ErrPackage) {
		t.Errorf("evidence of other bytes: %v", err)
	}
	gone := func(string) (io.ReadCloser, error) { return nil, os.ErrNotExist }
	if err := proof.WritePackage(io.Discard, r, gone); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("evidence that is not there: %v", err)
	}
}
