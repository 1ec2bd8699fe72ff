package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/meritindex/merit/client/bilingual"

	"google.golang.org/protobuf/types/known/timestamppb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// sheetHead stands above every page of one assessment: {{template "assessment-tabs" .Page.Head}}.
type sheetHead struct {
	Assessment *meritv1.Assessment
	At         string // the key of the page among the tabs: its last part of the address
	Tabs       []sheetTab
}

// sheetTab leads to a page of an assessment.
type sheetTab struct {
	At, Path string
	Text     string // English ¦ Indonesia
}

// sheetTabs are the pages of an assessment, with what has to be so for one to be of use.
var sheetTabs = []struct {
	at, text string
	shown    func(*request, *meritv1.Assessment) bool
}{
	{"overview", "Overview ¦ Ringkasan", always},
	{"items", "Questionnaire ¦ Kuesioner", always},
	{"evidence", "Evidence ¦ Bukti dukung", always},
	{"assignments", "Colleagues ¦ Pembagian tugas", whileFilling},
	{"workbook", "Workbook ¦ Buku kerja", whileFilling},
	{"simulate", "What if ¦ Simulasi", ofAgency},
	{"plan", "Plan ¦ Rencana perbaikan", ofAgency},
	{"check", "Check and submit ¦ Periksa dan ajukan", inDraft},
	{"clarifications", "Clarifications ¦ Klarifikasi", afterDraft},
	{"outcome", "Outcome ¦ Hasil", afterDraft},
	{"minutes", "Minutes ¦ Berita acara", onceVerified},
	{"history", "History ¦ Riwayat", always},
}

func always(*request, *meritv1.Assessment) bool { return true }

func whileFilling(r *request, a *meritv1.Assessment) bool {
	return !r.acts(meritv1.Role_ROLE_AUDITOR) && ofAgency(r, a) &&
		inStates(a, meritv1.AssessmentState_ASSESSMENT_STATE_DRAFT, meritv1.AssessmentState_ASSESSMENT_STATE_IN_REPAIR)
}

// ofAgency are the pages of those who fill the sheet in, and of auditors.
func ofAgency(r *request, _ *meritv1.Assessment) bool {
	return !r.acts(meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_COMMISSIONER)
}

func inDraft(r *request, a *meritv1.Assessment) bool {
	return ofAgency(r, a) && inStates(a, meritv1.AssessmentState_ASSESSMENT_STATE_DRAFT)
}

func afterDraft(_ *request, a *meritv1.Assessment) bool {
	return !inStates(a, meritv1.AssessmentState_ASSESSMENT_STATE_DRAFT)
}

func onceVerified(_ *request, a *meritv1.Assessment) bool {
	return inStates(a, meritv1.AssessmentState_ASSESSMENT_STATE_VERIFIED, meritv1.AssessmentState_ASSESSMENT_STATE_DETERMINED)
}

func inStates(a *meritv1.Assessment, states ...meritv1.AssessmentState) bool {
	return slices.Contains(states, a.GetState())
}

// sheet reads the assessment that the address names and puts the head of the page over it. NOT_FOUND for one outside
// the reader's scope.
func (r *request) sheet(at string, view meritv1.AssessmentView) (sheetHead, error) {
	resp, err := r.Assessments.GetAssessment(r.Context(), &meritv1.GetAssessmentRequest{AssessmentId: r.PathValue("id"), View: view})
	if err != nil {
		return sheetHead{}, err
	}
	return r.headOver(resp.GetAssessment(), at), nil
}

// ofSheet takes a form that adds something of the reader's own before the service hears of the assessment: not for one that
// is not there.
func ofSheet(h handler) handler {
	return signedIn(func(w http.ResponseWriter, r *request) error {
		if _, err := r.sheet("", meritv1.AssessmentView_ASSESSMENT_VIEW_UNSPECIFIED); err != nil {
			return err
		}
		return h(w, r)
	})
}

// questionnaire reads the assessment that the address names, as sheet does, and the instrument that it answers.
func (r *request) questionnaire(at string, view meritv1.AssessmentView) (sheetHead, *meritv1.Instrument, error) {
	head, err := r.sheet(at, view)
	if err != nil {
		return head, nil, err
	}
	in, err := r.instrument(head.Assessment.GetInstrumentId())
	return head, in, err
}

// headOver is the head of a page over an assessment that was read already.
func (r *request) headOver(a *meritv1.Assessment, at string) sheetHead {
	head := sheetHead{Assessment: a, At: at}
	for _, t := range sheetTabs {
		if !t.shown(r, a) {
			continue
		}
		path := "/assessments/" + a.GetId()
		if t.at != "overview" {
			path += "/" + t.at
		}
		head.Tabs = append(head.Tabs, sheetTab{t.at, path, t.text})
	}
	return head
}

// instrument returns a published instrument whole. It never changes, so it is asked for once.
func (r *request) instrument(id string) (*meritv1.Instrument, error) {
	if known, ok := r.web.instruments.Load(id); ok {
		return known.(*meritv1.Instrument), nil
	}
	resp, err := r.Instruments.GetInstrument(r.Context(), &meritv1.GetInstrumentRequest{InstrumentId: id})
	if err != nil {
		return nil, err
	}
	in := resp.GetInstrument()
	in.Source = nil
	if in.GetLifecycle() != meritv1.Lifecycle_LIFECYCLE_DRAFT {
		r.web.instruments.Store(id, in)
	}
	return in, nil
}

// named is a name of the instrument in the reader's language, or in its own where it has no other.
func (r *request) named(name, english string) string {
	if r.lang == "en" && english != "" {
		return english
	}
	return name
}

// lastDay is the last day of what closes at an instant, as a date; empty for nothing.
func lastDay(closes *timestamppb.Timestamp) string {
	if closes == nil {
		return ""
	}
	return closes.AsTime().Add(-time.Second).In(bilingual.WIB).Format(time.DateOnly)
}

// daysLeft counts the days after today until what closes at an instant is over: 0 on the last day.
func (r *request) daysLeft(closes *timestamppb.Timestamp) int {
	return daysBetween(r.today(), lastDay(closes))
}

// daysBetween counts the days from one date to a later one; 0 otherwise.
func daysBetween(from, to string) int {
	first, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return 0
	}
	last, err := time.Parse(time.DateOnly, to)
	if err != nil || last.Before(first) {
		return 0
	}
	return int(last.Sub(first) / (24 * time.Hour))
}
