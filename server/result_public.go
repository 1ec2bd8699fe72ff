package server

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
)

// publicAnswersLimit is how many bytes of answers a process keeps: a thousand pages of a ranking.
const publicAnswersLimit = 16 << 20

// newPublicAnswers keeps answers that are the same for everybody in their wire form.
func newPublicAnswers() *cache[[]byte] {
	return &cache[[]byte]{limit: publicAnswersLimit, size: func(key string, answer []byte) int { return len(key) + len(answer) }}
}

// publicAnswer answers a request whose answer depends on nothing but the request, the day, and the tables of
// store.Store.PublicVersion. The version is asked for with every request, so that an answer is never older than what was committed
// before the request came, by whichever process; the rest is read again only when the version has grown.
func publicAnswer[Q proto.Message, R any, PR interface {
	*R
	proto.Message
}](ctx context.Context, s *core, req Q, read func(*store.Tx) (PR, error)) (PR, error) {
	key, err := publicKey(req, calendar.Day(s.now()))
	if err != nil {
		return nil, err
	}
	version, err := s.store.PublicVersion(ctx)
	if err != nil {
		return nil, err
	}
	resp := PR(new(R))
	if answer, ok := s.answers.get(version, key); ok {
		resp.ProtoReflect().SetUnknown(answer) // as it goes over the wire: nothing is taken apart and put together again
		return resp, nil
	}
	if err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		resp, err = read(tx)
		return err
	}); err != nil {
		return nil, err
	}
	answer, err := proto.Marshal(resp)
	if err != nil {
		return nil, err
	}
	s.answers.put(version, key, answer)
	return resp, nil
}

// publicKey names a request by its type, which belongs to one RPC, its bytes and the day.
func publicKey(req proto.Message, day string) (string, error) {
	key := make([]byte, 0, 128)
	key = append(key, req.ProtoReflect().Descriptor().Name()...)
	key = append(append(append(key, 0), day...), 0)
	key, err := proto.MarshalOptions{Deterministic: true}.MarshalAppend(key, req)
	return string(key), err
}
