package telemetry

import (
	"io"
	"log/slog"
	"regexp"
)

// NewLogger returns a logger that writes one line for each record, as JSON or for people to read, with times in UTC.
// Secrets of sessions, tokens and links that should stray into a record are blotted out.
func NewLogger(w io.Writer, json bool, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: clean}
	if json {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

var secrets = regexp.MustCompile(`merit_[a-z]_[A-Za-z0-9_-]+`)

func clean(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindTime:
		a.Value = slog.TimeValue(a.Value.Time().UTC())
	case slog.KindString:
		a.Value = slog.StringValue(blot(a.Value.String()))
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			a.Value = slog.StringValue(blot(err.Error()))
		}
	}
	return a
}

func blot(s string) string { return secrets.ReplaceAllString(s, "[secret]") }
