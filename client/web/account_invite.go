package web

import (
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// badInput is the code of what a form shows at its fields.
const badInput = codes.InvalidArgument

// inviteView is the form of an invitation.
type inviteView struct {
	Name, Email string
	Appointment appointmentForm
	waysIn
}

var invitePage = newPage[inviteView]("account-invite")

func showInvite(w http.ResponseWriter, r *request) error {
	ways, err := r.waysIn()
	if err != nil {
		return err
	}
	return invitePage.show(w, r, inviteView{Appointment: r.appointmentForm(), waysIn: ways})
}

func doInvite(w http.ResponseWriter, r *request) error {
	ways, err := r.waysIn()
	if err != nil {
		return err
	}
	view := inviteView{r.PostFormValue("name"), r.PostFormValue("email"), r.appointmentForm(), ways}
	appointment, err := r.appointment(view.Appointment)
	var made *meritv1.InviteAccountResponse
	if err == nil {
		made, err = r.Accounts.InviteAccount(r.Context(), &meritv1.InviteAccountRequest{
			Name: view.Name, Email: view.Email, Appointment: appointment, RequestId: view.Appointment.RequestID,
		})
	}
	if err != nil {
		return invitePage.again(w, r, view, beside(err))
	}
	if made.GetLink().GetSecret() == "" {
		return r.done(w, []string{made.GetProposalId()}, "/admin/accounts/"+made.GetAccount().GetId(), "membership-granted")
	}
	return linksPage.show(w, r, linksView{Links: r.handouts(made.GetLink()), AccountID: made.GetAccount().GetId()})
}

// linksView shows one-time links, once: no other page has them.
type linksView struct {
	Links     []handout
	AccountID string // whose page to go on to; the list when empty
}

// handout is a one-time link as its issuer hands it over.
type handout struct {
	Email, Address string
	Expires        *timestamppb.Timestamp
}

var linksPage = newPage[linksView]("account-links")

// handouts are links at the address under which the reader sees these pages.
func (r *request) handouts(links ...*meritv1.OneTimeLink) []handout {
	scheme := "https://"
	if r.web.Plaintext {
		scheme = "http://"
	}
	all := make([]handout, len(links))
	for i, link := range links {
		all[i] = handout{link.GetEmail(), scheme + r.Host + link.GetPath(), link.GetExpiresAt()}
	}
	return all
}

func resetPassword(w http.ResponseWriter, r *request) error {
	made, err := r.Accounts.ResetPassword(r.Context(), &meritv1.ResetPasswordRequest{AccountId: r.PathValue("id")})
	if err != nil {
		return err
	}
	if made.GetProposalId() != "" {
		return r.redirect(w, proposalsPath, "proposed")
	}
	return linksPage.show(w, r, linksView{Links: r.handouts(made.GetLink()), AccountID: r.PathValue("id")})
}
