package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// benchService is a service in a process of its own, so that what it uses can be told from what its callers use.
type benchService struct {
	process      *exec.Cmd
	ended        chan error
	address, ops string
	startMS      float64 // until it was ready
}

// startBenchService starts merit serve on a seeded folder, as operators would but for the limits of single callers, which
// all these are.
func startBenchService(ctx context.Context, folder string) (*benchService, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &benchService{ended: make(chan error, 1)}
	if s.address, s.ops, err = twoAddresses(); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(folder, "serve.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close() //nolint:errcheck // the child has its own
	s.process = exec.Command(program, "serve", "--database", filepath.Join(folder, "merit.db"), "--evidence", filepath.Join(folder, "evidence"),
		"--listen", s.address, "--http", "127.0.0.1:0", "--ops", s.ops, "--log-format", "json",
		"--address-limit", "0", "--limit-account", "0", "--limit-public", "0", "--limit-upload", "0")
	s.process.Stdout, s.process.Stderr = log, log
	s.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for this process, which then stops the service
	began := time.Now()
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	go func() { s.ended <- s.process.Wait() }()
	if err := awaitReady(ctx, s.ops, s.ended); err != nil {
		text, _ := os.ReadFile(log.Name())
		return nil, fmt.Errorf("merit serve did not start: %w\n%s", errors.Join(err, s.process.Process.Kill()), text)
	}
	s.startMS = float64(time.Since(began).Microseconds()) / 1000
	return s, nil
}

// twoAddresses are free on loopback.
func twoAddresses() (a, b string, err error) {
	for _, address := range []*string{&a, &b} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", "", err
		}
		defer l.Close() //nolint:errcheck // nothing was accepted
		*address = l.Addr().String()
	}
	return a, b, nil
}

// awaitReady waits until the service with an operations door can work, or ended, if anybody says so.
func awaitReady(ctx context.Context, ops string, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for tick := time.NewTicker(2 * time.Millisecond); ; {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+ops+"/readyz", nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-tick.C:
		case err := <-ended:
			return errors.Join(errors.New("it ended"), err)
		case <-ctx.Done():
			return fmt.Errorf("the service at %s is not ready: %w", ops, ctx.Err())
		}
	}
}

// stop lets the service drain and waits for its end.
func (s *benchService) stop() error {
	return errors.Join(s.process.Process.Signal(syscall.SIGTERM), <-s.ended)
}
