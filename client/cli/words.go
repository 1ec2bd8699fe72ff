package cli

import meritv1 "github.com/meritindex/merit/proto/merit/v1"

// roles are the names of the roles, as their holders call themselves.
var roles = map[meritv1.Role]string{
	meritv1.Role_ROLE_OPERATOR:        "operator ¦ petugas pengelola",
	meritv1.Role_ROLE_CONTRIBUTOR:     "contributor ¦ kontributor OPD",
	meritv1.Role_ROLE_APPROVER:        "approver ¦ pejabat yang berwenang",
	meritv1.Role_ROLE_AGENCY_ADMIN:    "agency administrator ¦ admin instansi",
	meritv1.Role_ROLE_VERIFIER:        "verifier ¦ verifikator",
	meritv1.Role_ROLE_LEAD_VERIFIER:   "lead verifier ¦ koordinator pokja",
	meritv1.Role_ROLE_COMMISSIONER:    "commissioner ¦ komisioner",
	meritv1.Role_ROLE_AWARD_COMMITTEE: "award committee ¦ panitia anugerah",
	meritv1.Role_ROLE_ADMIN:           "administrator ¦ admin",
	meritv1.Role_ROLE_AUDITOR:         "auditor ¦ auditor",
}

func (c *Context) role(r meritv1.Role) string { return c.Say(roles[r]) }
