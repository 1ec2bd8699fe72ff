package server_test

import (
	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func theInstrument(w *world) []foreign { return []foreign{w.instrument} }

// theHiddenInstrument is a draft where even those who know of it may do nothing with it.
func theHiddenInstrument(w *world) []foreign {
	return []foreign{{"draft of an instrument", w.instrument.id, toNobody}}
}

// theAward is a draft of the committee.
func theAward(w *world) []foreign {
	return []foreign{{"draft of an award", w.award, belongs(meritv1.Role_ROLE_AWARD_COMMITTEE, meritv1.Role_ROLE_AUDITOR)}}
}

func awardRule() *meritv1.AwardRule {
	return &meritv1.AwardRule{Groups: []*meritv1.AwardGroup{{Name: "demo", Kinds: []meritv1.AgencyKind{kabupaten}, Categories: []string{"sangat_baik"}}}}
}

// theEntryOfAnother is one by which the victim answered an item.
func theEntryOfAnother(w *world) []foreign {
	return []foreign{{"entry", w.entry, toAuditors}}
}

func theNotice(w *world) []foreign { return []foreign{{"notice", w.notice, toNobody}} }

func theSession(w *world) []foreign { return []foreign{{"open session", w.session, toPlenary}} }

func recuse(w *world, account, assessment string) proto.Message {
	return &meritv1.RecordAttendanceRequest{SessionId: w.session, Recusals: []*meritv1.CommissionerRecusal{
		{AccountId: account, AssessmentId: assessment, Reason: "demo"},
	}}
}

var otherDoors = map[string][]door{
	"AgencyService/GetAgency agency_id":      open(agenciesArePublic),
	"AgencyService/ListAgencies province_id": open(agenciesArePublic),
	"AgencyService/UpdateAgency agency_id": {{records: theAgency, ask: asked(func(id string) proto.Message {
		return &meritv1.UpdateAgencyRequest{AgencyId: id, ValidFrom: "2021-02-01", Code: "99", Name: "demo", Kind: kabupaten, Revision: 1}
	})}},
	"AgencyService/UpdateAgency province_id": open(agenciesArePublic),
	"AgencyService/LinkAgencies agency_id": {{records: theAgency, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.LinkAgenciesRequest{AgencyId: id, OtherId: w.own.agency, Kind: meritv1.AgencyLinkKind_AGENCY_LINK_KIND_MERGED_INTO, OnDate: "2021-01-01"}
	}}},
	"AgencyService/LinkAgencies other_id": {{records: theAgency, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.LinkAgenciesRequest{AgencyId: w.own.agency, OtherId: id, Kind: meritv1.AgencyLinkKind_AGENCY_LINK_KIND_MERGED_INTO, OnDate: "2021-01-01"}
	}}},

	"CycleService/CreateCycle instrument_id": open(publishedIsPublic),
	"CycleService/GetCycle cycle_id":         open(cyclesArePublic),
	"CycleService/SetWindow cycle_id":        open(cyclesArePublic),
	"CycleService/GrantExtension cycle_id":   open(cyclesArePublic),
	"CycleService/GrantExtension agency_ids": {{
		records: func(w *world) []foreign {
			return []foreign{{"agency", w.agencies["DRAFT"], belongs(meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_LEAD_VERIFIER)}}
		},
		ask: func(w *world, _ *stranger, id string) proto.Message {
			return &meritv1.GrantExtensionRequest{
				CycleId: w.CycleID, AgencyIds: []string{w.own.agency, id}, LastDay: "2022-01-31", Reason: "demo",
				Phase: meritv1.Phase_PHASE_SELF_ASSESSMENT,
			}
		},
		known: true,
	}},
	"CycleService/ListExtensions cycle_id": open(cyclesArePublic),
	"CycleService/ListExtensions agency_id": {{
		records: func(w *world) []foreign {
			return []foreign{{"agency", w.agencies["DRAFT"], func(who *stranger) bool { return who.scope == "nation" }}}
		},
		ask: func(w *world, _ *stranger, id string) proto.Message {
			return &meritv1.ListExtensionsRequest{CycleId: w.CycleID, AgencyId: id}
		},
		narrows: true,
	}},
	"CycleService/GetParticipation cycle_id":    open(cyclesArePublic),
	"CycleService/GetParticipation province_id": open(provincesArePublic),

	"InstrumentService/GetInstrument instrument_id": {{records: theInstrument, ask: asked(func(id string) proto.Message {
		return &meritv1.GetInstrumentRequest{InstrumentId: id}
	})}},
	"InstrumentService/DiffInstruments from_id": {{records: theInstrument, ask: asked(func(id string) proto.Message {
		return &meritv1.DiffInstrumentsRequest{FromId: id, ToId: "kasn-2019"}
	})}},
	"InstrumentService/DiffInstruments to_id": {{records: theInstrument, ask: asked(func(id string) proto.Message {
		return &meritv1.DiffInstrumentsRequest{FromId: "kasn-2019", ToId: id}
	})}},
	"InstrumentService/PublishInstrument instrument_id": open(publishedIsPublic),
	"InstrumentService/RetireInstrument instrument_id":  open(publishedIsPublic),

	"ResultService/GetResult result_id": open("results are public; what stands behind them: TestTheThreeDecisionsAreShownToThoseWhoMaySeeThem"),
	"ResultService/GetResult agency_id": {{
		records: theAgencies,
		ask:     asked(func(id string) proto.Message { return &meritv1.GetResultRequest{AgencyId: id} }),
		known:   true, // TestNothingUndeterminedIsTold compares the refusals
	}},
	"ResultService/GetTrend agency_id": open("results are public, and " + agenciesArePublic),
	"ResultService/ListResults instrument_id": {{records: theHiddenInstrument, ask: asked(func(id string) proto.Message {
		return &meritv1.ListResultsRequest{InstrumentId: id, Year: 2021, Kind: kabupaten}
	})}},
	"ResultService/ListResults province_id": open("results are public"),
	"ResultService/GetSummary instrument_id": {{records: theHiddenInstrument, ask: asked(func(id string) proto.Message {
		return &meritv1.GetSummaryRequest{InstrumentId: id, Year: 2021}
	})}},
	"ResultService/GetDistribution instrument_id": {{records: theHiddenInstrument, ask: asked(func(id string) proto.Message {
		return &meritv1.GetDistributionRequest{InstrumentId: id, Year: 2021}
	})}},
	"ResultService/GetSimilar agency_id": {{records: theAgencies, ask: asked(func(id string) proto.Message {
		return &meritv1.GetSimilarRequest{AgencyId: id}
	})}},
	"ResultService/ListMostImproved instrument_id": {{records: theHiddenInstrument, ask: asked(func(id string) proto.Message {
		return &meritv1.ListMostImprovedRequest{InstrumentId: id, Year: 2021}
	})}},
	"ResultService/ListMostImproved province_id":         open("results are public"),
	"ResultService/ImportPublishedResults instrument_id": open(publishedIsPublic),

	"AwardService/DraftAward instrument_id": {{records: theHiddenInstrument, ask: asked(func(id string) proto.Message {
		return &meritv1.DraftAwardRequest{Title: "demo", Year: 2021, InstrumentId: id, Rule: awardRule()}
	})}},
	"AwardService/ExcludeAgency award_id": {{records: theAward, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.ExcludeAgencyRequest{AwardId: id, AgencyId: w.own.agency, Reason: "demo"}
	}}},
	"AwardService/ExcludeAgency agency_id": open(agenciesArePublic),
	"AwardService/ListCandidates award_id": {{records: theAward, ask: asked(func(id string) proto.Message {
		return &meritv1.ListCandidatesRequest{AwardId: id}
	})}},
	"AwardService/DecideAward award_id": {{records: theAward, ask: asked(func(id string) proto.Message {
		return &meritv1.DecideAwardRequest{AwardId: id, Revision: 1}
	})}},
	"AwardService/DecideAward tie_choices.result_id": open("results are public"),
	"AwardService/PublishAward award_id": {{records: theAward, ask: asked(func(id string) proto.Message {
		return &meritv1.PublishAwardRequest{AwardId: id, Revision: 1, LetterNumber: "demo"}
	})}},
	"AwardService/GetAward award_id": {{records: theAward, ask: asked(func(id string) proto.Message {
		return &meritv1.GetAwardRequest{AwardId: id}
	})}},

	"PlenaryService/OpenSession cycle_id": open(cyclesArePublic),
	"PlenaryService/OpenSession assessment_ids": {{records: theAssessments, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.OpenSessionRequest{CycleId: w.CycleID, Title: "demo", HeldOn: "2021-02-01", AssessmentIds: []string{id}}
	}}},
	"PlenaryService/GetSession session_id": {{
		records: func(w *world) []foreign { return []foreign{{"session", w.session, toSession}} },
		ask:     asked(func(id string) proto.Message { return &meritv1.GetSessionRequest{SessionId: id} }),
	}},
	"PlenaryService/ListSessions cycle_id": open(cyclesArePublic),
	"PlenaryService/RecordAttendance session_id": {{records: theSession, ask: asked(func(id string) proto.Message {
		return &meritv1.RecordAttendanceRequest{SessionId: id}
	})}},
	"PlenaryService/RecordAttendance attendance.account_id": {{records: theAccounts, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.RecordAttendanceRequest{SessionId: w.session, Attendance: []*meritv1.CommissionerPresence{{AccountId: id, Present: true}}}
	}}},
	"PlenaryService/RecordAttendance recusals.account_id": {{records: theAccounts, ask: func(w *world, _ *stranger, id string) proto.Message {
		return recuse(w, id, w.agenda)
	}}},
	"PlenaryService/RecordAttendance recusals.assessment_id": {{records: theAssessments, ask: func(w *world, _ *stranger, id string) proto.Message {
		return recuse(w, w.Commissioners[1].AccountID, id)
	}}},
	"PlenaryService/Vote session_id": {{records: theSession, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.VoteRequest{SessionId: id, AssessmentId: w.agenda, Vote: against}
	}}},
	"PlenaryService/Vote assessment_id": {{records: theAssessments, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.VoteRequest{SessionId: w.session, AssessmentId: id, Vote: against}
	}}},
	"PlenaryService/Decide session_id": {{records: theSession, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.DecideRequest{SessionId: id, AssessmentId: w.agenda, Outcome: postpone, Reason: "demo"}
	}}},
	"PlenaryService/Decide assessment_id": {{records: theAssessments, ask: func(w *world, _ *stranger, id string) proto.Message {
		return &meritv1.DecideRequest{SessionId: w.session, AssessmentId: id, Outcome: postpone, Reason: "demo"}
	}}},
	"PlenaryService/CloseSession session_id": {{records: theSession, ask: asked(func(id string) proto.Message {
		return &meritv1.CloseSessionRequest{SessionId: id, Revision: 1, DecreeNumber: "1", DecreeDate: "2021-02-01"}
	})}},
	"PlenaryService/CorrectDetermination session_id": {{records: theSession, ask: asked(func(id string) proto.Message {
		return &meritv1.CorrectDeterminationRequest{SessionId: id, ResultId: missing, Reason: "demo"}
	})}},
	"PlenaryService/CorrectDetermination result_id": open("results are public"),

	"NoticeService/MarkNoticesRead notice_ids": {{
		records: theNotice,
		ask:     asked(func(id string) proto.Message { return &meritv1.MarkNoticesReadRequest{NoticeIds: []string{id}} }),
	}},

	"AuditService/GetInclusionProof entry_id": {{
		records: theEntryOfAnother,
		ask:     asked(func(id string) proto.Message { return &meritv1.GetInclusionProofRequest{EntryId: id} }),
	}},
	"AuditService/GetReceipt assessment_id": {{
		records: theAssessments,
		ask:     asked(func(id string) proto.Message { return &meritv1.GetReceiptRequest{AssessmentId: id} }),
	}},
	"AuditService/GetReceipt result_id": open("results are public; what stands behind them: TestAReceiptProvesWhatItsReaderMaySee"),
	"AuditService/StreamReceipt receipt.assessment_id": {{
		records: theAssessments,
		ask: asked(func(id string) proto.Message {
			return &meritv1.StreamReceiptRequest{Receipt: &meritv1.GetReceiptRequest{AssessmentId: id}}
		}),
	}},
	"AuditService/StreamReceipt receipt.result_id": open("results are public; what stands behind them: TestAReceiptProvesWhatItsReaderMaySee"),
	"AuditService/ListEntries agency_id": {{
		records: func(w *world) []foreign {
			return []foreign{{"agency", w.agencies["DRAFT"], belongs(meritv1.Role_ROLE_AUDITOR, meritv1.Role_ROLE_ADMIN)}}
		},
		ask:     asked(func(id string) proto.Message { return &meritv1.ListEntriesRequest{AgencyId: id} }),
		narrows: true,
	}},
	"AuditService/ListEntries account_id": {{
		records: func(w *world) []foreign {
			return []foreign{{"account", w.victim.AccountID, belongs(meritv1.Role_ROLE_AUDITOR, meritv1.Role_ROLE_ADMIN)}}
		},
		ask:     asked(func(id string) proto.Message { return &meritv1.ListEntriesRequest{AccountId: id} }),
		narrows: true,
	}},
}
