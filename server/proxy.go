package server

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// TrustProxies gives requests that come through the proxies the address of the client that the proxies say, so that
// failed sign-ins slow down the client and not everybody behind the proxy. Of X-Forwarded-For it believes as much as
// proxies of ours have written: the last address that is not one of theirs. Requests from elsewhere stay as they are,
// whatever they claim.
func TrustProxies(proxies []netip.Prefix, next http.Handler) http.Handler {
	if len(proxies) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if address, ok := forwarded(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), proxies); ok {
			r = r.Clone(r.Context())
			r.RemoteAddr = net.JoinHostPort(address, "0")
		}
		next.ServeHTTP(w, r)
	})
}

// forwarded is the address of the client that called from remote, a host with its port, by the lines of X-Forwarded-For;
// false when they say nothing that is to be believed.
func forwarded(remote string, lines []string, proxies []netip.Prefix) (string, bool) {
	peer, err := netip.ParseAddrPort(remote)
	if err != nil || !within(peer.Addr(), proxies) {
		return "", false
	}
	hops := strings.Split(strings.Join(lines, ","), ",")
	for _, hop := range slices.Backward(hops) {
		address, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return "", false
		}
		if !within(address, proxies) {
			return address.Unmap().String(), true
		}
	}
	return "", false
}

func within(address netip.Addr, prefixes []netip.Prefix) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(address.Unmap()) })
}
