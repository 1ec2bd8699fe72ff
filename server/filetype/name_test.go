package filetype_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/meritindex/merit/server/filetype"
)

func TestNamesAreMadeFitForOthers(t *testing.T) {
	for _, tc := range []struct{ name, given, want string }{
		{"a plain name stays", "SK Bupati No. 12 (2025).pdf", "SK Bupati No. 12 (2025).pdf"},
		{"accents stay", "Évaluasi – ringkas.docx", "Évaluasi – ringkas.docx"},
		{"only the last part", "../../etc/passwd", "passwd"},
		{"of Windows too", `C:\fakepath\laporan.pdf`, "laporan.pdf"},
		{"a folder has no name of a file", "folder/", "berkas"},
		{"no name", "", "berkas"},
		{"only dots", "...", "berkas"},
		{"control characters", "lap\x00o\nran\x7f.pdf", "lapo ran.pdf"},
		{"the direction of reading stays", "laporan\u202efdp.exe", "laporanfdp.exe"},
		{"nothing that does not show", "lap\u200bo\ufeffran.pdf", "laporan.pdf"},
		{"no bytes that are no text", "lap\xffran.pdf", "lap_ran.pdf"},
		{"characters that other systems refuse", `a<b>c:d"e|f?g*h.pdf`, "a_b_c_d_e_f_g_h.pdf"},
		{"composed as others write it", "e\u0301.pdf", "é.pdf"},
		{"spaces of all kinds", "  a\u00a0\t b .pdf ", "a b .pdf"},
		{"not hidden", ".htaccess", "htaccess"},
		{"no dot at the end", "laporan.pdf.", "laporan.pdf"},
		{"no device", "con.pdf", "_con.pdf"},
		{"no device without extension", "NUL", "_NUL"},
		{"words that begin like a device", "Conan.pdf", "Conan.pdf"},
		{"long names keep their extension", strings.Repeat("a", 300) + ".pdf", strings.Repeat("a", 196) + ".pdf"},
		{"cut between characters", strings.Repeat("é", 150) + ".pdf", strings.Repeat("é", 98) + ".pdf"},
		{"a long extension is none", "a." + strings.Repeat("b", 300), "a." + strings.Repeat("b", 198)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := filetype.CleanName(tc.given); got != tc.want {
				t.Errorf("CleanName(%q) = %q, want %q", tc.given, got, tc.want)
			}
		})
	}
}

func TestANameEndsAsItsTypeDoes(t *testing.T) {
	for _, tc := range []struct {
		kind        *filetype.Type
		given, want string
	}{
		{filetype.PDF, "sk.pdf", "sk.pdf"},
		{filetype.PDF, "SK.PDF", "SK.PDF"},
		{filetype.JPEG, "foto.jpeg", "foto.jpeg"},
		{filetype.PDF, "sk", "sk.pdf"},
		{filetype.PDF, "page.html", "page.html.pdf"},
		{filetype.Text, "jalan.bat", "jalan.bat.txt"},
		{filetype.ZIP, "macro.docm", "macro.docm.zip"},
	} {
		if got := tc.kind.NameFor(tc.given); got != tc.want {
			t.Errorf("NameFor(%q) of %s = %q, want %q", tc.given, tc.kind.MediaType, got, tc.want)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	for _, name := range []string{"sk.pdf", "", "...", "\u202e.exe", "con.aux", strings.Repeat("é", 200), "a.\u0301b", "\x80/\\"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, given string) {
		name := filetype.CleanName(given)
		switch {
		case name == "" || name == "." || name == "..":
			t.Error("no name")
		case len(name) > 200:
			t.Errorf("%d bytes", len(name))
		case !utf8.ValidString(name):
			t.Error("not UTF-8")
		case strings.ContainsAny(name, `/\<>:"|?*`):
			t.Error("a character that some system refuses")
		case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
			t.Error("a character that shows nothing")
		case strings.Trim(name, ". ") != name:
			t.Error("dots or spaces at its ends")
		case filetype.CleanName(name) != name:
			t.Errorf("a clean name becomes %q", filetype.CleanName(name))
		}
		if t.Failed() {
			t.Errorf("CleanName(%q) = %q", given, name)
		}
	})
}
