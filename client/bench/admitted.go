package bench

import (
	"math"
	"slices"
	"strconv"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// methods are those of kinds that are one call each.
var methods = map[Kind]string{
	Save: meritv1.AssessmentService_SaveAnswer_FullMethodName, Read: meritv1.AssessmentService_GetAssessment_FullMethodName,
	Rank: meritv1.ResultService_ListResults_FullMethodName, Summary: meritv1.ResultService_GetSummary_FullMethodName,
}

// histogram is how many calls took at most so long, for some times that grow. The last is infinite.
type histogram []bucket

type bucket struct{ seconds, calls float64 }

// bucket takes in a line of the service's metrics if it is one of a histogram of answered calls.
func (p *process) bucket(name, value string) error {
	labels, ours := strings.CutPrefix(name, `merit_call_seconds_bucket{answer="ok",method="`)
	method, le, ok := strings.Cut(strings.TrimSuffix(labels, `"}`), `",le="`)
	if !ours || !ok {
		return nil
	}
	seconds, err := strconv.ParseFloat(le, 64)
	if err != nil {
		return err
	}
	calls, err := strconv.ParseFloat(value, 64)
	p.took[method] = append(p.took[method], bucket{seconds, calls})
	return err
}

// since is what came to a histogram; it may have been empty before.
func (h histogram) since(before histogram) histogram {
	grown := slices.Clone(h)
	for i := range before {
		grown[i].calls -= before[i].calls
	}
	return grown
}

// quantile is in milliseconds, even within a bucket.
func (h histogram) quantile(q float64) float64 {
	rank := q * h.calls()
	least := bucket{}
	for _, b := range h {
		if b.calls >= rank && b.calls > 0 {
			if math.IsInf(b.seconds, 1) {
				break
			}
			return 1000 * (least.seconds + (b.seconds-least.seconds)*(rank-least.calls)/(b.calls-least.calls))
		}
		least = b
	}
	return 1000 * least.seconds
}

func (h histogram) calls() float64 {
	if len(h) == 0 {
		return 0
	}
	return h[len(h)-1].calls
}

// admitted are the figures of the service about what it let in between two looks at its metrics.
func admitted(before, after process, seconds float64) (all []Figures) {
	for kind := range emptyCall {
		h := after.took[methods[kind]].since(before.took[methods[kind]])
		if h.calls() == 0 {
			continue
		}
		all = append(all, Figures{
			Call: names[kind], Calls: int(h.calls()), PerSecond: h.calls() / seconds,
			P50: h.quantile(0.5), P99: h.quantile(0.99), P999: h.quantile(0.999),
		})
	}
	return all
}
