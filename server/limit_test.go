package server_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// within is a server with limits of two calls at once and one a second.
func within(t *testing.T) *servertest.Server {
	t.Helper()
	two := server.Rate{PerSecond: 1, Burst: 2}
	return servertest.New(t, func(o *server.Options) {
		o.Limits = server.Limits{Accounts: two, Public: two, SignIns: two, Uploads: two}
	})
}

func TestWhoCallsTooOftenWaitsAndOthersDoNot(t *testing.T) {
	for _, test := range []struct {
		name  string
		call  func(s *servertest.Server, who *servertest.Person) error
		who   func(s *servertest.Server) *servertest.Person
		other func(s *servertest.Server) *servertest.Person
	}{
		{
			"an account", func(_ *servertest.Server, who *servertest.Person) error { _, err := whoAmI(t, who); return err },
			func(s *servertest.Server) *servertest.Person { return s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "") },
			func(s *servertest.Server) *servertest.Person { return s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "") },
		},
		{
			"an address of the public", func(_ *servertest.Server, who *servertest.Person) error {
				_, err := meritv1.NewAgencyServiceClient(who).ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{})
				return err
			}, from("192.0.2.1"), from("192.0.2.2"),
		},
		{
			"an IPv6 line, whatever its last half", func(s *servertest.Server, who *servertest.Person) error {
				_, err := meritv1.NewAgencyServiceClient(who).ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{})
				return err
			}, from("2001:db8::1"), from("2001:db8:0:1::1"),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := within(t)
			who, other := test.who(s), test.other(s)
			for range 2 {
				if err := test.call(s, who); err != nil {
					t.Fatal(err)
				}
			}
			err := test.call(s, who)
			servertest.WantReason(t, err, meritv1.Reason_REASON_RATE_LIMITED)
			retry, ok := servertest.Detail[*errdetails.RetryInfo](err)
			if status.Code(err) != codes.ResourceExhausted || !ok || retry.GetRetryDelay().AsDuration() != time.Second {
				t.Errorf("%v, retry %v", err, retry)
			}
			if err := test.call(s, other); err != nil {
				t.Errorf("somebody else: %v", err)
			}
			s.Clock.Add(time.Second)
			if err := test.call(s, who); err != nil {
				t.Errorf("after the wait: %v", err)
			}
		})
	}
}

// from is a caller of the public at an address.
func from(address string) func(*servertest.Server) *servertest.Person {
	return func(s *servertest.Server) *servertest.Person { return s.Anyone().With(server.ClientAddress, address) }
}

func TestTriesToSignInAreLimitedForAnAddressWhateverTheAccount(t *testing.T) {
	s := within(t)
	for i, want := range []meritv1.Reason{meritv1.Reason_REASON_SIGN_IN_FAILED, meritv1.Reason_REASON_SIGN_IN_FAILED, meritv1.Reason_REASON_RATE_LIMITED} {
		_, err := signIn(t, from("192.0.2.1")(s), strings.Repeat("a", i+1)+"@example.test", password)
		servertest.WantReason(t, err, want)
	}
}

func TestCredentialsThatAreNotGoodCountForTheAddress(t *testing.T) {
	s := within(t)
	for _, want := range []meritv1.Reason{meritv1.Reason_REASON_NOT_SIGNED_IN, meritv1.Reason_REASON_NOT_SIGNED_IN, meritv1.Reason_REASON_RATE_LIMITED} {
		_, err := whoAmI(t, s.Bearer("merit_s_unknown").With(server.ClientAddress, "192.0.2.1"))
		servertest.WantReason(t, err, want)
	}
}

func TestTheJSONDoorAnswers429WithRetryAfter(t *testing.T) {
	s := within(t)
	door := httptest.NewServer(http.StripPrefix("", s.Gateway()))
	defer door.Close()
	for _, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		resp, err := http.Post(door.URL+"/api/merit.v1.AgencyService/ListAgencies", "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want || want == http.StatusTooManyRequests && resp.Header.Get("Retry-After") != "1" {
			t.Errorf("%d, Retry-After %q, want %d", resp.StatusCode, resp.Header.Get("Retry-After"), want)
		}
	}
}

