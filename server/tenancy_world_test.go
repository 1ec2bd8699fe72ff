package server_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// world is a year with records of several agencies of region I, and with people to whom those are nothing: of another
// agency, of region II, of roles that have no business with them, and of no account at all.
type world struct {
	*yeartest.Year
	strangers []*stranger

	agencies    map[string]string // of region I: the state of its assessment → its id
	assessments []foreign         // one of each state
	draft       *draft            // the one that is being filled in
	victim      *servertest.Person
	verifier    *servertest.Person // of region I, with a declared interest
	token       string             // of the victim
	signedIn    string             // of the victim
	entry       string             // by which the victim answered
	identity    string             // of the victim, at a provider
	notice      string             // of the operator of the assessment in verification
	upload      string             // of the victim, not finished
	evidence    []foreign          // cited by the draft, and by a submitted assessment
	citations   []foreign
	round       foreign // of clarification
	instrument  foreign // a draft
	award       string  // a draft
	session     string  // an open one
	decided     string  // the assessment that it has decided on
	agenda      string  // and the next one on its agenda
	documents   []foreign
	plan        string // of the agency that fills in
	planItem    string
	proposal    string // of one administrator, who is none of the strangers

	own         *draft            // the assessment that strangers of the other agency fill in
	waiting     *yeartest.Case    // a submitted one of region II
	uploads     map[string]string // by name of the stranger: an upload of their own
	colleague   string            // account of the other agency
	ownEvidence string            // of the other agency
	ownPlanItem string
	ownWorkbook []byte // of the other agency's assessment
}

func newWorld(t *testing.T, s *servertest.Server) *world {
	w := &world{Year: yeartest.MustBegin(t, s, yeartest.Setup{}), agencies: map[string]string{}, uploads: map[string]string{}}
	w.fillIn(t)
	w.submit(t)
	w.verify(t)
	w.determine(t)
	w.employ(t)
	w.invite(t)
	w.prepare(t)
	return w
}

// belongs says to which roles over the nation a record belongs.
func belongs(roles ...meritv1.Role) func(*stranger) bool {
	return func(who *stranger) bool { return who.scope == "nation" && slices.Contains(roles, who.role) }
}

// toNobody is for records that belong to a person, or to nobody else than an agency.
func toNobody(*stranger) bool { return false }

var (
	toAuditors  = belongs(meritv1.Role_ROLE_AUDITOR)
	toAdmins    = belongs(meritv1.Role_ROLE_ADMIN)
	toPlenary   = belongs(meritv1.Role_ROLE_COMMISSIONER)
	toAssessors = belongs(meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_COMMISSIONER, meritv1.Role_ROLE_AUDITOR)
)

// fillIn makes an agency that fills in, and what belongs to it.
func (w *world) fillIn(t *testing.T) {
	w.draft = MustStart(t, w.Year, store.Agency{Region: "I", Name: "Kabupaten Korban"})
	w.agencies["DRAFT"], w.victim = w.draft.agency, w.draft.operator
	w.assessments = append(w.assessments, foreign{"draft", w.draft.id, toAuditors})
	w.hide(t, w.draft.operator, w.draft.contributor, w.draft.approver)
	servertest.Must(assessments(w.victim).SaveAnswer(t.Context(), &meritv1.SaveAnswerRequest{
		AssessmentId: w.draft.id, Item: "1.1", Answer: yeartest.Answer(3), Note: rahasia,
	}))(t)
	w.signedIn = servertest.Must(accounts(w.victim).ListMySessions(t.Context(), &meritv1.ListMySessionsRequest{}))(t).GetSessions()[0].GetId()
	auditor := w.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
	w.entry = MustList(t, auditor, &meritv1.ListEntriesRequest{AgencyId: w.draft.agency, Action: "AssessmentService.SaveAnswer"})[0].GetId()
	w.token = servertest.Must(accounts(w.victim).CreateToken(t.Context(), &meritv1.CreateTokenRequest{Name: rahasia}))(t).GetToken().GetId()
	w.MustUpdate(t, "identity.link", func(tx *store.Tx) error {
		w.identity = tx.NewID()
		return tx.LinkIdentity(store.AccountIdentity{ID: w.identity, AccountID: w.victim.AccountID, Issuer: rahasia, Subject: rahasia, LinkedAt: tx.Now()})
	})
	w.upload = MustStartUpload(t, w.victim, rahasia+".pdf", pdf(rahasia)).GetId()
	w.cite(t, "evidence that a draft cites", w.victim, w.draft.id, toAuditors)
	plan := MustPlan(t, w.victim, w.draft.id, 0, &meritv1.PlanLine{Item: "1.1", TargetLevel: 4, Owner: rahasia, Note: rahasia})
	w.plan, w.planItem = plan.GetId(), plan.GetItems()[0].GetId()
}

