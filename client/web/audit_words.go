package web

// auditAreas are the parts of the service that entries can be narrowed to.
var auditAreas = []auditArea{
	{"AccountService.", "People and roles ¦ Orang dan peran"},
	{"AgencyService.", "Agencies ¦ Instansi"},
	{"AssessmentService.", "Self-assessment ¦ Penilaian mandiri"},
	{"AwardService.", "Awards ¦ Anugerah"},
	{"CycleService.", "Cycles ¦ Siklus"},
	{"EvidenceService.", "Evidence ¦ Bukti dukung"},
	{"InstrumentService.", "Instruments ¦ Instrumen"},
	{"PlanService.", "Improvement plans ¦ Rencana perbaikan"},
	{"PlenaryService.", "Plenary ¦ Pleno"},
	{"ProposalService.", "Proposals to a second administrator ¦ Usulan kepada administrator kedua"},
	{"ReportService.", "Reports and workbooks ¦ Laporan dan lembar kerja"},
	{"ResultService.", "Published results ¦ Hasil yang diumumkan"},
	{"VerificationService.", "Verification ¦ Verifikasi"},
	{"Service.", "The service by itself ¦ Layanan sendiri"},
}

// deeds say what an action of the trail is, as people would.
var deeds = map[string]string{
	"AccountService.SwitchMembership":  "changed to another role ¦ berganti peran",
	"AccountService.ChangePassword":    "changed the password ¦ mengubah kata sandi",
	"AccountService.UpdateProfile":     "changed name or language ¦ mengubah nama atau bahasa",
	"AccountService.AcceptLink":        "set a password with a one-time link ¦ memasang kata sandi dengan tautan sekali pakai",
	"AccountService.CreateToken":       "made a token for programs ¦ membuat token untuk program",
	"AccountService.RevokeToken":       "revoked a token ¦ mencabut token",
	"AccountService.InviteAccount":     "invited a person ¦ mengundang orang",
	"AccountService.ImportAccounts":    "invited a person from a file ¦ mengundang orang dari berkas",
	"AccountService.DeactivateAccount": "deactivated an account ¦ menonaktifkan akun",
	"AccountService.GrantMembership":   "gave a role ¦ memberi peran",
	"AccountService.EndMembership":     "ended a membership ¦ mengakhiri keanggotaan",
	"AccountService.ResetPassword":     "made a link for a new password ¦ membuat tautan kata sandi baru",
	"AccountService.DeclareInterest":   "declared an interest ¦ menyatakan kepentingan",

	"AccountService.GiveCode":              "signed in with a recovery code ¦ masuk dengan kode pemulihan",
	"AccountService.Confirm":               "confirmed with a recovery code ¦ mengonfirmasi dengan kode pemulihan",
	"AccountService.EnrolSecondFactor":     "began to enrol a second factor ¦ mulai memasang faktor kedua",
	"AccountService.ConfirmSecondFactor":   "enrolled a second factor ¦ memasang faktor kedua",
	"AccountService.RemoveSecondFactor":    "removed the second factor ¦ melepas faktor kedua",
	"AccountService.ResetSecondFactor":     "took a person's second factor away ¦ menghapus faktor kedua seseorang",
	"AccountService.SetSecondFactorPolicy": "named the roles that need a second factor ¦ menetapkan peran yang wajib memakai faktor kedua",
	"AccountService.EndMySession":          "ended a session ¦ mengakhiri sesi",
	"AccountService.EndMyOtherSessions":    "ended the other sessions ¦ mengakhiri sesi lain",

	"AccountService.CompleteOidcSignIn":    "linked an identity of the identity provider with the account ¦ menautkan identitas dari penyedia identitas dengan akun",
	"AccountService.UnlinkAccountIdentity": "unlinked a person's identity of the identity provider ¦ melepas tautan identitas seseorang",

	"AgencyService.ImportAgencies": "imported agencies ¦ mengimpor instansi",
	"AgencyService.UpdateAgency":   "changed an agency ¦ mengubah instansi",
	"AgencyService.LinkAgencies":   "recorded a split, merger or renaming ¦ mencatat pemekaran, penggabungan, atau ganti nama",

	"AssessmentService.StartAssessment": "began a self-assessment ¦ memulai penilaian mandiri",
	"AssessmentService.SaveAnswer":      "answered an item ¦ menjawab butir",
	"AssessmentService.SaveAnswers":     "answered several items ¦ menjawab beberapa butir",
	"AssessmentService.AssignItems":     "assigned items to a colleague ¦ menugaskan butir kepada rekan",
	"AssessmentService.Submit":          "submitted the self-assessment ¦ mengajukan penilaian mandiri",
	"AssessmentService.Recall":          "recalled the self-assessment ¦ menarik kembali penilaian mandiri",
	"AssessmentService.Return":          "returned the self-assessment ¦ mengembalikan penilaian mandiri",

	"AwardService.DraftAward":    "drew up a list of awards ¦ menyusun daftar anugerah",
	"AwardService.ExcludeAgency": "excluded an agency from a list of awards ¦ mengecualikan instansi dari daftar anugerah",
	"AwardService.DecideAward":   "decided a list of awards ¦ memutuskan daftar anugerah",
	"AwardService.PublishAward":  "announced awards ¦ mengumumkan anugerah",

	"CycleService.CreateCycle":    "opened a cycle ¦ membuka siklus",
	"CycleService.SetWindow":      "moved the window of a phase ¦ memindahkan jadwal tahap",
	"CycleService.GrantExtension": "gave agencies longer ¦ memberi perpanjangan",

	"EvidenceService.StartUpload":      "began to send a file ¦ mulai mengirim berkas",
	"EvidenceService.UploadChunks":     "sent a part of a file ¦ mengirim bagian berkas",
	"EvidenceService.FinishUpload":     "added a file of evidence ¦ menambahkan berkas bukti dukung",
	"EvidenceService.AttachDocument":   "attached a signed document ¦ melampirkan dokumen bertanda tangan",
	"EvidenceService.AddLink":          "added a link as evidence ¦ menambahkan tautan bukti dukung",
	"EvidenceService.UpdateEvidence":   "changed what is said of evidence ¦ mengubah keterangan bukti dukung",
	"EvidenceService.WithdrawEvidence": "withdrew evidence ¦ menarik bukti dukung",
	"EvidenceService.Cite":             "cited evidence for an item ¦ merujuk bukti dukung pada butir",
	"EvidenceService.Uncite":           "took a citation back ¦ menghapus rujukan bukti dukung",
	"EvidenceService.Download":         "looked at evidence ¦ melihat bukti dukung",

	"InstrumentService.SaveInstrumentDraft": "kept a draft of an instrument ¦ menyimpan draf instrumen",
	"InstrumentService.PublishInstrument":   "published an instrument ¦ menerbitkan instrumen",
	"InstrumentService.RetireInstrument":    "closed an instrument to new cycles ¦ menutup instrumen bagi siklus baru",

	"NoticeService.MarkNoticesRead": "marked notices as read ¦ menandai pemberitahuan telah dibaca",

	"PlanService.SavePlan":       "kept an improvement plan ¦ menyimpan rencana perbaikan",
	"PlanService.UpdatePlanItem": "changed a step of an improvement plan ¦ mengubah langkah rencana perbaikan",

	"PlenaryService.OpenSession":          "opened a plenary session ¦ membuka sidang pleno",
	"PlenaryService.RecordAttendance":     "recorded who is present or recused ¦ mencatat kehadiran dan pengunduran diri",
	"PlenaryService.Vote":                 "voted ¦ memberikan suara",
	"PlenaryService.Decide":               "recorded a decision of the plenary ¦ mencatat keputusan pleno",
	"PlenaryService.CloseSession":         "closed a plenary session with its decree ¦ menutup sidang pleno dengan keputusannya",
	"PlenaryService.CorrectDetermination": "corrected a determination ¦ mengoreksi penetapan",

	"ProposalService.Propose":         "proposed something to a second administrator ¦ mengusulkan sesuatu kepada administrator kedua",
	"ProposalService.ApproveProposal": "approved a proposal ¦ menyetujui usulan",
	"ProposalService.RejectProposal":  "rejected a proposal ¦ menolak usulan",

	"ReportService.ExportWorkbook":  "took a workbook along ¦ mengambil lembar kerja",
	"ReportService.PreviewWorkbook": "looked at what a workbook would change ¦ melihat perubahan dari lembar kerja",
	"ReportService.ApplyWorkbook":   "took answers over from a workbook ¦ menerapkan jawaban dari lembar kerja",
	"ReportService.ExportEvidence":  "took all evidence along ¦ mengambil semua bukti dukung",

	"ResultService.ImportPublishedResults": "imported published results ¦ mengimpor hasil yang telah diumumkan",

	"VerificationService.AssignVerifier":       "assigned a verifier ¦ menugaskan verifikator",
	"VerificationService.StartVerification":    "began a verification ¦ memulai verifikasi",
	"VerificationService.SetVerified":          "decided items in verification ¦ memutuskan butir dalam verifikasi",
	"VerificationService.OpenClarification":    "opened a round of questions ¦ membuka putaran pertanyaan",
	"VerificationService.AnswerClarification":  "answered a question of the verifier ¦ menjawab pertanyaan verifikator",
	"VerificationService.CloseClarification":   "closed a round of questions ¦ menutup putaran pertanyaan",
	"VerificationService.CompleteVerification": "completed a verification ¦ menyelesaikan verifikasi",

	"Service.ExamineFile":         "looked into a file ¦ memeriksa isi berkas",
	"Service.RemoveEvidence":      "removed a file that nobody ever cited ¦ menghapus berkas yang tidak pernah dirujuk",
	"Service.RemoveBytes":         "removed bytes that no record names ¦ menghapus isi berkas yang tidak dimiliki catatan mana pun",
	"Service.ExpireClarification": "closed a round whose deadline is over ¦ menutup putaran yang lewat tenggat",
	"Service.Seed":                "made up a country to measure with ¦ membuat negara contoh untuk pengukuran",
	"Service.Bootstrap":           "made the first administrator ¦ membuat admin pertama",
	"Service.AppointInEmergency":  "made an administrator in an emergency, without a second one ¦ membuat admin dalam keadaan darurat, tanpa admin kedua",
}
