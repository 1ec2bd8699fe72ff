package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// PlanCmd groups improvement plans.
type PlanCmd struct {
	List PlanListCmd `cmd:"" help:"List the plans of your agency. ¦ Daftar rencana instansi Anda."`
	Show PlanShowCmd `cmd:"" help:"Show a plan, or what an assessment plans and carries on. ¦ Tampilkan rencana, atau rencana penilaian dan yang diteruskannya."`
	Save PlanSaveCmd `cmd:"" help:"Write the plan of an assessment down; it replaces the lines there are. ¦ Simpan rencana penilaian; menggantikan baris yang ada."`
	Set  PlanSetCmd  `cmd:"" help:"Change one line. ¦ Ubah satu baris."`
}

// PlanListCmd lists plans.
type PlanListCmd struct {
	Paging
	Agency string `help:"Code or id, for auditors. ¦ Kode atau id, bagi auditor."`
}

// Run lists a page of plans, newest first.
func (cmd *PlanListCmd) Run(c *Context) error {
	req := &meritv1.ListPlansRequest{PageSize: cmd.Limit, PageToken: cmd.PageToken}
	if cmd.Agency != "" {
		var err error
		if req.AgencyId, err = c.agencyID(cmd.Agency); err != nil {
			return err
		}
	}
	answer, err := c.api.Plans.ListPlans(c, req)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable("Cycle ¦ Siklus", "Instrument ¦ Instrumen", ">Open ¦ >Terbuka", ">Done ¦ >Selesai", ">Dropped ¦ >Batal", "Next date ¦ Tanggal terdekat", "Id")
		for _, p := range answer.GetPlans() {
			t.row(p.GetCycleName(), p.GetInstrumentId(), p.GetOpen(), p.GetDone(), p.GetDropped(), p.GetNextDue(), p.GetId())
		}
		t.write(w)
		c.more(w, answer.GetNextPageToken())
	})
}

// writePlan prints the lines of a plan with what they have reached.
func (c *Context) writePlan(w io.Writer, p *meritv1.Plan) {
	fmt.Fprintf(w, "%s  %s  %s\n", clean(p.GetAgencyName()), p.GetCycleName(), p.GetId())
	t := c.newTable("Item ¦ Butir", ">From ¦ >Dari", ">To ¦ >Sasaran", ">Now ¦ >Kini", "State ¦ Keadaan", "Owner ¦ Penanggung jawab", "Date ¦ Tanggal", "Line ¦ Baris")
	for _, i := range p.GetItems() {
		now, owner := "", i.GetOwner()
		if i.ReachedLevel != nil {
			now = strconv.Itoa(int(i.GetReachedLevel()))
		}
		if i.GetOwnerAccount() != nil {
			owner = strings.TrimSpace(owner + " " + i.GetOwnerAccount().GetName())
		}
		t.row(i.GetItem(), i.GetCurrentLevel(), i.GetTargetLevel(), now, c.word(i.GetState()), owner, i.GetDue(), i.GetId())
	}
	t.write(w)
}

// PlanShowCmd shows a plan.
type PlanShowCmd struct {
	Plan       string `arg:"" optional:"" help:"Plan id. ¦ Id rencana."`
	Assessment string `help:"Assessment id, instead of the plan. ¦ Id penilaian, pengganti rencana."`
}

// Run prints the plan and the earlier one that it carries on.
func (cmd *PlanShowCmd) Run(c *Context) error {
	answer, err := c.api.Plans.GetPlan(c, &meritv1.GetPlanRequest{PlanId: cmd.Plan, AssessmentId: cmd.Assessment})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		if answer.GetPlan() != nil {
			c.writePlan(w, answer.GetPlan())
		}
		if answer.GetCarried() != nil {
			fmt.Fprintln(w, c.Say("Carried on from: ¦ Diteruskan dari:"))
			c.writePlan(w, answer.GetCarried())
		}
		if answer.GetPlan() == nil && answer.GetCarried() == nil {
			fmt.Fprintln(w, c.Say("There is no plan yet. ¦ Belum ada rencana."))
		}
	})
}

// PlanSaveCmd saves a plan.
type PlanSaveCmd struct {
	Assessment string     `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Lines      []planLine `arg:"" placeholder:"ITEM=LEVEL[=OWNER[=DATE]]" help:"What to raise to which level, by which office, until when: 1.1=4=BKPSDM=2026-10-31. ¦ Butir, tingkat sasaran, penanggung jawab, dan tanggal: 1.1=4=BKPSDM=2026-10-31."`
}

// Run replaces the lines of the plan as it was read.
func (cmd *PlanSaveCmd) Run(c *Context) error {
	before, err := c.api.Plans.GetPlan(c, &meritv1.GetPlanRequest{AssessmentId: cmd.Assessment})
	if err != nil {
		return err
	}
	req := &meritv1.SavePlanRequest{AssessmentId: cmd.Assessment, Revision: before.GetPlan().GetRevision()}
	for _, l := range cmd.Lines {
		req.Lines = append(req.Lines, &meritv1.PlanLine{Item: l.item, TargetLevel: l.level, Owner: l.owner, Due: l.due})
	}
	answer, err := c.api.Plans.SavePlan(c, req)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writePlan(w, answer.GetPlan()) })
}

// PlanSetCmd changes a line of a plan.
type PlanSetCmd struct {
	Plan  string                      `arg:"" help:"Plan id. ¦ Id rencana."`
	Item  string                      `arg:"" help:"Item code. ¦ Kode butir."`
	State enum[meritv1.PlanItemState] `placeholder:"STATE" help:"How far it is. ¦ Keadaannya."`
	Owner *string                     `help:"The office in charge. ¦ Penanggung jawab."`
	Due   *string                     `help:"Last day, YYYY-MM-DD. ¦ Hari terakhir, YYYY-MM-DD."`
	Note  *string                     `help:"Note. ¦ Catatan."`
}

// Run changes what is given and leaves the rest as it was read.
func (cmd *PlanSetCmd) Run(c *Context) error {
	plan, err := c.api.Plans.GetPlan(c, &meritv1.GetPlanRequest{PlanId: cmd.Plan})
	if err != nil {
		return err
	}
	for _, i := range plan.GetPlan().GetItems() {
		if i.GetItem() != cmd.Item {
			continue
		}
		answer, err := c.api.Plans.UpdatePlanItem(c, cmd.change(i))
		if err != nil {
			return err
		}
		return c.show(answer, func(w io.Writer) {
			c.writePlan(w, &meritv1.Plan{Id: cmd.Plan, Items: []*meritv1.PlanItem{answer.GetItem()}})
		})
	}
	return Mistake("the plan has no line on item %q ¦ rencana ini tidak punya baris untuk butir %q", cmd.Item)
}

// change is the line as it shall be.
func (cmd *PlanSetCmd) change(i *meritv1.PlanItem) *meritv1.UpdatePlanItemRequest {
	req := &meritv1.UpdatePlanItemRequest{
		PlanItemId: i.GetId(), Revision: i.GetRevision(), State: i.GetState(), Owner: i.GetOwner(),
		OwnerAccountId: i.GetOwnerAccount().GetAccountId(), Due: i.GetDue(), Note: i.GetNote(),
	}
	if cmd.State != 0 {
		req.State = meritv1.PlanItemState(cmd.State)
	}
	for given, field := range map[*string]*string{cmd.Owner: &req.Owner, cmd.Due: &req.Due, cmd.Note: &req.Note} {
		if given != nil {
			*field = *given
		}
	}
	return req
}
