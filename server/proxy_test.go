package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
)

func TestWhoseAddressIsBelievedBehindProxies(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}
	for _, test := range []struct {
		name, from string
		forwarded  []string
		want       string
	}{
		{"what the proxy says", "10.0.0.1:999", []string{"203.0.113.7"}, "203.0.113.7:0"},
		{"what the outer of two proxies says", "10.0.0.1:999", []string{"203.0.113.7, 10.0.0.2"}, "203.0.113.7:0"},
		{"the same in two headers", "10.0.0.1:999", []string{"203.0.113.7", "10.0.0.2"}, "203.0.113.7:0"},
		{"not what the client says before that", "10.0.0.1:999", []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7:0"},
		{"IPv6", "[2001:db8:1::1]:999", []string{"2001:db8:2::7"}, "[2001:db8:2::7]:0"},
		{"IPv4 written as IPv6", "[::ffff:10.0.0.1]:999", []string{"::ffff:203.0.113.7"}, "203.0.113.7:0"},
		{"nobody who is no proxy", "198.51.100.1:999", []string{"203.0.113.7"}, "198.51.100.1:999"},
		{"nothing that is no address", "10.0.0.1:999", []string{"unknown"}, "10.0.0.1:999"},
		{"nothing where nothing is said", "10.0.0.1:999", nil, "10.0.0.1:999"},
		{"a proxy that calls for itself", "10.0.0.1:999", []string{"10.0.0.2"}, "10.0.0.1:999"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got string
			h := server.TrustProxies(proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr }))
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.RemoteAddr, r.Header["X-Forwarded-For"] = test.from, test.forwarded
			h.ServeHTTP(httptest.NewRecorder(), r)
			if got != test.want {
				t.Errorf("address %s, want %s", got, test.want)
			}
		})
	}
}

// Behind a balancer that speaks gRPC everybody comes from its address; limits are of those for whom it calls.
func TestABalancersCallersHaveTheirOwnAddresses(t *testing.T) {
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for _, test := range []struct {
		name    string
		proxies []netip.Prefix
		other   codes.Code // of a second client, when the first has called too often
	}{
		{"a balancer of ours is believed", loopback, codes.OK},
		{"anybody else is not", nil, codes.ResourceExhausted},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := servertest.New(t, func(o *server.Options) {
				o.Proxies, o.Limits = test.proxies, server.Limits{Public: server.Rate{PerSecond: 1, Burst: 1}}
			})
			conn, err := grpc.NewClient(s.Listen(t), grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for _, call := range []struct {
				client string
				want   codes.Code
			}{
				{"203.0.113.7", codes.OK},
				{"203.0.113.7", codes.ResourceExhausted},
				{"203.0.113.8", test.other},
			} {
				ctx := metadata.AppendToOutgoingContext(t.Context(), "x-forwarded-for", call.client)
				_, err := meritv1.NewAgencyServiceClient(conn).ListAgencies(ctx, &meritv1.ListAgenciesRequest{})
				if status.Code(err) != call.want {
					t.Errorf("for %s: %v, want %v", call.client, err, call.want)
				}
			}
		})
	}
}
