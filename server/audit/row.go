package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// The canonical bytes of a row are its table name, then name, type and value of each column that is not
// NULL, in the byte order of the column names. Everything of variable length is preceded by its length,
// so that no two rows share their bytes. NULLs are left out so that a column added by a later migration
// (NULL in the rows that exist) leaves their hashes as they are.
const (
	typeInteger = 'i' // 8 bytes, big endian, two's complement
	typeText    = 't'
	typeBytes   = 'b'
)

// AppendTable begins the canonical bytes of a row of the table.
func AppendTable(b []byte, table string) []byte { return appendString(b, table) }

// AppendColumn adds one column to the canonical bytes of a row. The caller adds columns in the byte order
// of their names. The value is as database/sql reads it: nil, int64, bool, string or []byte; times and
// floating point numbers are refused because the two engines do not keep them alike.
func AppendColumn(b []byte, name string, value any) ([]byte, error) {
	if value == nil {
		return b, nil
	}
	b = appendString(b, name)
	switch v := value.(type) {
	case int64:
		return appendInteger(b, v), nil
	case bool:
		if v {
			return appendInteger(b, 1), nil
		}
		return appendInteger(b, 0), nil
	case string:
		return appendString(append(b, typeText), v), nil
	case []byte:
		b = binary.AppendUvarint(append(b, typeBytes), uint64(len(v)))
		return append(b, v...), nil
	}
	return nil, fmt.Errorf("audit: column %s has a %T, which has no canonical form", name, value)
}

// TextColumn returns a text column of a row from its canonical bytes; empty when the row has none of that name.
func TextColumn(row []byte, name string) string {
	_, rest := cutString(row) // the table
	for len(rest) > 0 {
		var column, value []byte
		column, rest = cutString(rest)
		if len(rest) == 0 {
			return ""
		}
		kind := rest[0]
		if kind == typeInteger {
			rest = rest[min(9, len(rest)):]
			continue
		}
		if value, rest = cutString(rest[1:]); kind == typeText && string(column) == name {
			return string(value)
		}
	}
	return ""
}

// cutString takes what appendString added from the beginning of canonical bytes.
func cutString(b []byte) (s, rest []byte) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil
	}
	return b[size : size+int(n)], b[size+int(n):]
}

func appendInteger(b []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(append(b, typeInteger), uint64(v))
}

func appendString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// HashRow is the salted SHA-256 of a row's canonical bytes.
func HashRow(salt [16]byte, row []byte) (sum [32]byte) {
	h := sha256.New()
	h.Write(salt[:])
	h.Write(row)
	h.Sum(sum[:0])
	return sum
}

// Key writes a primary key of one or more columns as one word: texts and integers joined by "/", with
// "/", "%", spaces and control characters of a text written as %XX.
func Key(columns ...any) (string, error) {
	var b []byte
	for i, c := range columns {
		if i > 0 {
			b = append(b, '/')
		}
		switch v := c.(type) {
		case string:
			b = appendEscaped(b, v)
		case int64:
			b = strconv.AppendInt(b, v, 10)
		default:
			return "", fmt.Errorf("audit: a primary key cannot have a %T", c)
		}
	}
	return string(b), nil
}

func appendEscaped(b []byte, s string) []byte {
	if !strings.ContainsFunc(s, mustEscape) {
		return append(b, s...)
	}
	for i := range len(s) {
		if mustEscape(rune(s[i])) {
			b = fmt.Appendf(b, "%%%02X", s[i])
		} else {
			b = append(b, s[i])
		}
	}
	return b
}

func mustEscape(r rune) bool { return r <= ' ' || r == 0x7f || r == '/' || r == '%' }
