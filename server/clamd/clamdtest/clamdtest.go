// Package clamdtest runs ClamAV's daemon for tests, with one signature of our own and none of the real ones.
package clamdtest

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Virus is what the daemon takes for a virus, wherever it stands in a file.
const Virus = "MERIT-SIGNATURE-FOR-TESTS"

// Signature is the name that the daemon gives to it: names of signatures that are not ClamAV's own get an ending.
const Signature = "Merit.Test.UNOFFICIAL"

// Daemon is a running clamd.
type Daemon struct {
	Address string // unix:/path/of/socket

	socket  string
	folder  string
	process *exec.Cmd
}

// New starts a daemon in a folder of its own. It ends with the test.
func New(tb testing.TB) *Daemon {
	tb.Helper()
	if _, err := exec.LookPath("clamd"); err != nil {
		tb.Fatal("clamd is missing: run tools/test-parts, or apt-get install --no-install-recommends clamav-daemon")
	}
	folder, err := os.MkdirTemp("", "clamd") //nolint:usetesting // the path of a socket is short
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(folder) })
	d := &Daemon{folder: folder, socket: filepath.Join(folder, "s")}
	d.Address = "unix:" + d.socket
	signature := fmt.Sprintf("Merit.Test:0:*:%s\n", hex.EncodeToString([]byte(Virus)))
	config := fmt.Sprintf("LocalSocket %s\nDatabaseDirectory %s\nTemporaryDirectory %s\nForeground yes\nStreamMaxLength 1M\n", d.socket, folder, folder)
	for name, content := range map[string]string{"local.ndb": signature, "clamd.conf": config} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	tb.Cleanup(d.Stop)
	d.Start(tb)
	return d
}

// Start starts the daemon and waits until it answers.
func (d *Daemon) Start(tb testing.TB) {
	tb.Helper()
	d.process = exec.Command("clamd", "--config-file", filepath.Join(d.folder, "clamd.conf"))
	if err := d.process.Start(); err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "unix", d.socket)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			tb.Fatalf("clamd does not answer: %v", err)
		}
	}
}

// Stop ends the daemon. Stopping twice does no harm.
func (d *Daemon) Stop() {
	if d.process == nil {
		return
	}
	_ = d.process.Process.Kill()
	_ = d.process.Wait() // says that it was killed
	_ = os.Remove(d.socket)
	d.process = nil
}
