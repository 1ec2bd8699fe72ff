package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/yeartest"
)

// A power cut is harder than kill -9: what the kernel was not told to put on the disk is gone. strace shows that the
// write-ahead log, the bytes of a file and the folder that names it were on the disk before the answer went to the socket.
func TestWhatIsAcknowledgedWasSyncedBefore(t *testing.T) {
	strace := mustStrace(t)
	d := mustDeployment(t, t.TempDir())
	file := filepath.Join(t.TempDir(), "trace")
	service := d.serve(t, strace, "-D", "-f", "-y", "-s", "16384", "-o", file, "-e", "trace=write,pwrite64,fsync,fdatasync,renameat,renameat2,linkat,unlinkat")
	o := d.offices[0]
	operator := mustDial(t, service.address, o.operator)
	if _, err := operator.Assessments.SaveAnswer(t.Context(), &meritv1.SaveAnswerRequest{
		AssessmentId: o.assessment, Item: "1.1", Answer: yeartest.Answer(3), Note: "catatan yang dicari",
	}); err != nil {
		t.Fatal(err)
	}
	if err := o.put(t.Context(), operator); err != nil {
		t.Fatal(err)
	}
	service.kill()
	calls := mustReadTrace(t, file)
	const wal = `^f(data)?sync\(\d+<[^>]*merit\.db-wal>`
	wantBefore(t, calls, `^write\(\d+<[^>]*(socket|TCP).*Perencanaan Kebutuhan`, // the score in the answer
		`^pwrite64\(\d+<[^>]*merit\.db-wal>.*catatan yang dicari`, wal)
	wantBefore(t, calls, `^write\(\d+<[^>]*(socket|TCP).*bukti\.pdf`, // the evidence in the last answer
		`^f(data)?sync\(\d+<[^>]*evidence/upload/`, `^linkat\(.*upload.*\.kept`, `^renameat2?\(.*\.kept.*sha256`,
		`^fsync\(\d+<[^>]*evidence/sha256/`, wal, `^unlinkat\(.*upload`)
}

// systemCall is one call in the trace: where in it the call began and returned.
type systemCall struct {
	text       string
	began, end int
}

var traced = regexp.MustCompile(`^(\d+) +(.*)$`)

// mustReadTrace reads what strace wrote, once it has written all. A call during which others ran stands there in two halves.
func mustReadTrace(t *testing.T, file string) (calls []systemCall) {
	t.Helper()
	data := mustSettled(t, file)
	half := map[string]int{} // by thread
	for i, line := range strings.Split(data, "\n") {
		m := traced.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		_, rest, resumed := strings.Cut(m[2], " resumed>")
		switch {
		case resumed && strings.HasPrefix(m[2], "<... "):
			if at, ok := half[m[1]]; ok {
				calls[at].text += rest
				calls[at].end = i
			}
		default:
			half[m[1]] = len(calls)
			calls = append(calls, systemCall{strings.TrimSuffix(m[2], " <unfinished ...>"), i, i})
		}
	}
	return calls
}

// mustSettled reads a file that somebody is about to finish.
func mustSettled(t *testing.T, file string) string {
	t.Helper()
	for range 500 {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), "+++ killed by SIGKILL +++") {
			return string(data)
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Fatal("strace did not see the service end")
	return ""
}

// wantBefore fails the test unless each call that must come before the last call that matches the answer succeeded, in
// their order, each returning before the next begins.
func wantBefore(t *testing.T, calls []systemCall, answer string, before ...string) {
	t.Helper()
	ends := -1
	for i, c := range calls {
		if regexp.MustCompile(answer).MatchString(c.text) {
			ends = i
		}
	}
	if ends < 0 {
		t.Fatalf("no answer like %s was sent", answer)
	}
	next := calls[ends].began
	for i := len(before) - 1; i >= 0; i-- {
		at := latest(calls, regexp.MustCompile(before[i]), next)
		if at < 0 {
			t.Fatalf("%s did not happen before the answer was sent, or before what came after it", before[i])
		}
		next = calls[at].began
	}
}

// latest is the last call that matches, succeeded and returned before a line of the trace.
func latest(calls []systemCall, like *regexp.Regexp, line int) int {
	for i := len(calls) - 1; i >= 0; i-- {
		if calls[i].end < line && like.MatchString(calls[i].text) && !strings.Contains(calls[i].text, ") = -1") {
			return i
		}
	}
	return -1
}