// cite adds a file with a secret name to the agency of a person, and cites it.
func (w *world) cite(t *testing.T, name string, p *servertest.Person, assessment string, to func(*stranger) bool) {
	e := MustAdd(t, p, rahasia+".pdf", pdf(rahasia+name))
	cited := servertest.Must(evidence(p).Cite(t.Context(), &meritv1.CiteRequest{
		AssessmentId: assessment, EvidenceId: e.GetId(), Items: []string{"1.1"}, Quote: rahasia,
	}))(t)
	w.evidence = append(w.evidence, foreign{name, e.GetId(), to})
	w.citations = append(w.citations, foreign{"citation of " + name, cited.GetCitations()[0].GetId(), to})
}

// hide gives people secret names.
func (w *world) hide(t *testing.T, people ...*servertest.Person) {
	for _, p := range people {
		servertest.Must(accounts(p).UpdateProfile(t.Context(), &meritv1.UpdateProfileRequest{Name: rahasia, Language: "en"}))(t)
	}
}

// submit makes agencies that have submitted: one by hand, with evidence.
func (w *world) submit(t *testing.T) {
	d := MustStart(t, w.Year, store.Agency{Region: "I"})
	w.hide(t, d.operator, d.approver)
	w.cite(t, "evidence that a submitted assessment cites", d.operator, d.id, toAssessors)
	d.MustSubmit(t)
	w.agencies["SUBMITTED"] = d.agency
	w.assessments = append(w.assessments, foreign{"submitted assessment", d.id, toAssessors})
}

// verify makes agencies whose assessments are verified, or on the way to it, with a question that is open.
func (w *world) verify(t *testing.T) {
	c := w.MustInVerification(t, store.Agency{Region: "I"}, yeartest.All(2))
	w.hide(t, c.Operator, c.Approver)
	servertest.Must(verification(w.Verifier).SetVerified(t.Context(), &meritv1.SetVerifiedRequest{
		AssessmentId: c.AssessmentID, Item: "1.1", Answer: yeartest.Answer(1), Reason: rahasia,
	}))(t)
	round := servertest.Must(verification(w.Verifier).OpenClarification(t.Context(), &meritv1.OpenClarificationRequest{
		AssessmentId: c.AssessmentID, Kind: meritv1.RoundKind_ROUND_KIND_CLARIFICATION, LastDay: "2021-12-31",
		Questions: []*meritv1.ClarificationQuestion{{Item: "1.1", Question: rahasia}},
	}))(t)
	w.notice = MustListNotices(t, c.Operator, true)[0].GetId()
	w.round = foreign{"round", round.GetClarification().GetId(), toAssessors}
	w.agencies["IN_VERIFICATION"] = c.AgencyID
	w.assessments = append(w.assessments, foreign{"assessment in verification", c.AssessmentID, toAssessors})
	c = w.MustVerified(t, store.Agency{Region: "I"}, yeartest.All(2), yeartest.Levels{"1.1": 1})
	w.agencies["VERIFIED"] = c.AgencyID
	w.assessments = append(w.assessments, foreign{"verified assessment", c.AssessmentID, toAssessors})
	w.verifier = w.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "I")
	w.hide(t, w.verifier)
	servertest.Must(accounts(w.verifier).DeclareInterest(t.Context(), &meritv1.DeclareInterestRequest{AgencyId: w.agencies["DRAFT"], Relation: rahasia}))(t)
}

