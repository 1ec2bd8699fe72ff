package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Tab is one person's window. Its methods fail the test when the page does not do what is asked, and return the tab.
type Tab struct {
	t    *testing.T
	ctx  context.Context
	base string

	requests []string // addresses that the pages asked for
}

// Tab opens a window with cookies of its own on the site at an address like http://127.0.0.1:7421.
func (b *Browser) Tab(t *testing.T, base string) *Tab {
	t.Helper()
	ctx, end := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	tab := &Tab{t: t, ctx: ctx, base: base}
	tab.do("open a tab")
	tab.must("listen", chromedp.Listen(ctx, func(event any) {
		if sent, ok := event.(*network.EventRequestWillBeSent); ok {
			tab.requests = append(tab.requests, sent.Request.URL)
		}
	}))
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	tab.must("watch the network", err)
	return tab
}

// For is the same tab, whose failures are those of another test, such as a part of the one that opened it.
func (tab *Tab) For(t *testing.T) *Tab {
	tab.t = t
	return tab
}

func (tab *Tab) must(what string, err error) {
	tab.t.Helper()
	if err != nil {
		where, _ := chromedp.Run(tab.ctx, chromedp.Location())
		text, _ := chromedp.Run(tab.ctx, chromedp.Evaluate[string](`(document.querySelector("main")||document.body).innerText`))
		tab.t.Fatalf("%s: %v\nat %s, which says:\n%s", what, err, where, text)
	}
}

// do takes steps, each within the patience. One that found its element on a page which then made place for the next did
// nothing yet, and is taken again.
func (tab *Tab) do(what string, steps ...chromedp.Action[chromedp.Void]) *Tab {
	tab.t.Helper()
	for _, step := range steps {
		ctx, end := context.WithTimeout(tab.ctx, patience)
		err := chromedp.Do(ctx, step)
		for err != nil && ctx.Err() == nil && strings.Contains(err.Error(), "Could not find node") {
			err = chromedp.Do(ctx, step)
		}
		end()
		tab.must(what, err)
	}
	if len(steps) == 0 {
		tab.must(what, chromedp.Do(tab.ctx))
	}
	return tab
}

// Go opens an address of the site.
func (tab *Tab) Go(path string) *Tab {
	tab.t.Helper()
	return tab.do("go to "+path, chromedp.Navigate(tab.base+path))
}

// Click clicks on the first element that a CSS selector finds, once it is visible.
func (tab *Tab) Click(selector string) *Tab {
	tab.t.Helper()
	return tab.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Fill replaces what stands in a field by a text, as by pasting it.
func (tab *Tab) Fill(selector, text string) *Tab {
	tab.t.Helper()
	empty := fmt.Sprintf(`document.querySelector(%q).value = ""`, selector)
	tab.do("fill "+selector, chromedp.Focus(chromedp.CSS(selector), chromedp.NodeVisible)).Run(empty)
	_, err := chromedp.Call(tab.ctx, input.InsertText, input.InsertTextParams{Text: text})
	tab.must("fill "+selector, err)
	return tab
}

// Set gives a field or a select its value at once.
func (tab *Tab) Set(selector, value string) *Tab {
	tab.t.Helper()
	return tab.do("set "+selector, chromedp.SetValue(chromedp.CSS(selector), value))
}

// Choose puts files into a field for files.
func (tab *Tab) Choose(selector string, files ...string) *Tab {
	tab.t.Helper()
	return tab.do("choose files for "+selector, chromedp.SetUploadFiles(chromedp.CSS(selector), files))
}

// Press presses keys, one after the other, where the focus is: "j", or kb.Enter.
func (tab *Tab) Press(keys string) *Tab {
	tab.t.Helper()
	return tab.do(fmt.Sprintf("press %q", keys), chromedp.KeyEvent(keys))
}

// See waits until every text stands on the page.
func (tab *Tab) See(texts ...string) *Tab {
	tab.t.Helper()
	for _, text := range texts {
		tab.Wait(fmt.Sprintf("document.body.innerText.includes(%q)", text))
	}
	return tab
}

// Wait waits until a JavaScript expression is true.
func (tab *Tab) Wait(expression string) *Tab {
	tab.t.Helper()
	ctx, end := context.WithTimeout(tab.ctx, patience)
	defer end()
	poll := chromedp.Poll[bool]("!!("+expression+")", chromedp.WithPollingInterval(pollEvery))
	_, err := chromedp.Run(ctx, poll)
	for err != nil && ctx.Err() == nil && gone(err) { // the page that was asked has made place for the next
		_, err = chromedp.Run(ctx, poll)
	}
	tab.must("wait for "+expression, err)
	return tab
}

// gone reports whether what was asked has been left meanwhile.
func gone(err error) bool {
	for _, text := range []string{"navigated or closed", "context was destroyed", "Cannot find context", "uniqueContextId not found"} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

// At waits until the tab has arrived at an address that begins with a path.
func (tab *Tab) At(path string) *Tab {
	tab.t.Helper()
	return tab.Wait(fmt.Sprintf(`location.pathname.startsWith(%q) && document.readyState == "complete"`, path))
}

// Arrive waits until the tab has arrived at exactly that address, whatever its query.
func (tab *Tab) Arrive(path string) *Tab {
	tab.t.Helper()
	return tab.Wait(fmt.Sprintf(`location.pathname == %q && document.readyState == "complete"`, path))
}

// Text is what a JavaScript expression gives as a text.
func (tab *Tab) Text(expression string) string {
	tab.t.Helper()
	text, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string]("(async () => String("+expression+"))()", chromedp.EvalAwaitPromise))
	tab.must("read "+expression, err)
	return text
}

