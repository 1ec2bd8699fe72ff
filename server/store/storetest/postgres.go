package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/meritindex/merit/server/store"
)

const template = "merit_template"

var databases atomic.Int64

// PostgresURL returns the URL of a fresh, migrated database that is dropped at the end of the test. The
// first call in a test binary starts its server.
func PostgresURL(tb testing.TB) string {
	tb.Helper()
	return createdURL(tb, template)
}

// createdURL is the URL of a database made from a template, and dropped at the end of the test.
func createdURL(tb testing.TB, template string) string {
	tb.Helper()
	dir := mustServe(tb)
	name := fmt.Sprintf("merit_%d", databases.Add(1))
	if err := admin(dir, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := admin(dir, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			tb.Errorf("drop the database: %v", err)
		}
	})
	return address(dir, name)
}

// AdminURL returns the URL of the server's own database postgres, for tests that need a database of another
// kind than the template.
func AdminURL(tb testing.TB) string {
	tb.Helper()
	return address(mustServe(tb), "postgres")
}

func mustServe(tb testing.TB) (dir string) {
	tb.Helper()
	c, err := server()
	if err != nil {
		tb.Fatal(err)
	}
	return c.dir
}

func address(dir, database string) string {
	return "postgres://postgres@/" + database + "?host=" + url.QueryEscape(dir)
}

func admin(dir, statement string) error {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, address(dir, "postgres"))
	if err != nil {
		return err
	}
	defer c.Close(ctx) //nolint:errcheck // the statement has told what there was to tell
	_, err = c.Exec(ctx, statement)
	return err
}

func migrate(url string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{URL: url, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(ctx), s.Close())
}

// cluster is a running server.
type cluster struct {
	dir      string    // its socket and data are there
	lifeline io.Closer // the server runs as long as this is open; the end of the process closes it
}

// server starts PostgreSQL in a folder of its own, reachable only through a socket there. It is durable in
// nothing: the data is gone with the test binary.
var server = sync.OnceValues(func() (*cluster, error) {
	initdb, err := find("initdb")
	if err != nil {
		return nil, err
	}
	c := new(cluster)
	if c.dir, err = os.MkdirTemp(parent(), "merit-pg-"); err != nil {
		return nil, err
	}
	if c.lifeline, err = keep(filepath.Dir(initdb), c.dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.dir))
	}
	if err := makeTemplate(c.dir); err != nil {
		log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w\n%s", err, log), c.lifeline.Close())
	}
	return c, nil
})

func makeTemplate(dir string) error {
	if err := waitFor(dir); err != nil {
		return err
	}
	if err := admin(dir, "CREATE DATABASE "+template); err != nil {
		return err
	}
	return migrate(address(dir, template))
}

// parent is the folder for the server's: in memory where there is plenty, which makes a fresh database three
// times as fast, or else the usual one for temporary files.
func parent() string {
	const memory, plenty = "/dev/shm", 2 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < plenty {
		return ""
	}
	return memory
}

// script runs the server until its standard input ends, which happens when the test binary ends in whatever
// way, and then removes the folder.
const script = `
cd "$2"
if "$1/initdb" -D data -U postgres -A trust --locale=C --encoding=UTF8 --no-sync >log 2>&1; then
	"$1/postgres" -D data -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
		-c autovacuum=off -c shared_buffers=64MB -c max_connections=200 -c max_wal_size=512MB >>log 2>&1 &
else
	touch failed
fi
read -r _
kill -QUIT $! && wait
cd / && rm -rf "$2"
`

// keep starts the script and returns its standard input. The script runs in a session of its own, so that an
// interrupt typed at the tests ends the test binary first, and as the user postgres where the tests run as
// root, which PostgreSQL refuses.
func keep(bin, dir string) (io.Closer, error) {
	cmd := exec.Command("/bin/sh", "-c", script, "sh", bin, dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if os.Geteuid() == 0 {
		uid, gid, err := ordinaryUser()
		if err != nil {
			return nil, err
		}
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
		if err := os.Chown(dir, int(uid), int(gid)); err != nil {
			return nil, err
		}
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	return stdin, cmd.Start()
}

func ordinaryUser() (uid, gid uint32, err error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		return 0, 0, fmt.Errorf("tests run as root need the user postgres to run PostgreSQL: %w", err)
	}
	id, err1 := strconv.ParseUint(u.Uid, 10, 32)
	group, err2 := strconv.ParseUint(u.Gid, 10, 32)
	return uint32(id), uint32(group), errors.Join(err1, err2)
}

// waitFor returns when the server answers.
func waitFor(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := pgx.Connect(ctx, address(dir, "postgres"))
		if err == nil {
			return c.Close(ctx)
		}
		if _, failed := os.Stat(filepath.Join(dir, "failed")); failed == nil {
			return errors.New("initdb failed")
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
	}
}

// find looks for a program of PostgreSQL in the path and where Debian puts it; the newest version wins.
func find(program string) (string, error) {
	if file, err := exec.LookPath(program); err == nil {
		return file, nil
	}
	files, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + program) // the pattern is well formed
	if len(files) == 0 {
		return "", fmt.Errorf("PostgreSQL is not installed: %s is neither in PATH nor in /usr/lib/postgresql; "+
			"on Debian: apt-get install --no-install-recommends postgresql", program)
	}
	return slices.Max(files), nil
}
