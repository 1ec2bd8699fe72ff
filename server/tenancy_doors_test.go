package server_test

import (
	"maps"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/yeartest"
)

// doors are all fields of requests that take an id, each with the ways to try it. Together with the RPCs it is checked to
// be whole.
var doors = func() map[string][]door {
	all := map[string][]door{}
	for _, some := range []map[string][]door{assessmentDoors, evidenceDoors, verificationDoors, accountDoors, planDoors, otherDoors, reportDoors} {
		maps.Copy(all, some)
	}
	return all
}()

// open is a field in which any id may stand.
func open(why string) []door { return []door{{open: why}} }

const (
	cyclesArePublic    = "cycles are public"
	agenciesArePublic  = "agencies are public"
	publishedIsPublic  = "published instruments are public, and drafts are for roles that the RPC is for"
	provincesArePublic = "provinces are public, and what is counted in them is of the caller's scope"
)

// ofAssessment is a field that names an assessment, in a request with nothing else that could be wrong.
func ofAssessment(request func(id string) proto.Message) []door {
	return []door{{records: theAssessments, ask: asked(request)}}
}

var assessmentDoors = map[string][]door{
	"AssessmentService/StartAssessment cycle_id": open(cyclesArePublic),
	"AssessmentService/ListAssessments cycle_id": open(cyclesArePublic),
	"AssessmentService/ListAssessments agency_id": {{
		records: func(w *world) []foreign {
			return []foreign{
				{"agency that fills in", w.agencies["DRAFT"], toAuditors},
				{"agency that has submitted", w.agencies["SUBMITTED"], toAssessors},
				{"agency that is verified", w.agencies["VERIFIED"], toAssessors},
			}
		},
		ask:     asked(func(id string) proto.Message { return &meritv1.ListAssessmentsRequest{AgencyId: id} }),
		narrows: true,
	}},
	"AssessmentService/GetAssessment assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.GetAssessmentRequest{AssessmentId: id, View: meritv1.AssessmentView_ASSESSMENT_VIEW_FULL}
	}),
	"AssessmentService/SaveAnswer assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.SaveAnswerRequest{AssessmentId: id, Item: "1.1", Answer: yeartest.Answer(4), ExpectedSequence: proto.Int32(7)}
	}),
	"AssessmentService/SaveAnswers assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.SaveAnswersRequest{AssessmentId: id, Answers: []*meritv1.AnswerChange{{Item: "1.1", Answer: yeartest.Answer(4)}}}
	}),
	"AssessmentService/AssignItems assessment_id": {{
		records: theAssessments,
		ask: func(w *world, _ *stranger, id string) proto.Message {
			return &meritv1.AssignItemsRequest{AssessmentId: id, Items: []string{"1.1"}, AccountId: w.colleague}
		},
	}},
	"AssessmentService/AssignItems account_id": {{
		records: theAccounts,
		ask: func(w *world, _ *stranger, id string) proto.Message {
			return &meritv1.AssignItemsRequest{AssessmentId: w.own.id, Items: []string{"1.1"}, AccountId: id}
		},
		want: codes.InvalidArgument,
	}},
	"AssessmentService/CheckCompleteness assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.CheckCompletenessRequest{AssessmentId: id}
	}),
	"AssessmentService/Submit assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.SubmitRequest{AssessmentId: id, Revision: 1, AcceptUnanswered: true}
	}),
	"AssessmentService/Recall assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.RecallRequest{AssessmentId: id, Revision: 2, Reason: "demo"}
	}),
	"AssessmentService/Return assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.ReturnRequest{AssessmentId: id, Revision: 2, Reason: "demo"}
	}),
	"AssessmentService/GetHistory assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.GetHistoryRequest{AssessmentId: id}
	}),
	"AssessmentService/Simulate assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.SimulateRequest{AssessmentId: id}
	}),
	"AssessmentService/SuggestPath assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.SuggestPathRequest{AssessmentId: id}
	}),
	"AssessmentService/WatchAssessment assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.WatchAssessmentRequest{AssessmentId: id}
	}),
}

// theUpload is the victim's, and nobody else's.
func theUpload(w *world) []foreign { return []foreign{{"upload", w.upload, toNobody}} }

func theEvidence(w *world) []foreign  { return w.evidence }
func theCitations(w *world) []foreign { return w.citations }
func theDocuments(w *world) []foreign { return w.documents }

// theOpenSession is known to those who prepare and follow it too.
func theOpenSession(w *world) []foreign { return []foreign{{"open session", w.session, toSession}} }

// attach asks to make the caller's own upload a document of a record.
func attachTo(subject meritv1.DocumentSubject) func(*world, *stranger, string) proto.Message {
	return func(w *world, who *stranger, id string) proto.Message {
		return &meritv1.AttachDocumentRequest{UploadId: w.uploads[who.name], Subject: subject, SubjectId: id, Title: "demo"}
	}
}

