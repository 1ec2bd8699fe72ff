package server

import (
	"context"

	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/store"
)

// identitiesLimit is how many identities a process keeps: more than sign in on the last evening, in some 10 MB.
const identitiesLimit = 1 << 14

// identities finds who holds a credential. It keeps what it read while nothing has changed of which an identity is made, so
// that a call costs no read and what was revoked still stops working at once; where other processes write too it reads for
// every call. It is safe for use by many goroutines.
type identities struct {
	store        *store.Store
	byCredential cache[store.Identity]
}

func newIdentities(s *store.Store) *identities {
	return &identities{s, cache[store.Identity]{limit: identitiesLimit, size: func(string, store.Identity) int { return 1 }}}
}

// of returns who holds the credential of the caller, or store.ErrNotFound. Whether it still holds is for the caller to say.
func (s *identities) of(ctx context.Context, c *access.Caller) (id store.Identity, err error) {
	version, known := s.store.IdentityVersion() // before it is read
	if known {
		if id, ok := s.byCredential.get(version, c.Credential); ok {
			return id, nil
		}
	}
	err = s.store.Peek(ctx, func(tx *store.Tx) (err error) {
		if c.TokenID != "" {
			id, err = tx.IdentityByToken(c.Credential)
		} else {
			id, err = tx.IdentityBySession(c.Credential)
		}
		return err
	})
	if err == nil && known {
		s.byCredential.put(version, c.Credential, id)
	}
	return id, err
}

// forget has the credential read again.
func (s *identities) forget(credential string) { s.byCredential.forget(credential) }
