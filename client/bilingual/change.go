package bilingual

import "strings"

// ChangeSubject is what a change between two instruments is about, as its readers call it, in the language "id" or "en":
// "item 1.1 evidence_hints" of the contract is "butir 1.1: contoh bukti". Codes stay as they are, and words that are not
// known.
func ChangeSubject(language, subject string) string {
	words := strings.SplitN(subject, " ", 3)
	part, ok := changedParts[words[0]]
	if !ok || len(words) < 2 {
		return changedField(language, subject)
	}
	said := Pick(language, part) + " " + words[1]
	if len(words) == 3 {
		said += ": " + changedField(language, words[2])
	}
	return said
}

func changedField(language, field string) string {
	if level, ok := strings.CutPrefix(field, "level "); ok {
		return Pick(language, "level ¦ tingkat") + " " + level
	}
	if both, ok := changedFields[field]; ok {
		return Pick(language, both)
	}
	return field
}

// changedParts are the parts of an instrument that have a code.
var changedParts = map[string]string{
	"aspect":   "aspect ¦ aspek",
	"item":     "item ¦ butir",
	"category": "category ¦ kategori",
	"profile":  "profile field ¦ isian profil",
}

// changedFields are what an instrument and its parts say, by their names in its file.
var changedFields = map[string]string{
	"title":             "title ¦ judul",
	"legal_bases":       "legal bases ¦ dasar hukum",
	"assessor":          "assessor ¦ penilai",
	"status":            "status ¦ status",
	"provenance":        "provenance ¦ asal-usul",
	"evidence_required": "evidence required ¦ bukti wajib",
	"scale":             "scale ¦ skala",
	"method":            "method ¦ metode",
	"index_divisor":     "divisor of the index ¦ pembagi indeks",
	"index_decimals":    "decimals of the index ¦ desimal indeks",
	"name":              "name ¦ nama",
	"name_en":           "name in English ¦ nama dalam bahasa Inggris",
	"description":       "description ¦ uraian",
	"weight":            "weight ¦ bobot",
	"code":              "code ¦ kode",
	"aspect":            "aspect ¦ aspek",
	"kind":              "kind ¦ jenis",
	"question":          "question ¦ pertanyaan",
	"applies_to":        "applies to ¦ berlaku bagi",
	"applies_when":      "applies when ¦ berlaku bila",
	"options":           "options ¦ pilihan",
	"evidence_hints":    "evidence that fits ¦ bukti yang sesuai",
	"label":             "label ¦ label",
}
