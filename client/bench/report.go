package bench

import "slices"

// Report is what was measured. Times are in milliseconds, so that programs and people read the same.
type Report struct {
	Callers     int     `json:"callers"`
	Rate        float64 `json:"rate,omitempty"` // that was to be sent, in the open loop
	Connections int     `json:"connections"`
	Agencies    int     `json:"agencies"`
	Seconds     float64 `json:"seconds"`

	Calls  []Figures      `json:"calls"` // by kind
	All    Figures        `json:"all"`
	Errors map[string]int `json:"errors,omitempty"` // by reason
	Empty  Figures        `json:"empty"`            // the empty call, before and after the mix

	StartMS float64 `json:"start_ms,omitempty"` // from the start of the service to its first answer, when it was started for this
	Server  *Usage  `json:"server,omitempty"`
	// Admitted are the calls that the service let in and answered, by its own clock and to the width of its metrics: from when
	// a call came, without what clients and the way add.
	Admitted []Figures `json:"admitted,omitempty"`
	Machine  *Machine  `json:"machine,omitempty"`
	Lost     *Loss     `json:"lost,omitempty"`
	Ratios   []Ratio   `json:"ratios"`
}

// Figures are those of one kind of call.
type Figures struct {
	Call      string  `json:"call"`
	Calls     int     `json:"calls"` // that were answered
	PerSecond float64 `json:"per_second"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
	P999      float64 `json:"p999_ms"`
	Errors    int     `json:"errors"`
}

// Loss says what became of answers that were acknowledged as saved.
type Loss struct {
	Acknowledged int `json:"acknowledged"`
	Lost         int `json:"lost"`
}

// Ratio is one figure as a part of another of the same run.
type Ratio struct {
	What  string  `json:"what"` // English ¦ Indonesia
	Ratio float64 `json:"ratio"`
}

// load takes in the mix.
func (r *Report) load(t *tally) {
	var all []uint32
	bad := 0
	for kind := range emptyCall {
		if len(t.took[kind])+t.bad[kind] == 0 {
			continue
		}
		r.Calls = append(r.Calls, t.figures(names[kind], t.took[kind], t.bad[kind]))
		all, bad = append(all, t.took[kind]...), bad+t.bad[kind]
	}
	r.All, r.Errors = t.figures("all", all, bad+t.errors["not sent"]), t.errors
}

func (r *Report) setEmpty(before, after *tally) {
	t := sum([]*tally{before, after})
	t.over = before.over + after.over
	r.Empty = t.figures(names[emptyCall], t.took[emptyCall], t.bad[emptyCall])
}

// Of returns the figures of a kind; none when it was not called.
func (r *Report) Of(kind Kind) Figures {
	i := slices.IndexFunc(r.Calls, func(f Figures) bool { return f.Call == names[kind] })
	if i < 0 {
		return Figures{Call: names[kind]}
	}
	return r.Calls[i]
}

// finish works out the ratios.
func (r *Report) finish() {
	r.ratio("calls of the mix, of empty calls ¦ panggilan campuran, dari panggilan kosong", r.All.PerSecond, r.Empty.PerSecond)
	if m := r.Machine; m != nil {
		r.ratio("answers saved, of single rows committed ¦ jawaban tersimpan, dari baris yang di-commit satu per satu", r.Of(Save).PerSecond, m.CommitsPerSecond)
		r.ratio("files uploaded, of files hashed, written and synced ¦ berkas terunggah, dari berkas yang di-hash, ditulis, dan disinkronkan", r.Of(Upload).PerSecond, m.FilesPerSecond)
	}
	if s := r.Server; s != nil && r.All.Calls > 0 {
		s.PerCall = 1e6 * s.Seconds / float64(r.All.Calls)
	}
}

func (r *Report) ratio(what string, part, of float64) {
	if part > 0 && of > 0 {
		r.Ratios = append(r.Ratios, Ratio{what, part / of})
	}
}
