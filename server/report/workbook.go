package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
)

// Workbook is what the workbook of a questionnaire is made of.
type Workbook struct {
	Assessment string // id
	Agency     string // name
	Cycle      string // name
	Kind       scoring.AgencyKind
	Instrument *instrument.Instrument
	Revision   int64 // of the assessment
	ExportedAt time.Time
	Language   Language
	Items      map[string]Answered // by item code; a profile field is "profile." and its code
}

// Answered is how an item stands when a workbook is made.
type Answered struct {
	Sequence int    // of the newest claim; 0 without any
	Value    string // level, option or text; empty when unanswered
	Note     string
	Open     bool // whoever exports the workbook may answer the item now
}

// ProfilePrefix begins the code of a profile field.
const ProfilePrefix = "profile."

// The columns of a sheet of questions.
const (
	columnCode  = "A"
	columnText  = "B"
	columnRange = "C" // what each level means
	columnValue = "D"
	columnNote  = "E"
	columnHints = "F"
)

// firstRow is where the questions begin, under the title and the headings.
const firstRow = 3

// memory is the hidden sheet that says what the workbook was made from.
const memory = "_merit"

// memoryFormat names the form of that sheet.
const memoryFormat = "merit-workbook-1"

// memoryItems is where the items begin on the hidden sheet.
const memoryItems = 11

// page is one sheet of questions.
type page struct {
	name, title string
	lines       []line
}

// line is one question.
type line struct {
	code, text, meanings, hints string
	options                     []string // what may be chosen; empty for a text
	number                      bool     // the options are levels
}

// Bytes returns the workbook as XLSX.
func (w *Workbook) Bytes() ([]byte, error) {
	b, err := newBook(w.Language, w.ExportedAt, w.Language.say("Kertas kerja penilaian mandiri", "Self-assessment worksheet")+": "+w.Agency)
	if err != nil {
		return nil, err
	}
	pages := w.pages()
	w.instructions(b, pages)
	lists := w.remember(b, pages)
	for _, p := range pages {
		w.page(b, p, lists)
	}
	b.note(b.SetSheetVisible(memory, false, true))
	b.note(b.ProtectWorkbook(&excelize.WorkbookProtectionOptions{LockStructure: true}))
	return b.bytes()
}

// pages are the sheets of questions: one for each aspect with an item for this kind of agency, and the profile.
func (w *Workbook) pages() (pages []page) {
	for i := range w.Instrument.Aspects {
		a := &w.Instrument.Aspects[i]
		first, end := w.Instrument.Scoring().AspectItems(i)
		p := page{name: fmt.Sprintf(w.Language.say("Aspek %d", "Aspect %d"), i+1), title: a.Code + ". " + w.name(a.Name, a.NameEN)}
		for n := first; n < end; n++ {
			if w.Instrument.Scoring().AppliesToKind(n, w.Kind) {
				p.lines = append(p.lines, w.item(w.Instrument.Item(n)))
			}
		}
		if len(p.lines) > 0 {
			pages = append(pages, p)
		}
	}
	profile := page{name: w.Language.say("Profil", "Profile"), title: w.Language.say("Profil instansi", "Profile of the agency")}
	for i := range w.Instrument.Profile {
		if f := &w.Instrument.Profile[i]; f.Kind != instrument.FieldFile {
			profile.lines = append(profile.lines, w.field(f))
		}
	}
	if len(profile.lines) > 0 {
		pages = append(pages, profile)
	}
	return pages
}

// name picks the name in the language of the reader where the instrument has it.
func (w *Workbook) name(id, en string) string {
	if w.Language == "en" && en != "" {
		return en
	}
	return id
}

