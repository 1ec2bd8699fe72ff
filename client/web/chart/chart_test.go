package chart_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/client/web/chart"
	"github.com/meritindex/merit/scoring"
)

var update = flag.Bool("update", false, "write golden files anew")

const p = scoring.Point

func text(id, title string) chart.Text {
	return chart.Text{ID: id, Title: title, Description: "Contoh <uji> & \"tanda\".", Lang: "id"}
}

var categories = []chart.Threshold{{Name: "Buruk"}, {Name: "Kurang", Min: 175 * p}, {Name: "Baik", Min: 250 * p}, {Name: "Sangat Baik", Min: 325 * p}}

// figures are the charts of the golden files, by name.
var figures = map[string]chart.Figure{
	"radar": chart.Radar{
		Text: text("radar", "Delapan aspek"), Own: "Mahkamah Konstitusi", Others: "Median lembaga negara",
		Axes: []chart.RadarAxis{
			{"Perencanaan Kebutuhan", 37500, 30 * p, 40 * p},
			{"Pengadaan", 38 * p, 35 * p, 40 * p},
			{"Pengembangan Karier", 75 * p, 82500, 130 * p},
			{"Promosi dan Mutasi", 25 * p, 27500, 40 * p},
			{"Manajemen Kinerja", 77500, 60 * p, 80 * p},
			{"Penggajian, Penghargaan, dan Disiplin", 35 * p, 32 * p, 40 * p},
			{"Perlindungan dan Pelayanan", 16 * p, 12 * p, 16 * p},
			{"Sistem Informasi", 23 * p, 18 * p, 24 * p},
		},
	}.Figure(),
	"radar-alone": chart.Radar{
		Text: text("alone", "Tiga aspek"), Own: "Instansi",
		Axes: []chart.RadarAxis{{Name: "A", Own: p, Maximum: 3 * p}, {Name: "B", Maximum: 3 * p}, {Name: "C", Own: 3 * p, Maximum: 3 * p}},
	}.Figure(),
	"bars": chart.Bars{
		Text: text("bars", "Rata-rata tiap aspek"), Of: "Aspek", Value: "Rata-rata",
		Bars: []chart.Bar{{"Perencanaan Kebutuhan", 28330, 40 * p}, {"Pengadaan", 0, 40 * p}, {"Penggajian, Penghargaan, dan Disiplin menurut peraturan", 40 * p, 40 * p}},
	}.Figure(),
	"bars-goal": chart.Bars{
		Text: text("goal", "Baik atau lebih baik"), Of: "Jenis", Value: "Persen", Unit: "%", Goal: &chart.Goal{Name: "Target", Value: 30 * p},
		Bars: []chart.Bar{{"Kabupaten dan kota", 12600, 100 * p}},
	}.Figure(),
	"shares": chart.Shares{
		Text: text("shares", "Kategori menurut jenis"), Of: "Jenis", Parts: []string{"Buruk", "Kurang", "Baik", "Sangat Baik"},
		Rows: []chart.ShareRow{{"Kementerian", []int{0, 2, 9, 20}}, {"Kabupaten", []int{120, 180, 100, 15}}, {"Kota", []int{0, 0, 0, 0}}},
	}.Figure(),
	"trend": chart.Trend{
		Text: text("trend", "Nilai dari tahun ke tahun"), Maximum: 410 * p, Thresholds: categories,
		Points: []chart.TrendPoint{
			{Name: "2019", Total: 149500, Open: true, Note: "Diterbitkan"},
			{Name: "2020", Total: 273 * p, Joined: true},
			{Name: "2022", Total: 327 * p},
		},
	}.Figure(),
	"distribution": chart.Distribution{
		Text: text("spread", "Sebaran nilai"), Thresholds: categories,
		Buckets:   []chart.Bucket{{140, 150, 1}, {150, 160, 0}, {160, 170, 4}, {170, 180, 12}, {180, 190, 7}, {190, 200, 3}, {200, 210, 0}, {210, 220, 0}, {220, 230, 0}, {230, 240, 0}, {240, 250, 2}, {250, 260, 5}},
		Quartiles: &chart.Quartiles{Least: 149500, Lower: 172 * p, Median: 178500, Upper: 191 * p, Greatest: 257 * p},
	}.Figure(),
}

func TestChartsAreTheSameBytesForTheSameNumbers(t *testing.T) {
	for name, figure := range figures {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name+".svg")
			if *update {
				if err := os.WriteFile(path, []byte(figure.SVG), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(figure.SVG)); diff != "" {
				t.Errorf("the chart differs from %s; look at it and run with -update (-want +got):\n%s", path, diff)
			}
		})
	}
}

