package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// service is the real binary serving a new database.
type service struct {
	pages string // http://host:port
	link  string // path of the one-time link of its first administrator
	// environment is that of the service, which commands run in as well.
	environment []string
}

// mustServe starts the service in a new folder, with one administrator who has been invited. Settings are further
// variables, for the address of its pages.
func mustServe(t *testing.T, settings ...func(pages string) string) *service {
	t.Helper()
	listen, page, ops := mustFreeAddress(t), mustFreeAddress(t), mustFreeAddress(t)
	folder := t.TempDir()
	environment := append(os.Environ(), "MERIT_CONFIG="+t.TempDir(), "MERIT_LANG=en",
		"MERIT_DATABASE="+filepath.Join(folder, "merit.db"), "MERIT_EVIDENCE="+filepath.Join(folder, "evidence"),
		"MERIT_LISTEN="+listen, "MERIT_HTTP="+page, "MERIT_OPS="+ops)
	for _, setting := range settings {
		environment = append(environment, setting("http://"+page))
	}
	environment = append(environment, "MERIT_SERVER="+listen)
	bootstrap := exec.Command("merit", "user", "bootstrap", "admin@demo.invalid", "Demo admin", "-o", "json")
	bootstrap.Env = environment
	out, err := bootstrap.Output()
	if err != nil {
		t.Fatal(err)
	}
	var link struct{ Secret string }
	if err := json.Unmarshal(out, &link); err != nil {
		t.Fatal(err)
	}
	serve := exec.Command("merit", "serve", "--log-level", "WARN")
	serve.Env, serve.Stderr = environment, t.Output()
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = serve.Process.Signal(os.Interrupt)
		_ = serve.Wait()
	})
	if err := awaitReady(t.Context(), ops, nil); err != nil {
		t.Fatal(err)
	}
	return &service{"http://" + page, "/link/" + link.Secret, environment}
}
