package main

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.opentelemetry.io/otel/sdk/trace"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/cli"
	"github.com/meritindex/merit/client/web"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/clamd"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/telemetry"
)

// running is a service whose doors are bound, and open once it is built.
type running struct {
	store   *store.Store
	server  *server.Server
	log     *slog.Logger
	notice  time.Duration // for balancers to see that it goes
	drain   time.Duration
	tracing *trace.TracerProvider // nil without an endpoint

	work    sync.WaitGroup // what the service does by itself
	endWork context.CancelFunc

	bound                []net.Listener // gRPC, HTTP and operations
	doors                errgroup.Group
	pages, ops           *http.Server
	inside               *grpc.ClientConn // of the pages
	address, http, opsAt string           // as bound
}

// start binds the doors, opens the store, builds the service and opens the doors. Bound first, a service that is started
// beside one that runs ends before it has made anything. Whoever connects in between waits.
func (f *serveFlags) start(ctx context.Context, errs io.Writer) (r *running, err error) {
	log := f.logger(errs)
	config, err := f.tls(log)
	if err != nil {
		return nil, err
	}
	if _, err := f.keyFile(); err != nil {
		return nil, err
	}
	r = &running{log: log, notice: f.DrainNotice, drain: f.DrainTime}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.stop())
		}
	}()
	if err := r.bind(f); err != nil {
		return r, err
	}
	if err := r.openStore(ctx, f); err != nil {
		return r, err
	}
	if err := r.build(ctx, f, config); err != nil {
		return r, err
	}
	return r, r.open(f, config)
}

func (f *serveFlags) logger(w io.Writer) *slog.Logger {
	return telemetry.NewLogger(w, f.LogFormat == "json", f.LogLevel)
}

// tls reads the certificate; without one only loopback is served, unless told otherwise.
func (f *serveFlags) tls(log *slog.Logger) (*tls.Config, error) {
	switch {
	case f.TLSCert != "" && f.TLSKey == "":
		return nil, cli.Mistake("--tls-cert needs --tls-key too (MERIT_TLS_KEY) ¦ --tls-cert memerlukan --tls-key juga (MERIT_TLS_KEY)")
	case f.TLSKey != "" && f.TLSCert == "":
		return nil, cli.Mistake("--tls-key needs --tls-cert too (MERIT_TLS_CERT) ¦ --tls-key memerlukan --tls-cert juga (MERIT_TLS_CERT)")
	}
	if f.TLSCert != "" {
		shown, err := newCertificate(f.TLSCert, f.TLSKey, log)
		return &tls.Config{GetCertificate: shown.get, MinVersion: tls.VersionTLS12}, err
	}
	if !f.InsecurePlaintext && (!client.Loopback(f.Listen) || !client.Loopback(f.HTTP)) {
		return nil, errPlaintext
	}
	return nil, nil
}

// openStore opens the database. A SQLite file, which has one service, is brought up to date here and freed of what an
// earlier life held; PostgreSQL is by merit migrate, once for all replicas.
func (r *running) openStore(ctx context.Context, f *serveFlags) (err error) {
	if r.store, err = f.open(ctx, r.log, f.PoolSize); err != nil {
		return err
	}
	if f.postgres() {
		if !strings.Contains(f.Evidence, "://") {
			r.log.Warn("evidence is kept in a folder of this machine: run one replica only, or keep it in S3 (--evidence s3://…)")
		}
		return nil
	}
	switch err := r.store.Serve(ctx); {
	case errors.Is(err, store.ErrServed):
		return cli.Mistake("another merit serve works on %s: stop it first, or give each a database of its own ¦ merit serve lain sedang memakai %s: hentikan dulu, atau beri masing-masing basis data sendiri", f.Database)
	case err != nil:
		return err
	}
	if err := r.store.Migrate(ctx); err != nil {
		return err
	}
	return r.store.FreeLeases(ctx)
}

