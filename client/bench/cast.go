package bench

import (
	"encoding/json"
	"fmt"
	"os"
)

// Cast is who calls, as merit bench seed wrote it: the operators of a made-up country. A service whose country was not
// made up has no such file, so nothing of it can be changed by measuring.
type Cast struct {
	InstrumentID string   `json:"instrument_id"`
	Year         int      `json:"year"` // of the results to be ranked
	People       []Person `json:"people"`
}

// Person is the operator of one agency.
type Person struct {
	AssessmentID string `json:"assessment_id"`
	Session      string `json:"session"` // a secret
}

// CastFile is the name of the file in the folder of a seeded deployment.
const CastFile = "bench.json"

// ReadCast reads the file that merit bench seed wrote.
func ReadCast(file string) (*Cast, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	c := new(Cast)
	if err := json.Unmarshal(data, c); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(c.People) == 0 {
		return nil, fmt.Errorf("%s names nobody; make it anew with merit bench seed", file)
	}
	return c, nil
}

// Write writes the file, for its owner only: it has sessions.
func (c *Cast) Write(file string) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}
