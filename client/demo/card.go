package demo

import (
	"fmt"
	"strconv"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// WriteCard prints the result card: the points of every item, the aspects, total, index, category, the margin above
// it, the distance to the next, and the ranking of the agency's kind.
func (r *Result) WriteCard(o Options) {
	c := card{year{Options: o}, r}
	c.heading()
	c.items()
	c.aspects()
	c.total()
	c.ranking()
	c.notice()
}

type card struct {
	year
	r *Result
}

func (c *card) line(format string, values ...any) {
	fmt.Fprintln(c.Out, strings.TrimRight(fmt.Sprintf(format, values...), " "))
}

func (c *card) heading() {
	result := c.r.Card.GetResult()
	c.line("\n%s", strings.Repeat("─", cardWidth))
	c.line("%s", result.GetAgencyName())
	c.line("%s", c.sayf("Merit system index %d, decree %s of %s ¦ Indeks Sistem Merit %d, keputusan %s tanggal %s",
		result.GetYear(), result.GetDecreeNumber(), result.GetDecreeDate()))
	c.line("%s", strings.Repeat("─", cardWidth))
}

const cardWidth = 100

func (c *card) items() {
	for _, aspect := range c.r.Card.GetScore().GetAspects() {
		c.line("")
		for _, item := range aspect.GetItems() {
			c.line("  %-5s %-60s %2s × %-4s = %5s / %-5s", item.GetItem(), cut(item.GetName(), 60),
				levelOf(item.GetAnswer()), item.GetWeight(), item.GetPoints(), item.GetMaximum())
		}
	}
}

func (c *card) aspects() {
	c.line("\n%s", c.say("Aspects ¦ Aspek"))
	for _, aspect := range c.r.Card.GetScore().GetAspects() {
		c.line("  %s  %-60s %19s / %-5s", aspect.GetAspect(), cut(aspect.GetName(), 60), aspect.GetPoints(), aspect.GetMaximum())
	}
}

func (c *card) total() {
	score := c.r.Card.GetScore()
	c.line("\n%s", c.sayf("Total %s of %s · index %s · %s ¦ Nilai %s dari %s · indeks %s · %s",
		score.GetTotal(), score.GetMaximum(), score.GetIndex(), strings.ToUpper(score.GetCategoryName())))
	c.line("%s", c.sayf("%s points above the least total of %s ¦ %s poin di atas batas bawah %s", score.GetMargin(), score.GetCategoryName()))
	if score.GetNextCategory() == "" {
		c.line("%s", c.say("There is no higher category. ¦ Tidak ada kategori yang lebih tinggi."))
	} else {
		c.line("%s", c.sayf("%s points to %s ¦ %s poin lagi ke %s", score.GetDistance(), score.GetNextCategoryName()))
	}
	c.line("%s", c.sayf("Valid until %s ¦ Berlaku sampai %s", c.r.Card.GetResult().GetValidUntil()))
}

func (c *card) ranking() {
	c.line("\n%s", c.sayf("Ranking of its kind, %d; published results are marked * ¦ Peringkat jenisnya, %d; hasil terbitan bertanda *", Year))
	for _, ranked := range c.r.Ranking.GetResults() {
		result, mark := ranked.GetResult(), " "
		if result.GetImported() {
			mark = "*"
		}
		c.line("  %3d  %-60s %7s  %s %s", ranked.GetRank(), cut(result.GetAgencyName(), 60), result.GetTotal(), result.GetCategoryName(), mark)
	}
}

func (c *card) notice() {
	c.line("\n%s", c.say("The aspect totals are the published ones of 2021; the levels of the items are illustrative. ¦ Nilai aspek sesuai yang diterbitkan untuk 2021; tingkat tiap butir hanya ilustrasi."))
	if c.r.Card.GetScore().GetRestsOnReconstructed() {
		c.line("%s", c.say("Item weights of this instrument are reconstructed, until the official annex replaces them. ¦ Bobot butir instrumen ini direkonstruksi, sampai digantikan lampiran resmi."))
	}
	c.line("%s", c.say("Agencies: contains information from idn-area-data (https://github.com/fityannugroho/idn-area-data), available under the Open Database License (https://opendatacommons.org/licenses/odbl/1-0/). ¦ Memuat informasi dari idn-area-data (https://github.com/fityannugroho/idn-area-data), tersedia dengan Open Database License (https://opendatacommons.org/licenses/odbl/1-0/)."))
}

func levelOf(a *meritv1.Answer) string {
	if level, ok := a.GetValue().(*meritv1.Answer_Level); ok {
		return strconv.Itoa(int(level.Level))
	}
	return "-"
}

// cut shortens a text to n characters.
func cut(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return s
}
