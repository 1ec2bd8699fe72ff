package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// mustRenew writes a certificate of this number, and its key if it is to fit, as of some minutes from now.
func mustRenew(t *testing.T, certFile, keyFile string, number int64, fits bool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(number), NotAfter: time.Now().Add(time.Hour)}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	mustWritePEM(t, certFile, "CERTIFICATE", signed, number)
	if fits {
		mustWritePEM(t, keyFile, "PRIVATE KEY", text, number)
	}
}

func mustWritePEM(t *testing.T, file, kind string, content []byte, minutes int64) {
	t.Helper()
	at := time.Now().Add(time.Duration(minutes) * time.Minute)
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestARenewedCertificateIsShownWithoutARestart(t *testing.T) {
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	mustRenew(t, certFile, keyFile, 1, true)
	c, err := newCertificate(certFile, keyFile, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		what  string
		renew func()
		shown int64
	}{
		{"as it was", func() {}, 1},
		{"renewed", func() { mustRenew(t, certFile, keyFile, 2, true) }, 2},
		{"its key not there yet", func() { mustRenew(t, certFile, keyFile, 3, false) }, 2},
		{"renewed with its key", func() { mustRenew(t, certFile, keyFile, 4, true) }, 4},
		{"gone", func() { _ = os.Remove(certFile) }, 4},
	} {
		step.renew()
		shown, err := c.get(nil)
		if err != nil || shown.Leaf.SerialNumber.Int64() != step.shown {
			t.Errorf("%s: %v, certificate %v is shown, want %d", step.what, err, shown.Leaf.SerialNumber, step.shown)
		}
	}
}

func TestACertificateThatCannotBeReadIsSaidAtTheStart(t *testing.T) {
	if _, err := newCertificate("/nowhere/cert.pem", "/nowhere/key.pem", slog.Default()); err == nil {
		t.Error("there is no such certificate, and nothing was said")
	}
}
