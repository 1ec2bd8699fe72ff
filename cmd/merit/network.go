package main

import (
	"net/netip"

	"github.com/meritindex/merit/client/cli"
)

// network is a network in a setting; a single address is one of one address.
type network struct{ netip.Prefix }

// UnmarshalText reads 10.0.0.0/8, or 10.0.0.1 for 10.0.0.1/32.
func (n *network) UnmarshalText(text []byte) (err error) {
	if n.Prefix, err = netip.ParsePrefix(string(text)); err == nil {
		return nil
	}
	address, err := netip.ParseAddr(string(text))
	if err != nil || address.Zone() != "" { // which no network has
		return cli.Mistake("%q is neither a network (10.0.0.0/8) nor an address (10.0.0.1) ¦ %q bukan jaringan (10.0.0.0/8) dan bukan alamat (10.0.0.1)", string(text))
	}
	address = address.Unmap()
	n.Prefix = netip.PrefixFrom(address, address.BitLen())
	return nil
}

// proxies are the networks whose word for who calls is believed.
func (f *serveFlags) proxies() (all []netip.Prefix) {
	for _, n := range f.TrustedProxies {
		all = append(all, n.Prefix)
	}
	return all
}
