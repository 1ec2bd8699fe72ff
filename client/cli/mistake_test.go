package cli_test

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meritindex/merit/client/cli"
	"github.com/meritindex/merit/server/servertest"
)

// MustRun runs a command line in this process and returns its exit code and what it printed.
func MustRun(tb testing.TB, args ...string) (code int, out, errs string) {
	tb.Helper()
	tb.Setenv("MERIT_CONFIG", tb.TempDir())
	var all program
	var stdout, stderr bytes.Buffer
	streams := cli.Streams{In: strings.NewReader(""), Out: &stdout, Errs: &stderr, Now: servertest.Start.Local}
	code = cli.Main(tb.Context(), &all, &all.Commands, args, streams)
	return code, stdout.String(), stderr.String()
}

func TestMistakesInTheCommandLineAreSaidInBothLanguages(t *testing.T) {
	tests := []struct {
		name, args  string
		en, id, see string
	}{
		{"no command", "", "expected one of", "berikan salah satu dari", "merit --help"},
		{"no verb", "agency", "expected one of", "berikan salah satu dari", "merit agency --help"},
		{"unknown command", "agncy", `unexpected argument agncy, did you mean "agency"?`, `argumen tidak dikenal: agncy; maksud Anda "agency"?`, "merit --help"},
		{"too many arguments", "whoami now", "unexpected argument now", "argumen tidak dikenal: now", "merit whoami --help"},
		{"unknown flag", "agency list --kin kota", `unknown flag --kin, did you mean "--kind"?`, `opsi tidak dikenal: --kin; maksud Anda "--kind"?`, "merit agency list --help"},
		{"missing flag", "assess recall ID", "missing flags: --reason=STRING", "opsi ini wajib: --reason=STRING", "merit assess recall --help"},
		{"missing argument", "agency show", `expected "<agency>"`, `belum ada "<agency>"`, "merit agency show --help"},
		{"missing value", "agency list --kind", "--kind: its value is missing", "--kind: nilainya belum ada", "merit agency list --help"},
		{"not a number", "agency list --limit few", `--limit: must be a whole number, not "few"`, `--limit: harus bilangan bulat, bukan "few"`, "merit agency list --help"},
		{"neither true nor false", "agency update 11 --from 2021-01-01 --assessed=perhaps", `bool value must be true`, `--assessed: harus true atau false, bukan "perhaps"`, "merit agency update --help"},
		{"value of no enum", "agency list --kind kerajaan", `--kind: "kerajaan" is none of kementerian, lpnk`, `--kind: "kerajaan" tidak termasuk kementerian, lpnk`, "merit agency list --help"},
		{"value of no list", "agency list -o xml", `--output must be one of "table","json" but got "xml"`, `--output harus salah satu dari "table","json", bukan "xml"`, "merit agency list --help"},
		{"role that nobody holds", "user list --role anyone", `"anyone" is none of operator`, `"anyone" tidak termasuk operator`, "merit user list --help"},
		{"change without a level", "assess simulate ID 1.1", `"1.1": write item=level, like 1.1=4`, `"1.1": tulis butir=tingkat, seperti 1.1=4`, "merit assess simulate --help"},
		{"question without a text", "verification ask ID 3.3= --until 2021-04-01", `"3.3=": write item=question`, `"3.3=": tulis butir=pertanyaan`, "merit verification ask --help"},
		{"level without a reason", "plenary decide ID ID changed --level 3.3=2", `write item=level=reason`, `tulis butir=tingkat=alasan`, "merit plenary decide --help"},
		{"window without days", "cycle window 2021 repair=2021-05-01", `write phase=first..last`, `tulis tahap=awal..akhir`, "merit cycle window --help"},
		{"window of no phase", "cycle window 2021 holiday=2021-05-01..2021-05-31", `"holiday" is none of self-assessment`, `"holiday" tidak termasuk self-assessment`, "merit cycle window --help"},
		{"award group without places", "award draft Kota --year 2021 --instrument kasn-2019 --group Kota:kota:baik", "write name:kinds:categories:places", "tulis nama:jenis:kategori:tempat", "merit award draft --help"},
		{"award group with half a place", "award draft Kota --year 2021 --instrument kasn-2019 --group Kota:kota:baik:1.5", "places is a whole number", "tempat harus bilangan bulat", "merit award draft --help"},
		{"tie without a reason", "award decide ID --tie 0:ID", "write group:result:reason", "tulis kelompok:hasil:alasan", "merit award decide --help"},
		{"items without an assessment", "evidence put a.pdf --cite 1.1", "--assessment and --cite must be used together", "--assessment dan --cite harus dipakai bersama", "merit evidence put --help"},
		{"one title for two files", "evidence put a.pdf b.pdf --title Keputusan", "--title and --resume are for one file, not 2", "--title dan --resume untuk satu berkas, bukan 2", "merit evidence put --help"},
		{"no such evidence file", "evidence put nowhere.pdf", "nowhere.pdf: there is no such file", "nowhere.pdf: berkas tidak ada", "merit evidence put --help"},
		{"key of an unset variable", "verify receipt r.json --verifier=", "--verifier: its value is empty", "--verifier: nilainya kosong", "merit verify receipt --help"},
		{"checkpoint of an unset variable", "verify package p.zip --checkpoint=", "--checkpoint: its value is empty", "--checkpoint: nilainya kosong", "merit verify package --help"},
		{"checkpoint without a value", "verify package p.zip --checkpoint --verifier KEY", "--checkpoint: its value is missing", "--checkpoint: nilainya belum ada", "merit verify package --help"},
		{"older checkpoint of an unset variable", "audit receipt ID --since=", "--since: its value is empty", "--since: nilainya kosong", "merit audit receipt --help"},
		{"no such file", "instrument validate nowhere.yaml", "nowhere.yaml: there is no such file", "nowhere.yaml: berkas tidak ada", "merit instrument validate --help"},
		{"no such authority", "whoami --ca nowhere.pem", "nowhere.pem: no such file or directory", "nowhere.pem: berkas tidak ada", "merit whoami --help"},
	}
	for _, tt := range tests {
		for lang, want := range map[string]string{"en": tt.en, "id": tt.id} {
			t.Run(tt.name+" "+lang, func(t *testing.T) {
				code, out, errs := MustRun(t, append(strings.Fields(tt.args), "--lang", lang)...)
				if code != cli.ExitUsage || out != "" {
					t.Errorf("exit code %d, want %d; printed %q", code, cli.ExitUsage, out)
				}
				if !strings.HasPrefix(errs, "merit: ") || !strings.Contains(errs, want) || !strings.Contains(errs, " "+tt.see+".") {
					t.Errorf("got %q, want %q and %q", errs, want, tt.see)
				}
			})
		}
	}
}

