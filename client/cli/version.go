package cli

import "runtime/debug"

// version is set by the linker where somebody says which version they build: make package, make build VERSION=1.2.3.
var version string

// Version is what the program was built as, or else from: a tag, or the commit and its time; "(devel)" where the go
// command was not told, as in tests.
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}
