// Package browsertest drives a real browser, Debian's Chromium, through pages as people do: it goes to addresses, clicks,
// types and reads what stands there. Each tab is a person of their own, with own cookies.
//
//	b := browsertest.New(t)
//	operator := b.Tab(t, "http://127.0.0.1:7421")
//	operator.Go("/demo").Click(`[value="operator@demo.invalid"] ~ button`).See("Pekerjaan saya")
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience is how long a page may take to show what is waited for. It bounds a hanging test; nothing is measured by it.
const patience = 40 * time.Second

// pollEvery is how often a page is asked whether it shows what is waited for.
const pollEvery = 20 * time.Millisecond

// Browser is a running Chromium.
type Browser struct{ ctx context.Context }

// New starts a browser with an empty profile, to be ended with the test.
func New(t *testing.T) *Browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("the tests of the pages need chromium: run tools/test-parts, or install Debian's package chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
	)
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return &Browser{ctx}
}

// axe is where tools/test-parts puts the accessibility checker, below the root of the module.
func axe(t *testing.T) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			break
		}
		folder = filepath.Dir(folder)
	}
	found, err := filepath.Glob(filepath.Join(folder, ".cache/axe/axe-*.min.js"))
	if err != nil || len(found) == 0 {
		t.Fatal("the tests of the pages need axe-core: run tools/test-parts")
	}
	script, err := os.ReadFile(found[len(found)-1])
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}
