package web

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// frame is what surrounds every page.
type frame struct {
	Path    string // of the page, with its query: where a change of language leads back
	Who     *meritv1.WhoAmIResponse
	Nav     []navLink
	Unread  int    // notices
	Demo    bool   // this is the demonstration
	Said    string // what a form has just done
	Problem *problem
}

// navLink is an entry of the main navigation.
type navLink struct {
	Path, Text string // Text is "English ¦ Indonesia"
	Current    bool
}

// Zone is the time zone of the agency for which the reader acts; empty for others.
func (f frame) Zone() string { return f.Who.GetActing().GetAgencyTimeZone() }

// SignedIn reports whether somebody is signed in.
func (f frame) SignedIn() bool { return f.Who != nil }

// Acts reports whether the reader acts in one of the roles, named as in the contract without ROLE_.
func (f frame) Acts(roles ...string) bool {
	for _, role := range roles {
		if value, ok := meritv1.Role_value["ROLE_"+role]; ok && f.Who.GetActing().GetRole() == meritv1.Role(value) {
			return true
		}
	}
	return false
}

func (r *request) frame() (frame, error) {
	f := frame{
		Path: r.page(), Who: r.who, Nav: navigation(r.who.GetActing(), r.who != nil, r.URL.Path),
		Demo: len(r.web.Demo) > 0, Said: sayings[r.URL.Query().Get("said")],
	}
	if r.who == nil || r.who.GetSecondFactorMissing() {
		return f, nil
	}
	unread, err := r.Notices.CountUnread(r.Context(), &meritv1.CountUnreadRequest{})
	f.Unread = int(unread.GetUnread())
	return f, err
}

// page is the address of the page that is shown, without what it says of a form that was sent. A form that is shown again
// may have an address to which it is sent but at which there is no page: then it is the page that it was sent from.
func (r *request) page() string {
	at := r.URL
	if r.Method != http.MethodGet {
		at = r.formPage()
	}
	values := at.Query()
	values.Del("said")
	return (&url.URL{Path: at.Path, RawQuery: values.Encode()}).RequestURI()
}

// formPage is the page of the form that was sent: where the browser says it was, where the form says it leads back, or what
// the address belongs to. The first may itself be an address without a page, where a form was refused before.
func (r *request) formPage() *url.URL {
	at := r.URL
	if back, err := url.Parse(local(r.PostForm.Get("back"), "")); err == nil && back.Path != "" {
		at = back
	}
	if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host && from.Path != "" {
		at = from
	}
	for !r.web.hasPage(at.Path) {
		at = &url.URL{Path: path.Dir(at.Path)}
	}
	return at
}

// hasPage reports whether there is something to GET at an address.
func (w *Web) hasPage(address string) bool {
	_, pattern := w.pages.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: address}})
	return pattern != "GET /" || address == "/"
}

// navigation is the way through the pages for whoever acts in a membership. Nobody finds a link there that they could not
// follow: an auditor of one agency reads its assessments, not the desks of the verifiers and of the plenary.
func navigation(acting *meritv1.Membership, signedIn bool, address string) []navLink {
	links := public
	if signedIn {
		links = append([]navLink{{Path: "/work", Text: "My work today ¦ Pekerjaan saya"}}, byRole[acting.GetRole()]...)
		links = slices.DeleteFunc(links, func(link navLink) bool {
			return acting.GetAgencyId() != "" && (link == verificationLink || link == plenaryLink || link == proposalsLink)
		})
		links = append(links, navLink{Path: "/results", Text: "Results ¦ Hasil"})
	}
	out := make([]navLink, len(links))
	for i, link := range links {
		link.Current = address == link.Path || link.Path != "/" && strings.HasPrefix(address, link.Path+"/")
		out[i] = link
	}
	return out
}

// public is the navigation of everybody without an account.
var public = []navLink{
	{Path: "/", Text: "National results ¦ Hasil nasional"},
	{Path: "/results", Text: "Ranking ¦ Peringkat"},
	{Path: "/method", Text: "How it is computed ¦ Cara menghitung"},
	{Path: "/data", Text: "Open data ¦ Data terbuka"},
}

// byRole is what a role finds between its work and the results.
var byRole = map[meritv1.Role][]navLink{
	meritv1.Role_ROLE_OPERATOR:        {assessmentsLink},
	meritv1.Role_ROLE_CONTRIBUTOR:     {assessmentsLink},
	meritv1.Role_ROLE_APPROVER:        {assessmentsLink},
	meritv1.Role_ROLE_AGENCY_ADMIN:    {assessmentsLink, accountsLink, auditLink},
	meritv1.Role_ROLE_AUDITOR:         {assessmentsLink, verificationLink, plenaryLink, awardsLink, participationLink, accountsLink, auditLink, proposalsLink},
	meritv1.Role_ROLE_VERIFIER:        {verificationLink, participationLink},
	meritv1.Role_ROLE_LEAD_VERIFIER:   {verificationLink, plenaryLink, participationLink, cyclesLink},
	meritv1.Role_ROLE_COMMISSIONER:    {plenaryLink, participationLink},
	meritv1.Role_ROLE_AWARD_COMMITTEE: {awardsLink},
	meritv1.Role_ROLE_ADMIN:           {participationLink, accountsLink, agenciesLink, cyclesLink, instrumentsLink, proposalsLink, auditLink},
}

var (
	awardsLink        = navLink{Path: "/awards", Text: "Awards ¦ Anugerah"}
	assessmentsLink   = navLink{Path: "/assessments", Text: "Assessments ¦ Penilaian"}
	accountsLink      = navLink{Path: "/admin/accounts", Text: "People ¦ Orang"}
	proposalsLink     = navLink{Path: proposalsPath, Text: "Proposals ¦ Usulan"}
	auditLink         = navLink{Path: "/admin/audit", Text: "Audit trail ¦ Jejak audit"}
	participationLink = navLink{Path: "/admin/participation", Text: "Participation ¦ Partisipasi"}
	cyclesLink        = navLink{Path: "/admin/cycles", Text: "Calendar ¦ Kalender"}
	instrumentsLink   = navLink{Path: "/admin/instruments", Text: "Instruments ¦ Instrumen"}
	agenciesLink      = navLink{Path: "/admin/agencies", Text: "Agencies ¦ Instansi"}
	verificationLink  = navLink{Path: "/verification", Text: "Verification ¦ Verifikasi"}
	plenaryLink       = navLink{Path: "/plenary", Text: "Plenary ¦ Pleno"}
)
