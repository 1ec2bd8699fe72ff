package web

// sayings are what a page may say after a form has done its work. The list is closed: an address cannot make a page say
// anything else.
var sayings = map[string]string{
	"signed-out":       "You are signed out. ¦ Anda telah keluar.",
	"password-set":     "The password is set. Sign in with it. ¦ Kata sandi telah dipasang. Silakan masuk.",
	"password-changed": "The password is changed; other sessions have ended. ¦ Kata sandi diubah; sesi lain telah diakhiri.",
	"started":          "The self-assessment has begun. ¦ Penilaian mandiri dimulai.",
	"saved":            "Saved. ¦ Tersimpan.",
}
