package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/meritindex/merit/server/servertest/oidctest"
)

// mustServeWithProvider starts the service without passwords beside a provider at which its administrator is known.
func mustServeWithProvider(t *testing.T) (*service, *oidctest.Provider) {
	t.Helper()
	p := oidctest.Start(t)
	p.Add(oidctest.Person{Subject: "admin", Email: "admin@demo.invalid", Verified: true})
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(oidctest.Secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	is := func(setting string) func(string) string { return func(string) string { return setting } }
	return mustServe(t, is("MERIT_OIDC_ISSUER="+p.Issuer), is("MERIT_OIDC_CLIENT_ID="+oidctest.Client),
		is("MERIT_OIDC_CLIENT_SECRET_FILE="+secret), is("MERIT_OIDC_NAME=Demo"), is("MERIT_NO_PASSWORDS=true"),
		func(pages string) string { return "MERIT_OIDC_REDIRECT=" + pages + "/signin/oidc" }), p
}

// run runs a command with what is typed, and returns what it printed.
func (s *service) run(t *testing.T, typed string, args ...string) (out, errs string, err error) {
	t.Helper()
	var o, e strings.Builder
	cmd := exec.Command("merit", args...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = s.environment, strings.NewReader(typed), &o, &e
	err = cmd.Run()
	return o.String(), e.String(), err
}

// mustRun is run for a command that must do its work.
func (s *service) mustRun(t *testing.T, typed string, args ...string) string {
	t.Helper()
	out, errs, err := s.run(t, typed, args...)
	if err != nil {
		t.Fatalf("merit %s: %v\n%s%s", strings.Join(args, " "), err, out, errs)
	}
	return out
}

// mustSignIn runs a command that prints an address for the browser, plays the browser and returns what it printed then.
func (s *service) mustSignIn(t *testing.T, p *oidctest.Provider, typed string, args ...string) string {
	t.Helper()
	var out strings.Builder
	cmd := exec.Command("merit", args...)
	cmd.Env, cmd.Stdin, cmd.Stdout = s.environment, strings.NewReader(typed), &out
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(errs)
	for address := regexp.MustCompile(`^  (http\S+)$`); lines.Scan(); {
		if found := address.FindStringSubmatch(lines.Text()); found != nil {
			mustCallBack(t, p.SignIn(t, found[1], "admin").String())
			break
		}
	}
	rest, _ := io.ReadAll(errs)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("merit %s: %v\n%s%s%s", strings.Join(args, " "), err, lines.Text(), out.String(), rest)
	}
	return out.String()
}

// mustCallBack plays the browser that the provider sends back to the waiting command.
func mustCallBack(t *testing.T, address string) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); !strings.Contains(string(body), "Go back to the terminal") {
		t.Errorf("the waiting command says %q to the browser", body)
	}
}

// TestLoginAtAProvider: the real binary, a real provider, and a browser that comes back to the waiting command.
func TestLoginAtAProvider(t *testing.T) {
	s, p := mustServeWithProvider(t)
	if _, errs, err := s.run(t, "a password of old\n", "login", "admin@demo.invalid"); err == nil || !strings.Contains(errs, "knows no passwords") {
		t.Errorf("a password: %v, %s", err, errs)
	}
	if out := s.mustSignIn(t, p, "", "login", "--oidc"); out != "Signed in as Demo admin, administrator, nation.\n" {
		t.Errorf("login --oidc says %q", out)
	}
	if out := s.mustRun(t, "", "whoami"); !strings.HasPrefix(out, "Demo admin <admin@demo.invalid>\n") {
		t.Errorf("whoami says %q", out)
	}
	if out := s.mustRun(t, "", "session", "list"); !strings.Contains(out, "merit command line") {
		t.Errorf("session list says %q", out)
	}
	// A proof of a moment: once by its own command, once because a call asks for it and nothing but Enter was typed.
	if out := s.mustSignIn(t, p, "", "confirm", "--oidc"); !strings.HasPrefix(out, "Confirmed until ") {
		t.Errorf("confirm --oidc says %q", out)
	}
	if out := s.mustSignIn(t, p, "\n", "confirm"); !strings.HasPrefix(out, "Confirmed until ") {
		t.Errorf("confirm says %q", out)
	}

	linked := s.mustRun(t, "", "user", "identities")
	id := regexp.MustCompile(`admin@demo.invalid +admin +` + regexp.QuoteMeta(p.Issuer) + ` .* (\w{26})\n`).FindStringSubmatch(linked)
	if id == nil {
		t.Fatalf("user identities says %q", linked)
	}
	s.mustRun(t, "", "user", "unlink", id[1])
	if _, _, err := s.run(t, "", "whoami"); err == nil {
		t.Error("after unlinking the session goes on")
	}
	s.mustSignIn(t, p, "", "login", "--oidc")
	if again := s.mustRun(t, "", "user", "identities"); strings.Count(again, "admin@demo.invalid") != 2 {
		t.Errorf("after another sign-in user identities says %q", again)
	}
}
