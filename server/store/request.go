package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// requestMemory is how long the answer to a request is remembered.
const requestMemory = 24 * time.Hour

// ErrRequestReused says that a request id came again with another request.
var ErrRequestReused = errors.New("the request_id was already used for a different request")

// Request is a write that its client may repeat. The id belongs to the account and method.
type Request struct {
	Account string
	Method  string // full name of the RPC
	ID      string // chosen by the client
	Hash    string // HashRequest of the request's bytes
}

// HashRequest is the hash that tells two requests with the same id apart.
func HashRequest(request []byte) string {
	sum := sha256.Sum256(request)
	return hex.EncodeToString(sum[:])
}

// Remembered returns the answer that was given to the same request within the last 24 hours, and whether
// there was one. It returns ErrRequestReused when the id was used for another request.
func (tx *Tx) Remembered(r Request) (response []byte, ok bool, err error) {
	var hash string
	err = tx.QueryRow(`SELECT request_hash, response FROM remembered_request
		WHERE account_id = $1 AND method = $2 AND request_id = $3 AND answered_at > $4`,
		r.Account, r.Method, r.ID, Micros(tx.Now().Add(-requestMemory))).Scan(&hash, &response)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case hash != r.Hash:
		return nil, false, fmt.Errorf("%w: %s", ErrRequestReused, r.ID)
	}
	return response, true, nil
}

// Remember keeps the answer to a request, in the transaction that did what was asked. It is called after
// Remembered found nothing.
func (tx *Tx) Remember(r Request, response []byte) error {
	_, err := tx.Exec(`INSERT INTO remembered_request (account_id, method, request_id, request_hash, response, answered_at)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, method, request_id)
		DO UPDATE SET request_hash = $4, response = $5, answered_at = $6`,
		r.Account, r.Method, r.ID, r.Hash, append([]byte{}, response...), Micros(tx.Now()))
	return err
}

// ForgetRequests removes answers that are too old to count and returns how many; background work calls it.
func (s *Store) ForgetRequests(ctx context.Context) (n int64, err error) {
	err = s.Touch(ctx, func(tx *Tx) error {
		n, err = tx.Exec("DELETE FROM remembered_request WHERE answered_at <= $1", Micros(tx.Now().Add(-requestMemory)))
		return err
	})
	return n, err
}
