package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/meritindex/merit/client/bilingual"
)

// Write writes the report for people, in a language: id or en.
func (r *Report) Write(w io.Writer, lang string) {
	say := func(both string, values ...any) string { return bilingual.Say(lang, both, values...) }
	if r.Rate > 0 {
		fmt.Fprintln(w, say("%.0f calls a second were sent over %d connections for %.0f s, as operators of %d agencies ¦ %.0f panggilan per detik dikirim lewat %d sambungan selama %.0f detik, sebagai petugas %d instansi",
			r.Rate, r.Connections, r.Seconds, r.Agencies))
	} else {
		fmt.Fprintln(w, say("%d callers over %d connections for %.0f s, as operators of %d agencies ¦ %d pemanggil lewat %d sambungan selama %.0f detik, sebagai petugas %d instansi",
			r.Callers, r.Connections, r.Seconds, r.Agencies))
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, say("CALL\tANSWERED\tPER S\tP50 MS\tP99 MS\tP99.9 MS\tERRORS\t ¦ PANGGILAN\tDIJAWAB\tPER DTK\tP50 MD\tP99 MD\tP99,9 MD\tGALAT\t"))
	for _, f := range append(slices.Clone(r.Calls), r.All, r.Empty) {
		fmt.Fprintf(t, "%s\t%d\t%.0f\t%.2f\t%.2f\t%.2f\t%d\t\n", f.Call, f.Calls, f.PerSecond, f.P50, f.P99, f.P999, f.Errors)
	}
	for _, f := range r.Admitted {
		fmt.Fprintf(t, say("%s, by the service ¦ %s, menurut layanan", f.Call)+"\t%d\t%.0f\t%.2f\t%.2f\t%.2f\t\t\n", f.Calls, f.PerSecond, f.P50, f.P99, f.P999)
	}
	_ = t.Flush() // printing: nothing sensible can follow a failure
	for _, why := range slices.Sorted(maps.Keys(r.Errors)) {
		fmt.Fprintf(w, "  %d x %s\n", r.Errors[why], why)
	}
	r.writeRest(w, say)
}

func (r *Report) writeRest(w io.Writer, say func(string, ...any) string) {
	if s := r.Server; s != nil {
		fmt.Fprintln(w, say("service: %.0f µs of processor for each call, %.0f MB resident, %.0f MB at most ¦ layanan: %.0f µs prosesor per panggilan, %.0f MB memori, paling banyak %.0f MB",
			s.PerCall, s.Memory, s.PeakMemory))
		fmt.Fprintln(w, say("its memory, mean of each quarter: %.0f MB ¦ memorinya, rata-rata tiap perempat: %.0f MB", s.Quarters))
	}
	if r.StartMS > 0 {
		fmt.Fprintln(w, say("it answered %.0f ms after its start ¦ layanan menjawab %.0f md setelah dijalankan", r.StartMS))
	}
	if m := r.Machine; m != nil {
		fmt.Fprintln(w, say("machine: %.0f single rows committed a second, %.0f files hashed, written and synced ¦ mesin: %.0f baris di-commit satu per satu per detik, %.0f berkas di-hash, ditulis, dan disinkronkan",
			m.CommitsPerSecond, m.FilesPerSecond))
	}
	if l := r.Lost; l != nil {
		fmt.Fprintln(w, say("%d answers were acknowledged, %d of them lost ¦ %d jawaban dinyatakan tersimpan, %d di antaranya hilang", l.Acknowledged, l.Lost))
	}
	for _, ratio := range r.Ratios {
		fmt.Fprintf(w, "%6.2f  %s\n", ratio.Ratio, say(ratio.What))
	}
}
