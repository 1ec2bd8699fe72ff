package server

import (
	"os"
	"runtime/debug"
	"sync"
)

const (
	// reserved is how many bytes Reserve claims.
	reserved = 128 << 20
	// garbage is how much may come up, in hundredths of what is in use and reserved, before it is collected.
	garbage = 25
)

// Reserve has the process collect garbage when as much has come up as the machine has room for, and is called once by a process
// that serves. Left to itself the collector runs when as much garbage has come up as there is in use. The service has 20 MB in
// use and would collect all the time, for a sixth of what a call costs; and with 512 uploads, which have 50 MB more, it would
// hold twice those. What is reserved counts as in use and takes no memory, as nothing ever touches it: so there are 37 MB of
// garbage at most when little is in use, and not much more when there is more. Who sets GOGC decides for himself.
var Reserve = sync.OnceFunc(func() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
		reserve = make([]byte, reserved)
	}
})

var reserve []byte //nolint:unused // that it is there is its use
