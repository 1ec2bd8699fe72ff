package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// answer is what came back through the JSON door.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

func (a answer) reason() string {
	details, _ := a.body["details"].([]any)
	for _, d := range details {
		if reason, ok := d.(map[string]any)["reason"].(string); ok {
			return reason
		}
	}
	return ""
}

// MustPost sends a request through the JSON door; headers are pairs.
func MustPost(tb testing.TB, url, method, body string, headers ...string) answer {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, url+"/api/merit.v1."+method, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	a := answer{status: resp.StatusCode, header: resp.Header}
	if err != nil || json.Unmarshal(b, &a.body) != nil {
		tb.Fatalf("status %d, body %q, error %v", resp.StatusCode, b, err)
	}
	return a
}

// MustOpenJSON opens the JSON door and returns its address.
func MustOpenJSON(tb testing.TB, s *servertest.Server) string {
	tb.Helper()
	door := httptest.NewServer(s.Gateway())
	tb.Cleanup(door.Close)
	tb.Cleanup(http.DefaultClient.CloseIdleConnections)
	return door.URL
}

func TestTheJSONDoorIsCalledWithPOST(t *testing.T) {
	s := servertest.New(t)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		w := httptest.NewRecorder()
		s.Gateway().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/api/merit.v1.ResultService/GetResult", nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != http.MethodPost || !strings.Contains(w.Body.String(), "POST") {
			t.Errorf("%s: %d, allowed %q, %s", method, w.Code, w.Header().Get("Allow"), w.Body)
		}
	}
}

func TestTheJSONDoorTakesBearerTokensOnly(t *testing.T) {
	s := servertest.New(t)
	person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	url := MustOpenJSON(t, s)
	ok := MustPost(t, url, "AccountService/WhoAmI", "{}", "Authorization", "Bearer "+person.Secret)
	if account, _ := ok.body["account"].(map[string]any); ok.status != http.StatusOK || account["id"] != person.AccountID {
		t.Errorf("with a bearer token: %d %v", ok.status, ok.body)
	}
	for name, header := range map[string][2]string{
		"nothing":            {"Accept", "application/json"},
		"a cookie":           {"Cookie", "session=" + person.Secret},
		"gRPC metadata":      {"Grpc-Metadata-Authorization", "Bearer " + person.Secret},
		"a permanent header": {"Grpcgateway-Authorization", "Bearer " + person.Secret},
	} {
		a := MustPost(t, url, "AccountService/WhoAmI", "{}", header[:]...)
		if a.status != http.StatusUnauthorized || a.reason() != "NOT_SIGNED_IN" || a.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("with %s: %d %v", name, a.status, a.body)
		}
	}
}

func TestThroughTheJSONDoorNobodySaysWhoseAddressItIs(t *testing.T) {
	s := servertest.New(t)
	url := MustOpenJSON(t, s)
	const wrong = `{"email": "demo@example.test", "password": "wrong"}`
	var last answer
	for _, address := range []string{"203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4", "203.0.113.5", "203.0.113.6"} {
		last = MustPost(t, url, "AccountService/SignIn", wrong, "Grpc-Metadata-X-Merit-Client-Address", address,
			"X-Merit-Client-Address", address, "X-Forwarded-For", address)
	}
	if last.status != http.StatusTooManyRequests || last.reason() != "SIGN_IN_SLOWED" || last.header.Get("Retry-After") != "1" {
		t.Errorf("the sixth failure: %d %v, Retry-After %q", last.status, last.body, last.header.Get("Retry-After"))
	}
}

func TestTheJSONDoorSaysWhatIsWrong(t *testing.T) {
	s := servertest.New(t)
	admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	url := MustOpenJSON(t, s)
	for _, test := range []struct {
		name, method, body string
		status             int
		reason             string
	}{
		{"no JSON", "AccountService/WhoAmI", "{", http.StatusBadRequest, "INVALID_REQUEST"},
		{"a field that nobody knows", "AccountService/InviteAccount", `{"mail": "demo@example.test"}`, http.StatusBadRequest, "INVALID_REQUEST"},
		{"a broken rule", "AccountService/InviteAccount", `{"email": "demo"}`, http.StatusBadRequest, "INVALID_REQUEST"},
		{"no such account", "AccountService/ResetPassword", `{"account_id": "01234567890123456789012345"}`, http.StatusNotFound, "NOT_FOUND"},
		{"no such method", "AccountService/Nothing", "{}", http.StatusNotFound, ""},
		{"a byte stream up", "EvidenceService/UploadChunks", "{}", http.StatusNotImplemented, ""},
		{"a byte stream down", "EvidenceService/Download", "{}", http.StatusNotImplemented, ""},
		{"a body without end", "AccountService/ImportAccounts", `{"csv": "` + strings.Repeat("A", 7<<20) + `"}`, http.StatusBadRequest, "INVALID_REQUEST"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := MustPost(t, url, test.method, test.body, "Authorization", "Bearer "+admin.Secret, "Accept-Language", "en")
			if a.status != test.status || a.reason() != test.reason || a.body["message"] == "" {
				t.Errorf("status %d, body %v", a.status, a.body)
			}
			for key := range a.header {
				if strings.HasPrefix(key, "Grpc-") {
					t.Errorf("the header %s came through", key)
				}
			}
		})
	}
}

func TestTheJSONDoorSaysInTheCallersLanguageWhatItCannotRead(t *testing.T) {
	s := servertest.New(t)
	url := MustOpenJSON(t, s)
	for language, want := range map[string]string{"en": "The body of the request cannot be read: ", "id": "Isi permintaan tidak dapat dibaca: ", "": "Isi permintaan tidak dapat dibaca: "} {
		for _, body := range []string{"{", `{"mail": "demo@example.test"}`} {
			a := MustPost(t, url, "AccountService/SignIn", body, "Accept-Language", language)
			if said, _ := a.body["message"].(string); !strings.HasPrefix(said, want) {
				t.Errorf("%s in %q is answered %q, want %q", body, language, said, want)
			}
		}
	}
}

func TestEveryServiceHasAJSONDoor(t *testing.T) {
	s := servertest.New(t)
	url := MustOpenJSON(t, s)
	for method := range s.Rules() {
		if a := MustPost(t, url, strings.TrimPrefix(method, "/merit.v1."), "{}"); a.status == http.StatusNotFound && a.reason() == "" {
			t.Errorf("%s is not offered", method)
		}
	}
}
