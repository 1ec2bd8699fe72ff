package server

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// GetCheckpoint returns the newest checkpoint, or that of a size.
func (s *auditServer) GetCheckpoint(ctx context.Context, req *meritv1.GetCheckpointRequest) (*meritv1.GetCheckpointResponse, error) {
	resp := &meritv1.GetCheckpointResponse{}
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		resp.Checkpoint, err = readCheckpoint(tx, req.GetSize())
		return err
	})
	return resp, err
}

// readCheckpoint reads the checkpoint of a size, the newest when it is 0, with the statements about its keys.
func readCheckpoint(tx *store.Tx, size int64) (*meritv1.Checkpoint, error) {
	read := tx.NewestCheckpoint
	if size > 0 {
		read = func() (store.KeptCheckpoint, error) { return tx.Checkpoint(size) }
	}
	c, err := read()
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.NotFound(fault.T("Titik periksa", "checkpoint"), strconv.FormatInt(size, 10))
	}
	if err != nil {
		return nil, err
	}
	keys, err := tx.LogKeys()
	origin, _, _ := strings.Cut(string(c.Note), "\n")
	return &meritv1.Checkpoint{
		Origin: origin, Size: c.Size, Root: c.Root[:], At: timestamp(store.Instant(c.At)), Note: c.Note, Keys: keys,
	}, err
}

// GetInclusionProof proves that an entry that the caller may see stands in the log.
func (s *auditServer) GetInclusionProof(ctx context.Context, req *meritv1.GetInclusionProofRequest) (*meritv1.GetInclusionProofResponse, error) {
	resp := &meritv1.GetInclusionProofResponse{}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		e, err := tx.LoggedEntry(req.GetEntryId(), entrySight(access.From(ctx), calendar.Day(tx.Now())))
		if errors.Is(err, store.ErrNotFound) {
			return fault.NotFound(fault.T("Entri", "entry"), req.GetEntryId())
		}
		if err != nil {
			return err
		}
		if e.Position < 0 {
			return fault.New(meritv1.Reason_REASON_NOT_YET_LOGGED,
				"Entri ini lebih baru daripada titik periksa terakhir, jadi belum terlindungi. Tanyakan lagi beberapa detik kemudian.",
				"This entry is younger than the newest checkpoint, so it is not protected yet. Ask again in a few seconds.")
		}
		if resp.Checkpoint, err = readCheckpoint(tx, 0); err != nil {
			return err
		}
		resp.Leaf = e.Leaf
		resp.Proof, err = inclusion(tx, resp.Checkpoint, e.Position)
		return err
	})
	return resp, err
}

// inclusion proves that the entry at a position stands under a checkpoint.
func inclusion(tx *store.Tx, c *meritv1.Checkpoint, position int64) (*meritv1.InclusionProof, error) {
	proof, err := tlog.ProveRecord(c.GetSize(), position, tx)
	return &meritv1.InclusionProof{Position: position, Hashes: hashBytes(proof)}, err
}

func hashBytes(hashes []tlog.Hash) [][]byte {
	all := make([][]byte, len(hashes))
	for i := range hashes {
		all[i] = hashes[i][:]
	}
	return all
}

// GetConsistencyProof proves that the log only grew between two sizes.
func (s *auditServer) GetConsistencyProof(ctx context.Context, req *meritv1.GetConsistencyProofRequest) (*meritv1.GetConsistencyProofResponse, error) {
	resp := &meritv1.GetConsistencyProofResponse{}
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if resp.Checkpoint, err = readCheckpoint(tx, req.GetToSize()); err != nil {
			return err
		}
		if req.GetFromSize() > resp.Checkpoint.GetSize() {
			return fault.Invalid("from_size", "titik periksa itu hanya mencakup %d entri.", "that checkpoint is over %d entries only.", resp.Checkpoint.GetSize())
		}
		proof, err := tlog.ProveTree(resp.Checkpoint.GetSize(), req.GetFromSize(), tx)
		resp.Hashes = hashBytes(proof)
		return err
	})
	return resp, err
}