func (w *Workbook) item(i *instrument.Item) line {
	l := line{code: i.Code, text: i.Question, hints: bullets(i.EvidenceHints)}
	if i.Name != "" {
		l.text = w.name(i.Name, i.NameEN) + "\n" + i.Question
	}
	if i.Kind == scoring.Choice {
		l.options, l.meanings = w.choices(i.Options)
	} else {
		l.number = true
		for n := w.Instrument.Scale.Min; n <= w.Instrument.Scale.Max; n++ {
			l.options = append(l.options, strconv.Itoa(n))
		}
		var meanings []string
		for _, level := range i.Levels {
			meanings = append(meanings, fmt.Sprintf("%d: %s", level.Level, level.Description))
		}
		l.meanings = strings.Join(meanings, "\n")
	}
	if i.AppliesWhen != nil {
		l.meanings += "\n" + w.condition(i.AppliesWhen)
	}
	return l
}

func (w *Workbook) field(f *instrument.Field) line {
	l := line{code: ProfilePrefix + f.Code, text: w.name(f.Label, f.LabelEN)}
	switch f.Kind {
	case instrument.FieldChoice:
		l.options, l.meanings = w.choices(f.Options)
	case instrument.FieldYear:
		l.meanings = w.Language.say("Tahun empat angka", "A year of four digits")
	default:
		l.meanings = w.Language.say("Teks", "Text")
	}
	if f.AppliesWhen != nil {
		l.meanings += "\n" + w.condition(f.AppliesWhen)
	}
	return l
}

func (w *Workbook) choices(options []instrument.Option) (values []string, meanings string) {
	lines := make([]string, len(options))
	for i, o := range options {
		values = append(values, o.Value)
		lines[i] = o.Value + ": " + w.name(o.Label, o.LabelEN)
	}
	return values, strings.Join(lines, "\n")
}

func (w *Workbook) condition(c *scoring.Condition) string {
	return fmt.Sprintf(w.Language.say("Hanya diisi bila %s dijawab: %s.", "Only when %s is answered with: %s."), c.Item, strings.Join(c.In, ", "))
}

func bullets(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return "• " + strings.Join(lines, "\n• ")
}

// instructions writes the first sheet.
func (w *Workbook) instructions(b *book, pages []page) {
	l := w.Language
	name := b.sheet(l.say("Petunjuk", "Instructions"))
	b.width(name, "A", 3)
	b.width(name, "B", 26)
	b.width(name, "C", 80)
	b.text(name, "B2", l.say("Kertas kerja penilaian mandiri sistem merit", "Self-assessment worksheet of the merit system"), b.styles.title)
	facts := [][2]string{
		{l.say("Instansi", "Agency"), w.Agency},
		{l.say("Siklus", "Cycle"), w.Cycle},
		{l.say("Instrumen", "Instrument"), w.Instrument.Title},
		{l.say("Dibuat", "Made"), l.moment(w.ExportedAt)},
		{l.say("Lembar", "Sheets"), sheetNames(pages)},
	}
	row := 4
	for _, fact := range facts {
		b.text(name, cell("B", row), fact[0], b.styles.label)
		b.text(name, cell("C", row), fact[1], b.styles.wrapped)
		row++
	}
	row++
	b.text(name, cell("B", row), l.say("Cara mengisi", "How to fill in"), b.styles.label)
	for i, step := range w.steps() {
		b.text(name, cell("C", row+i), fmt.Sprintf("%d. %s", i+1, step), b.styles.wrapped)
	}
	b.protect(name)
	b.landscape(name)
}

func sheetNames(pages []page) string {
	names := make([]string, len(pages))
	for i, p := range pages {
		names[i] = p.name
	}
	return strings.Join(names, ", ")
}

func (w *Workbook) steps() []string {
	l := w.Language
	return []string{
		l.say("Isilah hanya sel berbingkai dengan latar putih pada kolom Tingkat dan Catatan; sel lain terkunci.",
			"Fill in only the framed white cells of the columns Level and Note; the other cells are locked."),
		l.say("Pilih tingkat dari daftar pada selnya. Sel yang dikosongkan menghapus jawaban.",
			"Choose the level from the list in its cell. A cell that is emptied clears the answer."),
		l.say("Tulislah jawaban, bukan rumus. Catatan paling panjang 4.000 karakter.",
			"Write answers, no formulas. A note has at most 4,000 characters."),
		l.say("Jangan mengubah kode butir, nama lembar, atau menambah baris.",
			"Do not change item codes or names of sheets, and add no rows."),
		l.say("Simpan sebagai XLSX, lalu unggah di halaman penilaian yang sama. Perubahan ditampilkan dahulu; belum ada yang disimpan sebelum Anda menyetujuinya.",
			"Save as XLSX and upload it on the page of the same assessment. The changes are shown first; nothing is stored before you agree."),
		l.say("Yang tidak Anda ubah di sini tidak mengubah jawaban yang sementara itu diisi rekan Anda di aplikasi.",
			"What you leave unchanged here changes no answer that a colleague gives meanwhile in the application."),
		l.say("Bukti dukung diunggah di aplikasi, bukan di lembar ini.",
			"Evidence is uploaded in the application, not in this workbook."),
	}
}

