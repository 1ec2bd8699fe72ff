package server_test

// pageDoor is one way to name a record on a page.
type pageDoor struct {
	open    string // why anybody may name any record here
	records func(w *world) []foreign
}

func openPage(why string) pageDoor { return pageDoor{open: why} }

const (
	itemsArePublic = "items of instruments are public"
	resultsPublic  = "determined results are public, and others are not there: TestNothingUndeterminedIsTold"
)

// pageDoors are all parts of addresses that name something, by the address up to there. Every page below is tried.
var pageDoors = map[string]pageDoor{
	"/admin/accounts/{id}":                            {records: peopleSeen},
	"/admin/accounts/{id}/identities/{identity}":      {records: theIdentity},
	"/profile/identities/{identity}":                  {records: theIdentity},
	"/admin/accounts/{id}/end/{membership}":           {records: theMembership},
	"/admin/agencies/{id}":                            openPage(agenciesArePublic),
	"/admin/cycles/{id}":                              openPage(cyclesArePublic),
	"/admin/cycles/{id}/windows/{phase}":              openPage(cyclesArePublic),
	"/admin/instruments/{instrument}":                 {records: theInstrument},
	"/admin/proposals/{id}":                           {records: theProposal},
	"/agencies/{code}":                                openPage(agenciesArePublic),
	"/agencies/{code}/{year}":                         openPage(resultsPublic),
	"/agencies/{code}/{year}/{file}":                  openPage(resultsPublic),
	"/assessments/{id}":                               {records: theAssessments},
	"/assessments/{id}/clarifications/{round}":        {records: theRound},
	"/assessments/{id}/clarifications/{round}/{item}": openPage(itemsArePublic),
	"/assessments/{id}/documents/{document}":          {records: theDocuments},
	"/assessments/{id}/items/{item}":                  openPage(itemsArePublic),
	"/assessments/{id}/plan/{line}":                   {records: thePlanItem},
	"/awards/{id}":                                    {records: theAward},
	"/awards/{id}/certificates/{file}":                openPage("recipients of published awards are public, and " + agenciesArePublic),
	"/citations/{id}":                                 {records: theCitations},
	"/data/{instrument}":                              {records: theHiddenInstrument},
	"/data/{instrument}/{file}":                       openPage(resultsPublic),
	"/evidence/{id}":                                  {records: theEvidence},
	"/link/{secret}":                                  openPage("who has the secret of a link has the link"),
	"/plenary/{session}":                              {records: theOpenSession},
	"/plenary/{session}/agenda/{assessment}":          {records: theAssessments},
	"/plenary/{session}/documents/{document}":         {records: theDocuments},
	"/profile/sessions/{id}":                          {records: theSignedInSession},
	"/profile/tokens/{id}":                            {records: theToken},
	"/uploads/{id}":                                   {records: theUpload},
	"/verification/{assessment}":                      {records: theAssessments},
	"/verification/{assessment}/items/{item}":         openPage(itemsArePublic),
	"/verification/{assessment}/rounds/{round}":       {records: theRound},
}

// fieldDoor is a field of a form, or of a query, that names a record.
type fieldDoor struct {
	field string
	pageDoor
}

// fieldDoors are fields that name records, by the address of their form.
var fieldDoors = map[string][]fieldDoor{
	"GET /admin/audit":                       {{"account", pageDoor{records: peopleSeen}}},
	"GET /admin/instruments/compare":         {{"from", pageDoor{records: theInstrument}}, {"to", pageDoor{records: theInstrument}}},
	"GET /verification":                      {{"verifier", pageDoor{records: theAccounts}}},
	"POST /assessments/{id}/assignments":     {{"colleague", pageDoor{records: theAccounts}}},
	"POST /assessments/{id}/evidence/cite":   {{"evidence", pageDoor{records: theEvidence}}},
	"POST /membership":                       {{"membership", pageDoor{records: theMembership}}},
	"POST /notices":                          {{"notice", pageDoor{records: theNotice}}},
	"POST /plenary/new":                      {{"assessment", pageDoor{records: theAssessments}}},
	"POST /profile/tokens":                   {{"membership_id", pageDoor{records: theMembership}}},
	"POST /verification/assign":              {{"assessment", pageDoor{records: theAssessments}}},
	"POST /verification/{assessment}/assign": {{"verifier", pageDoor{records: theAccounts}}},
}
