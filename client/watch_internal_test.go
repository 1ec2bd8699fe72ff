package client

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// breaking is a service at which nothing happens, and each stream ends after a while as the list says; then it is gone.
type breaking struct {
	meritv1.AssessmentServiceClient
	lasts time.Duration
	ends  []error
	begun int
}

var errGone = status.Error(codes.Unavailable, "gone")

func (b *breaking) GetHistory(context.Context, *meritv1.GetHistoryRequest, ...grpc.CallOption) (*meritv1.GetHistoryResponse, error) {
	return &meritv1.GetHistoryResponse{}, nil
}

func (b *breaking) WatchAssessment(context.Context, *meritv1.WatchAssessmentRequest, ...grpc.CallOption) (grpc.ServerStreamingClient[meritv1.WatchAssessmentResponse], error) {
	if b.begun == len(b.ends) {
		return nil, errGone
	}
	b.begun++
	return &breakingStream{after: b.lasts, with: b.ends[b.begun-1]}, nil
}

type breakingStream struct {
	grpc.ServerStreamingClient[meritv1.WatchAssessmentResponse]
	after time.Duration
	with  error
}

func (s *breakingStream) Header() (metadata.MD, error) { return metadata.MD{}, nil }

func (s *breakingStream) Recv() (*meritv1.WatchAssessmentResponse, error) {
	<-time.After(s.after)
	return nil, s.with
}

// watched is with what watching such a service ends, how many streams it took, and how long after the last of them.
func watched(t *testing.T, lasts time.Duration, ends ...error) (err error, begun int, after time.Duration) { //nolint:staticcheck // the error is the subject
	synctest.Test(t, func(t *testing.T) {
		b := &breaking{lasts: lasts, ends: ends}
		began := time.Now()
		for _, err = range (&Client{Assessments: b}).Watch(t.Context(), "") {
		}
		begun, after = b.begun, time.Since(began)-lasts*time.Duration(b.begun)
	})
	return err, begun, after
}

func TestAWatcherGoesOnAfterHoursAndEndsWhenTheServiceIsGoneForTwoMinutes(t *testing.T) {
	err, begun, after := watched(t, 3*time.Hour, errGone, errGone)
	if !errors.Is(err, errGone) || begun != 2 || after < longestGone || after > longestGone+time.Minute {
		t.Errorf("it ended with %v, %v after %d streams; want two and two minutes", err, after, begun)
	}
}

func TestAWatcherGoesOnWhenABalancerEndsItsStream(t *testing.T) {
	for _, code := range []codes.Code{codes.Canceled, codes.Internal, codes.Unknown} {
		if _, begun, _ := watched(t, time.Second, status.Error(code, "RST_STREAM"), errGone); begun != 2 {
			t.Errorf("after %s it watched %d times, want 2", code, begun)
		}
	}
}

func TestAWatcherEndsWhenItMayNotWatchAnyMore(t *testing.T) {
	for _, code := range []codes.Code{codes.Unauthenticated, codes.NotFound, codes.PermissionDenied} {
		if err, begun, after := watched(t, time.Second, status.Error(code, "")); status.Code(err) != code || begun != 1 || after > 0 {
			t.Errorf("after %s it watched %d times and ended %v later with %v, want at once", code, begun, after, err)
		}
	}
}