// page writes one sheet of questions.
func (w *Workbook) page(b *book, p page, lists map[string]string) {
	l := w.Language
	b.sheet(p.name)
	for _, c := range []struct {
		column string
		width  float64
		title  string
	}{
		{columnCode, 9, l.say("Kode", "Code")},
		{columnText, 44, l.say("Pertanyaan", "Question")},
		{columnRange, 66, l.say("Uraian tingkat", "What the levels mean")},
		{columnValue, 12, l.say("Tingkat", "Level")},
		{columnNote, 44, l.say("Catatan", "Note")},
		{columnHints, 48, l.say("Contoh bukti dukung", "Examples of evidence")},
	} {
		b.width(p.name, c.column, c.width)
		b.text(p.name, cell(c.column, firstRow-1), c.title, b.styles.heading)
	}
	b.text(p.name, "A1", p.title, b.styles.title)
	for i, line := range p.lines {
		w.line(b, p.name, firstRow+i, line, lists)
	}
	b.protect(p.name)
	b.freeze(p.name, firstRow)
	b.landscape(p.name)
}

func (w *Workbook) line(b *book, sheet string, row int, line line, lists map[string]string) {
	stands := w.Items[line.code]
	value, note := b.styles.value, b.styles.note
	if !stands.Open {
		value, note = b.styles.lockedValue, b.styles.wrapped
	}
	b.text(sheet, cell(columnCode, row), line.code, b.styles.code)
	b.text(sheet, cell(columnText, row), line.text, b.styles.wrapped)
	b.text(sheet, cell(columnRange, row), line.meanings, b.styles.wrapped)
	if line.number && stands.Value != "" {
		b.number(sheet, cell(columnValue, row), stands.Value, value)
	} else {
		b.text(sheet, cell(columnValue, row), stands.Value, value)
	}
	b.text(sheet, cell(columnNote, row), stands.Note, note)
	b.text(sheet, cell(columnHints, row), line.hints, b.styles.wrapped)
	if list := lists[strings.Join(line.options, "\n")]; list != "" && stands.Open {
		b.choose(sheet, cell(columnValue, row), list,
			fmt.Sprintf(w.Language.say("Pilih salah satu: %s.", "Choose one of: %s."), strings.Join(line.options, ", ")))
	}
}

// remember writes the hidden sheet: whose workbook this is, how every item stood, and what may be chosen. It returns
// where each list of choices is.
func (w *Workbook) remember(b *book, pages []page) (lists map[string]string) {
	b.sheet(memory)
	digest := w.Instrument.Digest()
	for i, v := range []string{
		memoryFormat, w.Assessment, w.Instrument.ID, fmt.Sprintf("%x", digest[:]), strconv.FormatInt(w.Revision, 10),
		w.ExportedAt.UTC().Format(time.RFC3339), string(w.Language.known()),
	} {
		b.text(memory, cell("A", i+1), v, 0)
	}
	lists = map[string]string{}
	row := memoryItems
	for _, p := range pages {
		for _, line := range p.lines {
			stands := w.Items[line.code]
			for i, v := range []string{line.code, strconv.Itoa(stands.Sequence), stands.Value, stands.Note} {
				b.text(memory, cell(string(rune('A'+i)), row), v, 0)
			}
			row++
			b.list(lists, line.options)
		}
	}
	b.protect(memory)
	return lists
}
