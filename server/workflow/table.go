package workflow

import (
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
)

// Step is something that somebody does with an assessment. Its text stands in assessment_step.
type Step string

// The steps, in the order of the year.
const (
	Start              Step = "START"               // open the next attempt, perhaps with last year's answers
	Answer             Step = "ANSWER"              // add a claim for an open item
	AssignItems        Step = "ASSIGN_ITEMS"        // ask a colleague to answer items
	Cite               Step = "CITE"                // tie evidence to an open item, or untie it
	Submit             Step = "SUBMIT"              // sign and lock the sheet
	Recall             Step = "RECALL"              // take it back before its verification starts
	Return             Step = "RETURN"              // give an incomplete sheet back, with a reason
	AssignVerifier     Step = "ASSIGN_VERIFIER"     // put a verifier in charge
	StartVerification  Step = "START_VERIFICATION"  // begin to decide items
	VerifyItem         Step = "VERIFY_ITEM"         // decide one item against its evidence
	OpenClarification  Step = "OPEN_CLARIFICATION"  // ask about named items
	AnswerQuestion     Step = "ANSWER_QUESTION"     // answer a question of a round
	CloseClarification Step = "CLOSE_CLARIFICATION" // end a round of questions
	OpenRepair         Step = "OPEN_REPAIR"         // open named items to a new claim
	CloseRepair        Step = "CLOSE_REPAIR"        // end a repair round
	Complete           Step = "COMPLETE"            // sign off the verification and release its minutes
	Determine          Step = "DETERMINE"           // determine the result by decree
	Correct            Step = "CORRECT"             // correct a determination by a new one
)

const (
	operator    = meritv1.Role_ROLE_OPERATOR
	contributor = meritv1.Role_ROLE_CONTRIBUTOR
	approver    = meritv1.Role_ROLE_APPROVER
	verifier    = meritv1.Role_ROLE_VERIFIER
	lead        = meritv1.Role_ROLE_LEAD_VERIFIER
	commission  = meritv1.Role_ROLE_COMMISSIONER
)

type (
	roles  = []meritv1.Role
	phases = []calendar.Phase
)

// whileVerifying: a repair round may end on the last day of the repair window, so items are still decided and
// the verification is signed off while the plenary begins.
var whileVerifying = phases{calendar.Verification, calendar.Repair, calendar.Determination}

// table has every step that can be taken. Rounds have a last day of their own, so what the agency does within
// one needs no phase.
var table = []Rule{
	{Step: Start, From: None, To: Draft, Roles: roles{operator, approver}, Phases: phases{calendar.SelfAssessment}},
	{Step: Answer, From: Draft, To: Draft, Roles: roles{operator, contributor, approver}, Phases: phases{calendar.SelfAssessment}},
	{Step: Answer, From: InRepair, To: InRepair, Roles: roles{operator, contributor, approver}},
	{Step: AssignItems, From: Draft, To: Draft, Roles: roles{operator, approver}},
	{Step: AssignItems, From: InRepair, To: InRepair, Roles: roles{operator, approver}},
	{Step: Cite, From: Draft, To: Draft, Roles: roles{operator, contributor, approver}, Phases: phases{calendar.SelfAssessment}},
	{Step: Cite, From: InVerification, To: InVerification, Roles: roles{operator, contributor, approver}},
	{Step: Cite, From: InRepair, To: InRepair, Roles: roles{operator, contributor, approver}},
	{Step: Submit, From: Draft, To: Submitted, Roles: roles{approver}, Phases: phases{calendar.SelfAssessment}},
	{Step: Recall, From: Submitted, To: Draft, Roles: roles{approver}, Phases: phases{calendar.SelfAssessment}},
	{Step: Return, From: Submitted, To: Draft, Roles: roles{verifier, lead}},
	{Step: AssignVerifier, From: Submitted, To: Submitted, Roles: roles{lead}},
	{Step: AssignVerifier, From: InVerification, To: InVerification, Roles: roles{lead}},
	{Step: AssignVerifier, From: InRepair, To: InRepair, Roles: roles{lead}},
	{Step: StartVerification, From: Submitted, To: InVerification, Roles: roles{verifier, lead}, Phases: phases{calendar.Verification}},
	{Step: VerifyItem, From: InVerification, To: InVerification, Roles: roles{verifier}, Phases: whileVerifying},
	{Step: OpenClarification, From: InVerification, To: InVerification, Roles: roles{verifier, lead}, Phases: phases{calendar.Verification, calendar.Repair}},
	{Step: AnswerQuestion, From: InVerification, To: InVerification, Roles: roles{operator, contributor, approver}},
	{Step: AnswerQuestion, From: InRepair, To: InRepair, Roles: roles{operator, contributor, approver}},
	{Step: CloseClarification, From: InVerification, To: InVerification, Roles: roles{approver, verifier, lead}, System: true},
	{Step: OpenRepair, From: InVerification, To: InRepair, Roles: roles{verifier, lead}, Phases: phases{calendar.Repair}},
	{Step: CloseRepair, From: InRepair, To: InVerification, Roles: roles{approver, verifier, lead}, System: true},
	{Step: Complete, From: InVerification, To: Verified, Roles: roles{lead}, Phases: whileVerifying},
	{Step: Determine, From: Verified, To: Determined, Roles: roles{commission}, Phases: phases{calendar.Determination}},
	{Step: Correct, From: Determined, To: Determined, Roles: roles{commission}},
}

// stepNames say a step as the end of "you cannot …".
var stepNames = map[Step]fault.Text{
	Start:              {ID: "dimulai", EN: "start it"},
	Answer:             {ID: "diisi jawabannya", EN: "answer items"},
	AssignItems:        {ID: "dibagi butirnya", EN: "assign items"},
	Cite:               {ID: "diubah rujukan buktinya", EN: "change what its items cite"},
	Submit:             {ID: "diajukan", EN: "submit it"},
	Recall:             {ID: "ditarik kembali", EN: "recall it"},
	Return:             {ID: "dikembalikan", EN: "return it"},
	AssignVerifier:     {ID: "diberi verifikator", EN: "assign a verifier"},
	StartVerification:  {ID: "mulai diverifikasi", EN: "start its verification"},
	VerifyItem:         {ID: "diverifikasi butirnya", EN: "verify items"},
	OpenClarification:  {ID: "dimintai klarifikasi", EN: "open a clarification"},
	AnswerQuestion:     {ID: "dijawab klarifikasinya", EN: "answer a clarification"},
	CloseClarification: {ID: "ditutup klarifikasinya", EN: "close a clarification"},
	OpenRepair:         {ID: "dibuka perbaikannya", EN: "open a repair round"},
	CloseRepair:        {ID: "ditutup perbaikannya", EN: "close a repair round"},
	Complete:           {ID: "diselesaikan verifikasinya", EN: "complete its verification"},
	Determine:          {ID: "ditetapkan", EN: "determine it"},
	Correct:            {ID: "dikoreksi penetapannya", EN: "correct its determination"},
}

// Name says the step as the end of a sentence that says who cannot do it.
func (s Step) Name() fault.Text { return stepNames[s] }

func roleNames(rs roles) string {
	names := make([]string, len(rs))
	for i, r := range rs {
		names[i] = strings.TrimPrefix(r.String(), "ROLE_")
	}
	return strings.Join(names, ", ")
}

func list(from []State) string {
	names := make([]string, len(from))
	for i, s := range from {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}
