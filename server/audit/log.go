package audit

import (
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Frontier is all that is needed of a log in order to add to it: the hashes of the complete subtrees that end where it
// ends, one for each bit of its size. The zero Frontier is an empty log.
type Frontier struct {
	Size   int64
	levels [64]tlog.Hash
}

// ReadFrontier reads the frontier of a log of the size from its stored hashes.
func ReadFrontier(size int64, stored tlog.HashReader) (*Frontier, error) {
	f := &Frontier{Size: size}
	var levels []int
	var places []int64
	for rest := uint64(size); rest > 0; rest &= rest - 1 {
		level := bits.TrailingZeros64(rest)
		levels = append(levels, level)
		places = append(places, tlog.StoredHashIndex(level, size>>level-1))
	}
	if size == 0 {
		return f, nil
	}
	hashes, err := stored.ReadHashes(places)
	if err != nil {
		return nil, err
	}
	for i, level := range levels {
		f.levels[level] = hashes[i]
	}
	return f, nil
}

// Add appends the hash of a leaf and returns what is to be stored for it: the hashes of the subtrees that it completes,
// the first of them at tlog.StoredHashCount of the size before.
func (f *Frontier) Add(leaf tlog.Hash) ([]tlog.Hash, error) {
	hashes, err := tlog.StoredHashesForRecordHash(f.Size, leaf, f)
	if err != nil {
		return nil, fmt.Errorf("audit: entry %d of the log: %w", f.Size, err)
	}
	f.levels[len(hashes)-1] = hashes[len(hashes)-1]
	f.Size++
	return hashes, nil
}

// Root is the hash of the whole tree.
func (f *Frontier) Root() (tlog.Hash, error) { return tlog.TreeHash(f.Size, f) }

// ReadHashes gives the hashes of the subtrees on the frontier, which are all that Add and Root ask for: at most one of
// each level.
func (f *Frontier) ReadHashes(places []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(places))
	for i, place := range places {
		level, n := tlog.SplitStoredHashIndex(place)
		if f.Size>>level&1 == 0 || n != f.Size>>level-1 {
			return nil, fmt.Errorf("audit: subtree %d of level %d is not on the frontier of a log of %d", n, level, f.Size)
		}
		hashes[i] = f.levels[level]
	}
	return hashes, nil
}

// Growth is what one batch of leaves adds to the log.
type Growth struct {
	From, Size int64       // entries before and after
	Leaves     []tlog.Hash // of the entries From to Size-1
	Hashes     []tlog.Hash // to be stored from tlog.StoredHashCount(From) on
	Root       tlog.Hash   // of the log of Size entries
}

// Grow adds leaves to the log that ends at the frontier.
func (f *Frontier) Grow(leaves [][]byte) (*Growth, error) {
	g := &Growth{From: f.Size}
	for _, leaf := range leaves {
		hash := tlog.RecordHash(leaf)
		hashes, err := f.Add(hash)
		if err != nil {
			return nil, err
		}
		g.Leaves, g.Hashes = append(g.Leaves, hash), append(g.Hashes, hashes...)
	}
	g.Size = f.Size
	var err error
	g.Root, err = f.Root()
	return g, err
}
