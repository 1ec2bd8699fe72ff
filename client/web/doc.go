// Package web is the pages: a http.Handler that is a client of the service like any other, over a connection in process,
// so that no page can forget a check. Pages are html/template files in pages/, parsed at boot once for each language, each
// filled from a typed value. Everything works without script; static/js adds comfort.
//
// A page is added in three steps: its file in pages/ with the blocks "title" and "main", its data as a type with
// newPage, and its handler in routes of the file of its noun. The tests render it empty and full, in both languages.
package web