func TestADoorThatIsNotTheOneOfGRPCIsNotCalledAbsent(t *testing.T) {
	pages, secret := httptest.NewServer(http.NotFoundHandler()), httptest.NewUnstartedServer(http.NotFoundHandler())
	t.Cleanup(pages.Close)
	t.Cleanup(secret.Close)
	authority := mustBegin(t, secret)
	for _, args := range [][]string{{"--server", pages.Listener.Addr().String()}, {"--server", secret.Listener.Addr().String(), "--ca", authority}} {
		for lang, want := range map[string]string{"en": "answers something else than the gRPC door", "id": "bukan pintu gRPC"} {
			code, _, errs := MustRun(t, append([]string{"instrument", "list", "--lang", lang}, args...)...)
			if code != cli.ExitFailure || !strings.Contains(errs, want) {
				t.Errorf("%v: exit code %d, %q; want %q", args, code, errs, want)
			}
		}
	}
}

// mustBegin lets a server serve with TLS as the pages are, without saying which protocols it speaks, and returns the file of
// its authority.
func mustBegin(t *testing.T, s *httptest.Server) string {
	t.Helper()
	other := httptest.NewTLSServer(nil) // for its certificate
	defer other.Close()
	s.Listener = tls.NewListener(s.Listener, &tls.Config{Certificates: other.TLS.Certificates, MinVersion: tls.VersionTLS12})
	s.Start()
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: other.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
