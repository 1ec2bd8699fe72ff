package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// writeItemScores prints level x weight = points of every item.
func (c *Context) writeItemScores(w io.Writer, s *meritv1.Score) {
	t := c.newTable("Item ¦ Butir", "Name ¦ Nama", ">Level ¦ >Tingkat", ">Weight ¦ >Bobot", ">Points ¦ >Poin", ">Of ¦ >Dari", " ")
	for _, aspect := range s.GetAspects() {
		for _, item := range aspect.GetItems() {
			t.row(item.GetItem(), item.GetName(), c.answerText(item.GetAnswer()), item.GetWeight(), item.GetPoints(), item.GetMaximum(), c.itemMark(item))
		}
	}
	t.write(w)
}

// itemMark says what a reader has to know beside an item's points.
func (c *Context) itemMark(item *meritv1.ItemScore) string {
	switch {
	case !item.GetApplicable():
		return c.Say("does not apply ¦ tidak berlaku")
	case item.GetReconstructed():
		return c.Say("reconstructed ¦ rekonstruksi")
	}
	return ""
}

// writeScore prints a score by aspect, its items when it has them, and the total with its category.
func (c *Context) writeScore(w io.Writer, s *meritv1.Score) {
	t := c.newTable("Aspect ¦ Aspek", "Name ¦ Nama", ">Points ¦ >Poin", ">Maximum ¦ >Maksimum", ">Answered ¦ >Terjawab")
	for _, a := range s.GetAspects() {
		t.row(a.GetAspect(), a.GetName(), cmp.Or(a.GetPoints(), a.GetMaturity()), a.GetMaximum(), fmt.Sprintf("%d/%d", a.GetAnswered(), a.GetApplicable()))
	}
	t.write(w)
	fmt.Fprintln(w)
	if !s.GetHasTotal() {
		fmt.Fprintln(w, c.Say("This instrument has no total and no category yet. ¦ Instrumen ini belum memiliki nilai total dan kategori."))
		return
	}
	fmt.Fprintln(w, c.sayf("Total %s of %s, index %s, %s ¦ Nilai %s dari %s, indeks %s, %s", s.GetTotal(), s.GetMaximum(), s.GetIndex(), strings.ToUpper(s.GetCategoryName())))
	fmt.Fprintln(w, c.sayf("%s above the minimum of this category ¦ %s di atas batas bawah kategori ini", s.GetMargin()))
	if s.GetNextCategory() != "" {
		fmt.Fprintln(w, c.sayf("%s short of %s ¦ kurang %s untuk %s", s.GetDistance(), s.GetNextCategoryName()))
	}
	if s.GetRestsOnReconstructed() {
		fmt.Fprintln(w, c.Say("Rests on reconstructed items: weights stand in for the official annex. ¦ Bertumpu pada butir rekonstruksi: bobot menggantikan lampiran resmi."))
	}
}

// writePath prints level raises with the total after each, or that none is needed.
func (c *Context) writePath(w io.Writer, path *meritv1.SuggestPathResponse) {
	if len(path.GetSteps()) == 0 {
		fmt.Fprintln(w, c.sayf("Nothing needs to be raised: the total %s reaches %s already. ¦ Tidak ada yang perlu dinaikkan: nilai %s sudah mencapai %s.",
			path.GetTotal(), path.GetCategory()))
		return
	}
	t := c.newTable("Item ¦ Butir", "Name ¦ Nama", ">From ¦ >Dari", ">To ¦ >Ke", ">Gain ¦ >Tambahan", ">Total ¦ >Nilai")
	for _, step := range path.GetSteps() {
		t.row(step.GetItem(), step.GetName(), step.GetFromLevel(), step.GetToLevel(), "+"+step.GetGain(), step.GetTotalAfter())
	}
	t.write(w)
}