// element is an element of a chart as a reader of XML meets it.
type element struct {
	name       string
	attributes map[string]string
}

// mustRead reads a chart as XML, strictly.
func mustRead(t *testing.T, figure chart.Figure) (elements []element) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(figure.SVG)))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return elements
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok {
			e := element{start.Name.Local, map[string]string{}}
			for _, a := range start.Attr {
				e.attributes[a.Name.Local] = a.Value
			}
			elements = append(elements, e)
		}
	}
}

func TestChartsNameThemselvesToReadersWhoHearThem(t *testing.T) {
	seen := map[string]string{}
	for name, figure := range figures {
		elements := mustRead(t, figure)
		svg := elements[0].attributes
		if svg["role"] != "img" || elements[1].name != "title" || elements[2].name != "desc" {
			t.Errorf("%s has no role, title or description", name)
		}
		if want := elements[1].attributes["id"] + " " + elements[2].attributes["id"]; svg["aria-labelledby"] != want {
			t.Errorf("%s is labelled by %q, want %q", name, svg["aria-labelledby"], want)
		}
		for _, e := range elements {
			if id := e.attributes["id"]; id != "" {
				if other, twice := seen[id]; twice {
					t.Errorf("the id %s stands in %s and in %s", id, other, name)
				}
				seen[id] = name
			}
			for _, forbidden := range []string{"style", "onload", "href"} {
				if _, ok := e.attributes[forbidden]; ok {
					t.Errorf("%s has an attribute %s, which the policy of the pages forbids", name, forbidden)
				}
			}
		}
	}
}

func TestSeriesDifferInBlackAndWhite(t *testing.T) {
	dashed := func(e element) bool { return e.name == "polygon" && e.attributes["stroke-dasharray"] != "" }
	if !slices.ContainsFunc(mustRead(t, figures["radar"]), dashed) {
		t.Error("the median of a radar is not dashed")
	}
	if slices.ContainsFunc(mustRead(t, figures["radar-alone"]), dashed) {
		t.Error("a radar without others draws them")
	}
	patterns := 0
	for _, e := range mustRead(t, figures["shares"]) {
		if e.name == "pattern" {
			patterns++
		}
	}
	if patterns != 4 {
		t.Errorf("four categories have %d patterns", patterns)
	}
}

func TestYearsThatCannotBeComparedAreNotJoined(t *testing.T) {
	joins := 0
	for _, e := range mustRead(t, figures["trend"]) {
		if e.name == "line" && e.attributes["class"] == "chart-own" {
			joins++
		}
	}
	if joins != 1 {
		t.Errorf("%d lines join the years, want that between 2019 and 2020 only", joins)
	}
}

func TestTheTableHasTheNumbersOfTheChart(t *testing.T) {
	for _, test := range []struct {
		name string
		row  int
		want []string
	}{
		{"radar", 0, []string{"Perencanaan Kebutuhan", "37,5", "30", "40"}},
		{"bars", 0, []string{"Perencanaan Kebutuhan", "28,33", "40"}},
		{"bars-goal", 0, []string{"Kabupaten dan kota", "12,6", "100", "30"}},
		{"shares", 1, []string{"Kabupaten", "120", "180", "100", "15", "415"}},
		{"shares", 2, []string{"Kota", "0", "0", "0", "0", "0"}},
		{"trend", 0, []string{"2019", "149,5", "Diterbitkan"}},
		{"distribution", 3, []string{"170 sampai di bawah 180", "12"}},
		{"distribution", 14, []string{"Median", "178,5"}},
	} {
		figure := figures[test.name]
		if diff := cmp.Diff(test.want, figure.Rows[test.row]); diff != "" {
			t.Errorf("%s, row %d (-want +got):\n%s", test.name, test.row, diff)
		}
		for _, row := range figure.Rows {
			if len(row) != len(figure.Head) {
				t.Errorf("%s: row %q has other columns than %q", test.name, row, figure.Head)
			}
		}
	}
}

func TestWithoutValuesThereIsNoChart(t *testing.T) {
	for name, figure := range map[string]chart.Figure{
		"radar": chart.Radar{}.Figure(), "bars": chart.Bars{}.Figure(), "trend": chart.Trend{}.Figure(),
		"shares": chart.Shares{Parts: []string{"Baik"}, Rows: []chart.ShareRow{{"Kota", []int{0}}}}.Figure(), "distribution": chart.Distribution{}.Figure(),
	} {
		if figure.SVG != "" {
			t.Errorf("a %s of nothing is drawn: %s", name, figure.SVG)
		}
	}
}
