package bilingual_test

import (
	"testing"

	"github.com/meritindex/merit/client/bilingual"
)

func TestADeviceIsCalledAsPeopleCallIt(t *testing.T) {
	const like = "Mozilla/5.0 "
	for agent, want := range map[string][2]string{
		like + "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36":                            {"Chrome on Windows", "Chrome di Windows"},
		like + "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0":              {"Edge on Windows", "Edge di Windows"},
		like + "(X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0":                                                                     {"Firefox on Linux", "Firefox di Linux"},
		like + "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15":                      {"Safari on Mac", "Safari di Mac"},
		like + "(iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1":    {"Safari on iPhone", "Safari di iPhone"},
		like + "(Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36":                            {"Chrome on Android", "Chrome di Android"},
		like + "(Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36": {"Samsung Internet on Android", "Samsung Internet di Android"},
		like + "(compatible; Nobody/1.0)": {"browser", "peramban"},
		"merit-cli grpc-go/1.85.0":        {"merit command line", "baris perintah merit"},
		"grpc-python/1.60.0":              {"program over gRPC", "program melalui gRPC"},
		"curl/8.5.0":                      {"curl", "curl"},
		"":                                {"unknown program", "program tak dikenal"},
		"100% <script>":                   {"unknown program", "program tak dikenal"},
	} {
		if got := [2]string{bilingual.Device("en", agent), bilingual.Device("id", agent)}; got != want {
			t.Errorf("%q is called %q, want %q", agent, got, want)
		}
	}
}