// determine makes an agency with a result, and an open session that has just decided on another one.
func (w *world) determine(t *testing.T) {
	c, _ := w.MustDetermined(t, store.Agency{Region: "I"}, yeartest.All(2))
	w.hide(t, c.Operator, c.Approver)
	w.assessments = append(w.assessments, foreign{"determined assessment", c.AssessmentID, toAssessors})
	c = w.MustVerified(t, store.Agency{Region: "I"}, yeartest.All(2), nil)
	next := w.MustVerified(t, store.Agency{Region: "I"}, yeartest.All(2), nil)
	w.agencies["before the plenary"] = c.AgencyID
	s := w.MustOpenSession(t, c, next)
	w.MustVote(t, s, c)
	servertest.Must(plenary(w.Commissioners[0]).Decide(t.Context(), &meritv1.DecideRequest{
		SessionId: s.ID, AssessmentId: c.AssessmentID, Outcome: change, AcknowledgeReconstructed: true, Reason: rahasia,
		Levels: []*meritv1.DeterminedLevel{{Item: "1.1", Answer: yeartest.Answer(4), Reason: rahasia}},
	}))(t)
	w.session, w.decided, w.agenda = s.ID, c.AssessmentID, next.AssessmentID
	for _, a := range []struct {
		name, title string
		by          *servertest.Person
		subject     meritv1.DocumentSubject
		id          string
		to          func(*stranger) bool
	}{
		{"signed minutes", rahasia, w.Lead, ofMinutes, c.AssessmentID, toAssessors},
		{"document of an open session", "undangan", w.Commissioners[0], ofSession, s.ID, toSession},
	} {
		d := servertest.Must(evidence(a.by).AttachDocument(t.Context(), &meritv1.AttachDocumentRequest{
			UploadId: MustUpload(t, a.by, a.title+".pdf", pdf(a.name)), Subject: a.subject, SubjectId: a.id, Title: a.title,
		}))(t).GetDocument()
		w.documents = append(w.documents, foreign{a.name, d.GetId(), a.to})
	}
}

// toSession is for a session that is open, which leads, commissioners and auditors know of, but those of an agency.
func toSession(who *stranger) bool {
	roles := []meritv1.Role{meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_COMMISSIONER, meritv1.Role_ROLE_AUDITOR}
	return who.scope != "agency" && slices.Contains(roles, who.role)
}

// employ makes the strangers: of every role one of another agency or region, and of the nation.
func (w *world) employ(t *testing.T) {
	w.own = MustStart(t, w.Year, store.Agency{Region: "II"})
	w.waiting = w.MustSubmitted(t, store.Agency{Region: "II"}, yeartest.All(2))
	w.ownWorkbook = MustExport(t, w.own.operator, w.own.id)
	w.colleague, w.ownEvidence = w.own.contributor.AccountID, MustLink(t, w.own.operator, "demo").GetId()
	w.ownPlanItem = MustPlan(t, w.own.operator, w.own.id, 0, planLine("1.1", 4)).GetItems()[0].GetId()
	add := func(role meritv1.Role, scope string, p *servertest.Person) {
		w.strangers = append(w.strangers, &stranger{role.String() + " of " + scope, role, scope, p})
	}
	for role := meritv1.Role_ROLE_OPERATOR; role <= meritv1.Role_ROLE_AUDITOR; role++ {
		switch role {
		case meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_CONTRIBUTOR, meritv1.Role_ROLE_APPROVER, meritv1.Role_ROLE_AGENCY_ADMIN:
			add(role, "agency", w.MustAccount(t, role, w.own.agency))
			continue
		case meritv1.Role_ROLE_AUDITOR:
			add(role, "agency", w.MustAccount(t, role, w.own.agency))
			add(role, "region", w.MustRegional(t, role, "II"))
		case meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER:
			add(role, "region", w.MustRegional(t, role, "II"))
		}
		add(role, "nation", w.MustAccount(t, role, ""))
	}
	add(meritv1.Role_ROLE_SIGNED_IN, "", w.mustEnd(t, w.MustAccount(t, meritv1.Role_ROLE_OPERATOR, w.draft.agency)))
	add(meritv1.Role_ROLE_ANYONE, "", w.Anyone())
}

