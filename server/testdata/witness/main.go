// Command witness checks a log as somebody would who has never seen this project: with golang.org/x/mod/sumdb/note and
// tlog called directly. It reads JSON: the verifier key, the leaves in their order, the stored hashes, the signed
// checkpoints, and answers of GetInclusionProof and GetConsistencyProof.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type input struct {
	Verifier    string
	Leaves      [][]byte
	Hashes      [][]byte
	Checkpoints [][]byte
	Inclusion   struct {
		Leaf  []byte
		Proof struct {
			Position string // protobuf writes 64 bits as a text
			Hashes   [][]byte
		}
		Checkpoint struct{ Note []byte }
	}
	Consistency struct {
		Hashes     [][]byte
		Checkpoint struct{ Note []byte }
	}
}

func main() {
	var in input
	check(json.NewDecoder(os.Stdin).Decode(&in))
	verifier, err := note.NewVerifier(in.Verifier)
	check(err)

	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(places []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(places))
		for i, place := range places {
			out[i] = stored[place]
		}
		return out, nil
	})
	for i, leaf := range in.Leaves {
		hashes, err := tlog.StoredHashes(int64(i), leaf, reader)
		check(err)
		stored = append(stored, hashes...)
	}
	if len(stored) != len(in.Hashes) {
		fail("%d hashes are stored, the leaves come to %d", len(in.Hashes), len(stored))
	}
	for i := range stored {
		if string(stored[i][:]) != string(in.Hashes[i]) {
			fail("stored hash %d is not what the leaves come to", i)
		}
	}
	var first, newest checkpoint
	for i, signed := range in.Checkpoints {
		newest = open(verifier, signed)
		root, err := tlog.TreeHash(newest.size, reader)
		check(err)
		if root != newest.root {
			fail("the leaves do not come to the root of checkpoint %d", newest.size)
		}
		if i == 0 {
			first = newest
		}
	}
	if newest.size != int64(len(in.Leaves)) {
		fail("the newest checkpoint is over %d of %d leaves", newest.size, len(in.Leaves))
	}
	under := open(verifier, in.Inclusion.Checkpoint.Note)
	position, _ := strconv.ParseInt(in.Inclusion.Proof.Position, 10, 64)
	check(tlog.CheckRecord(hashes(in.Inclusion.Proof.Hashes), under.size, under.root, position, tlog.RecordHash(in.Inclusion.Leaf)))
	grown := open(verifier, in.Consistency.Checkpoint.Note)
	check(tlog.CheckTree(hashes(in.Consistency.Hashes), grown.size, grown.root, first.size, first.root))
	fmt.Printf("%d leaves, %d checkpoints\n", len(in.Leaves), len(in.Checkpoints))
}

type checkpoint struct {
	size int64
	root tlog.Hash
}

func open(verifier note.Verifier, signed []byte) checkpoint {
	n, err := note.Open(signed, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		fail("the note is no checkpoint of %s: %q", verifier.Name(), n.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	return checkpoint{size, root}
}

func hashes(all [][]byte) (out []tlog.Hash) {
	for _, h := range all {
		out = append(out, tlog.Hash(h))
	}
	return out
}

func check(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}
