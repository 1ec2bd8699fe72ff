package web

// sayings are what a page may say after a form has done its work. The list is closed: an address cannot make a page say
// anything else. A blank line between entries keeps a new one from moving its neighbours.
var sayings = map[string]string{
	"signed-out": "You are signed out. ¦ Anda telah keluar.",

	"password-set": "The password is set. Sign in with it. ¦ Kata sandi telah dipasang. Silakan masuk.",

	"password-changed": "The password is changed; other sessions have ended. ¦ Kata sandi diubah; sesi lain telah diakhiri.",

	"started": "The self-assessment has begun. ¦ Penilaian mandiri dimulai.",

	"membership-granted": "The role is given. ¦ Peran telah diberikan.",

	"proposed": "It waits for a second administrator; nothing was done yet. ¦ Menunggu administrator kedua; belum ada yang dilakukan.",

	"proposal-approved": "The proposal is approved and took effect. ¦ Usulan disetujui dan sudah berlaku.",

	"proposal-rejected": "The proposal is closed. ¦ Usulan ditutup.",

	"membership-ended": "The membership has ended. ¦ Keanggotaan telah diakhiri.",

	"account-deactivated": "The account is deactivated; its sessions, tokens and links have ended. ¦ Akun dinonaktifkan; sesi, token, dan tautannya diakhiri.",

	"code-late": "The code came too late. Sign in again. ¦ Kode terlambat. Silakan masuk lagi.",

	"factor-removed": "The second factor is removed. ¦ Faktor kedua dilepas.",

	"factor-reset": "The second factor of this person is taken away; their sessions have ended. ¦ Faktor kedua orang ini dihapus; sesinya diakhiri.",

	"identity-unlinked": "The identity is unlinked; all sessions of the person have ended. ¦ Identitas dilepas; semua sesi orangnya diakhiri.",

	"session-ended": "The session has ended. ¦ Sesi telah diakhiri.",

	"sessions-ended": "Your other sessions have ended. ¦ Sesi Anda yang lain telah diakhiri.",

	"token-revoked": "The token is revoked. ¦ Token dicabut.",

	"interest-declared": "Your declaration is recorded. ¦ Pernyataan Anda dicatat.",

	"window-moved": "The window is moved. ¦ Jadwal dipindahkan.",

	"extended": "The agencies have longer. ¦ Perpanjangan diberikan.",

	"instrument-saved": "The draft is kept. ¦ Draf disimpan.",

	"instrument-published": "The instrument is published and never changes from now on. ¦ Instrumen terbit dan tidak berubah lagi.",

	"instrument-retired": "The instrument is closed to new cycles. ¦ Instrumen ditutup bagi siklus baru.",

	"imported": "The file is imported. ¦ Berkas telah diimpor.",

	"saved": "Saved. ¦ Tersimpan.",

	"assigned": "The verifier is assigned. ¦ Verifikator telah ditugaskan.",

	"verification-started": "Verification has begun. ¦ Verifikasi telah dimulai.",

	"returned": "The sheet is back with its agency. ¦ Penilaian telah dikembalikan kepada instansi.",

	"verified": "The verification is complete and its minutes are released. ¦ Verifikasi selesai dan berita acaranya dirilis.",

	"round-opened": "The round is open. The agency sees your questions. ¦ Putaran dibuka. Instansi melihat pertanyaan Anda.",

	"round-closed": "The round is closed. ¦ Putaran ditutup.",

	"session-opened": "The session is open. Record who is present. ¦ Sidang dibuka. Catat yang hadir.",

	"attendance-recorded": "Attendance is recorded. ¦ Kehadiran dicatat.",

	"recusal-recorded": "The recusal is recorded. ¦ Pengunduran diri dicatat.",

	"vote-recorded": "Your vote is recorded. ¦ Suara Anda dicatat.",

	"item-decided": "The agenda item is decided. ¦ Mata acara telah diputus.",

	"correction-added": "The correction is on the agenda. ¦ Koreksi masuk agenda.",

	"session-closed": "The session is closed; what it decided is determined. ¦ Sidang ditutup; yang diputus telah ditetapkan.",

	"document-attached": "The document is attached. ¦ Dokumen dilampirkan.",

	"evidence-added": "The evidence is added. ¦ Bukti dukung ditambahkan.",

	"evidence-replaced": "This evidence takes the place of the other. ¦ Bukti dukung ini menggantikan yang lama.",

	"evidence-withdrawn": "The evidence is withdrawn: no open sheet cites it any more. ¦ Bukti dukung ditarik: tidak ada lagi lembar terbuka yang merujuknya.",

	"workbook-applied": "The workbook is applied: every change is saved. ¦ Buku kerja diterapkan: semua perubahan tersimpan.",
	"attached":         "The document is attached. ¦ Dokumen dilampirkan.",
	"items-assigned":   "The items are assigned. ¦ Butir telah ditugaskan.",
	"items-taken-back": "The items are no longer assigned to them. ¦ Penugasan butir dicabut.",
	"cited":            "The evidence is cited. ¦ Bukti dukung dirujuk.",

	"uncited": "It is no longer cited there. ¦ Rujukan dihapus.",

	"answer-saved": "The answer is saved. ¦ Jawaban tersimpan.",

	"submitted": "The assessment is submitted and locked. ¦ Penilaian telah diajukan dan terkunci.",

	"recalled": "The assessment is a draft again. ¦ Penilaian kembali menjadi draf.",

	"plan-saved": "The plan is kept. ¦ Rencana tersimpan.",

	"question-answered": "The answer to the verifier is sent. ¦ Jawaban kepada verifikator terkirim.",

	"all-read":         "All notices are marked as read. ¦ Semua pemberitahuan ditandai telah dibaca.",
	"award-drafted":    "The rule is written down. Candidates appear as results are determined. ¦ Aturan tercatat. Calon muncul ketika hasil ditetapkan.",
	"award-excluded":   "The agency is excluded. ¦ Instansi dikeluarkan.",
	"award-taken-back": "The agency is back in the running. ¦ Instansi masuk kembali.",
	"award-decided":    "The recipients are decided. ¦ Penerima telah diputus.",
	"award-published":  "The list is public. ¦ Daftar telah diumumkan.",
}
