package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// servers are those of the address, of which one takes writes, and the connections to them. All of these can be cut when a
// server says nothing any more: whoever waits for an answer would wait for as long as a call may take, and work in the
// background for as long as TCP does.
type servers struct {
	each  []*pgx.ConnConfig
	first atomic.Int64 // the one to try first, the last that could be used: one that is lost takes its time each time

	mu   sync.Mutex
	open map[*line]bool
}

// line is a connection.
type line struct {
	net.Conn
	of *servers
}

func newServers(config *pgx.ConnConfig) *servers {
	s := &servers{open: map[*line]bool{}}
	config.DialFunc = s.over(config.DialFunc)
	s.each = serversOf(config)
	return s
}

// serversOf takes the servers of an address apart. What follows a server in it with the same name is another way to reach it,
// with TLS or without.
func serversOf(config *pgx.ConnConfig) (each []*pgx.ConnConfig) {
	ways := append([]*pgconn.FallbackConfig{{Host: config.Host, Port: config.Port, TLSConfig: config.TLSConfig}}, config.Fallbacks...)
	for _, way := range ways {
		if n := len(each) - 1; n >= 0 && each[n].Host == way.Host && each[n].Port == way.Port {
			each[n].Fallbacks = append(each[n].Fallbacks, way)
			continue
		}
		server := config.Copy()
		server.Host, server.Port, server.TLSConfig, server.Fallbacks = way.Host, way.Port, way.TLSConfig, nil
		each = append(each, server)
	}
	return each
}

// try connects to one of the servers, and remembers which it was.
func (s *servers) try(ctx context.Context, connect func(n int) error) error {
	var failed []error
	first := s.first.Load()
	for i := range s.each {
		n := (int(first) + i) % len(s.each)
		err := connect(n)
		if err == nil {
			s.first.CompareAndSwap(first, int64(n))
			return nil
		}
		if failed = append(failed, err); ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failed...)
}

// connect begins a session that is no part of a pool.
func (s *servers) connect(ctx context.Context) (c *pgx.Conn, err error) {
	err = s.try(ctx, func(n int) (err error) {
		c, err = pgx.ConnectConfig(ctx, s.each[n])
		return err
	})
	return c, err
}

// over dials with what it is given, and remembers.
func (s *servers) over(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		l := &line{c, s}
		s.open[l] = true
		return l, nil
	}
}

// Close ends the connection.
func (l *line) Close() error {
	l.of.mu.Lock()
	delete(l.of.open, l)
	l.of.mu.Unlock()
	return l.Conn.Close()
}

// cut ends all connections, so that what waits for an answer fails, and has the next server tried first.
func (s *servers) cut() {
	s.first.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.open {
		_ = l.Conn.Close()
	}
	clear(s.open)
}

// postgresConnector is how database/sql connects to the servers.
type postgresConnector struct {
	*servers
	each []driver.Connector
}

func (s *servers) connector(options ...stdlib.OptionOpenDB) postgresConnector {
	c := postgresConnector{servers: s}
	for _, config := range s.each {
		c.each = append(c.each, stdlib.GetConnector(*config, options...))
	}
	return c
}

// Connect begins a session.
func (c postgresConnector) Connect(ctx context.Context) (session driver.Conn, err error) {
	err = c.try(ctx, func(n int) (err error) {
		session, err = c.each[n].Connect(ctx)
		return err
	})
	return session, err
}

// Driver is that of pgx.
func (postgresConnector) Driver() driver.Driver { return stdlib.GetDefaultDriver() }
