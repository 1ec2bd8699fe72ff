// Axe fetches axe-core, with which the tests check every page for accessibility, from the npm registry into .cache/axe:
// a pinned version, refused unless its bytes are the expected ones. Nothing of it is committed.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
)

const (
	address = "https://registry.npmjs.org/axe-core/-/axe-core-4.14.1.tgz"
	sha512b = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
	script  = "package/axe.min.js"
	target  = ".cache/axe/axe-4.14.1.min.js"
)

func main() {
	if _, err := os.Stat(target); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err := fetch(); err != nil {
		fmt.Fprintf(os.Stderr, "axe-core, which the tests of the pages need, could not be fetched from %s: %v\n", address, err)
		os.Exit(1)
	}
}

func fetch() error {
	response, err := http.Get(address)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end below
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	archive, err := io.ReadAll(io.LimitReader(response.Body, 10<<20))
	if err != nil {
		return err
	}
	if sum := sha512.Sum512(archive); base64.StdEncoding.EncodeToString(sum[:]) != sha512b {
		return errors.New("these are not the bytes that were expected")
	}
	body, err := unpack(archive)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return os.WriteFile(target, body, 0o644)
}

// unpack takes the script out of the archive.
func unpack(archive []byte) ([]byte, error) {
	plain, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	for files := tar.NewReader(plain); ; {
		header, err := files.Next()
		if err != nil {
			return nil, err
		}
		if header.Name == script {
			return io.ReadAll(files)
		}
	}
}
