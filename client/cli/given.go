package cli

// Given is the value of a flag that a check depends on: without the flag nothing is compared, so a value that turns out
// empty, as that of a shell's variable that is not set, must not look like no flag.
type Given string

// UnmarshalText refuses an empty value.
func (g *Given) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return Mistake("its value is empty, and nothing would be compared: is a variable of the shell not set? ¦ nilainya kosong, sehingga tidak ada yang dibandingkan: apakah variabel shell belum diisi?")
	}
	*g = Given(text)
	return nil
}
