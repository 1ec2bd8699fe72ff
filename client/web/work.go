package web

import (
	"net/http"
	"strconv"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// workView is "my work today": what waits, the late first, and what changed.
type workView struct {
	Acting  *meritv1.Membership
	Entries []workEntry
	LeftOut int32
	Late    int32
	Notices []*meritv1.Notice
}

// workEntry is one thing that waits, with where it is done.
type workEntry struct {
	*meritv1.WorkEntry
	Path string
}

var workPage = newPage[workView]("work")

func (rt router) work() {
	rt.get("/work", signedIn(showMyWork))
	rt.get("/notices", signedIn(showNotices))
	rt.post("/notices", signedIn(markNotices))
}

func showMyWork(w http.ResponseWriter, r *request) error {
	view := workView{Acting: r.who.GetActing()}
	if view.Acting == nil {
		return workPage.show(w, r, view)
	}
	work, err := r.Work.GetWork(r.Context(), &meritv1.GetWorkRequest{})
	if err != nil {
		return err
	}
	for _, entry := range work.GetEntries() {
		view.Entries = append(view.Entries, workEntry{entry, entryPath(entry)})
	}
	view.LeftOut, view.Late, view.Notices = work.GetLeftOut(), work.GetLate(), work.GetChanged()
	return workPage.show(w, r, view)
}

// entryPath is the page on which the work is done.
func entryPath(e *meritv1.WorkEntry) string {
	assessment := "/assessments/" + e.GetAssessmentId()
	switch e.GetKind() {
	case meritv1.WorkKind_WORK_KIND_START_ASSESSMENT:
		return "/assessments"
	case meritv1.WorkKind_WORK_KIND_SUBMIT_ASSESSMENT:
		return assessment + "/check"
	case meritv1.WorkKind_WORK_KIND_ANSWER_CLARIFICATION:
		return assessment + "/clarifications"
	case meritv1.WorkKind_WORK_KIND_FOLLOW_PLAN:
		return assessment + "/plan"
	case meritv1.WorkKind_WORK_KIND_START_VERIFICATION, meritv1.WorkKind_WORK_KIND_VERIFY, meritv1.WorkKind_WORK_KIND_COMPLETE_VERIFICATION:
		return "/verification/" + e.GetAssessmentId()
	case meritv1.WorkKind_WORK_KIND_ASSIGN_VERIFIER:
		return "/verification?cycle=" + e.GetCycleId() + "&state=submitted"
	case meritv1.WorkKind_WORK_KIND_OPEN_SESSION:
		return "/plenary"
	case meritv1.WorkKind_WORK_KIND_FOLLOW_CYCLE:
		return "/admin/participation?cycle=" + e.GetCycleId()
	}
	return subjectPath(e.GetSubjectKind(), e.GetSubjectId(), e.GetAssessmentId())
}

// subjectPath is the page of a record.
func subjectPath(kind meritv1.SubjectKind, id, assessmentID string) string {
	switch kind {
	case meritv1.SubjectKind_SUBJECT_KIND_CLARIFICATION:
		return "/assessments/" + assessmentID + "/clarifications"
	case meritv1.SubjectKind_SUBJECT_KIND_PROPOSAL:
		return proposalsPath
	case meritv1.SubjectKind_SUBJECT_KIND_ACCOUNT:
		return "/profile"
	case meritv1.SubjectKind_SUBJECT_KIND_SESSION:
		return "/plenary/" + id
	case meritv1.SubjectKind_SUBJECT_KIND_AWARD:
		return "/awards/" + id
	case meritv1.SubjectKind_SUBJECT_KIND_PLAN:
		return "/assessments/" + assessmentID + "/plan"
	case meritv1.SubjectKind_SUBJECT_KIND_CYCLE:
		return "/assessments"
	}
	return "/assessments/" + assessmentID
}

// noticesView is the list of a person's notices.
type noticesView struct {
	Notices []*meritv1.Notice
	Unread  int32
	Next    string // page token
}

var noticesPage = newPage[noticesView]("notices")

func showNotices(w http.ResponseWriter, r *request) error {
	list, err := r.Notices.ListNotices(r.Context(), &meritv1.ListNoticesRequest{PageToken: r.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	return noticesPage.show(w, r, noticesView{list.GetNotices(), list.GetUnread(), list.GetNextPageToken()})
}

// markNotices marks one notice read and leads to what it is about, or marks all.
func markNotices(w http.ResponseWriter, r *request) error {
	id := r.PostFormValue("notice")
	_, err := r.Notices.MarkNoticesRead(r.Context(), &meritv1.MarkNoticesReadRequest{All: id == "", NoticeIds: oneOrNone(id)})
	if err != nil {
		return err
	}
	if id == "" {
		return r.redirect(w, "/notices", "all-read")
	}
	kind, _ := strconv.ParseInt(r.PostFormValue("kind"), 10, 32)
	return r.redirect(w, r.noticePath(meritv1.SubjectKind(kind), r.PostFormValue("subject"), r.PostFormValue("assessment")), "")
}

// noticePath is where a notice leads its reader: a verifier to the desk, others to the record.
func (r *request) noticePath(kind meritv1.SubjectKind, id, assessmentID string) string {
	if assessmentID != "" && r.acts(meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER) {
		return "/verification/" + assessmentID
	}
	return local(subjectPath(kind, id, assessmentID), "/notices")
}

// oneOrNone is a list of a value, or of none when it is empty.
func oneOrNone(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}
