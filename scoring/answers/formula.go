package answers

import "strings"

// Guard keeps a text that people wrote from being taken for a formula by a spreadsheet, here or wherever it is copied to:
// a text that begins like a formula gets an apostrophe before it. It is for every CSV and workbook that leaves the service;
// Unguard takes the apostrophe away again.
func Guard(text string) string {
	if startsFormula(strings.TrimLeft(text, "'")) {
		return "'" + text
	}
	return text
}

// Unguard takes away what Guard has put before a text.
func Unguard(text string) string {
	if strings.HasPrefix(text, "'") && startsFormula(strings.TrimLeft(text, "'")) {
		return text[1:]
	}
	return text
}

// startsFormula reports whether some spreadsheet would compute the text: also after blanks, with the full-width signs that
// East Asian keyboards write, and after the tab or line end that some strip from a cell.
func startsFormula(text string) bool {
	if strings.HasPrefix(text, "\t") || strings.HasPrefix(text, "\r") {
		return true
	}
	text = strings.TrimLeft(text, " \t\r\n\u00a0")
	for _, sign := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(text, sign) {
			return true
		}
	}
	return false
}