// Run runs JavaScript, and waits for its promise if it gives one.
func (tab *Tab) Run(script string) *Tab {
	tab.t.Helper()
	_, err := chromedp.Run(tab.ctx, chromedp.Evaluate[chromedp.Void](script, chromedp.EvalAwaitPromise))
	tab.must("run "+script, err)
	return tab
}

// Path is where the tab is, without the site.
func (tab *Tab) Path() string { tab.t.Helper(); return tab.Text("location.pathname + location.search") }

// Links are the addresses of the site that the page links to, without fragments.
func (tab *Tab) Links() []string {
	tab.t.Helper()
	all := tab.Text(`[...document.querySelectorAll("a[href]")].filter(a => a.origin == location.origin).map(a => a.pathname + a.search).join("\n")`)
	return strings.Fields(all)
}

// Offline cuts the tab off the network, or connects it again, and the page is told so as by a lost connection.
func (tab *Tab) Offline(offline bool) *Tab {
	tab.t.Helper()
	return tab.network(network.Conditions{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1})
}

// Slow lets the tab send so many bytes in a second, until the network changes again.
func (tab *Tab) Slow(bytesPerSecond float64) *Tab {
	tab.t.Helper()
	return tab.network(network.Conditions{DownloadThroughput: -1, UploadThroughput: bytesPerSecond})
}

func (tab *Tab) network(c network.Conditions) *Tab {
	tab.t.Helper()
	_, err := chromedp.Call(tab.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{&c},
	})
	tab.must("change the network", err)
	_, err = chromedp.Call(tab.ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{
		Offline: c.Offline, DownloadThroughput: c.DownloadThroughput, UploadThroughput: c.UploadThroughput,
	})
	tab.must("tell the page of the network", err)
	return tab
}

// Foreign are the addresses of other hosts that the pages asked for.
func (tab *Tab) Foreign() []string {
	var foreign []string
	for _, address := range tab.requests {
		if !strings.HasPrefix(address, tab.base+"/") && !strings.HasPrefix(address, "data:") && !strings.HasPrefix(address, "chrome") && !strings.HasPrefix(address, "blob:"+tab.base) {
			foreign = append(foreign, address)
		}
	}
	return foreign
}

// Width makes the window as wide as that many pixels; 0 as it was.
func (tab *Tab) Width(pixels int64) *Tab {
	tab.t.Helper()
	if pixels == 0 {
		return tab.do("size", chromedp.ResetViewport())
	}
	return tab.do("size", chromedp.EmulateViewport(pixels, 900))
}

// Picture writes what the whole page looks like at a width, as PNG. A page too long for one picture is left out, and said.
func (tab *Tab) Picture(file string, width int64) *Tab {
	tab.t.Helper()
	tab.Width(width)
	picture, err := chromedp.Run(tab.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		tab.t.Logf("no picture of %s, %d pixels wide: %v", tab.Path(), width, err)
		return tab.Width(0)
	}
	tab.must("take a picture", os.MkdirAll(filepath.Dir(file), 0o755))
	tab.must("take a picture", os.WriteFile(file, picture, 0o644))
	return tab.Width(0)
}

// violation is what axe-core finds.
type violation struct {
	ID, Help string
	Nodes    []struct{ HTML, FailureSummary string }
}

// Accessible checks the page against WCAG 2.1 AA with axe-core.
func (tab *Tab) Accessible() *Tab {
	tab.t.Helper()
	found := tab.axe()
	for _, v := range found {
		for _, node := range v.Nodes {
			tab.t.Errorf("%s: %s (%s): %s\n%s", tab.Path(), v.Help, v.ID, node.HTML, node.FailureSummary)
		}
	}
	return tab
}

func (tab *Tab) axe() (found []violation) {
	tab.t.Helper()
	ctx, end := context.WithTimeout(tab.ctx, patience)
	defer end()
	_, err := chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](axe(tab.t)+";0"))
	tab.must("load axe-core", err)
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[string](
		`axe.run(document, {runOnly: ["wcag2a","wcag2aa","wcag21a","wcag21aa","best-practice"], iframes: false}).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
	tab.must("run axe-core", err)
	tab.must("read what axe-core found", json.Unmarshal([]byte(answer), &found))
	return found
}
