package main

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is that of the public doors. It is read again when one of its files is another, so that a renewed one needs no
// restart. While the two do not fit each other, as between the replacing of one and the other, the last that did is shown.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu    sync.Mutex
	last  *tls.Certificate
	times [2]time.Time // of the files when they were read last
}

// newCertificate reads the certificate, or says why it cannot be shown.
func newCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log, times: timesOf(certFile, keyFile)}
	first, err := tls.LoadX509KeyPair(certFile, keyFile)
	c.last = &first
	return c, err
}

// get is GetCertificate of a tls.Config.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := timesOf(c.certFile, c.keyFile)
	if now == c.times {
		return c.last, nil
	}
	c.times = now
	renewed, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.log.Warn("the certificate has changed and cannot be shown; the one before is", "error", err)
		return c.last, nil
	}
	c.last = &renewed
	c.log.Info("the certificate was renewed", "expires", renewed.Leaf.NotAfter)
	return c.last, nil
}

// timesOf are when files were changed last; zero for one that is not there.
func timesOf(names ...string) (times [2]time.Time) {
	for i, name := range names {
		if info, err := os.Stat(name); err == nil {
			times[i] = info.ModTime()
		}
	}
	return times
}
