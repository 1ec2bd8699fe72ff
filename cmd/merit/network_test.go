package main

import "testing"

func TestAProxyMayBeNamedByItsAddress(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/8": "10.0.0.0/8", "10.0.0.1": "10.0.0.1/32", "fd00::/8": "fd00::/8", "fd00::1": "fd00::1/128",
	} {
		var n network
		if err := n.UnmarshalText([]byte(text)); err != nil || n.String() != want {
			t.Errorf("%s is read as %v, %v; want %s", text, n, err, want)
		}
	}
	for _, text := range []string{"", "10.0.0", "10.0.0.0/33", "proxy.example", "fe80::1%eth0"} {
		if err := new(network).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for a network", text)
		}
	}
}
