package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed static
var staticFiles embed.FS

// stylesheet is the name of all of static/css together, in the order of the names.
const stylesheet = "app.css"

// assets are the files that pages refer to, each under a name with its checksum, so that browsers keep them for good.
type assets struct {
	bodies map[string][]byte // by the name with the checksum
	paths  map[string]string // address by plain name
}

func newAssets(files fs.FS) (*assets, error) {
	a := &assets{bodies: map[string][]byte{}, paths: map[string]string{}}
	var css bytes.Buffer
	err := fs.WalkDir(files, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, name)
		if path.Ext(name) == ".css" {
			css.Write(body)
			return err
		}
		a.add(path.Base(name), body)
		return err
	})
	a.add(stylesheet, css.Bytes())
	return a, err
}

func (a *assets) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	named := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	a.bodies[named] = body
	a.paths[name] = "/static/" + named
}

// path is the address of an asset by its plain name.
func (a *assets) path(name string) (string, error) {
	if p, ok := a.paths[name]; ok {
		return p, nil
	}
	return "", fmt.Errorf("no asset %q in static/", name)
}

// ServeHTTP answers with an asset. The name changes with the content, so it may be kept for good.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, ok := a.bodies[strings.TrimPrefix(r.URL.Path, "/static/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, r.URL.Path, time.Time{}, bytes.NewReader(body))
}
