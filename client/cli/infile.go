package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strconv"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/meritindex/merit/client/proof"
)

// stdin is how a file argument names standard input.
const stdin = "-"

// read reads a file that an argument names, or standard input.
func (c *Context) read(file string) ([]byte, error) {
	if file == stdin {
		return io.ReadAll(c.lines)
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noSuchFile(file)
	}
	return data, err
}

// KeptCheckpoint is a signed checkpoint that was kept in a file.
type KeptCheckpoint struct {
	Where string // the file, and which one where it has several
	Note  []byte
}

// Checkpoints reads the checkpoints that a file holds: one, or those of many days one after another. What cannot be read
// is a mistake of who gave the file, and tells nothing of the log.
func (c *Context) Checkpoints(file string) (kept []KeptCheckpoint, err error) {
	data, err := c.read(file)
	if ours := new(mistake); err != nil && !errors.As(err, ours) {
		return nil, Mistake("%s cannot be read: %v ¦ %s tidak dapat dibaca: %v", file, err)
	}
	if err != nil {
		return nil, err
	}
	signed, err := proof.SplitCheckpoints(data)
	if err != nil {
		return nil, Mistake("%s is no checkpoint: what stands there as checkpoint %d is cut off, or something else ¦ "+
			"%s bukan titik periksa: yang ada di sana sebagai titik periksa ke-%d terpotong, atau sesuatu yang lain", file, len(signed)+1)
	}
	for i, one := range signed {
		where := file
		if len(signed) > 1 {
			where = fmt.Sprintf("%s (%d)", file, i+1)
		}
		kept = append(kept, KeptCheckpoint{where, one})
	}
	return kept, nil
}

func noSuchFile(file string) error {
	return Mistake("%s: there is no such file ¦ %s: berkas tidak ada", file)
}

// naming puts the file that a call was about before the message of its error.
func naming(file string, err error) error {
	called, ok := ofCall(err)
	if !ok {
		return fmt.Errorf("%s: %w", file, err)
	}
	s := called.Proto()
	s.Message = file + ": " + s.GetMessage()
	return status.ErrorProto(s)
}

// inFile makes the violations of a call that sent the rows of a file name the file's lines: the field answers[3] becomes
// the line of the fourth row sent.
func inFile(err error, file, field string, lines []int) error {
	place := regexp.MustCompile(`^` + regexp.QuoteMeta(field) + `\[(\d+)\]\S*`)
	return relocate(err, func(at string) string {
		found := place.FindStringSubmatch(at)
		if found == nil {
			return at
		}
		n, err := strconv.Atoi(found[1])
		if err != nil || n >= len(lines) {
			return at
		}
		return fmt.Sprintf("%s:%d", file, lines[n])
	})
}

var rowAndColumn = regexp.MustCompile(`^row (\d+)(?:, column (.+))?$`)

// inTable makes the violations of a call that sent a CSV file name the file's lines: the field "row 3, column kind"
// becomes the line where the third row begins.
func inTable(err error, file string, data []byte) error {
	return relocate(err, func(at string) string {
		found := rowAndColumn.FindStringSubmatch(at)
		if found == nil {
			return file + ": " + at
		}
		row, err := strconv.Atoi(found[1])
		if err != nil {
			return at
		}
		at = fmt.Sprintf("%s:%d", file, lineOf(data, row))
		if found[2] != "" {
			at += ": " + found[2]
		}
		return at
	})
}

var lineAndColumn = regexp.MustCompile(`^line (\d+), column (\d+)$`)

// inSource makes the violations of a call that sent a whole file as it is name the file.
func inSource(err error, file string) error {
	return relocate(err, func(at string) string { return lineAndColumn.ReplaceAllString(at, file+":$1:$2") })
}

// lineOf is the line, from 1, on which a row, from 1, of a CSV file begins: a cell in quotes may go over lines.
func lineOf(data []byte, row int) int {
	line, quoted := 1, false
	for _, b := range bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")) {
		if row <= 1 {
			break
		}
		switch b {
		case '"':
			quoted = !quoted
		case '\n', '\r':
			line++
			if !quoted {
				row--
			}
		}
	}
	return line
}

// relocate changes the field of every violation that an error of a call has.
func relocate(err error, place func(field string) string) error {
	called, ok := ofCall(err)
	if !ok {
		return err
	}
	s := called.Proto()
	for i, detail := range s.GetDetails() {
		violations := new(errdetails.BadRequest)
		if detail.UnmarshalTo(violations) != nil {
			continue
		}
		for _, v := range violations.GetFieldViolations() {
			v.Field = place(v.GetField())
		}
		if changed, err := anypb.New(violations); err == nil {
			s.Details[i] = changed
		}
	}
	return status.ErrorProto(s)
}
