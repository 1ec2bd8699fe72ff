package server

import (
	"context"
	"strings"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
)

// admit lets a call begin when there is room for its kind of work. It stands before anything that costs more than looking
// at headers.
func (s *Server) admit(ctx context.Context, c *call, next func(context.Context) error) error {
	kind := s.workOf(c)
	if s.gate == nil || kind == ungated {
		return next(ctx)
	}
	leave, refused := s.gate.enter(ctx, kind)
	switch {
	case refused != nil && ctx.Err() != nil:
		return ctx.Err()
	case refused != nil:
		return overloaded(refused.after)
	}
	defer leave()
	return next(ctx)
}

// workOf is what kind of work a call asks for. Streams are ungated: they last as long as their clients please, and wait
// for the disk chunk by chunk. So are sign-ins, which wait for the hasher of passwords and have rates of their own.
func (s *Server) workOf(c *call) work {
	rule, ours := s.rules[c.method]
	switch {
	case !ours, c.message == nil, rule.IgnoreCredentials:
		return ungated
	case c.method == meritv1.EvidenceService_FinishUpload_FullMethodName, strings.HasSuffix(c.method, "/AttachDocument"):
		return taking
	case strings.HasPrefix(c.method, "/merit.v1.ResultService/") && rule.ReadOnly, strings.HasPrefix(c.method, "/merit.v1.ReportService/"):
		return ranking
	case rule.ReadOnly:
		return reading
	}
	return saving
}

func overloaded(wait time.Duration) error {
	return fault.New(meritv1.Reason_REASON_OVERLOADED,
		"Layanan sedang mengerjakan lebih banyak permintaan daripada yang sanggup dikerjakan, jadi permintaan ini belum dimulai dan tidak ada yang berubah. Ulangi setelah %d detik.",
		"The service has more to do at the moment than it can, so this was not begun and nothing was changed. Repeat it after %d seconds.", seconds(wait)).RetryAfter(wait)
}
