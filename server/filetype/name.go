package filetype

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxName is how long a cleaned name is, in bytes: an extension may be added to it and every file system takes it.
const maxName = 200

// CleanName makes a name that people may have given a file fit to be shown and to be saved by others: its last part
// after any kind of slash, in composed Unicode, without characters that show nothing or turn the direction of reading,
// without those that a file system somewhere refuses, neither hidden nor named like a device, and at most 200 bytes
// long. It is never empty, and a clean name stays as it is.
func CleanName(name string) string {
	name = strings.ToValidUTF8(name, "_")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = norm.NFC.String(strings.Map(cleanRune, name))
	name = strings.Join(strings.Fields(name), " ")
	name = trim(name)
	if stem, _, _ := strings.Cut(name, "."); slices.Contains(devices, strings.ToUpper(strings.TrimSpace(stem))) {
		name = "_" + name
	}
	if name = trim(shorten(name)); name == "" {
		return "berkas"
	}
	return name
}

// devices are names that Windows takes for something else than a file, with any extension.
var devices = []string{
	"CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
	"LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
}

func cleanRune(r rune) rune {
	switch {
	case strings.ContainsRune(`<>:"|?*`, r):
		return '_'
	case unicode.IsSpace(r):
		return ' '
	case !unicode.IsPrint(r): // control and format characters, among them those that turn the direction
		return -1
	}
	return r
}

// trim takes away dots, which hide a file or are lost when it is saved, and spaces.
func trim(name string) string { return strings.Trim(name, ". ") }

// shorten cuts a name in its middle, before the extension.
func shorten(name string) string {
	if len(name) <= maxName {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > 16 {
		ext = ""
	}
	cut := maxName - len(ext)
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return strings.TrimRight(name[:cut], " .") + ext
}

// NameFor returns a clean name that ends in an extension of the type, adding one when it does not: whoever saves the
// file opens it as what it is.
func (t *Type) NameFor(name string) string {
	if slices.Contains(t.extensions, strings.ToLower(path.Ext(name))) {
		return name
	}
	return name + t.extensions[0]
}
