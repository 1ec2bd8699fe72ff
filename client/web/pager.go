package web

import "net/url"

// pager leads through a list of many pages. The service hands out tokens for the next one only; the browser's own way
// back leads to the one before.
type pager struct{ First, Next string } // addresses; empty when there is none

// pageToken is the page that the address asks for.
func (r *request) pageToken() string { return r.URL.Query().Get("page") }

// pager is for a list whose next page has the token.
func (r *request) pager(next string) (p pager) {
	values := r.URL.Query()
	here := values.Get("page")
	values.Del("page")
	values.Del("said")
	if here != "" {
		p.First = (&url.URL{Path: r.URL.Path, RawQuery: values.Encode()}).String()
	}
	if next != "" {
		values.Set("page", next)
		p.Next = (&url.URL{Path: r.URL.Path, RawQuery: values.Encode()}).String()
	}
	return p
}
