package server

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/tap"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/fault"
)

type cameKey struct{}

// knock looks at the gate as soon as the headers of a call have come, on the goroutine that reads its connection. A call that
// is refused then gets no goroutine: thousands of those would each wait for the processor, and with them, at every step they
// take, the calls that were let in.
func (s *Server) knock(ctx context.Context, in *tap.Info) (context.Context, error) {
	kind, gated := s.kinds[in.FullMethodName]
	if s.gate == nil || !gated {
		return ctx, nil
	}
	if refused := s.gate.look(ctx, kind); refused != nil {
		s.metrics.TurnAway(in.FullMethodName, codes.ResourceExhausted.String())
		s.turnedAway.note(kind)
		stopDeadline(ctx)
		return ctx, toStatus(overloaded(refused.after), languageOf(in.Header), nil)
	}
	return context.WithValue(ctx, cameKey{}, s.gate.now()), nil
}

// admit lets a call begin when there is room for its kind of work. It stands before anything that costs more than looking at
// headers, and is reached when the whole request has come.
func (s *Server) admit(ctx context.Context, c *call, next func(context.Context) error) error {
	kind, gated := s.kinds[c.method]
	if s.gate == nil || !gated {
		return next(ctx)
	}
	t, refused := s.gate.ask(ctx, kind)
	if refused == nil {
		refused = t.wait(ctx)
	}
	switch {
	case refused != nil && ctx.Err() != nil:
		return ctx.Err()
	case refused != nil:
		return overloaded(refused.after)
	}
	defer t.leave()
	return next(ctx)
}

// lookedAt is when a call that is at the gate went on from its look.
func lookedAt(ctx context.Context) (at time.Time, looked bool) {
	at, looked = ctx.Value(cameKey{}).(time.Time)
	return at, looked
}

// came is when a call came, also before it was waited for.
func came(ctx context.Context) time.Time {
	if at, looked := lookedAt(ctx); looked {
		return at
	}
	return time.Now() //nolint:forbidigo // how long it takes is measured, not a date
}

// kindsOf says of every RPC that is at the gate what kind of work it asks for.
func kindsOf(services []service, rules access.Rules) map[string]work {
	kinds := map[string]work{}
	for _, sv := range services {
		for _, unary := range sv.desc.Methods {
			method := "/" + sv.desc.ServiceName + "/" + unary.MethodName
			if kind, gated := workOf(method, rules[method]); gated {
				kinds[method] = kind
			}
		}
	}
	return kinds
}

// workOf is what kind of work an RPC that is no stream asks for; false for those that are not at the gate. Streams last as long
// as their clients please, and wait for the disk chunk by chunk. Sign-ins wait for the hasher of passwords and have rates of
// their own.
func workOf(method string, rule access.Rule) (work, bool) {
	switch {
	case rule.IgnoreCredentials:
		return 0, false
	case method == meritv1.EvidenceService_StartUpload_FullMethodName:
		return uploading, true
	case method == meritv1.EvidenceService_FinishUpload_FullMethodName, strings.HasSuffix(method, "/AttachDocument"):
		return taking, true
	case strings.HasPrefix(method, "/merit.v1.ResultService/") && rule.ReadOnly, strings.HasPrefix(method, "/merit.v1.ReportService/"):
		return ranking, true
	case rule.ReadOnly:
		return reading, true
	}
	return saving, true
}

func overloaded(wait time.Duration) *fault.Error {
	return fault.New(meritv1.Reason_REASON_OVERLOADED,
		"Layanan sedang mengerjakan lebih banyak permintaan daripada yang sanggup dikerjakan, jadi permintaan ini belum dimulai dan tidak ada yang berubah. Ulangi setelah %d detik.",
		"The service has more to do at the moment than it can, so this was not begun and nothing was changed. Repeat it after %d seconds.", seconds(wait)).RetryAfter(wait)
}
