package server_test

import (
	"strconv"
	"sync/atomic"
	"testing"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
	"github.com/meritindex/merit/server/yeartest"
)

// drafts are agencies with every item answered, whose operators call over the network.
type drafts struct {
	ids       []string
	operators []*servertest.Person
	saved     atomic.Int64
}

func newDrafts(tb testing.TB, s *servertest.Server) *drafts {
	tb.Helper()
	y, d := yeartest.MustBegin(tb, s, yeartest.Setup{}), &drafts{}
	for range many {
		one := MustStart(tb, y, store.Agency{})
		one.MustAnswer(tb, yeartest.All(2))
		d.ids, d.operators = append(d.ids, one.id), append(d.operators, one.operator)
	}
	d.operators = MustListen(tb, s, d.operators...)
	return d
}

// saving returns the call with which an operator answers an item anew.
func (d *drafts) saving(tb testing.TB) func(caller int) error {
	return func(caller int) error {
		n := d.saved.Add(1)
		_, err := assessments(d.operators[caller]).SaveAnswer(tb.Context(), &meritv1.SaveAnswerRequest{
			AssessmentId: d.ids[caller], Item: "1.1", Answer: yeartest.Answer(int(1 + n%4)), Note: "SK Bupati 12/2021, halaman 4",
			RequestId: strconv.FormatInt(n, 10),
		})
		return err
	}
}

// reading returns the call with which an operator reads their sheet.
func (d *drafts) reading(tb testing.TB) func(caller int) error {
	return func(caller int) error {
		_, err := assessments(d.operators[caller]).GetAssessment(tb.Context(), &meritv1.GetAssessmentRequest{AssessmentId: d.ids[caller]})
		return err
	}
}

// BenchmarkSaveAnswer compares saving answers, each durable when acknowledged, with the same where every update has a
// commit of its own, with one writer who commits single rows, and with the empty call. One caller is compared with one
// commit and one empty call.
func BenchmarkSaveAnswer(b *testing.B) {
	d, alone, raw := newDrafts(b, newBench(b)), newDrafts(b, newBench(b, ungrouped(b))), storetest.NewRaw(b)
	const size = 700 // about that of the answer
	save, saveAlone := d.saving(b), alone.saving(b)
	same, none := empty(b, d.operators, size), empty(b, bare(b, d.operators...), size)
	commit := func(int) error { return raw.Commit(b.Context()) }
	l := newLaps(b)
	for b.Loop() {
		l.run("saved", many, 20, save)
		l.run("ungrouped", many, 5, saveAlone)
		l.run("committed", 1, 200, commit)
		l.run("empty", many, 20, same)
		l.run("bare", many, 20, none)
		l.run("one-saved", 1, 100, save)
		l.run("one-empty", 1, 100, same)
	}
	l.rate("saved")
	l.rate("committed")
	l.ratio("saved/bare", "saved", "bare")
	l.ratio("saved/empty", "saved", "empty")
	l.ratio("saved/ungrouped", "saved", "ungrouped")
	l.ratio("saved/committed", "saved", "committed")
	l.ratio("one-saved/(commit+empty)", "one-saved", "committed", "one-empty")
}

// BenchmarkGetAssessment compares reading a sheet with its live score with the empty call whose answer is as long: one that
// has not changed since it was read, and one that is read anew for each call, as after a change.
func BenchmarkGetAssessment(b *testing.B) {
	d, forgetful := newDrafts(b, newBench(b)), newBench(b)
	forgetful.KeepNoSheets()
	anew := newDrafts(b, forgetful).reading(b)
	answer := servertest.Must(assessments(d.operators[0]).GetAssessment(b.Context(), &meritv1.GetAssessmentRequest{AssessmentId: d.ids[0]}))(b)
	read, known, size := d.reading(b), ready(b, d.operators, answer), proto.Size(answer)
	same, none := empty(b, d.operators, size), empty(b, bare(b, d.operators...), size)
	l := newLaps(b)
	for b.Loop() {
		l.run("read", many, 20, read)
		l.run("anew", many, 20, anew)
		l.run("ready", many, 20, known)
		l.run("empty", many, 20, same)
		l.run("bare", many, 20, none)
		l.run("one-read", 1, 200, read)
		l.run("one-anew", 1, 200, anew)
		l.run("one-ready", 1, 200, known)
		l.run("one-empty", 1, 200, same)
	}
	b.ReportMetric(float64(size), "B/answer")
	l.rate("read")
	l.rate("anew")
	l.ratio("read/bare", "read", "bare")
	l.ratio("read/empty", "read", "empty")
	l.ratio("anew/empty", "anew", "empty")
	l.ratio("ready/empty", "ready", "empty")
	l.ratio("one-read/empty", "one-read", "one-empty")
	l.ratio("one-anew/empty", "one-anew", "one-empty")
	l.ratio("one-ready/empty", "one-ready", "one-empty")
}
