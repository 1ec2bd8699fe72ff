package cli

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/meritindex/merit/client"
)

// inFile makes the violations of a call that sent the rows of a file name the file's lines: the field answers[3]
// becomes the line of the fourth row sent.
func inFile(err error, file, field string, lines []int) error {
	problem := client.Explain(err)
	place := regexp.MustCompile(`^` + regexp.QuoteMeta(field) + `\[(\d+)\]\S*`)
	for i, violation := range problem.Violations {
		found := place.FindStringSubmatch(violation.Field)
		if found == nil {
			continue
		}
		if n, atoi := strconv.Atoi(found[1]); atoi == nil && n < len(lines) {
			problem.Violations[i].Field = fmt.Sprintf("%s:%d", file, lines[n])
		}
	}
	return problem
}
