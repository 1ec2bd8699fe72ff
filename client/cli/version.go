package cli

import "runtime/debug"

// Version is what the program was built from: a tag, or the commit and its time; "(devel)" where the go command was not
// told, as in tests.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}
