package server

import (
	"context"
	"errors"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
)

// ListMySessions lists the caller's sessions, newest first.
func (s *accountServer) ListMySessions(ctx context.Context, req *meritv1.ListMySessionsRequest) (*meritv1.ListMySessionsResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	caller := access.From(ctx)
	resp := &meritv1.ListMySessionsResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		sessions, err := tx.SessionsOf(caller.AccountID, lastKey(p), p.Limit())
		if err != nil {
			return err
		}
		sessions, resp.NextPageToken = page.Cut(p, sessions, func(s store.Session) []string { return []string{s.ID} })
		for _, s := range sessions {
			resp.Sessions = append(resp.Sessions, &meritv1.AccountSession{
				Id: s.ID, CreatedAt: timestamp(s.CreatedAt), ExpiresAt: timestamp(s.ExpiresAt), LastUsedAt: timestamp(s.UsedAt),
				UserAgent: s.UserAgent, Current: s.TokenHash == caller.Credential,
			})
		}
		return nil
	})
}

// EndMySession ends one of the caller's sessions.
func (s *accountServer) EndMySession(ctx context.Context, req *meritv1.EndMySessionRequest) (*meritv1.EndMySessionResponse, error) {
	caller := access.From(ctx)
	if err := mustBeSession(caller); err != nil {
		return nil, err
	}
	err := s.store.Touch(ctx, func(tx *store.Tx) error { return tx.EndSessionOf(caller.AccountID, req.GetSessionId()) })
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.NotFound(aSession, req.GetSessionId())
	}
	return &meritv1.EndMySessionResponse{}, err
}

// EndMyOtherSessions ends all of the caller's sessions but the one that calls.
func (s *accountServer) EndMyOtherSessions(ctx context.Context, _ *meritv1.EndMyOtherSessionsRequest) (*meritv1.EndMyOtherSessionsResponse, error) {
	caller := access.From(ctx)
	if err := mustBeSession(caller); err != nil {
		return nil, err
	}
	resp := &meritv1.EndMyOtherSessionsResponse{}
	return resp, s.store.Touch(ctx, func(tx *store.Tx) error {
		n, err := tx.EndSessionsOf(caller.AccountID, caller.Credential)
		resp.Ended = int32(n)
		return err
	})
}
