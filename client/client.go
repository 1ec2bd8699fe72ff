package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// TokenSource gives the session or API token of a call; an empty one calls without an account. It is asked before each
// call, by many goroutines at once; its error fails the call, which is then not sent.
type TokenSource func(context.Context) (string, error)

// StaticToken is a TokenSource that always gives the same token.
func StaticToken(token string) TokenSource {
	return func(context.Context) (string, error) { return token, nil }
}

// Options say how to dial.
type Options struct {
	// Token gives the credential of every call; nil calls without an account.
	Token TokenSource
	// TLS is the configuration of the connection; nil uses the system's certificate authorities.
	TLS *tls.Config
	// Plaintext speaks without TLS. It is refused for addresses other than loopback, unless InsecurePlaintext.
	Plaintext bool
	// InsecurePlaintext allows Plaintext to any address: everybody on the way can read tokens and scores.
	InsecurePlaintext bool
	// Proof is asked for when a call wants a fresh proof of who holds the session; nil lets such refusals stand.
	Proof Proof
	// Language of messages: "id" or "en"; the account's own when empty.
	Language string
	// UserAgent names the program, like "merit-cli/1.0".
	UserAgent string
	// Impatient returns the refusals of a service that has too much to do, or too much from this caller, in place of coming
	// back when the service said: for programs that measure, or that tell a person.
	Impatient bool
	// Dialer replaces the network, for connections within the process; Plaintext is then allowed to any address.
	Dialer func(context.Context, string) (net.Conn, error)
}

// Client holds one connection and a typed client of every service.
type Client struct {
	Accounts      meritv1.AccountServiceClient
	Agencies      meritv1.AgencyServiceClient
	Assessments   meritv1.AssessmentServiceClient
	Audit         meritv1.AuditServiceClient
	Awards        meritv1.AwardServiceClient
	Cycles        meritv1.CycleServiceClient
	Evidence      meritv1.EvidenceServiceClient
	Instruments   meritv1.InstrumentServiceClient
	Notices       meritv1.NoticeServiceClient
	Plans         meritv1.PlanServiceClient
	Plenary       meritv1.PlenaryServiceClient
	Proposals     meritv1.ProposalServiceClient
	Reports       meritv1.ReportServiceClient
	Results       meritv1.ResultServiceClient
	Verifications meritv1.VerificationServiceClient
	Work          meritv1.WorkServiceClient

	conn *grpc.ClientConn
}

// ErrPlaintext is returned by Dial when a plaintext connection would leave the machine.
var ErrPlaintext = errors.New("client: refusing to send credentials in the clear to an address that is not loopback")

// Dial prepares a connection to host:port, or to several replicas at host:port,host:port, which then get calls in turn. It
// connects with the first call, so a service that is not there shows as UNAVAILABLE of that call. ErrPlaintext when Plaintext was asked for an address that is not loopback.
func Dial(address string, o Options) (*Client, error) {
	creds, err := transport(address, o)
	if err != nil {
		return nil, err
	}
	opts := []grpc.DialOption{
		grpc.WithTransportCredentials(creds),
		grpc.WithDefaultServiceConfig(serviceConfig(nil)),
		grpc.WithChainUnaryInterceptor(fillRequestID, comeBack(o), unaryHeaders(o), stepUp(o)),
		grpc.WithChainStreamInterceptor(streamHeaders(o)),
		grpc.WithInitialWindowSize(window),
		grpc.WithInitialConnWindowSize(window),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveTime, Timeout: keepaliveTimeout}),
	}
	if o.UserAgent != "" {
		opts = append(opts, grpc.WithUserAgent(o.UserAgent))
	}
	if o.Dialer != nil {
		address = "passthrough:///" + address
		opts = append(opts, grpc.WithContextDialer(o.Dialer))
	}
	if many := replicas(address); len(many) > 1 && o.Dialer == nil {
		target, more, err := balance(many)
		if err != nil {
			return nil, err
		}
		address, opts = target, append(opts, more...)
	}
	conn, err := grpc.NewClient(address, opts...)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	return New(conn), nil
}

// New wraps a connection that the caller made; headers, retries and request ids are then the caller's.
func New(conn *grpc.ClientConn) *Client {
	return &Client{
		Accounts:      meritv1.NewAccountServiceClient(conn),
		Agencies:      meritv1.NewAgencyServiceClient(conn),
		Assessments:   meritv1.NewAssessmentServiceClient(conn),
		Audit:         meritv1.NewAuditServiceClient(conn),
		Awards:        meritv1.NewAwardServiceClient(conn),
		Cycles:        meritv1.NewCycleServiceClient(conn),
		Evidence:      meritv1.NewEvidenceServiceClient(conn),
		Instruments:   meritv1.NewInstrumentServiceClient(conn),
		Notices:       meritv1.NewNoticeServiceClient(conn),
		Plans:         meritv1.NewPlanServiceClient(conn),
		Plenary:       meritv1.NewPlenaryServiceClient(conn),
		Proposals:     meritv1.NewProposalServiceClient(conn),
		Reports:       meritv1.NewReportServiceClient(conn),
		Results:       meritv1.NewResultServiceClient(conn),
		Verifications: meritv1.NewVerificationServiceClient(conn),
		Work:          meritv1.NewWorkServiceClient(conn),
		conn:          conn,
	}
}

// Close ends the connection and the calls under way.
func (c *Client) Close() error { return c.conn.Close() }

// Conn is the connection itself, for services of gRPC like health and reflection.
func (c *Client) Conn() *grpc.ClientConn { return c.conn }

func transport(address string, o Options) (credentials.TransportCredentials, error) {
	if !o.Plaintext {
		return credentials.NewTLS(o.TLS), nil
	}
	for _, one := range replicas(address) {
		if o.Dialer == nil && !o.InsecurePlaintext && !Loopback(one) {
			return nil, fmt.Errorf("%w: %s", ErrPlaintext, one)
		}
	}
	return insecure.NewCredentials(), nil
}

// Loopback reports whether host:port names this machine only.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// headers adds the credential and the language to a call.
func headers(ctx context.Context, o Options) (context.Context, error) {
	if o.Language != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "accept-language", o.Language)
	}
	if o.Token == nil {
		return ctx, nil
	}
	token, err := o.Token(ctx)
	if err != nil {
		return ctx, fmt.Errorf("client: token: %w", err)
	}
	if token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	}
	return ctx, nil
}

func unaryHeaders(o Options) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		ctx, err := headers(ctx, o)
		if err != nil {
			return err
		}
		return invoke(ctx, method, req, reply, cc, opts...)
	}
}

func streamHeaders(o Options) grpc.StreamClientInterceptor {
	return func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, stream grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
		ctx, err := headers(ctx, o)
		if err != nil {
			return nil, err
		}
		return stream(ctx, desc, cc, method, opts...)
	}
}
