package server

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
)

// repeatable is a write that its client may send again: it carries an id that the client chose.
type repeatable interface {
	proto.Message
	GetRequestId() string
}

// updateOnce is store.Update for a repeatable request: within 24 hours the same account gets the same answer to
// the same request_id and nothing is done a second time. The same id with another request, or acting in another
// membership, is REASON_REQUEST_ID_REUSED. Requests without an id are simply done. The closure makes the answer; like
// every closure of the store it keeps no state across calls.
//
//	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.CreateCycleResponse, []audit.Entry, error) {
func updateOnce[R any, PR interface {
	*R
	proto.Message
}](ctx context.Context, s *store.Store, req repeatable, do func(*store.Tx) (PR, []audit.Entry, error)) (PR, error) {
	r, err := requestOf(ctx, req)
	if err != nil {
		return nil, err
	}
	var resp PR
	err = s.Update(ctx, func(tx *store.Tx) (entries []audit.Entry, err error) {
		if r.ID != "" {
			before, ok, err := tx.Remembered(r)
			if err != nil {
				return nil, err
			}
			if ok {
				resp = new(R)
				return nil, proto.Unmarshal(before, resp)
			}
		}
		if resp, entries, err = do(tx); err != nil || r.ID == "" {
			return entries, err
		}
		b, err := proto.Marshal(resp)
		if err != nil {
			return nil, err
		}
		return entries, tx.Remember(r, b)
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// requestOf names the request: who asks for what under which id. The method is told by the type of the request,
// which belongs to one RPC.
func requestOf(ctx context.Context, req repeatable) (store.Request, error) {
	r := store.Request{Account: access.From(ctx).AccountID, Method: string(req.ProtoReflect().Descriptor().FullName()), ID: req.GetRequestId()}
	if r.ID == "" {
		return r, nil
	}
	b, err := proto.MarshalOptions{Deterministic: true}.MarshalAppend([]byte(access.From(ctx).MembershipID+"\n"), req)
	if err != nil {
		return r, err
	}
	r.Hash = store.HashRequest(b)
	return r, nil
}