// warnSingle says so when nobody could be a second administrator.
func (r *running) warnSingle(ctx context.Context) error {
	single, err := r.server.SingleAdministrator(ctx)
	if single {
		r.log.Warn("single administrator: what needs a second one takes effect at once, and results say so")
	}
	return err
}

// limits are what one caller may ask.
func (f *serveFlags) limits() server.Limits {
	return server.Limits{Accounts: f.LimitAccount, Public: f.LimitPublic, SignIns: f.LimitSignIn, Uploads: f.LimitUpload, CallTime: f.CallTime, AtOnce: f.AtOnce}
}

// wait serves until the context ends or a door breaks, then stops.
func (r *running) wait(ctx context.Context) error {
	broken := make(chan error, 1)
	go func() { broken <- r.doors.Wait() }()
	select {
	case <-ctx.Done():
		r.log.Info("stopping", "notice", r.notice, "drain", r.drain)
		return r.stop()
	case err := <-broken:
		return errors.Join(err, r.stop())
	}
}

// stop says that it is not ready, so that balancers send nothing more, then ends streams and lets calls end within the
// drain time, then closes the doors and the store. /readyz says so to the last. It may follow a failed start.
func (r *running) stop() error {
	if r.server != nil {
		r.server.Drain()
		<-time.After(r.notice)
		r.server.Leave()
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.drain)
	defer cancel()
	var failed error
	if r.pages != nil {
		failed = r.pages.Shutdown(ctx)
	}
	if r.inside != nil {
		failed = errors.Join(failed, r.inside.Close())
	}
	if r.server != nil {
		r.server.Shutdown(ctx)
		r.endWork()
		r.work.Wait()
	}
	if r.ops != nil {
		failed = errors.Join(failed, r.ops.Close())
	}
	for _, door := range r.bound {
		_ = door.Close() // fails where it was served at, which has closed it
	}
	if r.tracing != nil {
		failed = errors.Join(failed, r.tracing.Shutdown(ctx))
	}
	if r.store != nil {
		failed = errors.Join(failed, r.store.Close())
	}
	return failed
}

// bind binds the addresses of the doors.
func (r *running) bind(f *serveFlags) error {
	for _, door := range []struct {
		address string
		at      *string
	}{{f.Listen, &r.address}, {f.HTTP, &r.http}, {f.Ops, &r.opsAt}} {
		listener, err := listen(door.address)
		if err != nil {
			return err
		}
		r.bound = append(r.bound, server.LimitConnections(listener, f.MaxConnections, f.AddressLimit, f.proxies()))
		*door.at = listener.Addr().String()
	}
	return nil
}

// listen binds an address, or says how to give another.
func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, cli.Mistake("another program listens at %s already: end it, or give another address with --listen, --http or --ops ¦ "+
			"program lain sudah memakai alamat %s: akhiri program itu, atau berikan alamat lain dengan --listen, --http, atau --ops", address)
	}
	return listener, err
}

// background is how often deadlines that have passed are acted upon; they count from the second they pass.
const background = time.Minute

// tidying is how often what nobody needs any more is removed: ended sessions, remembered requests, uploads given up.
const tidying = time.Hour

// numbering is how often new entries of the trail get their places in the log.
const numbering = time.Second

// sharing is how often replicas tell each other who calls much.
const sharing = time.Second

// collecting is how often files of evidence that nobody ever cited are looked for and removed.
const collecting = 24 * time.Hour

