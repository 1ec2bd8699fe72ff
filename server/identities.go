package server

import (
	"context"
	"sync"

	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/store"
)

// identitiesLimit is how many identities a process keeps: more than sign in on the last evening, in some 10 MB.
const identitiesLimit = 1 << 14

// identities finds who holds a credential. It keeps what it read while nothing has changed of which an identity is made, so
// that a call costs no read and what was revoked still stops working at once; where other processes write too it reads for
// every call. It is safe for use by many goroutines.
type identities struct {
	store *store.Store

	mu           sync.RWMutex
	version      int64 // of the store, under which all of byCredential were read
	byCredential map[string]store.Identity
}

// of returns who holds the credential of the caller, or store.ErrNotFound. Whether it still holds is for the caller to say.
func (s *identities) of(ctx context.Context, c *access.Caller) (id store.Identity, err error) {
	version, known := s.store.IdentityVersion() // before it is read
	if known {
		if id, ok := s.get(version, c.Credential); ok {
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
		s.put(version, c.Credential, id)
	}
	return id, err
}

func (s *identities) get(version int64, credential string) (store.Identity, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if version != s.version {
		return store.Identity{}, false
	}
	id, ok := s.byCredential[credential]
	return id, ok
}

// put keeps an identity. When there is no more room all are forgotten: those who call come back at once.
func (s *identities) put(version int64, credential string, id store.Identity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if version < s.version {
		return // a slow reader, overtaken
	}
	if version > s.version || s.byCredential == nil || len(s.byCredential) == identitiesLimit {
		s.version, s.byCredential = version, make(map[string]store.Identity)
	}
	s.byCredential[credential] = id
}

// forget has the credential read again.
func (s *identities) forget(credential string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byCredential, credential)
}
