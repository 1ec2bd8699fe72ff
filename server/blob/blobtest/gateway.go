package blobtest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/meritindex/merit/server/blob"
)

// GatewayProgram is where make test-s3 builds versitygw.
func GatewayProgram() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..", ".cache", "bin", "versitygw")
}

// Gateway starts a real S3 server, versitygw, with a bucket, until the test ends. The test is skipped where the server is not
// built: make test-s3 builds it.
func Gateway(tb testing.TB) blob.S3Options {
	tb.Helper()
	program := GatewayProgram()
	if _, err := os.Stat(program); err != nil {
		tb.Skip("the S3 server is not built: make test-s3 builds it and runs this")
	}
	port := mustFreePort(tb)
	cmd := exec.Command(program, "--port", fmt.Sprintf("127.0.0.1:%d", port), "--access", "test", "--secret", "test-secret", "--quiet", "posix", tb.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	o := blob.S3Options{
		Bucket: Bucket, Prefix: "evidence", Endpoint: fmt.Sprintf("127.0.0.1:%d", port), Plaintext: true, Region: "us-east-1",
		PathStyle: true, Credentials: credentials.NewStaticV4("test", "test-secret", ""),
	}
	mustAnswer(tb, o)
	mustMakeBucket(tb, o)
	return o
}

func mustFreePort(tb testing.TB) int {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // only its number is wanted
	return l.Addr().(*net.TCPAddr).Port
}

// mustAnswer waits until the server answers anything.
func mustAnswer(tb testing.TB, o blob.S3Options) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+o.Endpoint+"/", http.NoBody)
		if err != nil {
			tb.Fatal(err)
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			tb.Fatal("the S3 server does not answer")
		}
	}
}
