package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// flaky is a network that can lose an answer: once armed, it breaks the connection where the headers of the next
// answer begin. By then the service has done what it was asked.
type flaky struct{ armed atomic.Bool }

func (f *flaky) dial(ctx context.Context, address string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	return &flakyConn{Conn: c, network: f}, err
}

// flakyConn reads HTTP/2 frame by frame.
type flakyConn struct {
	net.Conn
	network *flaky
	frame   []byte // what is left of the frame being read
}

var errLost = errors.New("the connection broke")

func (c *flakyConn) Read(p []byte) (int, error) {
	if len(c.frame) == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.frame)
	c.frame = c.frame[n:]
	return n, nil
}

// next reads a whole frame: three bytes of length, one of type, five of flags and stream, then the payload.
func (c *flakyConn) next() error {
	const header, typeHeaders = 9, 1
	frame := make([]byte, header)
	if _, err := io.ReadFull(c.Conn, frame); err != nil {
		return err
	}
	if frame[3] == typeHeaders && c.network.armed.CompareAndSwap(true, false) {
		_ = c.Close()
		return errLost
	}
	payload := make([]byte, int(frame[0])<<16|int(frame[1])<<8|int(frame[2]))
	if _, err := io.ReadFull(c.Conn, payload); err != nil {
		return err
	}
	c.frame = append(frame, payload...)
	return nil
}

// MustDialOperator connects to a new server as the operator of some agency.
func MustDialOperator(tb testing.TB, options ...func(*client.Options)) (*client.Client, *servertest.Server) {
	tb.Helper()
	s := servertest.New(tb)
	operator := s.MustAccount(tb, meritv1.Role_ROLE_OPERATOR, s.MustAgency(tb, store.Agency{}))
	return MustDial(tb, s, operator.Secret, options...), s
}

// losingTheNextAnswer is MustDialOperator on a network that loses the next answer.
func losingTheNextAnswer(t *testing.T) (*client.Client, *servertest.Server) {
	t.Helper()
	network := &flaky{}
	c, s := MustDialOperator(t, func(o *client.Options) { o.Dialer = network.dial })
	servertest.Must(c.Accounts.WhoAmI(t.Context(), &meritv1.WhoAmIRequest{}))(t) // connects
	network.armed.Store(true)
	return c, s
}

// calls counts how often a method arrived at the server.
func calls(s *servertest.Server, method string) int {
	return strings.Count(s.Log.String(), `"method":"`+method+`"`)
}

func TestAReadIsSentAgainWhenItsAnswerIsLost(t *testing.T) {
	c, s := losingTheNextAnswer(t)
	servertest.Must(c.Agencies.ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{}))(t)
	if n := calls(s, "AgencyService/ListAgencies"); n != 2 {
		t.Errorf("it arrived %d times, want 2", n)
	}
}

func TestAWriteSentTwiceIsDoneOnce(t *testing.T) {
	c, s := losingTheNextAnswer(t)
	added := servertest.Must(c.Evidence.AddLink(t.Context(), link()))(t)
	if n := calls(s, "EvidenceService/AddLink"); n != 2 {
		t.Errorf("it arrived %d times, want 2", n)
	}
	kept := servertest.Must(c.Evidence.ListEvidence(t.Context(), &meritv1.ListEvidenceRequest{}))(t).GetEvidence()
	if len(kept) != 1 || kept[0].GetId() != added.GetEvidence().GetId() {
		t.Errorf("there are %d pieces of evidence, want the one of the answer", len(kept))
	}
}

// link is a write that carries a request_id.
func link() *meritv1.AddLinkRequest {
	return &meritv1.AddLinkRequest{Url: "https://demo.example/perbup-7-2020", Title: "Perbup 7/2020"}
}

func TestAWriteWithoutRequestIDIsNeverSentTwice(t *testing.T) {
	c, s := losingTheNextAnswer(t)
	_, err := c.Accounts.UpdateProfile(t.Context(), &meritv1.UpdateProfileRequest{Name: "Demo Operator", Language: "en"})
	if client.Explain(err).Code != codes.Unavailable {
		t.Errorf("got %v, want UNAVAILABLE", err)
	}
	if n := calls(s, "AccountService/UpdateProfile"); n != 1 {
		t.Errorf("it arrived %d times, want 1", n)
	}
}

func TestTheCallersMessageIsLeftAsItWas(t *testing.T) {
	c, _ := MustDialOperator(t)
	request := link()
	first := servertest.Must(c.Evidence.AddLink(t.Context(), request))(t)
	second := servertest.Must(c.Evidence.AddLink(t.Context(), request))(t)
	if first.GetEvidence().GetId() == second.GetEvidence().GetId() {
		t.Error("two calls without request_id made one record")
	}
	if request.GetRequestId() != "" {
		t.Error("the request_id was written into the caller's message")
	}
}

func TestARequestIDOfTheCallerIsKept(t *testing.T) {
	c, _ := MustDialOperator(t)
	request := link()
	request.RequestId = "perbup-7-2020"
	first := servertest.Must(c.Evidence.AddLink(t.Context(), request))(t)
	second := servertest.Must(c.Evidence.AddLink(t.Context(), request))(t)
	if first.GetEvidence().GetId() != second.GetEvidence().GetId() {
		t.Error("the same request_id made two records")
	}
}
