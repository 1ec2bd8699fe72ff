package server_test

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// theMembership is the one in which the victim acts.
func theMembership(w *world) []foreign {
	return []foreign{{"membership", w.victim.MembershipID, toNobody}}
}

// theIdentity is the victim's at a provider.
func theIdentity(w *world) []foreign { return []foreign{{"identity", w.identity, toAdmins}} }

func theSignedInSession(w *world) []foreign { return []foreign{{"session", w.signedIn, toNobody}} }

func theToken(w *world) []foreign { return []foreign{{"token", w.token, toNobody}} }

// theAgency is one that administrators know too.
func theAgency(w *world) []foreign {
	return []foreign{{"agency", w.agencies["DRAFT"], toAdmins}}
}

// peopleSeen are people of whom others than their own colleagues may read.
func peopleSeen(w *world) []foreign {
	return []foreign{
		{"account of an operator", w.victim.AccountID, belongs(meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_AUDITOR)},
		{"account of a verifier", w.verifier.AccountID, belongs(meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_AUDITOR, meritv1.Role_ROLE_LEAD_VERIFIER)},
	}
}

func appointment(agency string) *meritv1.Appointment {
	return &meritv1.Appointment{Role: meritv1.Role_ROLE_OPERATOR, AgencyId: agency}
}

var accountDoors = map[string][]door{
	"AccountService/SignIn membership_id":             open("who signs in with a password: TestSignInChoosesOnesOwnMembershipOnly"),
	"AccountService/CompleteOidcSignIn membership_id": open("who signs in at the provider, like SignIn"),
	"AccountService/ListAccountIdentities account_id": {{
		records: func(w *world) []foreign {
			return []foreign{{"account of an operator", w.victim.AccountID, belongs(meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_AUDITOR)}}
		},
		ask: asked(func(id string) proto.Message { return &meritv1.ListAccountIdentitiesRequest{AccountId: id} }),
	}},
	"AccountService/UnlinkAccountIdentity identity_id": {{
		records: theIdentity,
		ask:     asked(func(id string) proto.Message { return &meritv1.UnlinkAccountIdentityRequest{IdentityId: id} }),
	}},
	"AccountService/SwitchMembership membership_id": {{records: theMembership, ask: asked(func(id string) proto.Message {
		return &meritv1.SwitchMembershipRequest{MembershipId: id}
	})}},
	"AccountService/CreateToken membership_id": {{records: theMembership, ask: asked(func(id string) proto.Message {
		return &meritv1.CreateTokenRequest{Name: "demo", MembershipId: id}
	})}},
	"AccountService/CreateToken agency_id": {{
		records: func(w *world) []foreign { return []foreign{{"agency", w.agencies["DRAFT"], toAuditors}} },
		ask:     asked(func(id string) proto.Message { return &meritv1.CreateTokenRequest{Name: "demo", AgencyId: id} }),
		want:    codes.InvalidArgument, known: true,
	}},
	"AccountService/EndMySession session_id": {{
		records: theSignedInSession,
		ask:     asked(func(id string) proto.Message { return &meritv1.EndMySessionRequest{SessionId: id} }),
	}},
	"AccountService/ResetSecondFactor account_id": {{records: theAccounts, ask: asked(func(id string) proto.Message {
		return &meritv1.ResetSecondFactorRequest{AccountId: id}
	})}},
	"AccountService/RevokeToken token_id": {{
		records: theToken,
		ask:     asked(func(id string) proto.Message { return &meritv1.RevokeTokenRequest{TokenId: id} }),
	}},
	"AccountService/InviteAccount appointment.agency_id": {{
		records: theAgency,
		ask: asked(func(id string) proto.Message {
			return &meritv1.InviteAccountRequest{Email: "stranger@example.test", Name: "demo", Appointment: appointment(id)}
		}),
		known: true,
	}},
	"AccountService/ListAccounts agency_id": {{
		records: func(w *world) []foreign {
			return []foreign{{"agency", w.agencies["DRAFT"], belongs(meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_AUDITOR)}}
		},
		ask:     asked(func(id string) proto.Message { return &meritv1.ListAccountsRequest{AgencyId: id} }),
		narrows: true,
	}},
	"AccountService/GetAccount account_id": {{records: peopleSeen, ask: asked(func(id string) proto.Message {
		return &meritv1.GetAccountRequest{AccountId: id}
	})}},
	"AccountService/DeactivateAccount account_id": {{records: theAccounts, ask: asked(func(id string) proto.Message {
		return &meritv1.DeactivateAccountRequest{AccountId: id, Reason: "demo"}
	})}},
	"AccountService/GrantMembership account_id": {{records: theAccounts, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.GrantMembershipRequest{AccountId: id, Appointment: appointment(w.own.agency)}
	}}},
	"AccountService/GrantMembership appointment.agency_id": {{
		records: theAgency,
		ask: func(w *world, _ *stranger, id string) proto.Message {
			return &meritv1.GrantMembershipRequest{AccountId: w.colleague, Appointment: appointment(id)}
		},
		known: true,
	}},
	"AccountService/EndMembership membership_id": {{
		records: func(w *world) []foreign { return []foreign{{"membership", w.victim.MembershipID, toAdmins}} },
		ask:     asked(func(id string) proto.Message { return &meritv1.EndMembershipRequest{MembershipId: id, Reason: "demo"} }),
	}},
	"AccountService/ResetPassword account_id": {{records: theAccounts, ask: asked(func(id string) proto.Message {
		return &meritv1.ResetPasswordRequest{AccountId: id}
	})}},
	"ProposalService/ApproveProposal proposal_id": {{records: theProposal, ask: asked(func(id string) proto.Message {
		return &meritv1.ApproveProposalRequest{ProposalId: id}
	})}},
	"ProposalService/RejectProposal proposal_id": {{records: theProposal, ask: asked(func(id string) proto.Message {
		return &meritv1.RejectProposalRequest{ProposalId: id, Reason: "demo"}
	})}},
	"AccountService/DeclareInterest agency_id": open("everybody declares for themselves, and " + agenciesArePublic),
	"AccountService/ListInterests account_id": {{records: peopleSeen, ask: asked(func(id string) proto.Message {
		return &meritv1.ListInterestsRequest{AccountId: id}
	})}},
}
