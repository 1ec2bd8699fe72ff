package blob

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path"
	"runtime"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"
	"golang.org/x/sync/semaphore"
)

const (
	// partSize is how much of an upload becomes durable at once: the least that S3 takes as a part.
	partSize = 5 << 20
	// MaxS3Size is the largest file that S3 copies in one request.
	MaxS3Size = 5 << 30
)

// Bounds on how long a server that does not answer is waited for.
const (
	s3Dial    = 5 * time.Second
	s3Answer  = 30 * time.Second
	s3Retries = 4
	s3Close   = time.Minute // of what is done after the caller has gone
)

// S3Options say where bytes are kept and how much is done at once.
type S3Options struct {
	// Bucket exists already. Prefix comes before every name in it; empty for none.
	Bucket, Prefix string
	// Endpoint is host or host:port. Plaintext speaks HTTP to it, which is for servers on the same machine.
	Endpoint  string
	Plaintext bool
	// Region of the bucket; asked for when empty.
	Region string
	// HostStyle puts the bucket into the host name of requests, PathStyle into their path; by the endpoint when neither.
	HostStyle, PathStyle bool
	// Encryption is how the server encrypts what it stores; as the bucket says when nil.
	Encryption encrypt.ServerSide
	// Credentials sign the requests.
	Credentials *credentials.Credentials
	// Memory is how many bytes of uploads wait for their part to be whole; 64 MiB when zero, at least one part. An upload
	// that finds no room waits.
	Memory int64
	// Requests is how many requests run at once; 64 when zero.
	Requests int
	// Hashes is how many files are read back and hashed at once; four for each processor when zero.
	Hashes int
}

// S3 keeps bytes in a bucket. Nothing is kept on this machine but the part of an upload that is on its way: another process
// goes on with an upload at its durable offset, which advances by whole parts and at the end of the file.
//
// An upload of more than a part is a multipart upload of the object upload/<id>; a smaller one is put there at once. Either
// way the object, once there, is written by nobody again: it is hashed as it lies there, and copied to its name by the
// server. Until the copy is recorded, the object stays.
type S3 struct {
	transport  *http.Transport
	client     *minio.Client
	core       minio.Core
	bucket     string
	prefix     string
	encryption encrypt.ServerSide
	memory     *semaphore.Weighted
	requests   slots
	hashing    slots

	open inUse[s3State]
}

// OpenS3 opens a bucket, which must be there.
func OpenS3(ctx context.Context, o S3Options) (*S3, error) {
	o.fill()
	transport, err := minio.DefaultTransport(!o.Plaintext)
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	bound(transport, o.Requests)
	client, err := minio.New(o.Endpoint, &minio.Options{
		Creds: o.Credentials, Secure: !o.Plaintext, Region: o.Region, BucketLookup: o.lookup(),
		Transport: transport, MaxRetries: s3Retries,
	})
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	s := &S3{
		transport: transport, client: client, core: minio.Core{Client: client}, bucket: o.Bucket, prefix: o.Prefix, encryption: o.Encryption,
		memory: semaphore.NewWeighted(max(o.Memory, partSize)), requests: make(slots, o.Requests), hashing: make(slots, o.Hashes),
	}
	if err := s.Ping(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Ping implements Store.
func (s *S3) Ping(ctx context.Context) error {
	endpoint := s.client.EndpointURL().Host
	there, err := s.client.BucketExists(ctx, s.bucket)
	if err == nil && !there {
		return fmt.Errorf("blob: there is no bucket %q at %s", s.bucket, endpoint)
	}
	return s3Error(ctx, "open the bucket "+s.bucket+" at "+endpoint, err)
}

// bound keeps a server that hangs from hanging us, and the connections that are in use open.
func bound(t *http.Transport, requests int) {
	t.DialContext = (&net.Dialer{Timeout: s3Dial, KeepAlive: s3Answer}).DialContext
	t.TLSHandshakeTimeout = s3Dial
	t.ResponseHeaderTimeout = s3Answer
	t.MaxIdleConns, t.MaxIdleConnsPerHost = requests, requests
}

func (o *S3Options) fill() {
	if o.Memory == 0 {
		o.Memory = 64 << 20
	}
	if o.Requests == 0 {
		o.Requests = 64
	}
	if o.Hashes == 0 {
		o.Hashes = 4 * runtime.GOMAXPROCS(0)
	}
}

func (o *S3Options) lookup() minio.BucketLookupType {
	switch {
	case o.HostStyle:
		return minio.BucketLookupDNS
	case o.PathStyle:
		return minio.BucketLookupPath
	}
	return minio.BucketLookupAuto
}

// Close implements Store.
func (s *S3) Close() error {
	s.transport.CloseIdleConnections()
	return nil
}

func (s *S3) key(name ...string) string { return path.Join(append([]string{s.prefix}, name...)...) }

// put is how objects are written; once says that one that is there already stays. Requests are signed without their bytes:
// all is hashed as it lies there.
func (s *S3) put(once bool) minio.PutObjectOptions {
	o := minio.PutObjectOptions{ServerSideEncryption: s.encryption, DisableMultipart: true, DisableContentSha256: true}
	if once {
		o.SetMatchETagExcept("*")
	}
	return o
}

// stat looks at an object; it is not there when the error says ErrNotFound.
func (s *S3) stat(ctx context.Context, key string) (info minio.ObjectInfo, err error) {
	err = s.do(ctx, "look at "+key, func() error {
		info, err = s.client.StatObject(ctx, s.bucket, key, minio.StatObjectOptions{})
		return err
	})
	return info, err
}

// copy copies an object on the server, if its ETag is still the one given; any when empty.
func (s *S3) copy(ctx context.Context, from, etag, to string) error {
	return s.do(ctx, "copy "+from+" to "+to, func() error {
		_, err := s.client.CopyObject(ctx,
			minio.CopyDestOptions{Bucket: s.bucket, Object: to, Encryption: s.encryption},
			minio.CopySrcOptions{Bucket: s.bucket, Object: from, MatchETag: etag})
		return err
	})
}

// remove removes an object; it does no harm when there is none.
func (s *S3) remove(ctx context.Context, key string) error {
	return s.do(ctx, "remove "+key, func() error {
		return s.client.RemoveObject(ctx, s.bucket, key, minio.RemoveObjectOptions{})
	})
}

// do runs a request when a slot is free and tells its error as ours.
func (s *S3) do(ctx context.Context, doing string, fn func() error) error {
	return s.requests.in(ctx, func() error { return s3Error(ctx, doing, fn()) })
}
