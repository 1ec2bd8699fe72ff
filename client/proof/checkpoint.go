package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// What a check can find. Errors wrap one of these.
var (
	ErrCheckpoint  = errors.New("this is not a checkpoint of the log")
	ErrKeys        = errors.New("the keys of the log do not vouch for one another")
	ErrUntrusted   = errors.New("the trusted key is not one of the log's keys")
	ErrSignature   = errors.New("the checkpoint is not signed by the key that signs at its size")
	ErrInclusion   = errors.New("the entry does not stand in the log")
	ErrConsistency = errors.New("the log is not a continuation of the older one: something in it was changed or taken away")
)

// Checkpoint commits to all entries of a log of a size.
type Checkpoint struct {
	Origin string // name of the log
	Size   int64  // entries
	Root   [sha256.Size]byte
}

// parseCheckpoint reads the text of a checkpoint. Lines after the third are extensions, which Merit does not write.
func parseCheckpoint(text string) (c Checkpoint, err error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return c, ErrCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return c, fmt.Errorf("%w: its size is %q", ErrCheckpoint, lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != sha256.Size {
		return c, fmt.Errorf("%w: its root is %q", ErrCheckpoint, lines[2])
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: [sha256.Size]byte(root)}, nil
}

// Inclusion checks that an entry, given by its exact leaf bytes, stands at a position of the log under the checkpoint. The
// hashes are the audit path, from the leaf up. It returns ErrInclusion.
func (c Checkpoint) Inclusion(leaf []byte, position int64, hashes [][]byte) error {
	path, err := toHashes(hashes)
	if err == nil && (position < 0 || position >= c.Size) {
		err = fmt.Errorf("it has %d entries", c.Size)
	}
	if err == nil {
		err = tlog.CheckRecord(path, c.Size, c.Root, position, tlog.RecordHash(leaf))
	}
	if err != nil {
		return fmt.Errorf("%w: position %d: %w", ErrInclusion, position, err)
	}
	return nil
}

// Consistency checks that the log under the checkpoint begins with the log under an older one. It returns ErrConsistency.
func (c Checkpoint) Consistency(older Checkpoint, hashes [][]byte) error {
	path, err := toHashes(hashes)
	switch {
	case err != nil:
	case older.Origin != c.Origin:
		err = fmt.Errorf("the older one is of %s", older.Origin)
	case older.Size > c.Size:
		err = fmt.Errorf("the older one has %d entries, this one %d", older.Size, c.Size)
	case older.Size == 0: // every log begins with nothing
	default:
		err = tlog.CheckTree(path, c.Size, c.Root, older.Size, older.Root)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrConsistency, err)
	}
	return nil
}

func toHashes(hashes [][]byte) ([]tlog.Hash, error) {
	all := make([]tlog.Hash, len(hashes))
	for i, h := range hashes {
		if len(h) != tlog.HashSize {
			return nil, fmt.Errorf("hash %d of the proof has %d bytes", i, len(h))
		}
		all[i] = tlog.Hash(h)
	}
	return all, nil
}

// open checks that a note is signed by every one of the keys.
func open(signed []byte, keys ...string) error {
	verifiers := make([]note.Verifier, len(keys))
	for i, key := range keys {
		var err error
		if verifiers[i], err = note.NewVerifier(key); err != nil {
			return fmt.Errorf("%q is no verifier key", key)
		}
	}
	opened, err := note.Open(signed, note.VerifierList(verifiers...))
	if err != nil {
		return err
	}
	if len(opened.Sigs) != len(keys) {
		return fmt.Errorf("%d of %d signatures are there", len(opened.Sigs), len(keys))
	}
	return nil
}

// signatureLine begins each line of signatures below a note.
const signatureLine = "\u2014 "

// SplitCheckpoints takes the signed checkpoints of a file apart, which may stand in it one after another. It looks at
// their form only. For what is cut off, or is something else, it returns ErrCheckpoint, with the checkpoints before it.
func SplitCheckpoints(file []byte) (signed [][]byte, err error) {
	for len(file) > 0 {
		one := file[:noteLength(file)]
		if !wellFormed(one) {
			return signed, ErrCheckpoint
		}
		signed, file = append(signed, one), file[len(one):]
	}
	if len(signed) == 0 {
		return nil, ErrCheckpoint
	}
	return signed, nil
}

// noteLength is where the signatures of the first note end.
func noteLength(file []byte) int {
	text, _, found := bytes.Cut(file, []byte("\n\n"+signatureLine))
	if !found {
		return len(file)
	}
	end := len(text) + 2
	for bytes.HasPrefix(file[end:], []byte(signatureLine)) {
		line := bytes.IndexByte(file[end:], '\n')
		if line < 0 {
			return len(file)
		}
		end += line + 1
	}
	return end
}

// wellFormed reports whether bytes are a note whose text is a checkpoint as Merit writes it, of three lines; more would
// be the rest of another that was cut off.
func wellFormed(signed []byte) bool {
	_, err := note.Open(signed, nil)
	var unknown *note.UnverifiedNoteError // nobody's key was given, so this is all that is wrong with a good one
	if !errors.As(err, &unknown) {
		return false
	}
	_, err = parseCheckpoint(unknown.Note.Text)
	return err == nil && strings.Count(unknown.Note.Text, "\n") == 3
}

// textOf is the text of a note that was not checked yet.
func textOf(signed []byte) string {
	end := strings.LastIndex(string(signed), "\n\n")
	return string(signed[:end+1])
}
