// Package telemetry sets up what the people who run the service look at: logs, traces and metrics. None of
// them has personal data or secrets.
package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics are the numbers of one service.
type Metrics struct {
	Registry *prometheus.Registry // what /metrics shows

	calls *prometheus.CounterVec
	took  *prometheus.HistogramVec
	open  *prometheus.GaugeVec
	parts *prometheus.GaugeVec

	admitted *prometheus.CounterVec
	waiting  *prometheus.GaugeVec
}

// NewMetrics returns metrics in a registry of their own, beside those of the Go runtime and the process.
func NewMetrics() *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "merit_calls_total", Help: "Calls that ended, by method and gRPC code.",
		}, []string{"method", "code"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "merit_call_seconds", Help: "Time from when a call came until it was answered, waiting included, by method and answer: ok, refused (for now), failed. Calls that were refused as they came are not in it.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .02, .035, .05, .075, .1, .15, .2, .3, .5, .75, 1, 1.5, 2.5, 5, 10},
		}, []string{"method", "answer"}),
		open: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "merit_calls_open", Help: "Calls that have begun and not ended, by method.",
		}, []string{"method"}),
		parts: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "merit_part_answers", Help: "1 when the database or the evidence store answered, or the database took writes, as it was last asked; 0 when not.",
		}, []string{"part"}),
		admitted: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "merit_admission_total", Help: "Calls that asked to be worked on, by kind of work and whether they began at once, waited for it, or were refused.",
		}, []string{"kind", "outcome"}),
		waiting: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "merit_admission_waiting", Help: "Calls that wait to be worked on, by kind of work.",
		}, []string{"kind"}),
	}
	m.Registry.MustRegister(m.calls, m.took, m.open, m.parts, m.admitted, m.waiting, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Begin counts a call that has begun.
func (m *Metrics) Begin(method string) { m.open.WithLabelValues(method).Inc() }

// End counts a call that has ended.
func (m *Metrics) End(method, code string, took time.Duration) {
	m.open.WithLabelValues(method).Dec()
	m.calls.WithLabelValues(method, code).Inc()
	m.took.WithLabelValues(method, answerOf(code)).Observe(took.Seconds())
}

// TurnAway counts a call that was refused as it came.
func (m *Metrics) TurnAway(method, code string) { m.calls.WithLabelValues(method, code).Inc() }

// answerOf sorts gRPC codes into few: every one of them would have a histogram for each method.
func answerOf(code string) string {
	switch code {
	case "OK":
		return "ok"
	case "ResourceExhausted":
		return "refused"
	}
	return "failed"
}

// Admission are the numbers of one kind of work.
type Admission struct {
	AtOnce, Queued, Refused prometheus.Counter // calls that began at once, that waited and began, that were refused
	Waiting                 prometheus.Gauge
}

// Admission returns the numbers of a kind of work.
func (m *Metrics) Admission(kind string) Admission {
	return Admission{
		AtOnce: m.admitted.WithLabelValues(kind, "at_once"), Queued: m.admitted.WithLabelValues(kind, "queued"),
		Refused: m.admitted.WithLabelValues(kind, "refused"), Waiting: m.waiting.WithLabelValues(kind),
	}
}

// Answers notes whether a part that the service depends on answers.
func (m *Metrics) Answers(part string, answers bool) {
	value := 0.0
	if answers {
		value = 1
	}
	m.parts.WithLabelValues(part).Set(value)
}
