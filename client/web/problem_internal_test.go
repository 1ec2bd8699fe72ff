package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// failed is the page that an error becomes.
func failed(t *testing.T, err error) *httptest.ResponseRecorder {
	t.Helper()
	w, page := mustParse(t), httptest.NewRecorder()
	w.fail(page, &request{Request: httptest.NewRequest(http.MethodGet, "/results", nil), web: w, Client: w.api, lang: "en"}, err)
	return page
}

func TestAFaultOfOursIsAdmittedWithItsNumberAndNothingElse(t *testing.T) {
	broken, err := status.New(codes.Internal, "internal error").WithDetails(&errdetails.ErrorInfo{
		Reason: "INTERNAL", Metadata: map[string]string{"incident": "01INCIDENT"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		err    error
		status int
		want   []string
	}{
		{"of the service", broken.Err(), 500, []string{"It is our fault", "<code>01INCIDENT</code>"}},
		{"of the pages", errors.New("template: secret of ours"), 500, []string{"It is our fault"}},
		{"while the service is away", status.Error(codes.Unavailable, "connection secret of ours"), 503, []string{"Try again in a moment"}},
		{"a page that is not there", errNoPage, 404, []string{"There is no page at this address."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			page := failed(t, test.err)
			if page.Code != test.status {
				t.Errorf("answered %d, want %d", page.Code, test.status)
			}
			for _, text := range test.want {
				if !strings.Contains(page.Body.String(), text) {
					t.Errorf("the page does not say %q:\n%s", text, page.Body)
				}
			}
			if strings.Contains(page.Body.String(), "secret of ours") {
				t.Error("the page tells a stranger what broke")
			}
		})
	}
}
