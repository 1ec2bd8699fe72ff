package server

import (
	"context"
	"errors"
	"strconv"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
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