// build makes the service and its background work.
func (r *running) build(ctx context.Context, f *serveFlags, config *tls.Config) error {
	blobs, err := f.openEvidence(ctx)
	if err != nil {
		return err
	}
	options := server.Options{
		Store: r.store, Blobs: blobs, UploadLimit: f.EvidenceLimit, EvidenceGrace: f.EvidenceGrace, Logger: r.log, TLS: config,
		Limits: f.limits(), Proxies: f.proxies(),
	}
	if options.OIDC, err = f.options(); err != nil {
		return err
	}
	options.NoPasswords = f.NoPasswords
	if f.Clamd != "" {
		if options.Scanner, err = clamd.New(f.Clamd); err != nil {
			return err
		}
	}
	if f.TraceEndpoint != "" {
		if r.tracing, err = telemetry.StartTracing(ctx, f.TraceEndpoint, cli.Version(), f.TraceRatio); err != nil {
			return err
		}
		options.Tracing = r.tracing
	}
	server.Reserve()
	if r.server, err = server.New(options); err != nil {
		return err
	}
	work, end := context.WithCancel(context.Background())
	r.endWork = end
	sequencer, err := r.sequencer(ctx, f)
	if err != nil {
		return err
	}
	r.work.Go(func() { sequencer.Run(work, numbering) })
	r.work.Go(func() { r.server.WatchDeadlines(work, background) })
	r.work.Go(func() { r.server.Tidy(work, tidying) })
	r.work.Go(func() { r.server.WatchLimits(work, sharing) })
	r.work.Go(func() { r.server.WatchFiles(work, background) })
	r.work.Go(func() { r.server.WatchGarbage(work, collecting) })
	return nil
}

func (f *serveFlags) openEvidence(ctx context.Context) (blob.Store, error) {
	if strings.Contains(f.Evidence, "://") && f.EvidenceLimit > blob.MaxS3Size {
		return nil, cli.Mistake("--evidence-limit is %d at most in S3 ¦ --evidence-limit paling besar %d di S3", int64(blob.MaxS3Size))
	}
	return blob.Open(ctx, f.Evidence)
}

// sequencer builds what numbers entries, with the keys it signs with.
func (r *running) sequencer(ctx context.Context, f *serveFlags) (*server.Sequencer, error) {
	keys, made, err := f.serviceKeys(ctx, r.store)
	if err != nil {
		return nil, err
	}
	if made {
		file, _ := f.keyFile()
		r.log.Warn("made the signing key of the transparency log: keep a copy of the file, and publish the verifier",
			"file", file, "origin", keys.Current.Origin(), "verifier", keys.Current.Verifier)
	}
	return r.server.NewSequencer(ctx, keys)
}

// open serves at the doors until stop.
func (r *running) open(f *serveFlags, config *tls.Config) error {
	door := http.NewServeMux()
	door.Handle("/api/", r.server.Gateway())
	pages, err := r.openPages(f, config == nil)
	if err != nil {
		return err
	}
	door.Handle("/", pages)
	r.pages, r.ops = r.page(server.TrustProxies(f.proxies(), door)), r.page(r.server.Ops())
	for i, serve := range []func(net.Listener) error{r.server.Serve, serveHTTP(r.pages, config), serveHTTP(r.ops, nil)} {
		r.doors.Go(func() error { return serve(r.bound[i]) })
	}
	return nil
}

// openPages builds the pages, a client of the service in process.
func (r *running) openPages(f *serveFlags, plaintext bool) (http.Handler, error) {
	conn, err := r.server.Dial()
	if err != nil {
		return nil, err
	}
	r.inside = conn
	return web.New(web.Options{
		Conn: conn, Now: time.Now, Log: r.log, Plaintext: plaintext, UploadLimit: f.EvidenceLimit, Demo: f.demo,
	})
}

// Limits on how slowly a client may speak HTTP.
const (
	headerTime = 10 * time.Second
	idleTime   = 2 * time.Minute
	maxHeader  = 64 << 10
)

// bodyPace lets 1 KiB a second through: a file of 25 MiB may take seven hours, a form that is not sent half a minute.
var bodyPace = server.Pace{Stall: 30 * time.Second, Grace: time.Minute, Slowest: 1 << 10}

// page makes an HTTP server for a handler.
func (r *running) page(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: server.LimitPace(handler, bodyPace), ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(r.log.Handler(), slog.LevelDebug),
	}
}

// serveHTTP serves a page until it is shut down.
func serveHTTP(page *http.Server, config *tls.Config) func(net.Listener) error {
	return func(listener net.Listener) error {
		if config != nil {
			listener = tls.NewListener(listener, config)
		}
		if err := page.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}
}
