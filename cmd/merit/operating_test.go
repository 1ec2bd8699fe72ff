package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/meritindex/merit/server/telemetry"
)

// forOperators is what operators read and install.
func forOperators(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, pattern := range []string{"../../docs/operating.md", "../../docs/scale.md", "../../docs/configuration.md", "../../deploy/*"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", pattern, names, err)
		}
		for _, name := range names {
			if info, err := os.Stat(name); err != nil || info.IsDir() {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.Base(name)] = string(text)
		}
	}
	return files
}

// of other programs, which operators are told to call.
var flagsOfOthers = []string{"cacert", "reuid", "regid", "init-groups", "no-new-privs", "system", "home-dir", "now", "failed"}

func TestWhatOperatorsAreToldToTypeExists(t *testing.T) {
	parser, err := kong.New(&commands{}, kong.Vars{"lang": "en"})
	if err != nil {
		t.Fatal(err)
	}
	flags, read := flagsOfOthers, append(variables(parser.Model.Node), "MERIT_PROGRAM") // which merit-as-service reads
	for _, node := range nodes(parser.Model.Node) {
		for _, f := range node.Flags {
			flags = append(flags, f.Name)
		}
	}
	flag, variable := regexp.MustCompile(`(?:^|[\s`+"`"+`(])--([a-z][a-z-]*)`), regexp.MustCompile(`\bMERIT_[A-Z_]*[A-Z]\b`)
	for file, text := range forOperators(t) {
		for _, m := range flag.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(flags, m[1]) && file != "Containerfile" { // whose stages have flags of their own
				t.Errorf("%s: no command has the flag --%s", file, m[1])
			}
		}
		for _, name := range variable.FindAllString(text, -1) {
			if !slices.Contains(read, name) {
				t.Errorf("%s: nothing reads the variable %s", file, name)
			}
		}
		for _, words := range commandsIn(file, text) {
			if wrong := walk(parser.Model.Node, words); wrong != "" {
				t.Errorf("%s: merit %s: there is no command %s", file, strings.Join(words, " "), wrong)
			}
		}
	}
}

// commandsIn are the words after merit wherever a document shows code.
func commandsIn(file, text string) (all [][]string) {
	if !strings.HasSuffix(file, ".md") {
		return nil
	}
	code := regexp.MustCompile("(?s)```sh\n.*?```|`[^`\n]+`")
	call := regexp.MustCompile(`(?m)(?:^|` + "`" + `|sudo )merit(?:-as-service)?((?: [a-z][a-z-]*)+)`)
	for _, block := range code.FindAllString(text, -1) {
		for _, m := range call.FindAllStringSubmatch(block, -1) {
			all = append(all, strings.Fields(m[1]))
		}
	}
	return all
}

// walk follows words from command to command, and returns the one that is none. What follows a command without further
// ones are its arguments, and so are words after one that can be called by itself.
func walk(n *kong.Node, words []string) string {
	for _, word := range words {
		if len(n.Children) == 0 {
			return ""
		}
		at := slices.IndexFunc(n.Children, func(child *kong.Node) bool { return child.Name == word })
		if at < 0 {
			if n.DefaultCmd != nil {
				return ""
			}
			return word
		}
		n = n.Children[at]
	}
	return ""
}

func TestWhatOperatorsAreToldToWatchIsMeasured(t *testing.T) {
	measured := series(t)
	name := regexp.MustCompile(`\b(?:merit|process|go)_[a-z_]*[a-z]\b`)
	for file, text := range forOperators(t) {
		if !strings.HasSuffix(file, ".md") && file != "merit-alerts.yaml" {
			continue
		}
		for _, s := range name.FindAllString(text, -1) {
			if !slices.Contains(measured, s) {
				t.Errorf("%s: /metrics has no %s", file, s)
			}
		}
	}
}

// series are the names of what /metrics has once each kind of thing has happened.
func series(t *testing.T) []string {
	t.Helper()
	m := telemetry.NewMetrics()
	m.Begin("method")
	m.End("method", "OK", time.Millisecond)
	m.Answers("database", true)
	m.Admission("save")
	families, err := m.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range families {
		names = append(names, f.GetName(), f.GetName()+"_bucket", f.GetName()+"_sum", f.GetName()+"_count")
	}
	return names
}

func TestEachAlertIsExplained(t *testing.T) {
	files := forOperators(t)
	explained := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\| (Merit[A-Za-z]+) \|`).FindAllStringSubmatch(files["operating.md"], -1) {
		explained[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`alert: (\w+)`).FindAllStringSubmatch(files["merit-alerts.yaml"], -1) {
		if !explained[m[1]] {
			t.Errorf("docs/operating.md does not say what to do at %s", m[1])
		}
		delete(explained, m[1])
	}
	for name := range maps.Keys(explained) {
		t.Errorf("docs/operating.md explains %s, which no rule raises", name)
	}
}

// The service, the backup and commands by hand are about the same data unless merit.env says otherwise.
func TestUnitsAndCommandsByHandAgreeWhereTheDataAre(t *testing.T) {
	files := forOperators(t)
	for _, file := range []string{"merit.service", "merit-backup.service", "merit-as-service"} {
		for _, setting := range []string{"MERIT_DATABASE=/var/lib/merit/merit.db", "MERIT_EVIDENCE=/var/lib/merit/evidence", "/etc/merit/merit.env"} {
			if !strings.Contains(files[file], setting) {
				t.Errorf("%s does not have %s", file, setting)
			}
		}
	}
}