func documentsOf(subject meritv1.DocumentSubject) func(*world, *stranger, string) proto.Message {
	return asked(func(id string) proto.Message { return &meritv1.ListDocumentsRequest{Subject: subject, SubjectId: id} })
}

var evidenceDoors = map[string][]door{
	"EvidenceService/UploadChunks upload_id": {{records: theUpload, ask: asked(func(id string) proto.Message {
		return &meritv1.UploadChunksRequest{UploadId: id, Data: pdf("")}
	})}},
	"EvidenceService/GetUpload upload_id": {{records: theUpload, ask: asked(func(id string) proto.Message {
		return &meritv1.GetUploadRequest{UploadId: id}
	})}},
	"EvidenceService/FinishUpload upload_id": {{records: theUpload, ask: asked(func(id string) proto.Message {
		return &meritv1.FinishUploadRequest{UploadId: id}
	})}},
	"EvidenceService/AttachDocument upload_id": {{records: theUpload, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.AttachDocumentRequest{
			UploadId: id, Subject: ofSubmission, SubjectId: w.own.id, Title: "demo",
		}
	}}},
	"EvidenceService/AttachDocument subject_id": {
		{records: theAssessments, ask: attachTo(ofSubmission)},
		{records: theAssessments, ask: attachTo(ofMinutes)},
		{records: theAward, ask: attachTo(ofAward)},
		{records: theOpenSession, ask: attachTo(ofSession)},
	},
	"EvidenceService/ListDocuments subject_id": {
		{records: theAssessments, ask: documentsOf(ofSubmission)},
		{records: theAssessments, ask: documentsOf(ofMinutes)},
		{records: theAward, ask: documentsOf(ofAward)},
		{records: theOpenSession, ask: documentsOf(ofSession)},
	},
	"EvidenceService/Download evidence_id": {{records: theEvidence, ask: asked(func(id string) proto.Message {
		return &meritv1.DownloadRequest{EvidenceId: id}
	})}},
	"EvidenceService/Download document_id": {{records: theDocuments, ask: asked(func(id string) proto.Message {
		return &meritv1.DownloadRequest{DocumentId: id}
	})}},
	"EvidenceService/GetEvidence evidence_id": {{records: theEvidence, ask: asked(func(id string) proto.Message {
		return &meritv1.GetEvidenceRequest{EvidenceId: id}
	})}},
	"EvidenceService/ListEvidence agency_id": {{
		records: func(w *world) []foreign {
			return []foreign{{"agency that fills in", w.agencies["DRAFT"], toAssessors}, {"agency that has submitted", w.agencies["SUBMITTED"], toAssessors}}
		},
		ask: asked(func(id string) proto.Message { return &meritv1.ListEvidenceRequest{AgencyId: id} }),
	}},
	"EvidenceService/ListEvidence assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.ListEvidenceRequest{AssessmentId: id}
	}),
	"EvidenceService/UpdateEvidence evidence_id": {{records: theEvidence, ask: asked(func(id string) proto.Message {
		return &meritv1.UpdateEvidenceRequest{EvidenceId: id, Title: "demo", Revision: 1}
	})}},
	"EvidenceService/WithdrawEvidence evidence_id": {{records: theEvidence, ask: asked(func(id string) proto.Message {
		return &meritv1.WithdrawEvidenceRequest{EvidenceId: id, Revision: 1}
	})}},
	"EvidenceService/Cite assessment_id": {{records: theAssessments, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.CiteRequest{AssessmentId: id, EvidenceId: w.ownEvidence, Items: []string{"1.1"}}
	}}},
	"EvidenceService/Cite evidence_id": {{records: theEvidence, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.CiteRequest{AssessmentId: w.own.id, EvidenceId: id, Items: []string{"1.1"}}
	}}},
	"EvidenceService/Uncite citation_id": {{records: theCitations, ask: asked(func(id string) proto.Message {
		return &meritv1.UnciteRequest{CitationId: id}
	})}},
}

func theRound(w *world) []foreign { return []foreign{w.round} }

