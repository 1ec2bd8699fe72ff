package web

import (
	"bytes"
	"embed"
	"fmt"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

//go:embed pages
var pageFiles embed.FS

// page is a page whose data is a T: pages/<name>.html with the blocks "title" and "main", inside pages/layout.html. In
// a template .Page is the T and .Frame what surrounds it.
type page[T any] struct{ name string }

// sheet is what a template is filled from.
type sheet[T any] struct {
	Frame frame
	Page  T
}

// registered is a page as the parser and the tests know it.
type registered struct {
	name  string
	blank func(frame) any // a sheet without data
}

// pages are all there are, in the order in which Go initialises them.
var pages []registered

// newPage declares a page, for a variable of its package.
func newPage[T any](name string) page[T] {
	pages = append(pages, registered{name, func(f frame) any { return &sheet[T]{Frame: f} }})
	return page[T]{name}
}

// show answers with the page.
func (p page[T]) show(w http.ResponseWriter, r *request, data T) error {
	return p.write(w, r, http.StatusOK, nil, data)
}

// again answers a form with its own page once more, what the sender wrote still in it and the problem beside the fields
// it concerns. An error that is no fault of the form goes to the error page, or to the page that asks for a proof.
func (p page[T]) again(w http.ResponseWriter, r *request, data T, err error) error {
	problem := client.Explain(err)
	if !formCanShow(problem.Code) || problem.Reason == meritv1.Reason_REASON_STEP_UP_REQUIRED {
		return err
	}
	sayRetry(w, problem)
	return p.write(w, r, statusOf(problem.Code), problem, data)
}

// refused is again for forms that ask for a password, where "not authenticated" is about the form.
func (p page[T]) refused(w http.ResponseWriter, r *request, data T, err error) error {
	problem := client.Explain(err)
	if problem.Code == codes.Unauthenticated {
		return p.write(w, r, http.StatusUnauthorized, problem, data)
	}
	return p.again(w, r, data, err)
}

func (p page[T]) write(w http.ResponseWriter, r *request, status int, problem *client.Problem, data T) error {
	f, err := r.frame()
	if err != nil {
		return err
	}
	f.Problem = shown(r.lang, problem)
	var body bytes.Buffer
	if err := r.web.fill(&body, r.lang, p.name, "layout", sheet[T]{f, data}); err != nil {
		return fmt.Errorf("page %s: %w", p.name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the reader may be gone
	return nil
}

// part fills one part of the page, for a script that puts it into its place.
func (p page[T]) part(r *request, part string, data any) (string, error) {
	var body strings.Builder
	if err := r.web.fill(&body, r.lang, p.name, part, data); err != nil {
		return "", fmt.Errorf("part %s of page %s: %w", part, p.name, err)
	}
	return body.String(), nil
}
