package web_test

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/web/browsertest"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// tab opens a window of the browser in which a person is signed in. Pages are in English.
func (o *office) tab(t *testing.T, b *browsertest.Browser, p *servertest.Person) *browsertest.Tab {
	t.Helper()
	return b.Tab(t, o.site.url).Go("/sign-in").
		Run(`document.cookie = "merit_language=en; path=/"; document.cookie = "merit_session=` + p.Secret + `; path=/"`)
}

// mustCite gives an item of a draft a piece of evidence of the demonstration, cited on two pages.
func (o *office) mustCite(t *testing.T, c *yeartest.Case, item string) {
	t.Helper()
	conn, err := o.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	operator := meritv1.NewEvidenceServiceClient(c.Operator)
	file, err := os.Open("../demo/data/evidence/peta-jabatan-dan-rencana-kebutuhan.pdf")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	up, err := (&client.Client{Evidence: operator}).Upload(t.Context(), file, info.Size(), client.UploadOptions{Name: "peta.pdf"})
	if err != nil {
		t.Fatal(err)
	}
	done := servertest.Must(operator.FinishUpload(t.Context(), &meritv1.FinishUploadRequest{UploadId: up.GetId(), Title: "Peta jabatan"}))(t)
	for _, page := range []string{"1", "3"} {
		servertest.Must(operator.Cite(t.Context(), &meritv1.CiteRequest{
			AssessmentId: c.AssessmentID, EvidenceId: done.GetEvidence().GetId(), Items: []string{item}, Page: page, Quote: "Peta jabatan dimutakhirkan setiap tahun.",
		}))(t)
	}
}

func (o *office) mustSubmit(t *testing.T, c *yeartest.Case) {
	t.Helper()
	servertest.Must(meritv1.NewAssessmentServiceClient(c.Approver).Submit(t.Context(), &meritv1.SubmitRequest{
		AssessmentId: c.AssessmentID, Revision: o.Revision(t, c), AcceptUnanswered: true,
	}))(t)
}

// TestASheetIsDecidedByKeyboardAlone: every item of a sheet, one of them with a reason, without a click.
func TestASheetIsDecidedByKeyboardAlone(t *testing.T) {
	o := newOffice(t)
	c := o.MustDraft(t, store.Agency{}, yeartest.All(3))
	o.mustCite(t, c, "1.1")
	o.mustSubmit(t, c)
	o.MustStartVerification(t, c)
	desk, items := o.tab(t, browsertest.New(t), o.Verifier), "/verification/"+c.AssessmentID+"/items/"
	desk.Go(items + "1.1").Press("?").Wait(`document.getElementById("help").open`).Press(kb.Escape).
		Press("e").Wait(`document.querySelectorAll("[data-citation]")[1].hasAttribute("aria-current")`).
		Press("j").At(items + "1.2").Press("k").At(items + "1.1")
	codes := []string{}
	for _, item := range o.Instrument.Scoring().Items() {
		if item.Kind == scoring.Scored {
			codes = append(codes, item.Code)
		}
	}
	for i, code := range codes {
		desk.At(items + code)
		if i == 4 { // without a reason the desk asks for one, where it is written
			desk.Press("2").Press("s").See("A reason is needed").Wait(`document.activeElement.id == "reason"`).
				Press("3 of 5 n").Press(kb.Escape).Press(kb.Enter)
			continue
		}
		desk.Press("3").Press("s")
	}
	desk.See("decided of 38", "Read the items").At("/verification/" + c.AssessmentID)
	o.as(t, o.Verifier).get(t, "/verification/"+c.AssessmentID+"/differences").want(t, 200, "1 of 38 items", "3 of 5 n")
}

// TestAReasonOutlivesALostConnectionAndAReload: it is gone from the browser only when the service has it.
func TestAReasonOutlivesALostConnectionAndAReload(t *testing.T) {
	o := newOffice(t)
	c := o.MustInVerification(t, store.Agency{}, yeartest.All(3))
	desk, items := o.tab(t, browsertest.New(t), o.Verifier), "/verification/"+c.AssessmentID+"/items/"
	desk.Go(items + "1.1").Press("1").Press("r").Press("Hanya satu unit kerja.").Press(kb.Escape).
		Offline(true).Press("s").See("Not saved: no connection.").Offline(false).
		Go(items + "1.1").See("is back").Wait(`document.getElementById("reason").value == "Hanya satu unit kerja."`).
		Press("s").At(items + "1.2").See("Saved.").
		Run(`if (sessionStorage.length) throw new Error("kept although it is saved")`)
}

// TestQuestionsAreCollectedAtTheDeskAndAskedInOneRound: they stay in the browser until the round is open.
func TestQuestionsAreCollectedAtTheDeskAndAskedInOneRound(t *testing.T) {
	o := newOffice(t)
	c := o.MustInVerification(t, store.Agency{}, yeartest.All(3))
	desk, path := o.tab(t, browsertest.New(t), o.Verifier), "/verification/"+c.AssessmentID
	for _, item := range []string{"1.1", "3.3"} {
		desk.Go(path + "/items/" + item).Press("c").Wait(`document.getElementById("question").open`).
			Press("Unit mana? " + item).Press(kb.Tab).Press(kb.Enter).See("Question collected.")
	}
	desk.See("Open the round with the questions collected: 2").Click("#collected").At(path+"/ask").
		Wait(`document.getElementById("question.3.3").value == "Unit mana? 3.3"`).
		Set("#last_day", "2021-12-01").Click("#ask .button").See("The round is open.", "Unit mana? 1.1", "Unit mana? 3.3").
		Run(`if (localStorage.length) throw new Error("kept although it was asked")`)
}
