package store

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// conditions are the end of a WHERE that depends on what is asked for. text begins with conditions that are always
// there and args with their arguments.
type conditions struct {
	text strings.Builder
	args []any
}

// add adds one condition with its arguments, in whose places it has %s.
func (c *conditions) add(condition string, args ...any) {
	places := make([]any, len(args))
	for i, arg := range args {
		places[i] = c.place(arg)
	}
	fmt.Fprintf(&c.text, " AND "+condition, places...)
}

// place adds an argument and returns its placeholder.
func (c *conditions) place(arg any) string {
	c.args = append(c.args, arg)
	return "$" + strconv.Itoa(len(c.args))
}

// mostWords bounds how many words of a text are looked for, and so how many statements there can be.
const mostWords = 8

// addText looks for a text that people type: the beginning of a code in one column, or words that all occur in the
// folded name in another. An empty text adds nothing.
func (c *conditions) addText(text, code, name string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	condition := `(lower(` + code + `) LIKE %s ESCAPE '!'`
	args := []any{likePrefix(text)}
	and := " OR "
	for _, word := range foldWords(text) {
		condition += and + name + ` LIKE %s`
		args = append(args, "%"+word+"%")
		and = " AND "
	}
	c.add(condition+")", args...)
}

// likePrefix is the LIKE pattern, with ! as its escape, of what begins with a text in any case.
func likePrefix(text string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(text)) + "%"
}

// foldWords gives the folded words of a text, at most mostWords.
func foldWords(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return words[:min(len(words), mostWords)]
}
