package client

import (
	"slices"
	"strings"
	"testing"
)

// sentOnce are the unary RPCs that are never sent twice. A new write belongs here only if it cannot have a request_id,
// or if doing it twice is refused anyway, by its revision or by what it makes.
const sentOnce = `
	AccountService/AcceptLink
	AccountService/BeginOidcSignIn
	AccountService/ChangePassword
	AccountService/CompleteOidcSignIn
	AccountService/Confirm
	AccountService/ConfirmSecondFactor
	AccountService/CreateToken
	AccountService/DeactivateAccount
	AccountService/DeclareInterest
	AccountService/EndMembership
	AccountService/EndMyOtherSessions
	AccountService/EndMySession
	AccountService/EnrolSecondFactor
	AccountService/GiveCode
	AccountService/RemoveSecondFactor
	AccountService/ResetPassword
	AccountService/ResetSecondFactor
	AccountService/RevokeToken
	AccountService/SetSecondFactorPolicy
	AccountService/SignIn
	AccountService/SignOut
	AccountService/SwitchMembership
	AccountService/UnlinkAccountIdentity
	AccountService/UpdateProfile
	AgencyService/LinkAgencies
	AgencyService/UpdateAgency
	AssessmentService/AssignItems
	AssessmentService/Recall
	AssessmentService/Return
	AwardService/DecideAward
	AwardService/ExcludeAgency
	AwardService/PublishAward
	CycleService/GrantExtension
	CycleService/SetWindow
	EvidenceService/UpdateEvidence
	EvidenceService/WithdrawEvidence
	InstrumentService/PublishInstrument
	InstrumentService/RetireInstrument
	InstrumentService/SaveInstrumentDraft
	PlanService/UpdatePlanItem
	PlenaryService/CorrectDetermination
	PlenaryService/Decide
	PlenaryService/RecordAttendance
	PlenaryService/Vote
	VerificationService/CloseClarification
	VerificationService/StartVerification
`

func TestEveryCallIsSentAgainOrKnownNotToBe(t *testing.T) {
	var once []string
	for _, file := range services {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				m := service.Methods().Get(j)
				if !idempotent(m) && !m.IsStreamingClient() && !m.IsStreamingServer() {
					once = append(once, string(service.Name())+"/"+string(m.Name()))
				}
			}
		}
	}
	slices.Sort(once)
	if got := strings.Join(once, "\n\t"); got != strings.TrimSpace(sentOnce) {
		t.Errorf("these are sent once:\n\t%s", got)
	}
}