// mustEnd ends the membership that a person acts in.
func (w *world) mustEnd(t *testing.T, p *servertest.Person) *servertest.Person {
	w.MustUpdate(t, "membership.end", func(tx *store.Tx) error { return tx.EndMembership(p.MembershipID, p.AccountID, "demo") })
	return p
}

// invite gives strangers what they need to ask with: an upload of their own.
func (w *world) invite(t *testing.T) {
	for _, who := range w.strangers {
		resp, err := evidence(who.person).StartUpload(t.Context(), &meritv1.StartUploadRequest{FileName: "demo.pdf", Size: 9, Sha256: sumOf(pdf(""))})
		w.uploads[who.name] = missing
		if err == nil {
			w.uploads[who.name] = resp.GetUpload().GetId()
		}
	}
}

// prepare does what offices do behind closed doors: drafts of an instrument and of an award, and a later last day.
func (w *world) prepare(t *testing.T) {
	w.MustUpdate(t, "instrument.save", func(tx *store.Tx) error {
		in, err := tx.Instrument("kasn-2019")
		in.ID, in.Title = "rahasia-2022", rahasia
		if err != nil {
			return err
		}
		return tx.SaveDraft(in)
	})
	w.instrument = foreign{"draft of an instrument", "rahasia-2022", func(who *stranger) bool {
		return who.role == meritv1.Role_ROLE_ADMIN || who.role == meritv1.Role_ROLE_AUDITOR // wherever
	}}
	committee := w.MustAccount(t, meritv1.Role_ROLE_AWARD_COMMITTEE, "")
	w.award = servertest.Must(meritv1.NewAwardServiceClient(committee).DraftAward(t.Context(), &meritv1.DraftAwardRequest{
		Title: rahasia, Year: 2021, InstrumentId: "kasn-2019", Rule: awardRule(),
	}))(t).GetAward().GetId()
	admin := w.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	servertest.Must(meritv1.NewCycleServiceClient(admin).GrantExtension(t.Context(), &meritv1.GrantExtensionRequest{
		CycleId: w.CycleID, AgencyIds: []string{w.draft.agency}, LastDay: "2022-01-31", Reason: rahasia, Phase: meritv1.Phase_PHASE_SELF_ASSESSMENT,
	}))(t)
	w.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	w.proposal = servertest.Must(accounts(admin).ResetPassword(t.Context(), &meritv1.ResetPasswordRequest{AccountId: w.verifier.AccountID}))(t).GetProposalId()
}

// theProposal is known to administrators, who may decide it.
func theProposal(w *world) []foreign { return []foreign{{"proposal", w.proposal, toAdmins}} }

// account is the account of the victim, and that of a verifier.
func theAccounts(w *world) []foreign {
	return []foreign{{"account of an operator", w.victim.AccountID, toAdmins}, {"account of a verifier", w.verifier.AccountID, toAdmins}}
}

// theAgencies are those whose results nobody may know yet.
func theAgencies(w *world) (all []foreign) {
	for state, id := range w.agencies {
		all = append(all, foreign{"agency with an assessment " + state, id, toNobody})
	}
	return all
}

func theAssessments(w *world) []foreign { return w.assessments }

// asked makes requests that have nothing but an id in them, whoever asks.
func asked(request func(id string) proto.Message) func(*world, *stranger, string) proto.Message {
	return func(_ *world, _ *stranger, id string) proto.Message { return request(id) }
}
