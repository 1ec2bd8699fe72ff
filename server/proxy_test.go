package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/meritindex/merit/server"
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
