package proof

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
)

// ErrPackage says what is wrong with a package.
var ErrPackage = errors.New("the package is not as it was sealed")

// Limits of a package that is read. Nothing in it is compressed, so it never unpacks to more than its own size.
const (
	mostFiles    = 100_000
	largestTable = 256 << 20 // bytes of everything but evidence, each
)

//go:embed readme.txt
var readme string

// Open opens the bytes of a file of evidence, by its SHA-256 in hex.
type Open func(sha256 string) (io.ReadCloser, error)

// WritePackage writes a package of a whole receipt (GetReceipt with whole): a ZIP with the result, the answers with their
// reasons, what was cited, the instrument, and what proves them. When open is not nil every file of evidence that is cited
// goes into it as well. The same receipt and the same files make the same bytes. It returns ErrNotSealed for a receipt
// that is not whole or not under a checkpoint yet.
func WritePackage(w io.Writer, r *meritv1.Receipt, open Open) error {
	s, err := readSealed(r, "")
	if err != nil {
		return err
	}
	if err := s.recompute(); err != nil {
		return err
	}
	files, err := s.files()
	if err != nil {
		return err
	}
	files[readmeFile] = []byte(readme)
	p := &packer{zip: zip.NewWriter(w)}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		p.add(name, bytes.NewReader(files[name]))
	}
	if open != nil {
		for _, sum := range slices.Sorted(maps.Keys(s.sums())) {
			p.addEvidence(sum, open)
		}
	}
	sums := p.sums.String()
	p.add(sumsFile, strings.NewReader(formatLine+sums))
	return errors.Join(p.err, p.zip.Close())
}

// packer writes files and remembers their SHA-256, and the first error.
type packer struct {
	zip  *zip.Writer
	sums strings.Builder
	err  error
}

// epoch is the time of every file, the first that a ZIP can say: packages differ by what they prove only.
var epoch = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

func (p *packer) add(name string, from io.Reader) (sum string) {
	if p.err != nil {
		return ""
	}
	to, err := p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: epoch})
	hash := sha256.New()
	if err == nil {
		_, err = io.Copy(io.MultiWriter(to, hash), from)
	}
	p.err = err
	sum = hex.EncodeToString(hash.Sum(nil))
	fmt.Fprintf(&p.sums, "%s  %s\n", sum, name)
	return sum
}

func (p *packer) addEvidence(sum string, open Open) {
	if p.err != nil {
		return
	}
	from, err := open(sum)
	if err != nil {
		p.err = err
		return
	}
	defer from.Close() //nolint:errcheck // it was only read
	if got := p.add(evidenceFolder+sum, from); p.err == nil && got != sum {
		p.err = fmt.Errorf("%w: the file of evidence %s has the bytes of %s", ErrPackage, sum, got)
	}
}

// Sealed is what a package proves.
type Sealed struct {
	*Proven
	Result   *Row   // of the table result
	Total    string // points
	Receipt  *meritv1.Receipt
	Evidence int // files of evidence in the package
	Answers  int // decisions of all stages
}

// VerifyPackage checks a package without anything else at hand: the hash of every file, the keys, of which trusted must be
// one unless it is empty (see ReadKeys), the signature of the checkpoint, every entry under it, every row, that each file
// says what the rows say, and that the answers come to the result by the instrument. The error names everything that is
// wrong, one on a line, and wraps what each check found. README.txt is for people and proves nothing.
func VerifyPackage(zipped io.ReaderAt, size int64, trusted string) (*Sealed, error) {
	u, err := unpack(zipped, size)
	if err != nil {
		return nil, err
	}
	if err := u.checkSums(); err != nil {
		return nil, err
	}
	r, err := ReadReceipt(u.files[receiptFile])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", receiptFile, err)
	}
	s, err := readSealed(r, trusted)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", receiptFile, err)
	}
	problems := append(u.repeats(s), s.recompute())
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return &Sealed{Proven: s.proven, Result: s.result, Total: scoring.Points(s.result.number("total")).String(), Receipt: r, Evidence: len(u.evidence), Answers: len(s.decisions)}, nil
}

