package blob

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"syscall"

	"github.com/minio/minio-go/v7"
)

// errGone says that a multipart upload was completed or removed by somebody else, errThere that an object is there already.
var (
	errGone  = errors.New("blob: the multipart upload is gone")
	errThere = errors.New("blob: the object is there already")
)

// s3Error tells what a request to S3 ended with. What the caller did not end and S3 does not explain is an outage: a server
// that cannot be reached, refuses its credentials or has lost the bucket is one to those who call.
func s3Error(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	answer := minio.ToErrorResponse(err)
	switch {
	case answer.Code == minio.NoSuchUpload:
		return errGone
	case answer.StatusCode == http.StatusPreconditionFailed, answer.Code == "ConditionalRequestConflict":
		return errThere
	case answer.Code == minio.NoSuchKey, answer.Code == "NotFound":
		return ErrNotFound
	case answer.StatusCode == http.StatusInsufficientStorage,
		slices.Contains([]string{"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"}, answer.Code):
		return fmt.Errorf("blob: %s: %w: %s", doing, syscall.ENOSPC, err.Error())
	}
	// The cause is only told: a timeout of one request must not pass for the caller's.
	return fmt.Errorf("%w: %s: %s", ErrUnavailable, doing, err.Error())
}
