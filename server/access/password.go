package access

// Cost is how much work and memory one try of a password takes.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
}

// DefaultCost follows the OWASP password storage guidance for argon2id with one lane.
var DefaultCost = Cost{MemoryKiB: 19 << 10, Passes: 2}