// unpacked is a package that was read.
type unpacked struct {
	files    map[string][]byte
	hashes   map[string]string // of all files, in hex
	evidence []string          // SHA-256
}

var evidenceName = regexp.MustCompile(`^` + evidenceFolder + `[0-9a-f]{64}$`)

// known are the files that are in every package.
var known = []string{readmeFile, sumsFile, receiptFile, checkpointFile, keysFile, instrumentFile, resultFile, answersFile, evidenceFile}

// unpack reads a package within its limits.
func unpack(zipped io.ReaderAt, size int64) (*unpacked, error) {
	z, err := zip.NewReader(zipped, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPackage, err)
	}
	if len(z.File) > mostFiles {
		return nil, fmt.Errorf("%w: it has %d files, more than %d", ErrPackage, len(z.File), mostFiles)
	}
	u := &unpacked{files: map[string][]byte{}, hashes: map[string]string{}}
	for _, f := range z.File {
		if err := u.take(f); err != nil {
			return nil, fmt.Errorf("%w: %q: %w", ErrPackage, f.Name, err)
		}
	}
	for _, name := range known {
		if _, ok := u.hashes[name]; !ok {
			return nil, fmt.Errorf("%w: %s is missing", ErrPackage, name)
		}
	}
	return u, nil
}

func (u *unpacked) take(f *zip.File) error {
	isEvidence := evidenceName.MatchString(f.Name)
	_, twice := u.hashes[f.Name]
	switch {
	case twice:
		return errors.New("it is there twice")
	case f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64:
		return errors.New("it is compressed, and nothing in a package is")
	case !isEvidence && !slices.Contains(known, f.Name):
		return errors.New("no package has such a file")
	case !isEvidence && f.UncompressedSize64 > largestTable:
		return fmt.Errorf("it has %d bytes, more than %d", f.UncompressedSize64, largestTable)
	}
	from, err := f.Open()
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // it was only read
	hash := sha256.New()
	if isEvidence {
		u.evidence = append(u.evidence, strings.TrimPrefix(f.Name, evidenceFolder))
		_, err = io.Copy(hash, from)
	} else {
		u.files[f.Name], err = io.ReadAll(io.TeeReader(io.LimitReader(from, largestTable), hash))
	}
	u.hashes[f.Name] = hex.EncodeToString(hash.Sum(nil))
	return err
}

// checkSums compares all files with SHA256SUMS, which lists them all.
func (u *unpacked) checkSums() error {
	text, ok := strings.CutPrefix(string(u.files[sumsFile]), formatLine)
	if !ok {
		return fmt.Errorf("%w: %s does not begin with %q: this program knows no other format", ErrPackage, sumsFile, strings.TrimSpace(formatLine))
	}
	listed := map[string]string{}
	for line := range strings.Lines(text) {
		sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		listed[name] = sum
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(u.hashes)) {
		if name != sumsFile && listed[name] != u.hashes[name] {
			problems = append(problems, fmt.Errorf("%w: %s does not have the SHA-256 of %s", ErrPackage, name, sumsFile))
		}
		delete(listed, name)
	}
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		problems = append(problems, fmt.Errorf("%w: %q is missing", ErrPackage, name))
	}
	return errors.Join(problems...)
}

// repeats compares the files with what follows from the receipt.
func (u *unpacked) repeats(s *sealed) (problems []error) {
	files, err := s.files()
	if err != nil {
		return []error{err}
	}
	delete(files, receiptFile) // from which they follow
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !bytes.Equal(files[name], u.files[name]) {
			problems = append(problems, fmt.Errorf("%w: %s says something else than the receipt", ErrPackage, name))
		}
	}
	cited := s.sums()
	for _, sum := range u.evidence {
		switch {
		case u.hashes[evidenceFolder+sum] != sum:
			problems = append(problems, fmt.Errorf("%w: the file of evidence %s has other bytes than its name says", ErrPackage, sum))
		case !cited[sum]:
			problems = append(problems, fmt.Errorf("%w: the file %s is not evidence of this assessment", ErrPackage, sum))
		}
	}
	return problems
}
