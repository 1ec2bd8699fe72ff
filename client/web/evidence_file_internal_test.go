package web

import "testing"

func TestAPreviewOpensAtTheCitedPage(t *testing.T) {
	for page, want := range map[string]string{
		"12": "#page=12&navpanes=0", "3-5": "#page=3&navpanes=0", "hlm. 7": "#page=7&navpanes=0", "iv": "", "": "", "1\"><script>": "#page=1&navpanes=0",
	} {
		if got := previewPath("X", page); got != "/evidence/X/preview"+want {
			t.Errorf("cited page %q opens %s", page, got)
		}
	}
}
