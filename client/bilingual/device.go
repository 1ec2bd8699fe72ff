package bilingual

import "strings"

// named is a word of a user agent and what people call the thing that says it.
type named struct{ says, name string }

// programs are told apart in this order: browsers also say the names of those that they want to be taken for.
var programs = []named{
	{"merit-cli", "merit command line ¦ baris perintah merit"},
	{"merit-demo", "demonstration ¦ peragaan"},
	{"Edg", "Edge"},
	{"OPR/", "Opera"},
	{"SamsungBrowser/", "Samsung Internet"},
	{"UCBrowser/", "UC Browser"},
	{"Firefox/", "Firefox"},
	{"FxiOS/", "Firefox"},
	{"CriOS/", "Chrome"},
	{"Chrome/", "Chrome"},
	{"Safari/", "Safari"},
	{"curl/", "curl"},
	{"grpcurl/", "grpcurl"},
	{"grpc-", "program over gRPC ¦ program melalui gRPC"},
	{"Mozilla/", "browser ¦ peramban"},
}

// systems are told apart in this order: Android says Linux too, iPhones say Mac OS X.
var systems = []named{
	{"Android", "Android"},
	{"iPhone", "iPhone"},
	{"iPad", "iPad"},
	{"Windows", "Windows"},
	{"CrOS", "ChromeOS"},
	{"Macintosh", "Mac"},
	{"Linux", "Linux"},
}

// Device is what people call the program and the machine of a user agent, in the language "id" or "en": Chrome on Windows,
// merit command line. A user agent says what its program wants: the name helps its owner to tell sessions apart and proves
// nothing. One that is not known is called unknown program.
func Device(language, userAgent string) string {
	program := nameIn(programs, userAgent)
	if program == "" {
		program = "unknown program ¦ program tak dikenal"
	}
	system := nameIn(systems, userAgent)
	if system == "" {
		return Pick(language, program)
	}
	return Say(language, "%s on %s ¦ %s di %s", Pick(language, program), system)
}

// nameIn is the name of the first whose word stands in the user agent; empty without one.
func nameIn(all []named, userAgent string) string {
	for _, one := range all {
		if strings.Contains(userAgent, one.says) {
			return one.name
		}
	}
	return ""
}
