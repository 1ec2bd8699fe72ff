package web

import (
	"net/http"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// Roles as forms offer them: those of an agency, which its administrator gives, and all.
var (
	rolesOfAgency = []meritv1.Role{
		meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_CONTRIBUTOR, meritv1.Role_ROLE_APPROVER, meritv1.Role_ROLE_AGENCY_ADMIN,
	}
	grantable = append(rolesOfAgency[:len(rolesOfAgency):len(rolesOfAgency)],
		meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_COMMISSIONER,
		meritv1.Role_ROLE_AWARD_COMMITTEE, meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_AUDITOR)
)

// appointmentForm is what a person is to be, as it was typed.
type appointmentForm struct {
	Roles               []meritv1.Role // on offer
	Role                meritv1.Role
	Own                 string // name of the agency of an agency administrator, who appoints nowhere else
	Agency, Region      string
	From, Until, Letter string
	RequestID           string // makes a second click the same request
}

// appointmentForm reads the form, or begins an empty one.
func (r *request) appointmentForm() appointmentForm {
	f := appointmentForm{
		Roles: grantable, Role: enum[meritv1.Role](r.PostFormValue("role")), Agency: r.PostFormValue("agency_id"),
		Region: r.PostFormValue("region"), From: r.PostFormValue("valid_from"), Until: r.PostFormValue("valid_until"),
		Letter: r.PostFormValue("letter_number"), RequestID: r.PostFormValue("request_id"),
	}
	if !r.acts(meritv1.Role_ROLE_ADMIN) {
		f.Roles, f.Own = rolesOfAgency, r.who.GetActing().GetAgencyName()
	}
	return f
}

func (r *request) appointment(f appointmentForm) (*meritv1.Appointment, error) {
	if f.Role == meritv1.Role_ROLE_UNSPECIFIED {
		return nil, r.wrong("role", "Choose a role. ¦ Pilih peran.", "")
	}
	a := &meritv1.Appointment{Role: f.Role, Region: f.Region, ValidFrom: f.From, ValidUntil: f.Until, LetterNumber: f.Letter}
	var err error
	if f.Own != "" {
		a.AgencyId = r.who.GetActing().GetAgencyId()
	} else {
		a.AgencyId, err = r.agencyNamed("agency_id", f.Agency)
	}
	return a, err
}

// grantView is the form of another membership.
type grantView struct {
	Account     *meritv1.Account
	Appointment appointmentForm
}

var grantPage = newPage[grantView]("account-grant")

func showGrant(w http.ResponseWriter, r *request) error {
	account, err := r.account()
	if err != nil {
		return err
	}
	return grantPage.show(w, r, grantView{account, r.appointmentForm()})
}

func doGrant(w http.ResponseWriter, r *request) error {
	account, err := r.account()
	if err != nil {
		return err
	}
	view := grantView{account, r.appointmentForm()}
	appointment, err := r.appointment(view.Appointment)
	var made *meritv1.GrantMembershipResponse
	if err == nil {
		made, err = r.Accounts.GrantMembership(r.Context(), &meritv1.GrantMembershipRequest{
			AccountId: account.GetId(), Appointment: appointment, RequestId: view.Appointment.RequestID,
		})
	}
	if err != nil {
		return grantPage.again(w, r, view, beside(err))
	}
	return r.done(w, []string{made.GetProposalId()}, "/admin/accounts/"+account.GetId(), "membership-granted")
}

// beside is an error of a form that is about something the form names, like an agency that is not there: the form shows
// it instead of a page that says that nothing is here.
func beside(err error) error {
	if p := client.Explain(err); len(p.Violations) > 0 && !formCanShow(p.Code) {
		shown := *p
		shown.Code = badInput
		return &shown
	}
	return err
}
