package web

import (
	"bytes"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/meritindex/merit/client/bilingual"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// mustParse makes the pages without a service behind them.
func mustParse(t *testing.T) *Web {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///nowhere", grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	w, err := New(Options{Conn: conn, Now: func() time.Time { return time.Unix(0, 0) }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// render fills a page and checks that it is a whole HTML document in which no value was missing.
func render(t *testing.T, w *Web, lang, name string, data any) {
	t.Helper()
	var out bytes.Buffer
	if err := w.fill(&out, lang, name, "layout", data); err != nil {
		t.Error(err)
		return
	}
	for _, mark := range []string{"<no value>", "%!", "ZgotmplZ", " ¦ "} {
		if at := strings.Index(out.String(), mark); at >= 0 {
			t.Errorf("%q in the page: …%s…", mark, out.String()[max(0, at-80):min(out.Len(), at+80)])
		}
	}
	doc, err := html.Parse(&out)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "id" && ids[a.Val] && data != nil {
				t.Errorf("the id %q stands twice: labels and links need one", a.Val)
			}
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("attribute %s=%q: the policy forbids inline styles and scripts", a.Key, a.Val)
			}
			if a.Key == "id" {
				ids[a.Val] = true
			}
		}
	}
}

func TestEveryPageIsRenderedWithoutDataInBothLanguages(t *testing.T) {
	w := mustParse(t)
	for _, p := range pages {
		for _, lang := range bilingual.Languages {
			t.Run(p.name+"/"+lang, func(t *testing.T) { render(t, w, lang, p.name, p.blank(frame{Path: "/"})) })
		}
	}
}

func TestEveryPageIsRenderedFullInBothLanguages(t *testing.T) {
	w := mustParse(t)
	for _, p := range pages {
		for _, lang := range bilingual.Languages {
			t.Run(p.name+"/"+lang, func(t *testing.T) {
				data := p.blank(frame{})
				fill(reflect.ValueOf(data).Elem(), 0)
				render(t, w, lang, p.name, data)
			})
		}
	}
}

// fill sets every exported field of a value to something: one element in each list, one key in each map, numbers where
// texts may be numbers.
func fill(v reflect.Value, depth int) {
	if depth > 9 {
		return
	}
	if _, ok := v.Interface().(proto.Message); ok && v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		fillMessage(v.Interface().(proto.Message).ProtoReflect(), 0)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1_600_000_000, 0)))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth+1)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, depth+1)
		fill(value, depth+1)
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString("1")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	}
}

func fillMessage(m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if depth > 4 && field.Message() != nil {
			continue
		}
		switch {
		case field.IsMap():
		case field.IsList():
			list := m.Mutable(field).List()
			list.Append(element(field, list.NewElement, depth))
		default:
			m.Set(field, element(field, func() protoreflect.Value { return m.NewField(field) }, depth))
		}
	}
}

func element(field protoreflect.FieldDescriptor, blank func() protoreflect.Value, depth int) protoreflect.Value {
	switch field.Kind() {
	case protoreflect.MessageKind:
		v := blank()
		fillMessage(v.Message(), depth+1)
		return v
	case protoreflect.StringKind:
		return protoreflect.ValueOfString("1")
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(1)
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(1)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(1)
	}
	return blank()
}

// action is what a template does, tag what HTML is.
var (
	action     = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	tag        = regexp.MustCompile(`(?s)<[^>]*>`)
	translated = regexp.MustCompile(`\b(?:tr |say\()"((?:[^"\\]|\\.)*)"`)
	letters    = regexp.MustCompile(`\pL{2,}`)
)

// named are words that are the same in every language, or name a language in itself.
var named = map[string]bool{"Merit": true, "English": true, "Bahasa": true, "Indonesia": true, "PDF": true, "XLSX": true, "CSV": true, "JSON": true, "ZIP": true, "amp": true, "nbsp": true}

func TestEveryTextOfAPageIsInBothLanguages(t *testing.T) {
	err := fs.WalkDir(pageFiles, "pages", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(pageFiles, name)
		for _, word := range letters.FindAllString(tag.ReplaceAllString(action.ReplaceAllString(string(text), " "), " "), -1) {
			if !named[word] {
				t.Errorf("%s: %q stands outside of tr, in one language only", name, word)
			}
		}
		wantBoth(t, name, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "_test.go") {
			wantBoth(t, name, string(text))
		}
	}
	for key, text := range sayings {
		if !strings.Contains(text, " ¦ ") {
			t.Errorf("what is said for %q is in one language only: %q", key, text)
		}
	}
}

func wantBoth(t *testing.T, name, text string) {
	t.Helper()
	for _, found := range translated.FindAllStringSubmatch(text, -1) {
		english, indonesian, ok := strings.Cut(found[1], " ¦ ")
		if !ok || english == "" || indonesian == "" {
			t.Errorf(`%s: %q is in one language only: write "English ¦ Indonesia"`, name, found[1])
		} else if strings.Count(english, "%") != strings.Count(indonesian, "%") {
			t.Errorf("%s: %q takes other values in one language than in the other", name, found[1])
		}
	}
}

func TestEveryRoleFindsItsPages(t *testing.T) {
	for role, links := range byRole {
		for _, link := range navigation(&meritv1.Membership{Role: role}, true, "/work") {
			if !strings.Contains(link.Text, " ¦ ") || !strings.HasPrefix(link.Path, "/") {
				t.Errorf("%v: %+v is no link in both languages (of %d)", role, link, len(links))
			}
		}
	}
	if got := navigation(nil, false, "/results"); !got[1].Current || got[0].Current {
		t.Errorf("on /results the navigation shows %+v", got)
	}
}

func TestAddressesOfOthersAreNotFollowed(t *testing.T) {
	for path, want := range map[string]string{
		"/work?x=1": "/work?x=1", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "": "/", "work": "/", "/a\nb": "/",
	} {
		if got := local(path, "/"); got != want {
			t.Errorf("local(%q) = %q, want %q", path, got, want)
		}
	}
}
