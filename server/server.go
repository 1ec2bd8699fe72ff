// Package server is the service: it lets callers in, asks who they are and whether they may, and answers.
// There is one way in, the interceptors, whichever door a call comes through: gRPC over the network, or in
// process for the web pages and the JSON gateway.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/test/bufconn"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/access/oidc"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/instruments"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/telemetry"
)

// core is what the services share.
type core struct {
	store *store.Store
	now   func() time.Time
	log   *slog.Logger

	instruments instruments.Cache
	events      events
	answers     *cache[[]byte]    // see publicAnswer
	sheets      *cache[keptSheet] // see assessmentServer.readSheet

	passwords   *access.Hasher
	noPasswords bool
	oidc        *oidc.Provider // nil without one

	limits limiters

	blobs       blob.Store
	uploadLimit int64
	examiner    *examiner
	grace       time.Duration // of files that nobody ever cited
}

// service is a gRPC service of ours, who implements it, and its JSON door.
type service struct {
	desc    *grpc.ServiceDesc
	impl    any
	gateway registerGateway
}

// services is the one list of services: a new one is one line here.
func (c *core) services() []service {
	return []service{
		{&meritv1.AccountService_ServiceDesc, &accountServer{core: c}, meritv1.RegisterAccountServiceHandler},
		{&meritv1.AgencyService_ServiceDesc, &agencyServer{core: c}, meritv1.RegisterAgencyServiceHandler},
		{&meritv1.AssessmentService_ServiceDesc, &assessmentServer{core: c}, meritv1.RegisterAssessmentServiceHandler},
		{&meritv1.AuditService_ServiceDesc, &auditServer{core: c}, meritv1.RegisterAuditServiceHandler},
		{&meritv1.AwardService_ServiceDesc, &awardServer{core: c}, meritv1.RegisterAwardServiceHandler},
		{&meritv1.CycleService_ServiceDesc, &cycleServer{core: c}, meritv1.RegisterCycleServiceHandler},
		{&meritv1.EvidenceService_ServiceDesc, &evidenceServer{core: c, goAheads: newGoAheads(mostGoAheads, goAheadPatience)}, meritv1.RegisterEvidenceServiceHandler},
		{&meritv1.InstrumentService_ServiceDesc, &instrumentServer{core: c}, meritv1.RegisterInstrumentServiceHandler},
		{&meritv1.NoticeService_ServiceDesc, &noticeServer{core: c}, meritv1.RegisterNoticeServiceHandler},
		{&meritv1.PlanService_ServiceDesc, &planServer{core: c}, meritv1.RegisterPlanServiceHandler},
		{&meritv1.PlenaryService_ServiceDesc, &plenaryServer{core: c}, meritv1.RegisterPlenaryServiceHandler},
		{&meritv1.ProposalService_ServiceDesc, &proposalServer{core: c}, meritv1.RegisterProposalServiceHandler},
		{&meritv1.ReportService_ServiceDesc, &reportServer{core: c}, meritv1.RegisterReportServiceHandler},
		{&meritv1.ResultService_ServiceDesc, &resultServer{core: c}, meritv1.RegisterResultServiceHandler},
		{&meritv1.VerificationService_ServiceDesc, &verificationServer{core: c}, meritv1.RegisterVerificationServiceHandler},
		{&meritv1.WorkService_ServiceDesc, &workServer{core: c}, meritv1.RegisterWorkServiceHandler},
	}
}

// Server is the service behind its two doors.
type Server struct {
	*core
	metrics    *telemetry.Metrics
	gate       *gate           // nil: everything begins at once
	kinds      map[string]work // of the RPCs that are at the gate, by full method name
	turnedAway turnedAway
	proxies    []netip.Prefix
	rules      access.Rules
	identities *identities
	health     *health.Server
	network    *grpc.Server
	inside     *grpc.Server
	pipe       *bufconn.Listener
	gateway    *gateway
	silent     silences
	draining   atomic.Bool
	stopping   chan struct{}
	stop       sync.Once
}

// pipeSize is how many bytes of one connection in process wait for their reader.
const pipeSize = 256 << 10

