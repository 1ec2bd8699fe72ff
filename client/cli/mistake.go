package cli

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/meritindex/merit/client/bilingual"
)

// mistake is an error in the command line, in both languages.
type mistake struct {
	both   string
	values []any
}

// Mistake is an error in what was typed, for which the program ends with ExitUsage. The two-language text is a format;
// both languages take the values in the same order.
func Mistake(both string, values ...any) error { return mistake{both, values} }

// Error is the English text.
func (m mistake) Error() string { return m.in("en") }

func (m mistake) in(lang string) string {
	return fmt.Sprintf(bilingual.Pick(lang, m.both), m.values...)
}

// usage prints what is wrong with the command line and where to read about it, and returns ExitUsage.
func (c *Context) usage(err error) int {
	command := c.command
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil && parse.Context.Selected() != nil {
		command = parse.Context.Selected().FullPath()
	}
	fmt.Fprintf(c.Errs, "merit: %s\n%s\n", cleanLines(mistaken(err, c.Lang)), c.sayf("See %s --help. ¦ Lihat %s --help.", command))
	return ExitUsage
}

// mistaken is the text of an error in the command line, in the language. Before a mistake of ours stands the flag that
// has it.
func mistaken(err error, lang string) string {
	var ours mistake
	if errors.As(err, &ours) {
		return strings.TrimSuffix(err.Error(), ours.Error()) + ours.in(lang)
	}
	text := err.Error()
	for _, p := range parserPhrases {
		text = p.say(lang, text)
	}
	return text
}

// phrase is something that kong, which knows English only, says, and how it reads in either language; in English it
// may stay as it is.
type phrase struct {
	said                *regexp.Regexp
	indonesian, english string
}

func (p phrase) say(lang, text string) string {
	switch {
	case lang == "id":
		return p.said.ReplaceAllString(text, p.indonesian)
	case p.english != "":
		return p.said.ReplaceAllString(text, p.english)
	}
	return text
}

// parserPhrases are about command lines.
var parserPhrases = []phrase{
	{regexp.MustCompile(`: expected \w+ value but got .*$`), `: nilainya belum ada`, `: its value is missing`},
	{regexp.MustCompile(`, did you mean one of (.*)\?$`), `; maksud Anda salah satu dari $1?`, ``},
	{regexp.MustCompile(`, did you mean (.*)\?$`), `; maksud Anda $1?`, ``},
	{regexp.MustCompile(`^unknown flag `), `opsi tidak dikenal: `, ``},
	{regexp.MustCompile(`^unexpected argument `), `argumen tidak dikenal: `, ``},
	{regexp.MustCompile(`^missing flags: `), `opsi ini wajib: `, ``},
	{regexp.MustCompile(`^missing positional arguments `), `argumen ini wajib: `, ``},
	{regexp.MustCompile(`^expected one of `), `berikan salah satu dari `, ``},
	{regexp.MustCompile(`: expected a valid \d+ bit int but got `), `: harus bilangan bulat, bukan `, `: must be a whole number, not `},
	{regexp.MustCompile(`: bool value must be true, 1, yes, false, 0 or no but got `), `: harus true atau false, bukan `, ``},
	{regexp.MustCompile(` must be one of (.*) but got `), ` harus salah satu dari $1, bukan `, ``},
	{regexp.MustCompile(`^--(.*) and --(.*) must be used together$`), `--$1 dan --$2 harus dipakai bersama`, ``},
	{regexp.MustCompile(`^expected `), `belum ada `, ``},
	{regexp.MustCompile(`: no such file or directory$`), `: berkas tidak ada`, ``},
}
