package server

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	"github.com/meritindex/merit/proto/chunk"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/access/oidc"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/clamd"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/telemetry"
)

// Options are what a server is made of. Store and Blobs are required.
type Options struct {
	Store *store.Store
	// Blobs keeps the bytes of evidence.
	Blobs blob.Store
	// UploadLimit is how many bytes a file may have; DefaultUploadLimit when zero.
	UploadLimit int64
	// Scanner looks for viruses in evidence; nil for none.
	Scanner *clamd.Scanner
	// EvidenceGrace is how long files that nobody ever cited are kept; DefaultEvidenceGrace when zero.
	EvidenceGrace time.Duration
	// Now is the clock; time.Now when nil. It is the store's clock too.
	Now func() time.Time
	// Logger gets one line for each call, and one a second that says how many were refused before they were begun;
	// slog.Default() when nil.
	Logger *slog.Logger
	// TLS secures the door on the network; nil leaves it in plaintext, which is for loopback.
	TLS *tls.Config
	// Tracing gets a span for each call; nil for none.
	Tracing trace.TracerProvider
	// Metrics counts calls; new ones when nil.
	Metrics *telemetry.Metrics
	// Limits are what one caller may ask; none when zero.
	Limits Limits
	// Proxies are the networks of our balancers, whose X-Forwarded-For is believed on the gRPC door (TrustProxies does the
	// same for HTTP); none when empty.
	Proxies []netip.Prefix
	// PasswordCost is how hard passwords are to try; access.DefaultCost when zero.
	PasswordCost access.Cost
	// OIDC is the OpenID provider at which people may sign in; nil for none. Its clock is that of the server.
	OIDC *oidc.Options
	// NoPasswords switches passwords off: one signs in at the OpenID provider only, which is then needed.
	NoPasswords bool
}

// provider builds the OpenID provider, nil without one. Nobody could sign in without passwords and without it.
func (o *Options) provider() (*oidc.Provider, error) {
	if o.OIDC == nil {
		if o.NoPasswords {
			return nil, errors.New("server: Options.NoPasswords needs Options.OIDC: nobody could sign in")
		}
		return nil, nil
	}
	settings := *o.OIDC
	settings.Now = o.Now
	return oidc.New(settings)
}

// fill puts in what the options do not say.
func (o *Options) fill() {
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // what Options say a nil clock means
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Metrics == nil {
		o.Metrics = telemetry.NewMetrics()
	}
	if o.UploadLimit == 0 {
		o.UploadLimit = DefaultUploadLimit
	}
	if o.EvidenceGrace == 0 {
		o.EvidenceGrace = DefaultEvidenceGrace
	}
	if o.PasswordCost == (access.Cost{}) {
		o.PasswordCost = access.DefaultCost
	}
}

// How many bytes of one stream, and on the way on one connection, a client may send before they are read. Left to
// itself gRPC lets these grow to 16 MiB, which hundreds of uploads that wait for the disk would fill.
const (
	streamWindow = 256 << 10
	connWindow   = 4 << 20
)

// workers is how many goroutines of each door wait for calls; when all are busy, a call gets one of its own. A goroutine
// that has served a call has a stack that is large enough for the next one, and growing it is a tenth of a short call.
const workers = 64

// grpcOptions are what both doors have in common beside the interceptors.
func (o *Options) grpcOptions() []grpc.ServerOption {
	options := []grpc.ServerOption{
		grpc.WaitForHandlers(true), grpc.NumStreamWorkers(workers),
		grpc.InitialWindowSize(streamWindow), grpc.InitialConnWindowSize(connWindow), grpc.MaxRecvMsgSize(maxMessage),
		grpc.ForceServerCodecV2(chunk.Codec{}),
	}
	if o.Tracing != nil {
		options = append(options, grpc.StatsHandler(otelgrpc.NewServerHandler(
			otelgrpc.WithTracerProvider(o.Tracing), otelgrpc.WithPropagators(propagation.TraceContext{}))))
	}
	return options
}

// Limits of one connection from the network. Clients may ask whether it is alive every 20 seconds; more often is refused
// with GOAWAY. One that does nothing for a quarter of an hour is closed, and so is one that does not answer.
const (
	maxMessage   = 4 << 20  // bytes of one message
	maxMetadata  = 64 << 10 // bytes of the headers of one call
	maxStreams   = 1000     // calls at once
	greeting     = 10 * time.Second
	leastBetween = 20 * time.Second
	idleAfter    = 15 * time.Minute
	askAfter     = 2 * time.Minute
	answerWithin = 20 * time.Second
)

// networkOptions are those of the door on the network.
func (o *Options) networkOptions() []grpc.ServerOption {
	options := []grpc.ServerOption{
		grpc.MaxHeaderListSize(maxMetadata), grpc.MaxConcurrentStreams(maxStreams), grpc.ConnectionTimeout(greeting),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: leastBetween, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: idleAfter, Time: askAfter, Timeout: answerWithin}),
	}
	if o.TLS != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(o.TLS)))
	}
	return options
}
