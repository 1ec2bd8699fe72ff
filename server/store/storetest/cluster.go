package storetest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Cluster is a PostgreSQL server of one test, durable as in earnest, that can be stopped and started.
type Cluster struct {
	URL string // of a fresh, migrated database

	bin, dir   string
	credential *syscall.Credential
}

// NewCluster starts a server that ends with the test.
func NewCluster(tb testing.TB) *Cluster {
	tb.Helper()
	initdb, err := find("initdb")
	if err == nil {
		initdb, err = filepath.EvalSymlinks(initdb) // the other programs are beside it
	}
	if err != nil {
		tb.Fatal(err)
	}
	c := &Cluster{bin: filepath.Dir(initdb)}
	if os.Geteuid() == 0 {
		uid, gid, err := ordinaryUser()
		if err != nil {
			tb.Fatal(err)
		}
		c.credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
	c.dir = c.mustFolder(tb)
	c.mustRun(tb, "initdb", "-D", c.dir+"/data", "-U", "postgres", "-A", "trust", "--locale=C", "--encoding=UTF8", "--no-sync")
	c.MustStart(tb)
	tb.Cleanup(func() { _ = c.run("pg_ctl", "-D", c.dir+"/data", "-m", "immediate", "stop") })
	c.URL = address(c.dir, "postgres")
	if err := migrate(c.URL); err != nil {
		tb.Fatal(err)
	}
	return c
}

// mustFolder is a folder that the server may write to.
func (c *Cluster) mustFolder(tb testing.TB) string {
	tb.Helper()
	dir := Folder(tb)
	if c.credential != nil {
		if err := os.Chown(dir, int(c.credential.Uid), int(c.credential.Gid)); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

// MustStart starts the server and waits until it answers.
func (c *Cluster) MustStart(tb testing.TB) {
	tb.Helper()
	c.mustRun(tb, "pg_ctl", "-D", c.dir+"/data", "-l", c.dir+"/log", "-w", "-o", "-k "+c.dir+" -c listen_addresses= -c shared_buffers=16MB", "start")
}

// MustStop stops the server: "fast" ends what runs, as a restart by its operator does; "immediate" is a crash.
func (c *Cluster) MustStop(tb testing.TB, mode string) {
	tb.Helper()
	c.mustRun(tb, "pg_ctl", "-D", c.dir+"/data", "-w", "-m", mode, "stop")
}

// MustFreeze stops each process of the server where it stands. For whoever is connected it is as if the machine were lost:
// nothing answers, and nothing is closed. It lasts until thaw is called or the test ends.
func (c *Cluster) MustFreeze(tb testing.TB) (thaw func()) {
	tb.Helper()
	text, err := os.ReadFile(c.dir + "/data/postmaster.pid")
	if err != nil {
		tb.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	postmaster, err := strconv.Atoi(first)
	if err != nil {
		tb.Fatal(err)
	}
	mustSignal(tb, syscall.SIGSTOP, postmaster) // it makes no more of them from here on
	all := append(mustChildren(tb, postmaster), postmaster)
	mustSignal(tb, syscall.SIGSTOP, all...)
	thaw = sync.OnceFunc(func() { mustSignal(tb, syscall.SIGCONT, all...) })
	tb.Cleanup(thaw)
	return thaw
}

func mustSignal(tb testing.TB, s syscall.Signal, pids ...int) {
	tb.Helper()
	for _, pid := range pids {
		if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			tb.Fatal(err)
		}
	}
}

// mustChildren are the processes that a process has started.
func mustChildren(tb testing.TB, parent int) (pids []int) {
	tb.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		tb.Fatal(err)
	}
	for _, stat := range stats {
		text, _ := os.ReadFile(stat) // one that has ended meanwhile is no child
		_, rest, _ := strings.Cut(string(text), ") ")
		var state string
		var of int
		if n, _ := fmt.Sscan(rest, &state, &of); n == 2 && of == parent {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(stat))); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

func (c *Cluster) mustRun(tb testing.TB, program string, args ...string) {
	tb.Helper()
	if err := c.run(program, args...); err != nil {
		tb.Fatal(err)
	}
}

func (c *Cluster) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(c.bin, program), args...)
	cmd.Dir, cmd.SysProcAttr = c.dir, &syscall.SysProcAttr{Credential: c.credential}
	// To a file: pg_ctl hands what it writes to on to the server, which a pipe would wait for.
	out, err := os.Create(filepath.Join(c.dir, program+".out"))
	if err != nil {
		return err
	}
	defer out.Close() //nolint:errcheck // for people who look into a failure
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w\n%s", program, err, said)
	}
	return nil
}
