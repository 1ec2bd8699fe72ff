package client

import "testing"

func TestNamesFromTheServiceStayInTheFolder(t *testing.T) {
	for given, want := range map[string]string{
		"sk.pdf": "sk.pdf", "../../etc/passwd": "passwd", "/etc/passwd": "passwd", "..": "file", ".": "file", "": "file", "a/..": "file",
	} {
		if got := localName(given); got != want {
			t.Errorf("localName(%q) = %q, want %q", given, got, want)
		}
	}
}
