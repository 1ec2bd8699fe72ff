package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asService runs deploy/merit-as-service with a file of settings, as a user, and returns what it prints. Instead of
// becoming the user of the service it stays who it is.
func asService(t *testing.T, uid, settings string, environment []string, args ...string) (string, error) {
	t.Helper()
	script, err := os.ReadFile("../../deploy/merit-as-service")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "merit.env")
	for name, text := range map[string]string{
		"merit.env": settings,
		"script":    strings.ReplaceAll(string(script), "/etc/merit/merit.env", file),
		"id":        "#!/bin/sh\necho " + uid + "\n",
		"setpriv":   "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done\nshift\nexec \"$@\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("sh", append([]string{filepath.Join(dir, "script")}, args...)...)
	cmd.Env = append([]string{"PATH=" + dir + ":" + os.Getenv("PATH")}, environment...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestCommandsByHandReadTheSettingsAsSystemdDoes(t *testing.T) {
	settings := strings.Join([]string{
		"# a comment with MERIT_A=1", "", "not a setting", "  MERIT_D ", "MERIT-B=1", "; MERIT_C=1",
		"MERIT_KEY=/a key  ", "MERIT_LISTEN=:7420\r", "  MERIT_HTTP =\t:7421\r", `MERIT_OPS=" :7422 " `, "MERIT_CLAMD='unix:/clamd'",
		"MERIT_DATABASE=postgres://merit:a=b&c@db/merit?sslmode=verify-full&x=$HOME", "MERIT_LANG=id",
	}, "\n")
	out, err := asService(t, "0", settings, []string{"MERIT_PROGRAM=env"})
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := map[string]string{}
	for line := range strings.Lines(out) {
		if name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "="); strings.HasPrefix(name, "MERIT") {
			got[name] = value
		}
	}
	want := map[string]string{
		"MERIT_EVIDENCE": "/var/lib/merit/evidence", "MERIT_KEY": "/a key", "MERIT_LISTEN": ":7420", "MERIT_HTTP": ":7421", "MERIT_OPS": " :7422 ",
		"MERIT_CLAMD": "unix:/clamd", "MERIT_DATABASE": "postgres://merit:a=b&c@db/merit?sslmode=verify-full&x=$HOME", "MERIT_LANG": "id",
	}
	if !maps.Equal(got, want) {
		t.Errorf("the program gets\n%v, want\n%v", got, want)
	}
}

func TestCommandsByHandMayBeOfAnotherProgram(t *testing.T) {
	out, err := asService(t, "0", "", []string{"MERIT_PROGRAM=/bin/echo"}, "migrate", "two words")
	if err != nil || out != "migrate two words\n" {
		t.Errorf("it prints %q, %v", out, err)
	}
}

func TestCommandsByHandAskForRoot(t *testing.T) {
	out, err := asService(t, "1000", "", nil, "migrate")
	if err == nil || !strings.Contains(out, "run it as root, with sudo") || strings.Count(out, "\n") != 1 {
		t.Errorf("it prints %q, %v; want to be told of root and nothing else", out, err)
	}
}