func TestAMessageThatIsTooLargeIsRefused(t *testing.T) {
	s := servertest.New(t)
	conn, err := grpc.NewClient(s.Listen(t), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = meritv1.NewAgencyServiceClient(conn).ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{Text: strings.Repeat("x", 5<<20)})
	if status.Code(err) != codes.ResourceExhausted {
		t.Errorf("5 MiB: %v", err)
	}
}

func TestOneAddressHoldsSoManyConnectionsAndNoMore(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	limited := server.LimitConnections(listener, 10, 1, nil)
	defer limited.Close()
	accepted := make(chan net.Conn, 3)
	go func() {
		for {
			conn, err := limited.Accept()
			if err != nil {
				return
			}
			accepted <- conn
		}
	}()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	first := dial()
	defer first.Close()
	held := <-accepted
	second := dial()
	defer second.Close()
	if _, err := second.Read(make([]byte, 1)); err != io.EOF { //nolint:errorlint // what a closed connection reads
		t.Errorf("the second connection reads %v, want the end", err)
	}
	_ = held.Close()
	third := dial()
	defer third.Close()
	_ = (<-accepted).Close()
}

func TestTheServiceHoldsSoManyConnectionsInAllAndNoMore(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ours := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} // as behind a proxy: the address alone limits nothing
	limited := server.LimitConnections(listener, 2, 1, ours)
	s := servertest.New(t)
	go func() { _ = s.Serve(limited) }()
	answers := func() error {
		conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_, err = meritv1.NewAgencyServiceClient(conn).ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{})
		return err
	}
	for range 2 {
		if err := answers(); err != nil {
			t.Fatal(err)
		}
	}
	if err := answers(); status.Code(err) != codes.Unavailable {
		t.Errorf("the third connection: %v", err)
	}
}

// TestAConnectionIsToldItsLimitsAndClosedWhenItAsksTooOften speaks HTTP/2 by hand: a client library keeps to the limits.
func TestAConnectionIsToldItsLimitsAndClosedWhenItAsksTooOften(t *testing.T) {
	conn, err := net.Dial("tcp", servertest.New(t).Listen(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	framer := http2.NewFramer(conn, conn)
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if err := framer.WritePing(false, [8]byte{}); err != nil {
			break // it is closed already
		}
	}
	told := map[http2.SettingID]uint32{}
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			t.Fatalf("the connection ended without a word: %v", err)
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			_ = frame.ForeachSetting(func(s http2.Setting) error { told[s.ID] = s.Val; return nil })
		case *http2.GoAwayFrame:
			if frame.ErrCode != http2.ErrCodeEnhanceYourCalm {
				t.Errorf("it was sent away for %v", frame.ErrCode)
			}
			if told[http2.SettingMaxConcurrentStreams] != 1000 || told[http2.SettingMaxHeaderListSize] != 64<<10 {
				t.Errorf("it was told %v", told)
			}
			return
		}
	}
}

func TestACallThatTakesTooLongIsBrokenOff(t *testing.T) {
	s := servertest.New(t, func(o *server.Options) { o.Limits.CallTime = time.Nanosecond })
	_, err := meritv1.NewAgencyServiceClient(s.Anyone()).ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{})
	servertest.WantReason(t, err, meritv1.Reason_REASON_TOO_SLOW)
	if status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("code %v", status.Code(err))
	}
}

func TestSoManyUploadsMayWaitToBeFinished(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		operator := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		if err := s.Store.Touch(t.Context(), func(tx *store.Tx) error {
			for range 500 {
				u := store.Upload{ID: tx.NewID(), AccountID: operator.AccountID, StartedAt: tx.Now(), ExpiresAt: tx.Now().Add(time.Hour)}
				if err := tx.InsertUpload(u); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		start := func() error {
			_, err := meritv1.NewEvidenceServiceClient(operator).StartUpload(t.Context(), &meritv1.StartUploadRequest{
				FileName: "a.pdf", Size: 1, Sha256: strings.Repeat("a", 64),
			})
			return err
		}
		servertest.WantReason(t, start(), meritv1.Reason_REASON_TOO_MANY_UPLOADS)
		s.Clock.Add(time.Hour)
		if err := start(); err != nil {
			t.Errorf("once they are given up: %v", err)
		}
	})
}
