package proof

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// keyHeader begins the statement about a key.
const keyHeader = "merit-log-key-v1"

// Key is a key of a log.
type Key struct {
	Since    int64  // size of the first checkpoint signed with it; 0 for the first key
	Verifier string // the public half
}

// Keys are all keys of a log, each vouched for by the one before it.
type Keys struct {
	Origin string
	Keys   []Key // the first key first
}

// ReadKeys reads the signed statements of a log's keys, the first key first, and checks that each key is introduced by
// the one before it. Trusted is a verifier key that the reader knows from elsewhere, such as a published one; it must be
// one of them (ErrUntrusted, with which the keys are returned too). When trusted is empty nothing but the statements
// themselves says whose log it is.
func ReadKeys(statements [][]byte, trusted string) (*Keys, error) {
	ks := &Keys{}
	for i, statement := range statements {
		if err := ks.add(statement); err != nil {
			return nil, fmt.Errorf("%w: statement %d: %w", ErrKeys, i+1, err)
		}
	}
	if len(ks.Keys) == 0 {
		return nil, fmt.Errorf("%w: there is none", ErrKeys)
	}
	if trusted != "" && !slices.ContainsFunc(ks.Keys, func(k Key) bool { return k.Verifier == trusted }) {
		return ks, fmt.Errorf("%w: %s", ErrUntrusted, trusted)
	}
	return ks, nil
}

// add checks the next statement: its origin, its size, which key was before, and the signatures of both.
func (ks *Keys) add(statement []byte) error {
	lines := strings.Split(textOf(statement), "\n")
	if len(lines) != 6 || lines[0] != keyHeader {
		return fmt.Errorf("it does not begin with %s, or has not five lines", keyHeader)
	}
	since, err := strconv.ParseInt(lines[2], 10, 64)
	if err != nil {
		return err
	}
	key, before := Key{Since: since, Verifier: lines[3]}, Key{Since: -1, Verifier: "none"}
	signers := []string{key.Verifier}
	if n := len(ks.Keys); n > 0 {
		before = ks.Keys[n-1]
		signers = append(signers, before.Verifier)
	} else {
		ks.Origin = lines[1]
	}
	switch {
	case lines[1] != ks.Origin:
		return fmt.Errorf("it is of the log %s", lines[1])
	case lines[4] != before.Verifier:
		return fmt.Errorf("the key before it was %s", lines[4])
	case since <= before.Since || before.Since < 0 && since != 0:
		return fmt.Errorf("the key begins at %d", since)
	}
	if err := open(statement, signers...); err != nil {
		return err
	}
	ks.Keys = append(ks.Keys, key)
	return nil
}

// Open checks a signed checkpoint: it must be of this log and signed by the key that signs at its size, and by the key
// before as well where that hands over. It returns ErrCheckpoint or ErrSignature.
func (ks *Keys) Open(signed []byte) (Checkpoint, error) {
	c, err := parseCheckpoint(textOf(signed))
	if err != nil {
		return c, err
	}
	if c.Origin != ks.Origin {
		return c, fmt.Errorf("%w: it is of the log %s, not %s", ErrCheckpoint, c.Origin, ks.Origin)
	}
	if err := open(signed, ks.at(c.Size)...); err != nil {
		return c, fmt.Errorf("%w: size %d: %w", ErrSignature, c.Size, err)
	}
	return c, nil
}

// at are the keys that sign a checkpoint of the size.
func (ks *Keys) at(size int64) (verifiers []string) {
	for i, k := range ks.Keys {
		switch {
		case k.Since > size:
		case k.Since == size && i > 0:
			verifiers = append(verifiers, k.Verifier)
		default:
			verifiers = []string{k.Verifier}
		}
	}
	return verifiers
}
