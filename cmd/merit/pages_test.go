package main

import (
	"bufio"
	"cmp"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/meritindex/merit/client/demo"
	"github.com/meritindex/merit/client/web/browsertest"
)

// mustDemo runs the real binary's demonstration until the test ends, and returns the address of its pages.
func mustDemo(t *testing.T) string {
	t.Helper()
	page := mustFreeAddress(t)
	cmd := exec.Command("merit", "demo", "--folder", filepath.Join(t.TempDir(), "demo"),
		"--listen", mustFreeAddress(t), "--http", page, "--ops", mustFreeAddress(t))
	cmd.Env = append(os.Environ(), "MERIT_CONFIG="+t.TempDir(), "MERIT_LANG=en")
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "Try:") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return "http://" + page
		}
	}
	t.Fatal("the demonstration ended before it served its pages")
	return ""
}

// signInDemo takes a demo account on the demonstration's page.
func signInDemo(tab *browsertest.Tab, name string) *browsertest.Tab {
	return tab.Go("/demo").Click(`form:has([value="` + name + `@demo.invalid"]) button`).At("/work")
}

// visitors are the accounts as which every page is looked at, and "" for nobody.
func visitors() []string {
	names := []string{""}
	for _, login := range demo.Logins() {
		name, _, _ := strings.Cut(login.Email, "@")
		if name != "commissioner-2" && name != "commissioner-3" {
			names = append(names, name)
		}
	}
	return names
}

// TestEveryPage goes to every page that can be reached by links, as everybody: no link is broken, no page breaks
// WCAG 2.1 AA, asks another host, is heavy, or needs more than a narrow window. With SCREENSHOTS=folder it leaves pictures of all, wide and narrow, in
// both languages.
func TestEveryPage(t *testing.T) {
	site := mustDemo(t)
	chromium := browsertest.New(t)
	public := map[string]bool{} // what everybody sees is looked at once, as nobody
	shapes := map[string]bool{}
	for _, name := range visitors() {
		t.Run("as "+cmp.Or(name, "nobody"), func(t *testing.T) {
			tab := chromium.Tab(t, site)
			start := "/"
			if name != "" {
				signInDemo(tab, name)
				start = "/work"
			}
			c := &crawl{t: t, tab: tab, site: site, as: name, seen: maps.Clone(public), shapes: shapes}
			c.from(start)
			if name == "" {
				public = c.seen
			}
			if foreign := tab.Foreign(); len(foreign) > 0 {
				t.Errorf("pages asked other hosts: %v", foreign)
			}
		})
	}
}

// crawl is a walk along all links; of pages that differ in what they are about only, one is looked at.
type crawl struct {
	t        *testing.T
	tab      *browsertest.Tab
	site, as string
	seen     map[string]bool // kinds of pages
	shapes   map[string]bool // of pages, whoever looked at them
}

// shape is what a page is built of: pages of one kind that two people see alike are examined once.
const shape = `[...new Set([...document.querySelectorAll("body *")].map(e => e.tagName + "." + e.getAttribute("class") + "." + e.getAttribute("role")))].sort().join()`

// particular is the part of an address that names one of many.
var particular = regexp.MustCompile(`/[^/]*[0-9][^/]*`)

func (c *crawl) from(start string) {
	c.tab.Go(start)
	for queue := []string{start}; len(queue) > 0; queue = queue[1:] {
		path, _, _ := strings.Cut(queue[0], "?")
		kind := particular.ReplaceAllString(path, "/_")
		if c.seen[kind] || kind == "/demo" {
			continue
		}
		c.seen[kind] = true
		if !c.isPage(queue[0]) {
			continue
		}
		c.tab.Go(queue[0])
		queue = append(queue, c.tab.Links()...)
		built := kind + c.tab.Text(shape)
		if c.shapes[built] {
			continue
		}
		c.shapes[built] = true
		c.tab.Accessible()
		if body := c.tab.Text(`document.documentElement.scrollWidth - innerWidth`); body != "0" && !strings.HasPrefix(body, "-") {
			c.t.Errorf("%s is %s pixels wider than the window", queue[0], body)
		}
		c.weigh(queue[0])
		c.narrow(queue[0])
		c.picture(kind)
	}
}

// isPage asks for an address as the visitor, checks the answer and reports whether it is a page.
func (c *crawl) isPage(path string) bool {
	c.t.Helper()
	got := c.tab.Text(`await (async () => { const r = await fetch(` + "`" + path + "`" + `); return r.status + " " + r.headers.get("content-type") })()`)
	if !strings.HasPrefix(got, "200 ") {
		c.t.Errorf("%s, linked for %q, answers %s", path, c.as, got)
		return false
	}
	return strings.Contains(got, "text/html")
}

// narrow checks that a page fits a window of 320 pixels: 1280 at a zoom of 400 %.
func (c *crawl) narrow(path string) {
	c.t.Helper()
	c.tab.Width(320)
	if wide := c.tab.Text(`document.documentElement.scrollWidth`); wide != "320" {
		c.t.Errorf("%s is %s pixels wide in a window of 320", path, wide)
	}
	c.tab.Width(0)
}

func (c *crawl) picture(kind string) {
	folder := os.Getenv("SCREENSHOTS")
	if folder == "" {
		return
	}
	file := strings.Trim(strings.ReplaceAll(c.as+kind, "/", "-"), "-")
	for _, language := range []string{"id", "en"} {
		c.tab.Run(`fetch("/language", {method: "POST", body: new URLSearchParams({language: "` + language + `", back: "/static/"})}).then(() => 0)`)
		c.tab.Run(`location.reload()`).At("/")
		c.tab.Picture(filepath.Join(folder, language, file+".1280.png"), 1280)
		c.tab.Picture(filepath.Join(folder, language, file+".390.png"), 390)
	}
}

// maxPage is how many bytes a page, its styles, scripts and pictures may be together, compressed.
const maxPage = 60 << 10

// weigh checks what the browser has loaded for the page, evidence shown in a frame apart.
func (c *crawl) weigh(path string) {
	c.t.Helper()
	weight := c.tab.Text(`[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource").filter(e => e.initiatorType != "iframe")].reduce((sum, e) => sum + e.encodedBodySize, 0)`)
	if bytes, err := strconv.Atoi(weight); err != nil || bytes == 0 || bytes > maxPage {
		c.t.Errorf("%s weighs %s bytes (%v); at most %d are allowed, and some", path, weight, err, maxPage)
	}
}
