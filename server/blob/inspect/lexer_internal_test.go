package inspect

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// tokens are what a lexer makes of a text that it is given piece by piece.
func tokens(text string, pieces ...int) string {
	var b strings.Builder
	l := lexer{token: func(t token) { fmt.Fprintf(&b, "%c%q %d-%d\n", t.kind, t.text, t.from, t.to) }}
	for _, n := range pieces {
		l.write([]byte(text[:n]))
		text = text[n:]
	}
	l.write([]byte(text))
	l.end()
	return b.String()
}

func TestAPDFIsCutIntoNamesWordsAndBrackets(t *testing.T) {
	const text = "1 0 obj<</S/Java#53cript(x)>>%"
	want := "w\"1\" 0-1\nw\"0\" 2-3\nw\"obj\" 4-7\n<\"\" 7-8\n<\"\" 8-9\n/\"S\" 9-11\n/\"JavaScript\" 11-24\n(\"\" 24-25\nw\"x\" 25-26\n)\"\" 26-27\n>\"\" 27-28\n>\"\" 28-29\n%\"\" 29-30\n"
	if got := tokens(text); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for at := range len(text) {
		if got := tokens(text, at); got != want {
			t.Errorf("given in two pieces at %d:\n%s\nwant\n%s", at, got, want)
		}
	}
	if got, want := tokens(strings.Repeat("a", 1000), 7, 300), fmt.Sprintf("w%q 0-1000\n", strings.Repeat("a", maxWord)); got != want {
		t.Errorf("a long word is %s, want %s", got, want)
	}
}

// BenchmarkPDF is what looking into ten megabytes of packed content costs.
func BenchmarkPDF(b *testing.B) {
	content := make([]byte, 10_000_000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content)
	copy(content, "%PDF-1.7\n")
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if _, err := File(b.Context(), bytes.NewReader(content), int64(len(content)), "sk.pdf", Default); err != nil {
			b.Fatal(err)
		}
	}
}
