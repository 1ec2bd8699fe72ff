package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"google.golang.org/grpc"

	"github.com/meritindex/merit/client"
)

// Options say what the pages are made of.
type Options struct {
	// Conn leads to the service in process: the service believes what it says of a browser's address.
	Conn *grpc.ClientConn
	// Now is the clock.
	Now func() time.Time
	// Log gets what went wrong here and not in the service.
	Log *slog.Logger
	// Plaintext says that browsers come without TLS, on loopback: cookies are then sent in the clear.
	Plaintext bool
	// UploadLimit is the largest file of evidence, in bytes.
	UploadLimit int64
	// Demo are the demonstration accounts, offered on a page of their own; none outside the demo.
	Demo []DemoAccount
}

// Web serves the pages.
type Web struct {
	Options
	api    *client.Client
	sets   templateSets
	assets *assets
	door   http.Handler
	pages  *http.ServeMux
	routed []string // the patterns of pages

	instruments sync.Map // published instruments by id
}

// New builds the handler.
func New(o Options) (*Web, error) {
	if o.Conn == nil || o.Now == nil || o.Log == nil {
		return nil, errors.New("web: Options.Conn, Now and Log are needed")
	}
	w := &Web{Options: o, api: client.New(o.Conn)}
	var err error
	if w.assets, err = newAssets(staticFiles); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	w.sets = w.templateSets()
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.CompressionLevel(6))
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(w.refuseForeign))
	w.pages = w.routes()
	w.door = w.headers(protection.Handler(compress(w.pages)))
	return w, nil
}

// ServeHTTP answers a browser.
func (w *Web) ServeHTTP(rw http.ResponseWriter, r *http.Request) { w.door.ServeHTTP(rw, r) }

// routes is the one list of addresses, by noun.
func (w *Web) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /static/", w.assets)
	rt := router{w, mux}
	rt.signIn()
	rt.secondFactor()
	rt.sessions()
	rt.link()
	rt.profile()
	rt.work()
	rt.assessment()
	rt.verification()
	rt.plenary()
	rt.demo()
	rt.find()
	rt.accounts()
	rt.proposals()
	rt.agencyAdmin()
	rt.cycles()
	rt.instruments()
	rt.participation()
	rt.audit()
	rt.tokens()
	rt.interests()
	rt.home()
	rt.ranking()
	rt.agencies()
	rt.openData()
	rt.method()
	rt.awards()
	rt.evidence()
	rt.uploads()
	rt.workbook()
	rt.minutes()
	rt.sheetDocuments()
	rt.assignments()
	rt.get("/", func(http.ResponseWriter, *request) error { return errNoPage })
	return mux
}

// Patterns are the addresses that are served, as http.ServeMux has them: "GET /assessments/{id}". Tests go through them.
func (w *Web) Patterns() []string { return slices.Clone(w.routed) }

// router adds handlers to the addresses.
type router struct {
	*Web
	mux *http.ServeMux
}

// get serves a page.
func (rt router) get(path string, h handler) { rt.handle("GET "+path, rt.serve(h)) }

func (rt router) handle(pattern string, h http.Handler) {
	rt.routed = append(rt.routed, pattern)
	rt.mux.Handle(pattern, h)
}

// post serves what a form sends. Its fields are read before the handler; a proof that was asked for comes before it too.
func (rt router) post(path string, h handler) {
	rt.handle("POST "+path, rt.serve(func(w http.ResponseWriter, r *request) error {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.parseForm(); err != nil {
			return err
		}
		if r.PostFormValue("confirm") != "" {
			if err := r.confirm(); err != nil {
				return confirmAgain(w, r, err)
			}
		}
		return h(w, r)
	}))
}

// maxForm is the largest form: a workbook or a list of agencies, with room for what surrounds it.
const maxForm = 6 << 20
