package bilingual

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Word is an enum's value as its readers call it, in the language "id" or "en"; nothing for the value 0. Values that are
// named in Indonesian anyway have the name of the contract, in lower case.
func Word(language string, e protoreflect.Enum) string {
	value := e.Descriptor().Values().ByNumber(e.Number())
	if value == nil || value.Number() == 0 {
		return ""
	}
	if both, ok := words[value.Name()]; ok {
		return Pick(language, both)
	}
	return strings.ReplaceAll(Written(value), "-", " ")
}

// Written is the name of a value without the prefix of its enum: lembaga-negara for AGENCY_KIND_LEMBAGA_NEGARA. The
// value 0 is named by the prefix and UNSPECIFIED.
func Written(value protoreflect.EnumValueDescriptor) string {
	zero := value.Parent().(protoreflect.EnumDescriptor).Values().ByNumber(0).Name()
	name := strings.TrimPrefix(string(value.Name()), strings.TrimSuffix(string(zero), "UNSPECIFIED"))
	return strings.ReplaceAll(strings.ToLower(name), "_", "-")
}

// words are the values of enums as their readers call them. Those that are named in Indonesian anyway, the kinds of
// agency, are not listed.
var words = map[protoreflect.Name]string{
	"ROLE_OPERATOR":        "operator ¦ petugas pengelola",
	"ROLE_CONTRIBUTOR":     "contributor ¦ kontributor OPD",
	"ROLE_APPROVER":        "approver ¦ pejabat yang berwenang",
	"ROLE_AGENCY_ADMIN":    "agency administrator ¦ admin instansi",
	"ROLE_VERIFIER":        "verifier ¦ verifikator",
	"ROLE_LEAD_VERIFIER":   "lead verifier ¦ koordinator pokja",
	"ROLE_COMMISSIONER":    "commissioner ¦ komisioner",
	"ROLE_AWARD_COMMITTEE": "award committee ¦ panitia anugerah",
	"ROLE_ADMIN":           "administrator ¦ admin",
	"ROLE_AUDITOR":         "auditor ¦ auditor",

	"ACCOUNT_STATE_INVITED":     "invited ¦ diundang",
	"ACCOUNT_STATE_ACTIVE":      "active ¦ aktif",
	"ACCOUNT_STATE_DEACTIVATED": "deactivated ¦ dinonaktifkan",

	"AGENCY_KIND_LPNK":             "LPNK ¦ LPNK",
	"AGENCY_KIND_LEMBAGA_NEGARA":   "lembaga negara ¦ lembaga negara",
	"AGENCY_LINK_KIND_SPLIT_FROM":  "split from ¦ dimekarkan dari",
	"AGENCY_LINK_KIND_MERGED_INTO": "merged into ¦ digabung ke",
	"AGENCY_LINK_KIND_RENAMED":     "renamed ¦ berganti nama",

	"LEGAL_STATUS_OFFICIAL":    "official ¦ resmi",
	"LEGAL_STATUS_PROVISIONAL": "provisional ¦ sementara",
	"LIFECYCLE_DRAFT":          "draft ¦ draf",
	"LIFECYCLE_PUBLISHED":      "published ¦ terbit",
	"LIFECYCLE_RETIRED":        "retired ¦ ditutup",

	"PHASE_SELF_ASSESSMENT": "self-assessment ¦ penilaian mandiri",
	"PHASE_VERIFICATION":    "verification ¦ verifikasi",
	"PHASE_REPAIR":          "repair ¦ perbaikan",
	"PHASE_DETERMINATION":   "determination ¦ penetapan",
	"PHASE_AWARD":           "award ¦ anugerah",

	"PARTICIPATION_STATE_NOT_DUE":         "not due ¦ belum waktunya",
	"PARTICIPATION_STATE_NOT_STARTED":     "not started ¦ belum mulai",
	"PARTICIPATION_STATE_FILLING":         "filling in ¦ mengisi",
	"PARTICIPATION_STATE_SUBMITTED":       "submitted ¦ diajukan",
	"PARTICIPATION_STATE_IN_VERIFICATION": "in verification ¦ diverifikasi",
	"PARTICIPATION_STATE_VERIFIED":        "verified ¦ terverifikasi",
	"PARTICIPATION_STATE_DETERMINED":      "determined ¦ ditetapkan",

	"ASSESSMENT_STATE_DRAFT":           "draft ¦ draf",
	"ASSESSMENT_STATE_SUBMITTED":       "submitted ¦ diajukan",
	"ASSESSMENT_STATE_IN_VERIFICATION": "in verification ¦ diverifikasi",
	"ASSESSMENT_STATE_IN_REPAIR":       "in repair ¦ perbaikan",
	"ASSESSMENT_STATE_VERIFIED":        "verified ¦ terverifikasi",
	"ASSESSMENT_STATE_DETERMINED":      "determined ¦ ditetapkan",

	"STAGE_CLAIMED":    "claimed ¦ klaim",
	"STAGE_VERIFIED":   "verified ¦ verifikasi",
	"STAGE_DETERMINED": "determined ¦ penetapan",

	"ROUND_KIND_CLARIFICATION": "clarification ¦ klarifikasi",
	"ROUND_KIND_REPAIR":        "repair ¦ perbaikan",

	"SESSION_STATE_OPEN":   "open ¦ dibuka",
	"SESSION_STATE_CLOSED": "closed ¦ ditutup",
	"VOTE_KIND_IN_FAVOUR":  "in favour ¦ setuju",
	"VOTE_KIND_AGAINST":    "against ¦ menolak",
	"VOTE_KIND_ABSTAINED":  "abstained ¦ abstain",
	"OUTCOME_ADOPTED":      "adopted ¦ diterima",
	"OUTCOME_CHANGED":      "changed ¦ diubah",
	"OUTCOME_POSTPONED":    "postponed ¦ ditunda",

	"AWARD_STATE_DRAFT":     "draft ¦ draf",
	"AWARD_STATE_DECIDED":   "decided ¦ diputus",
	"AWARD_STATE_PUBLISHED": "published ¦ diumumkan",

	"REPORT_FORMAT_PDF":  "PDF ¦ PDF",
	"REPORT_FORMAT_XLSX": "XLSX ¦ XLSX",

	"EVIDENCE_KIND_FILE": "file ¦ berkas",
	"EVIDENCE_KIND_LINK": "link ¦ tautan",

	"EVIDENCE_FLAG_MACROS":           "holds macros or controls ¦ berisi makro atau kontrol",
	"EVIDENCE_FLAG_EXTERNAL_CONTENT": "loads content from elsewhere when opened ¦ memuat isi dari tempat lain saat dibuka",
	"EVIDENCE_FLAG_PROGRAM":          "holds a program ¦ berisi program",
	"EVIDENCE_FLAG_SCRIPT":           "holds scripts ¦ berisi skrip",
	"EVIDENCE_FLAG_LAUNCH":           "starts other programs ¦ menjalankan program lain",
	"EVIDENCE_FLAG_OPENS_ADDRESS":    "goes to an address when opened ¦ menuju suatu alamat saat dibuka",
	"EVIDENCE_FLAG_TWO_KINDS":        "is also a file of another kind ¦ sekaligus berkas jenis lain",
	"EVIDENCE_FLAG_PASSWORD":         "is protected by a password ¦ dilindungi kata sandi",
	"EVIDENCE_FLAG_NOT_EXAMINED":     "could not be examined entirely ¦ tidak dapat diperiksa seluruhnya",

	"SCAN_STATE_NOT_SCANNED":           "not scanned for viruses ¦ tidak dipindai virus",
	"SCAN_STATE_PENDING":               "waits to be scanned for viruses ¦ menunggu pemindaian virus",
	"SCAN_STATE_CLEAN":                 "no virus found ¦ tidak ditemukan virus",
	"SCAN_STATE_QUARANTINED":           "in quarantine: virus found ¦ dikarantina: virus ditemukan",
	"DOCUMENT_SUBJECT_SUBMISSION":      "submission ¦ pengajuan",
	"DOCUMENT_SUBJECT_MINUTES":         "minutes ¦ berita acara",
	"DOCUMENT_SUBJECT_PLENARY_SESSION": "plenary session ¦ sidang pleno",
	"DOCUMENT_SUBJECT_AWARD":           "award ¦ anugerah",

	"PROPOSAL_KIND_INVITE_ACCOUNT":      "invite somebody ¦ undang seseorang",
	"PROPOSAL_KIND_GRANT_MEMBERSHIP":    "grant a role ¦ beri peran",
	"PROPOSAL_KIND_RESET_PASSWORD":      "reset a password ¦ setel ulang kata sandi",
	"PROPOSAL_KIND_END_MEMBERSHIP":      "end a role ¦ akhiri peran",
	"PROPOSAL_KIND_DEACTIVATE_ACCOUNT":  "deactivate an account ¦ nonaktifkan akun",
	"PROPOSAL_KIND_PUBLISH_INSTRUMENT":  "publish an instrument ¦ terbitkan instrumen",
	"PROPOSAL_KIND_RESET_SECOND_FACTOR": "reset a second factor ¦ setel ulang faktor kedua",
	"PROPOSAL_STATE_OPEN":               "waits for a second administrator ¦ menunggu admin kedua",
	"PROPOSAL_STATE_APPROVED":           "approved ¦ disetujui",
	"PROPOSAL_STATE_REJECTED":           "rejected ¦ ditolak",
	"PROPOSAL_STATE_EXPIRED":            "expired ¦ kedaluwarsa",

	"NOTICE_KIND_PROPOSAL_MADE":           "an act waits for you ¦ tindakan menunggu Anda",
	"NOTICE_KIND_PROPOSAL_APPROVED":       "act approved ¦ tindakan disetujui",
	"NOTICE_KIND_PROPOSAL_REJECTED":       "act rejected ¦ tindakan ditolak",
	"NOTICE_KIND_ROLES_CHANGED":           "your roles changed ¦ peran Anda berubah",
	"NOTICE_KIND_EMERGENCY_ADMINISTRATOR": "administrator appointed in an emergency ¦ admin diangkat dalam keadaan darurat",
	"NOTICE_KIND_CREDENTIALS_CHANGED":     "your way to sign in changed ¦ cara masuk Anda berubah",

	"NOTICE_KIND_CLARIFICATION_OPENED":   "clarification opened ¦ klarifikasi dibuka",
	"NOTICE_KIND_CLARIFICATION_ANSWERED": "clarification answered ¦ klarifikasi dijawab",
	"NOTICE_KIND_CLARIFICATION_CLOSED":   "clarification closed ¦ klarifikasi ditutup",
	"NOTICE_KIND_RETURNED":               "returned ¦ dikembalikan",
	"NOTICE_KIND_SUBMITTED":              "submitted ¦ diajukan",
	"NOTICE_KIND_RECALLED":               "recalled ¦ ditarik kembali",
	"NOTICE_KIND_VERIFIER_ASSIGNED":      "assigned to verify ¦ ditugaskan memverifikasi",
	"NOTICE_KIND_VERIFIER_REPLACED":      "verification handed on ¦ verifikasi dialihkan",
	"NOTICE_KIND_ITEMS_ASSIGNED":         "items assigned ¦ butir ditugaskan",
	"NOTICE_KIND_MINUTES_RELEASED":       "minutes released ¦ berita acara terbit",
	"NOTICE_KIND_DETERMINED":             "determined ¦ ditetapkan",
	"NOTICE_KIND_WINDOW_CLOSING":         "window closing ¦ tahap segera berakhir",
	"SUBJECT_KIND_ACCOUNT":               "account ¦ akun",
	"SUBJECT_KIND_PROPOSAL":              "act that waits for a second administrator ¦ tindakan yang menunggu admin kedua",
	"SUBJECT_KIND_ASSESSMENT":            "assessment ¦ penilaian",
	"SUBJECT_KIND_CLARIFICATION":         "clarification ¦ klarifikasi",
	"SUBJECT_KIND_CYCLE":                 "cycle ¦ siklus",
	"SUBJECT_KIND_SESSION":               "plenary session ¦ sidang pleno",
	"SUBJECT_KIND_AWARD":                 "award ¦ anugerah",
	"SUBJECT_KIND_PLAN":                  "improvement plan ¦ rencana perbaikan",
	"SUBJECT_KIND_RESULT":                "result ¦ hasil",

	"WORK_KIND_START_ASSESSMENT":      "start the self-assessment ¦ mulai penilaian mandiri",
	"WORK_KIND_FILL_ASSESSMENT":       "fill in the questionnaire ¦ isi kuesioner",
	"WORK_KIND_ANSWER_ITEMS":          "answer your items ¦ isi butir Anda",
	"WORK_KIND_SUBMIT_ASSESSMENT":     "check and submit ¦ periksa dan ajukan",
	"WORK_KIND_ANSWER_CLARIFICATION":  "answer the clarification ¦ jawab klarifikasi",
	"WORK_KIND_FOLLOW_PLAN":           "follow the improvement plan ¦ jalankan rencana perbaikan",
	"WORK_KIND_START_VERIFICATION":    "start the verification ¦ mulai verifikasi",
	"WORK_KIND_VERIFY":                "verify ¦ verifikasi",
	"WORK_KIND_ASSIGN_VERIFIER":       "assign verifiers ¦ tugaskan verifikator",
	"WORK_KIND_COMPLETE_VERIFICATION": "sign off ¦ sahkan",
	"WORK_KIND_OPEN_SESSION":          "open a plenary session ¦ buka sidang pleno",
	"WORK_KIND_DECIDE_AGENDA":         "decide the agenda ¦ putuskan mata acara",
	"WORK_KIND_CLOSE_SESSION":         "close the session ¦ tutup sidang",
	"WORK_KIND_DECIDE_AWARD":          "decide the award ¦ putuskan anugerah",
	"WORK_KIND_PUBLISH_AWARD":         "publish the award ¦ umumkan anugerah",
	"WORK_KIND_FOLLOW_CYCLE":          "follow the cycle ¦ pantau siklus",

	"PLAN_ITEM_STATE_OPEN":        "open ¦ belum dimulai",
	"PLAN_ITEM_STATE_IN_PROGRESS": "in progress ¦ dikerjakan",
	"PLAN_ITEM_STATE_DONE":        "done ¦ selesai",
	"PLAN_ITEM_STATE_DROPPED":     "dropped ¦ dibatalkan",
	"SIMILARITY_TOTAL":            "total ¦ nilai",
	"SIMILARITY_ASPECTS":          "aspects ¦ aspek",
}
