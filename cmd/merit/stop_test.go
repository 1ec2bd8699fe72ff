package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Whoever starts the service may think better of it at any moment: what they stop has not failed.
func TestAServiceThatIsToldToStopWhileItBeginsHasNotFailed(t *testing.T) {
	folder := t.TempDir()
	for after := time.Duration(0); after < 300*time.Millisecond; after += 10 * time.Millisecond {
		serve := exec.Command("merit", "serve", "--log-level", "ERROR", "--database", filepath.Join(folder, "merit.db"), "--key", filepath.Join(folder, "log.key"),
			"--evidence", filepath.Join(folder, "evidence"), "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--ops", "127.0.0.1:0")
		serve.Env, serve.Stderr = append(os.Environ(), "MERIT_CONFIG="+folder), t.Output()
		if err := serve.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(after)
		if err := serve.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if err := serve.Wait(); err != nil && !endedBy(err, syscall.SIGINT) {
			t.Errorf("told to stop after %v, it ended with %v", after, err)
		}
	}
}

// endedBy reports whether a process was ended by the signal itself, because it did not listen to it yet.
func endedBy(err error, s syscall.Signal) bool {
	var ended *exec.ExitError
	if !errors.As(err, &ended) {
		return false
	}
	status, ok := ended.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == s
}
