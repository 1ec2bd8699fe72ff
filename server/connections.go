package server

import (
	"net"
	"net/netip"
	"sync"
)

// LimitConnections accepts so many connections at once, overall and from one address; more are closed at once, so that
// the others are still served. Zero is no limit. Connections from the exempt networks, our own proxies, count overall
// only: everybody behind them has one address.
func LimitConnections(listener net.Listener, overall, perAddress int, exempt []netip.Prefix) net.Listener {
	return &connectionLimit{Listener: listener, overall: overall, perAddress: perAddress, exempt: exempt, by: map[string]int{}}
}

type connectionLimit struct {
	net.Listener
	overall, perAddress int
	exempt              []netip.Prefix

	mu  sync.Mutex
	all int
	by  map[string]int // connections by address
}

// Accept waits for the next connection that is within the limits.
func (l *connectionLimit) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		subject := l.subject(conn.RemoteAddr())
		if l.enter(subject) {
			return &limitedConn{Conn: conn, leave: sync.OnceFunc(func() { l.leave(subject) })}, nil
		}
		_ = conn.Close() // nobody is there to tell
	}
}

// subject is the address that a connection counts for; empty when it counts overall only.
func (l *connectionLimit) subject(remote net.Addr) string {
	peer, err := netip.ParseAddrPort(remote.String())
	if err != nil || within(peer.Addr(), l.exempt) {
		return ""
	}
	return network(peer.Addr().Unmap().String())
}

func (l *connectionLimit) enter(subject string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.overall > 0 && l.all >= l.overall || l.perAddress > 0 && subject != "" && l.by[subject] >= l.perAddress {
		return false
	}
	l.all++
	l.by[subject]++
	return true
}

func (l *connectionLimit) leave(subject string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.by[subject]--; l.by[subject] == 0 {
		delete(l.by, subject)
	}
}

// limitedConn is a connection that counts until it is closed.
type limitedConn struct {
	net.Conn
	leave func()
}

// Close closes the connection, which counts no more.
func (c *limitedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