// New builds a server and opens the doors in process: for pages and for JSON. It refuses a service with an RPC that
// does not say who may call it.
func New(o Options) (*Server, error) {
	if o.Blobs == nil {
		return nil, errors.New("server: Options.Blobs is missing: evidence needs a place for its bytes")
	}
	o.fill()
	if o.EvidenceGrace < MinEvidenceGrace {
		return nil, fmt.Errorf("server: Options.EvidenceGrace is %v; the shortest is %v", o.EvidenceGrace, MinEvidenceGrace)
	}
	provider, err := o.provider()
	if err != nil {
		return nil, err
	}
	s := &Server{
		core: &core{
			store: o.Store, now: o.Now, log: o.Logger, blobs: o.Blobs, uploadLimit: o.UploadLimit,
			passwords: access.NewHasher(o.PasswordCost), limits: newLimiters(o.Limits), examiner: newExaminer(o.Scanner), grace: o.EvidenceGrace,
			noPasswords: o.NoPasswords, oidc: provider, answers: newPublicAnswers(), sheets: newKeptSheets(),
		},
		metrics:    o.Metrics,
		proxies:    o.Proxies,
		identities: newIdentities(o.Store),
		health:     health.NewServer(),
		pipe:       bufconn.Listen(pipeSize),
		stopping:   make(chan struct{}),
		turnedAway: turnedAway{log: o.Logger},
		silent:     silences{since: map[string]time.Time{}},
	}
	if o.Limits.AtOnce > 0 {
		s.gate = newGate(o.Limits.AtOnce, o.Metrics)
	}
	if !s.store.Alone() {
		s.limits.share()
	}
	both := append(o.grpcOptions(), grpc.InTapHandle(s.knock))
	s.inside = grpc.NewServer(append(s.around(s.steps(true)), both...)...)
	s.network = grpc.NewServer(append(s.around(s.steps(false)), append(both, o.networkOptions()...)...)...)
	services := s.services()
	if err := s.register(services); err != nil {
		return nil, err
	}
	if s.gateway, err = s.openGateway(services); err != nil {
		return nil, err
	}
	s.store.OnChange(s.events.changed)
	go func() { _ = s.inside.Serve(s.pipe) }() // ends with nil at Shutdown
	return s, nil
}

// steps are what is done around every call, from the outside in.
func (s *Server) steps(inProcess bool) []step {
	return []step{s.logCall, s.count, s.mapErrors, recoverPanics, s.limitTime, s.limitAddress(inProcess), s.admit, s.authenticate(inProcess), s.limitAccount, s.authorize, validateRequest}
}

// register puts the same services, health and reflection behind both doors, and reads who may call what.
func (s *Server) register(services []service) (err error) {
	for _, door := range []*grpc.Server{s.network, s.inside} {
		for _, sv := range services {
			door.RegisterService(sv.desc, sv.impl)
		}
		healthv1.RegisterHealthServer(door, s.health)
		reflection.Register(door)
	}
	ours := slices.DeleteFunc(slices.Sorted(maps.Keys(s.network.GetServiceInfo())), func(name string) bool {
		return strings.HasPrefix(name, "grpc.health.") || strings.HasPrefix(name, "grpc.reflection.")
	})
	if s.rules, err = access.RulesOf(ours...); err != nil {
		return err
	}
	s.kinds = kindsOf(services, s.rules)
	return nil
}

// Rules are the access options of all RPCs of the server.
func (s *Server) Rules() access.Rules { return maps.Clone(s.rules) }

// Serve answers calls from the network until Shutdown, and then returns nil.
func (s *Server) Serve(listener net.Listener) error {
	if err := s.network.Serve(listener); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serve gRPC: %w", err)
	}
	return nil
}

// Dial connects in process. What such a connection says of the client's address is believed, so only our own
// pages and gateway may hold one.
func (s *Server) Dial(options ...grpc.DialOption) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///in-process", append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return s.pipe.DialContext(ctx) }),
	}, options...)...)
}

// Drain says that calls are to be sent elsewhere, in /readyz and in the health service, and goes on answering them.
func (s *Server) Drain() {
	s.draining.Store(true)
	s.health.Shutdown()
}

// Leave drains, ends streams, takes no new connections from the network, and tells those that are there to go elsewhere
// with their next call (GOAWAY). Calls that run go on, and so does the door in process.
func (s *Server) Leave() {
	s.Drain()
	s.stop.Do(func() {
		close(s.stopping)
		go s.network.GracefulStop()
	})
}

// Shutdown leaves, waits for the calls that run until the context ends, and then breaks them off. The store is the caller's
// to close, afterwards.
func (s *Server) Shutdown(ctx context.Context) {
	s.Leave()
	var doors sync.WaitGroup
	for _, door := range []*grpc.Server{s.network, s.inside} {
		doors.Go(door.GracefulStop)
	}
	done := make(chan struct{})
	go func() { doors.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		s.network.Stop()
		s.inside.Stop()
		<-done
	}
	s.turnedAway.tell()
	_ = s.gateway.conn.Close() // fails only when it is closed already
	if s.oidc != nil {
		s.oidc.Close()
	}
}
