package web

import (
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// nextStep is what the reader of an assessment does next. Texts are "English ¦ Indonesia".
type nextStep struct {
	Text   string
	Button string // empty when there is nothing to do but wait
	Path   string
}

// nextStep tells it from the state, what is open to the reader, and the reader's role.
func (r *request) nextStep(in *meritv1.Instrument, a *meritv1.Assessment) nextStep {
	base := "/assessments/" + a.GetId()
	switch a.GetState() {
	case meritv1.AssessmentState_ASSESSMENT_STATE_DRAFT:
		return r.nextInDraft(in, a, base)
	case meritv1.AssessmentState_ASSESSMENT_STATE_SUBMITTED:
		if r.acts(meritv1.Role_ROLE_APPROVER) {
			return nextStep{"Submitted and locked. Until verification starts you may take it back. ¦ Sudah diajukan dan terkunci. Sebelum verifikasi dimulai, Anda masih dapat menariknya kembali.", "Recall it ¦ Tarik kembali", base + "/submit"}
		}
		return nextStep{Text: "Submitted and locked. The verifiers come next. ¦ Sudah diajukan dan terkunci. Selanjutnya giliran verifikator."}
	case meritv1.AssessmentState_ASSESSMENT_STATE_IN_VERIFICATION, meritv1.AssessmentState_ASSESSMENT_STATE_IN_REPAIR:
		if a.GetClosesAt() != nil {
			return nextStep{"The verifier has asked something. ¦ Verifikator meminta klarifikasi.", "Answer the clarification ¦ Jawab klarifikasi", base + "/clarifications"}
		}
		return nextStep{Text: "The verifier is comparing the claims with the evidence. Nothing waits for you. ¦ Verifikator sedang mencocokkan klaim dengan bukti. Tidak ada yang menunggu Anda."}
	case meritv1.AssessmentState_ASSESSMENT_STATE_VERIFIED:
		return nextStep{"Verified. The plenary session determines the result. ¦ Sudah diverifikasi. Sidang pleno akan menetapkan hasilnya.", "See the outcome ¦ Lihat hasil", base + "/outcome"}
	case meritv1.AssessmentState_ASSESSMENT_STATE_DETERMINED:
		return nextStep{"The result is determined. ¦ Hasil sudah ditetapkan.", "See the outcome ¦ Lihat hasil", base + "/outcome"}
	}
	return nextStep{}
}

func (r *request) nextInDraft(in *meritv1.Instrument, a *meritv1.Assessment, base string) nextStep {
	waits := waiting(a)
	if first := firstOf(in, waits); first != "" {
		return nextStep{"Go on where something is missing. ¦ Lanjutkan pada butir yang belum diisi.", "Answer the next item ¦ Isi butir berikutnya", base + "/items/" + first}
	}
	switch {
	case a.GetClosesAt() == nil:
		return nextStep{Text: "The window of self-assessment is closed. Ask the assessor for an extension. ¦ Masa penilaian mandiri sudah ditutup. Mintalah perpanjangan kepada lembaga penilai."}
	case r.acts(meritv1.Role_ROLE_APPROVER):
		return nextStep{"Everything is answered. Check it, then sign. ¦ Semua butir sudah dijawab. Periksa, lalu ajukan.", "Check and submit ¦ Periksa dan ajukan", base + "/check"}
	case r.acts(meritv1.Role_ROLE_CONTRIBUTOR):
		return nextStep{Text: "Your items are answered. Thank you. ¦ Butir Anda sudah terisi semua. Terima kasih."}
	}
	return nextStep{"Everything is answered. See whether anything else is missing; the approver then submits. ¦ Semua butir sudah dijawab. Periksa apakah masih ada yang kurang; setelah itu pejabat yang berwenang mengajukan.", "Check it ¦ Periksa", base + "/check"}
}

// firstOf is the first scored item of a set, in the order of the instrument.
func firstOf(in *meritv1.Instrument, set map[string]bool) string {
	for _, aspect := range in.GetAspects() {
		for _, item := range aspect.GetItems() {
			if set[item.GetCode()] {
				return item.GetCode()
			}
		}
	}
	return ""
}

// itemLink leads to an item.
type itemLink struct {
	Code, Name string
	Answered   bool
}

// assigned are the items that were assigned to the reader.
func (r *request) assigned(in *meritv1.Instrument, a *meritv1.Assessment) (out []itemLink) {
	names := r.itemNames(in)
	for _, item := range a.GetItems() {
		if r.isAssigned(item) {
			out = append(out, itemLink{item.GetItem(), names[item.GetItem()], item.GetClaimed().GetAnswer().GetValue() != nil})
		}
	}
	return out
}

// itemNames are the names of items and profile fields by the code that an assessment has for them.
func (r *request) itemNames(in *meritv1.Instrument) map[string]string {
	names := map[string]string{}
	for _, aspect := range in.GetAspects() {
		for _, item := range aspect.GetItems() {
			names[item.GetCode()] = r.named(item.GetName(), item.GetNameEn())
		}
	}
	for _, field := range in.GetProfile() {
		names[profilePrefix+field.GetCode()] = r.named(field.GetLabel(), field.GetLabelEn())
	}
	return names
}

// profilePrefix makes the code of a profile field one of an item.
const profilePrefix = "profile."
