package cli

import (
	"os/exec"
	"reflect"
	"strings"
	"testing"
)

// The linker says nothing about a variable that does not exist: the Makefile must name this one.
func TestAPackageAndItsProgramAgreeOnTheVersion(t *testing.T) {
	variable := reflect.TypeFor[Globals]().PkgPath() + ".version"
	out, err := exec.Command("make", "-n", "-C", "../..", "package", "VERSION=1.2.3").CombinedOutput()
	if want := "-ldflags '-X " + variable + "=1.2.3'"; err != nil || !strings.Contains(string(out), want) {
		t.Errorf("make package does not build with %s: %v\n%s", want, err, out)
	}
	version = "1.2.3"
	t.Cleanup(func() { version = "" })
	if Version() != "1.2.3" {
		t.Errorf("the program says %s", Version())
	}
}
