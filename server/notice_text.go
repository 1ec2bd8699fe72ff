package server

import (
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// noticeText is the sentence of a notice. Its words stay true whenever it is read: they name days, not how many are left.
func noticeText(n *store.Notice, agency, cycle string) fault.Text {
	if n.Kind == store.NoticeWindowClosing {
		return closingText(n, agency, cycle)
	}
	if words, ok := personalWords[n.Kind]; ok {
		return words
	}
	words := noticeWords[n.Kind]
	day := fault.Text{}
	if n.LastDay != "" {
		day = calendar.Words(n.LastDay)
	}
	return fault.T(words.ID, words.EN, agency, cycle, n.Count, day)
}

// noticeWords say what happened. Their arguments are the agency, the cycle, the count and the last day.
var noticeWords = map[store.NoticeKind]fault.Text{
	store.NoticeClarificationOpened: {
		ID: "Klarifikasi dibuka untuk %[1]s, siklus %[2]s. Pertanyaan yang menunggu jawaban: %[3]d, sampai %[4]s pukul 24.00 WIB.",
		EN: "A clarification was opened for %[1]s, cycle %[2]s. Questions to answer: %[3]d, until %[4]s, 24:00 WIB.",
	},
	store.NoticeClarificationAnswered: {
		ID: "%[1]s menjawab klarifikasi siklus %[2]s. Pertanyaan yang sudah dijawab: %[3]d.",
		EN: "%[1]s answered the clarification of cycle %[2]s. Questions answered so far: %[3]d.",
	},
	store.NoticeClarificationClosed: {
		ID: "Klarifikasi %[1]s, siklus %[2]s, sudah ditutup.",
		EN: "The clarification of %[1]s, cycle %[2]s, is closed.",
	},
	store.NoticeReturned: {
		ID: "Penilaian %[1]s, siklus %[2]s, dikembalikan oleh verifikator untuk dilengkapi. Alasannya ada di riwayat penilaian.",
		EN: "The assessment of %[1]s, cycle %[2]s, was returned by the verifier to be completed. The reason is in its history.",
	},
	store.NoticeSubmitted: {
		ID: "Penilaian %[1]s, siklus %[2]s, diajukan.",
		EN: "The assessment of %[1]s, cycle %[2]s, was submitted.",
	},
	store.NoticeRecalled: {
		ID: "%[1]s menarik kembali penilaiannya, siklus %[2]s.",
		EN: "%[1]s recalled its assessment, cycle %[2]s.",
	},
	store.NoticeVerifierAssigned: {
		ID: "Anda ditugaskan memverifikasi %[1]s, siklus %[2]s.",
		EN: "You were asked to verify %[1]s, cycle %[2]s.",
	},
	store.NoticeVerifierReplaced: {
		ID: "Verifikasi %[1]s, siklus %[2]s, kini ditangani verifikator lain. Alasannya ada di riwayat penilaian.",
		EN: "Somebody else now verifies %[1]s, cycle %[2]s. The reason is in its history.",
	},
	store.NoticeItemsAssigned: {
		ID: "Anda diminta mengisi butir penilaian %[1]s, siklus %[2]s. Jumlah butir: %[3]d.",
		EN: "You were asked to answer items of the assessment of %[1]s, cycle %[2]s. Number of items: %[3]d.",
	},
	store.NoticeMinutesReleased: {
		ID: "Berita Acara Verifikasi %[1]s, siklus %[2]s, sudah terbit.",
		EN: "The minutes of verification of %[1]s, cycle %[2]s, are released.",
	},
	store.NoticeDetermined: {
		ID: "Hasil %[1]s, siklus %[2]s, sudah ditetapkan.",
		EN: "The result of %[1]s, cycle %[2]s, is determined.",
	},
}

// personalWords say what happened to a person's own rights, or waits for their word.
var personalWords = map[store.NoticeKind]fault.Text{
	store.NoticeProposalMade: {
		ID: "Administrator lain mengusulkan sesuatu yang memerlukan persetujuan administrator kedua dalam 72 jam.",
		EN: "Another administrator proposes something that needs a second administrator within 72 hours.",
	},
	store.NoticeProposalApproved: {
		ID: "Usulan Anda disetujui administrator lain dan sudah berlaku.",
		EN: "Another administrator approved your proposal, and it took effect.",
	},
	store.NoticeProposalRejected: {
		ID: "Usulan Anda ditolak administrator lain. Alasannya ada pada usulan itu.",
		EN: "Another administrator rejected your proposal. The reason stands beside it.",
	},
	store.NoticeRolesChanged: {
		ID: "Peran Anda diubah: ada yang diberikan atau diakhiri. Jika Anda tidak mengharapkannya, hubungi administrator.",
		EN: "Your roles changed: one was given or ended. If you did not expect that, tell the administrators.",
	},
	store.NoticeEmergencyAdministrator: {
		ID: "Seorang administrator baru diangkat dalam keadaan darurat oleh pengelola mesin, tanpa persetujuan administrator kedua. Suratnya tercatat pada keanggotaannya dan dalam jejak audit. Jika lembaga Anda tidak mengetahuinya, periksalah segera.",
		EN: "Whoever runs the machine appointed a new administrator in an emergency, without a second administrator. The letter stands in the membership and in the audit trail. If your institution knows nothing of it, look into it at once.",
	},
	store.NoticeCredentialsChanged: {
		ID: "Kata sandi Anda diganti, tautan untuk menggantinya dibuat, faktor kedua Anda dilepaskan, atau identitas Anda di penyedia dilepas. Jika bukan atas permintaan Anda, segera hubungi administrator.",
		EN: "Your password was changed, a link to change it was made, your second factor was taken away, or your identity at the provider was unlinked. If you did not ask for that, tell the administrators at once.",
	},
}

// closingText says of a phase that it ends: to an agency for itself, to others for the sheets that wait for them.
func closingText(n *store.Notice, agency, cycle string) fault.Text {
	phase, day := n.Phase.Name(), calendar.Words(n.LastDay)
	switch {
	case n.AgencyID != "":
		return fault.T("Tahap %s siklus %s berakhir bagi %s pada %s pukul 24.00 WIB.",
			"The %s phase of cycle %s ends for %s on %s, 24:00 WIB.", phase, cycle, agency, day)
	case n.Count > 0:
		return fault.T("Tahap %s siklus %s berakhir pada %s pukul 24.00 WIB. Penilaian yang masih menunggu Anda: %d.",
			"The %s phase of cycle %s ends on %s, 24:00 WIB. Assessments that still wait for you: %d.", phase, cycle, day, n.Count)
	}
	return fault.T("Tahap %s siklus %s berakhir pada %s pukul 24.00 WIB.", "The %s phase of cycle %s ends on %s, 24:00 WIB.", phase, cycle, day)
}
