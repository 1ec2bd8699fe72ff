package server

import "sync"

// reserved is how many bytes Reserve claims.
const reserved = 32 << 20

// Reserve has the process collect garbage less often, and is called once by a process that serves. The collector runs when as
// much garbage has come up as there is in use, and the service has little in use: it would collect all the time, for a sixth
// of what a call costs. What is reserved counts as in use and takes no memory, as nothing ever touches it; the service then
// has up to as much garbage more before it is collected.
var Reserve = sync.OnceFunc(func() { reserve = make([]byte, reserved) })

var reserve []byte //nolint:unused // that it is there is its use
