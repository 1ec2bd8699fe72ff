package storetest

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// NewStandby starts a streaming standby of the server that ends with the test. From then on the server acknowledges what
// the standby has too.
func (c *Cluster) NewStandby(tb testing.TB) *Cluster {
	tb.Helper()
	s := &Cluster{bin: c.bin, dir: c.mustFolder(tb), credential: c.credential}
	s.mustRun(tb, "pg_basebackup", "-h", c.dir, "-U", "postgres", "-D", s.dir+"/data", "-R", "-X", "stream", "-c", "fast", "-C", "-S", "standby")
	s.MustStart(tb)
	tb.Cleanup(func() { _ = s.run("pg_ctl", "-D", s.dir+"/data", "-m", "immediate", "stop") })
	s.URL = address(s.dir, "postgres")
	// After the copy: the standby, once promoted, waits for nobody.
	for _, statement := range []string{"ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"} {
		if err := admin(c.dir, statement); err != nil {
			tb.Fatal(err)
		}
	}
	c.mustBeSynchronous(tb)
	return s
}

// mustBeSynchronous waits until commits are acknowledged by the standby.
func (c *Cluster) mustBeSynchronous(tb testing.TB) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), address(c.dir, "postgres"))
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(tb.Context())) //nolint:errcheck // it has told what there was to tell
	for synchronous := false; !synchronous; {
		if err := conn.QueryRow(tb.Context(), "SELECT count(*) > 0 FROM pg_stat_replication WHERE sync_state = 'sync'").Scan(&synchronous); err != nil {
			tb.Fatal(err)
		}
	}
}

// MustPromote makes a standby take writes.
func (c *Cluster) MustPromote(tb testing.TB) {
	tb.Helper()
	c.mustRun(tb, "pg_ctl", "-D", c.dir+"/data", "-w", "promote")
}

// Writable is the URL of whichever of the servers takes writes, as a program is given it.
func Writable(servers ...*Cluster) string {
	var dirs []string
	for _, c := range servers {
		dirs = append(dirs, c.dir)
	}
	return "postgres://postgres@/postgres?host=" + url.QueryEscape(strings.Join(dirs, ",")) + "&target_session_attrs=read-write"
}
