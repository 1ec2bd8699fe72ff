package web

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/meritindex/merit/client/bilingual"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// functions are what templates may call, in one language.
//
//	{{tr "Level %d of %d ¦ Tingkat %d dari %d" .Level .Of}}   a text in both languages, where it stands
//	{{tr "%d day{s} left ¦ sisa %d hari" .Days}}  the same, and one in the singular: see bilingual.Say
//	{{num .Total}}          a decimal number as the reader writes it: 1.234,5
//	{{size .Size}}          bytes as people say them: 1,2 MB
//	{{day .ValidUntil}}     a date (YYYY-MM-DD) in words
//	{{deadline .LastDay $.Frame.Zone}}  the end of a last day, in WIB and in the reader's zone
//	{{instant .DecidedAt}}  a timestamp in words, WIB
//	{{word .State}}         an enum's value as people call it
//	{{answer .Answer}}      an answer: Level 3, an option's value, a text, not proven
//	{{subject .Subject}}    what a change between instruments is about
//	{{device .UserAgent}}   the program and machine of a session as people call them
//	{{written .State}}      an enum's value as forms and addresses write it
//	{{enums "AgencyKind"}}  the values of an enum that a form offers
//	{{inform .Answer}}      an answer as it stands in a form
//	{{asset "app.css"}}     the address of a file in static/
//	{{query "kind" .Kind "year" .Year}}  a query string without empty values
//	{{dict "name" "email" "label" (tr …)}}  arguments of a part
//	{{preview .EvidenceId .Page}}  the address of a preview, opened at the cited page
//	{{requestID}}           a fresh id that makes a form count once
func (w *Web) functions(lang string) template.FuncMap {
	return template.FuncMap{
		"tr":        func(text string, values ...any) string { return bilingual.Say(lang, text, values...) },
		"subject":   func(change string) string { return bilingual.ChangeSubject(lang, change) },
		"num":       func(value any) string { return bilingual.Number(lang, fmt.Sprint(value)) },
		"size":      func(bytes int64) string { return size(lang, bytes) },
		"day":       func(date string) string { return bilingual.Day(lang, date) },
		"deadline":  func(lastDay, zone string) string { return bilingual.Deadline(lang, lastDay, zone) },
		"instant":   func(t *timestamppb.Timestamp) string { return instant(lang, t) },
		"isotime":   func(t *timestamppb.Timestamp) string { return t.AsTime().UTC().Format(time.RFC3339) },
		"word":      func(e protoreflect.Enum) string { return bilingual.Word(lang, e) },
		"device":    func(userAgent string) string { return bilingual.Device(lang, userAgent) },
		"answer":    func(a *meritv1.Answer) string { return answerText(lang, a) },
		"written":   written,
		"enums":     enumValues,
		"asset":     w.assets.path,
		"query":     query,
		"dict":      dict,
		"list":      func(values ...any) []any { return values },
		"add":       func(a, b int) int { return a + b },
		"join":      strings.Join,
		"preview":   previewPath,
		"requestID": func() string { return ulid.Make().String() },
		"lang":      func() string { return lang },
		"inform":    answerValue,
	}
}

func instant(lang string, t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return bilingual.Instant(lang, t.AsTime())
}

// size says bytes in the unit in which they are few.
func size(lang string, bytes int64) string {
	switch {
	case bytes >= 1e6:
		return bilingual.Number(lang, fmt.Sprintf("%d.%d", bytes/1e6, bytes%1e6/1e5)) + " MB"
	case bytes >= 1e3:
		return bilingual.Number(lang, fmt.Sprint(bytes/1e3)) + " kB"
	}
	return bilingual.Number(lang, fmt.Sprint(bytes)) + " B"
}

// query builds "?a=b&c=d" of pairs, leaving out empty and zero values; nothing when none is left.
func query(pairs ...any) (template.URL, error) {
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("query: %d arguments are no pairs", len(pairs))
	}
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if value := fmt.Sprint(pairs[i+1]); value != "" && value != "0" {
			values.Set(fmt.Sprint(pairs[i]), value)
		}
	}
	if len(values) == 0 {
		return "", nil
	}
	return template.URL("?" + values.Encode()), nil //nolint:gosec // encoded a line above
}

// dict gives a part its arguments by name.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: %d arguments are no pairs", len(pairs))
	}
	out := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		out[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return out, nil
}