var verificationDoors = map[string][]door{
	"VerificationService/AssignVerifier assignments.assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.AssignVerifierRequest{Assignments: []*meritv1.Assignment{{AssessmentId: id}}}
	}),
	"VerificationService/AssignVerifier assignments.account_id": {{
		records: theAccounts,
		ask: func(w *world, _ *stranger, id string) proto.Message {
			return &meritv1.AssignVerifierRequest{Assignments: []*meritv1.Assignment{{AssessmentId: w.waiting.AssessmentID, AccountId: id}}}
		},
	}},
	"VerificationService/StartVerification assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.StartVerificationRequest{AssessmentId: id, Revision: 2}
	}),
	"VerificationService/ListWork cycle_id": open(cyclesArePublic),
	"VerificationService/ListWork verifier_id": {{
		records: func(w *world) []foreign {
			return []foreign{{"account of a verifier with work", w.Verifier.AccountID, belongs(meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_AUDITOR)}}
		},
		ask:     asked(func(id string) proto.Message { return &meritv1.ListWorkRequest{VerifierId: id} }),
		narrows: true,
	}},
	"VerificationService/GetLoad assessment_id": {{records: theAssessments, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.GetLoadRequest{CycleId: w.CycleID, AssessmentId: id}
	}}},
	"VerificationService/GetLoad cycle_id":               open(cyclesArePublic),
	"VerificationService/GetVerifierStatistics cycle_id": open(cyclesArePublic),
	"VerificationService/SetVerified assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.SetVerifiedRequest{AssessmentId: id, Item: "1.1", Answer: yeartest.NotProven(), Reason: "demo"}
	}),
	"VerificationService/OpenClarification assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.OpenClarificationRequest{
			AssessmentId: id, Kind: meritv1.RoundKind_ROUND_KIND_CLARIFICATION, LastDay: "2021-12-31",
			Questions: []*meritv1.ClarificationQuestion{{Item: "1.1", Question: "demo"}},
		}
	}),
	"VerificationService/AnswerClarification clarification_id": {{records: theRound, ask: asked(func(id string) proto.Message {
		return &meritv1.AnswerClarificationRequest{ClarificationId: id, Item: "1.1", Answer: "demo"}
	})}},
	"VerificationService/CloseClarification clarification_id": {{records: theRound, ask: asked(func(id string) proto.Message {
		return &meritv1.CloseClarificationRequest{ClarificationId: id, Revision: 1}
	})}},
	"VerificationService/ListClarifications assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.ListClarificationsRequest{AssessmentId: id}
	}),
	"VerificationService/CompleteVerification assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.CompleteVerificationRequest{AssessmentId: id, Revision: 4, MinutesNumber: "BA-1"}
	}),
	"VerificationService/GetMinutes assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.GetMinutesRequest{AssessmentId: id}
	}),
}

func thePlan(w *world) []foreign { return []foreign{{"plan", w.plan, toAuditors}} }

func thePlanItem(w *world) []foreign { return []foreign{{"line of a plan", w.planItem, toNobody}} }

var planDoors = map[string][]door{
	"PlanService/SavePlan assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.SavePlanRequest{AssessmentId: id, Lines: []*meritv1.PlanLine{planLine("1.2", 4)}}
	}),
	"PlanService/SavePlan instrument_id": {{records: theHiddenInstrument, ask: asked(func(id string) proto.Message {
		return &meritv1.SavePlanRequest{InstrumentId: id, Lines: []*meritv1.PlanLine{planLine("1.2", 4)}}
	})}},
	"PlanService/SavePlan lines.owner_account_id": {{records: theAccounts, ask: func(w *world, _ *stranger, id string) proto.Message {
		line := planLine("1.2", 4)
		line.OwnerAccountId = id
		return &meritv1.SavePlanRequest{AssessmentId: w.own.id, Revision: 1, Lines: []*meritv1.PlanLine{line}}
	}}},
	"PlanService/GetPlan plan_id": {{records: thePlan, ask: asked(func(id string) proto.Message {
		return &meritv1.GetPlanRequest{PlanId: id}
	})}},
	"PlanService/GetPlan assessment_id": ofAssessment(func(id string) proto.Message {
		return &meritv1.GetPlanRequest{AssessmentId: id}
	}),
	"PlanService/ListPlans agency_id": {{
		records: func(w *world) []foreign { return []foreign{{"agency with a plan", w.agencies["DRAFT"], toAuditors}} },
		ask:     asked(func(id string) proto.Message { return &meritv1.ListPlansRequest{AgencyId: id} }),
		narrows: true,
	}},
	"PlanService/UpdatePlanItem plan_item_id": {{
		records: thePlanItem,
		ask: asked(func(id string) proto.Message {
			return &meritv1.UpdatePlanItemRequest{PlanItemId: id, Revision: 1, State: meritv1.PlanItemState_PLAN_ITEM_STATE_DONE}
		}),
	}},
	"PlanService/UpdatePlanItem owner_account_id": {{records: theAccounts, ask: func(w *world, who *stranger, id string) proto.Message {
		return &meritv1.UpdatePlanItemRequest{
			PlanItemId: w.ownPlanItem, Revision: 1, State: meritv1.PlanItemState_PLAN_ITEM_STATE_DONE, OwnerAccountId: id,
		}
	}}},
}
