package cli

import (
	"bytes"
	"io"
	"os"
	"reflect"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/meritindex/merit/client/bilingual"
)

// language finds the language before the flags are parsed, for the help texts: --lang, MERIT_LANG, LANG.
func language(args []string) string {
	lang := os.Getenv("MERIT_LANG")
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			lang = value
		} else if arg == "--lang" && i+1 < len(args) {
			lang = args[i+1]
		}
	}
	if lang == "" && strings.HasPrefix(os.Getenv("LANG"), "en") {
		lang = "en"
	}
	if lang != "en" {
		return "id"
	}
	return lang
}

// groups are the headings of the commands in the help.
var groups = map[string]string{
	"session": "Session: ¦ Sesi:",
	"year":    "The year: ¦ Satu tahun:",
	"people":  "People and programs: ¦ Orang dan program:",
	"service": "The service itself: ¦ Layanan itu sendiri:",
}

// translate leaves one language in every help text.
func translate(app *kong.Application, lang string) {
	app.HelpFlag.Help = "Show help. ¦ Tampilkan bantuan."
	translateNode(app.Node, lang)
}

func translateNode(node *kong.Node, lang string) {
	node.Help = bilingual.Pick(lang, node.Help)
	if node.Group != nil {
		node.Group = &kong.Group{Key: node.Group.Key, Title: bilingual.Pick(lang, groups[node.Group.Key])}
	}
	for _, flag := range node.Flags {
		translateValue(flag.Value, lang)
	}
	for _, positional := range node.Positional {
		translateValue(positional, lang)
	}
	for _, child := range node.Children {
		translateNode(child, lang)
	}
}

// translateValue also adds the names that an enum knows.
func translateValue(value *kong.Value, lang string) {
	value.Help = bilingual.Pick(lang, value.Help)
	if names := namesOf(value); names != nil {
		value.Help = strings.TrimSuffix(value.Help, ".") + ": " + strings.Join(names, ", ") + "."
	}
}

// namesOf are the names that a flag or argument takes, if it is an enum or several.
func namesOf(value *kong.Value) []string {
	of := value.Target.Type()
	if value.IsSlice() {
		of = of.Elem()
	}
	if named, ok := reflect.Zero(of).Interface().(interface{ names() []string }); ok {
		return named.names()
	}
	return nil
}

// helpIn prints help in the language. Kong writes its headings in English.
func helpIn(lang string) kong.HelpPrinter {
	if lang != "id" {
		return kong.DefaultHelpPrinter
	}
	return func(options kong.HelpOptions, ctx *kong.Context) error {
		var help bytes.Buffer
		out := ctx.Stdout
		ctx.Stdout = &help
		err := kong.DefaultHelpPrinter(options, ctx)
		ctx.Stdout = out
		if err != nil {
			return err
		}
		text := help.String()
		for _, p := range helpPhrases {
			text = p.say(lang, text)
		}
		_, err = io.WriteString(out, text)
		return err
	}
}

var helpPhrases = []phrase{
	{regexp.MustCompile(`(?m)^Usage: (.*)`), `Pemakaian: $1`, ``},
	{regexp.MustCompile(`(?m)^Arguments:$`), `Argumen:`, ``},
	{regexp.MustCompile(`(?m)^Flags:$`), `Opsi:`, ``},
	{regexp.MustCompile(`(?m)^Commands:$`), `Perintah:`, ``},
	{regexp.MustCompile(`(?m)^Run "(.*)<command> --help" for more information on a command\.$`), `Jalankan "$1<perintah> --help" untuk keterangan suatu perintah.`, ``},
	{regexp.MustCompile(`(?m)^(Pemakaian: .*)<command>`), `$1<perintah>`, ``},
	{regexp.MustCompile(`(?m)^(Pemakaian: .*)\[flags\]`), `$1[opsi]`, ``},
}
