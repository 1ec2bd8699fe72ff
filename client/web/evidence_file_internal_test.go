package web

import "testing"

func TestAPreviewOpensAtTheCitedPage(t *testing.T) {
	for page, want := range map[string]string{
		"12": "#page=12", "3-5": "#page=3", "hlm. 7": "#page=7", "iv": "", "": "", "1\"><script>": "#page=1",
	} {
		if got := previewPath("X", page); got != "/evidence/X/preview"+want {
			t.Errorf("cited page %q opens %s", page, got)
		}
	}
}
