package cli

import (
	"fmt"
	"io"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// CycleCmd groups what is done with cycles.
type CycleCmd struct {
	List          CycleListCmd          `cmd:"" help:"List cycles. ¦ Daftar siklus."`
	Show          CycleShowCmd          `cmd:"" help:"Show a cycle and its calendar. ¦ Tampilkan siklus dan kalendernya."`
	Create        CycleCreateCmd        `cmd:"" help:"Open a year on a published instrument. ¦ Buka tahun dengan instrumen terbitan."`
	Window        CycleWindowCmd        `cmd:"" help:"Move a phase's window for everybody. ¦ Geser jendela suatu tahap bagi semua."`
	Extend        CycleExtendCmd        `cmd:"" help:"Give agencies a later last day. ¦ Beri instansi hari terakhir yang lebih lambat."`
	Extensions    CycleExtensionsCmd    `cmd:"" help:"List extensions. ¦ Daftar perpanjangan."`
	Participation CycleParticipationCmd `cmd:"" help:"Show how far every agency is. ¦ Tampilkan kemajuan tiap instansi."`
}

// cycle finds a cycle by name or id.
func (c *Context) cycle(nameOrID string) (*meritv1.Cycle, error) {
	request := &meritv1.GetCycleRequest{Name: nameOrID}
	if isID(nameOrID) {
		request = &meritv1.GetCycleRequest{CycleId: nameOrID}
	}
	answer, err := c.api.Cycles.GetCycle(c, request)
	return answer.GetCycle(), err
}

// cycleID is the id of the cycle with that name or id; empty for an empty one.
func (c *Context) cycleID(nameOrID string) (string, error) {
	if nameOrID == "" {
		return "", nil
	}
	cycle, err := c.cycle(nameOrID)
	return cycle.GetId(), err
}

func (c *Context) writeCycle(w io.Writer, cycle *meritv1.Cycle) {
	fmt.Fprintf(w, "%s  %d  %s  %s\n", clean(cycle.GetName()), cycle.GetYear(), cycle.GetInstrumentId(), cycle.GetId())
	fmt.Fprintln(w, c.sayf("Assessor %s; quorum %d, more than %d %% in favour ¦ Penilai %s; kuorum %d, setuju lebih dari %d %%",
		clean(cycle.GetAssessor()), cycle.GetQuorum(), cycle.GetMajorityPercent()))
	fmt.Fprintln(w)
	t := c.newTable("Phase ¦ Tahap", "First day ¦ Hari pertama", "Last day, to 24:00 WIB ¦ Hari terakhir, sampai 24.00 WIB")
	for _, window := range cycle.GetWindows() {
		t.row(c.word(window.GetPhase()), window.GetFirstDay(), window.GetLastDay())
	}
	t.write(w)
}

// CycleListCmd lists cycles.
type CycleListCmd struct{ Paging }

// Run lists a page of cycles, the latest year first.
func (cmd *CycleListCmd) Run(c *Context) error {
	answer, err := c.api.Cycles.ListCycles(c, &meritv1.ListCyclesRequest{PageSize: cmd.Limit, PageToken: cmd.PageToken})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable("Name ¦ Nama", ">Year ¦ >Tahun", "Instrument ¦ Instrumen", "Assessor ¦ Penilai", "Id")
		for _, cycle := range answer.GetCycles() {
			t.row(cycle.GetName(), cycle.GetYear(), cycle.GetInstrumentId(), cycle.GetAssessor(), cycle.GetId())
		}
		t.write(w)
		c.more(w, answer.GetNextPageToken())
	})
}

// CycleShowCmd shows one cycle.
type CycleShowCmd struct {
	Cycle string `arg:"" help:"Name or id. ¦ Nama atau id."`
}

// Run prints the cycle and its windows.
func (cmd *CycleShowCmd) Run(c *Context) error {
	cycle, err := c.cycle(cmd.Cycle)
	if err != nil {
		return err
	}
	return c.show(cycle, func(w io.Writer) { c.writeCycle(w, cycle) })
}

// CycleCreateCmd opens a year.
type CycleCreateCmd struct {
	Name       string   `arg:"" help:"Name, usually the year. ¦ Nama, biasanya tahun."`
	Year       int32    `required:"" help:"The year. ¦ Tahun."`
	Instrument string   `required:"" help:"Id of a published instrument. ¦ Id instrumen terbitan."`
	Assessor   string   `required:"" help:"The body that verifies and determines. ¦ Lembaga yang memverifikasi dan menetapkan."`
	Window     []window `required:"" placeholder:"PHASE=FIRST..LAST" help:"Window of a phase; give all five. ¦ Jendela suatu tahap; berikan kelimanya."`
	Quorum     int32    `required:"" help:"Least number of commissioners present and not recused. ¦ Jumlah minimal komisioner hadir tanpa benturan kepentingan."`
	Majority   int32    `default:"50" help:"Votes in favour must exceed this percentage. ¦ Suara setuju harus melebihi persentase ini."`
}

// Run creates the cycle.
func (cmd *CycleCreateCmd) Run(c *Context) error {
	request := &meritv1.CreateCycleRequest{
		Name: cmd.Name, Year: cmd.Year, InstrumentId: cmd.Instrument, Assessor: cmd.Assessor,
		Quorum: cmd.Quorum, MajorityPercent: cmd.Majority,
	}
	for _, w := range cmd.Window {
		request.Windows = append(request.Windows, w.message())
	}
	answer, err := c.api.Cycles.CreateCycle(c, request)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeCycle(w, answer.GetCycle()) })
}

// CycleWindowCmd moves a window.
type CycleWindowCmd struct {
	Cycle  string `arg:"" help:"Name or id. ¦ Nama atau id."`
	Window window `arg:"" placeholder:"PHASE=FIRST..LAST" help:"The new window. ¦ Jendela baru."`
}

// Run moves the window, unless somebody moved it since it was read.
func (cmd *CycleWindowCmd) Run(c *Context) error {
	moved := cmd.Window.message()
	cycle, err := c.cycle(cmd.Cycle)
	if err != nil {
		return err
	}
	for _, w := range cycle.GetWindows() {
		if w.GetPhase() == moved.GetPhase() {
			moved.Revision = w.GetRevision()
		}
	}
	answer, err := c.api.Cycles.SetWindow(c, &meritv1.SetWindowRequest{CycleId: cycle.GetId(), Window: moved})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeCycle(w, answer.GetCycle()) })
}

// CycleExtendCmd grants an extension.
type CycleExtendCmd struct {
	Cycle    string              `arg:"" help:"Name or id. ¦ Nama atau id."`
	Phase    enum[meritv1.Phase] `arg:"" help:"The phase. ¦ Tahap."`
	LastDay  string              `arg:"" placeholder:"YYYY-MM-DD" help:"The new last day. ¦ Hari terakhir yang baru."`
	Agencies []string            `arg:"" help:"Codes or ids. ¦ Kode atau id."`
	Reason   string              `required:"" help:"Why. ¦ Alasan."`
}

// Run grants the extension to all of the agencies or none.
func (cmd *CycleExtendCmd) Run(c *Context) error {
	cycle, err := c.cycleID(cmd.Cycle)
	if err != nil {
		return err
	}
	request := &meritv1.GrantExtensionRequest{CycleId: cycle, Phase: meritv1.Phase(cmd.Phase), LastDay: cmd.LastDay, Reason: cmd.Reason}
	for _, given := range cmd.Agencies {
		id, err := c.agencyID(given)
		if err != nil {
			return err
		}
		request.AgencyIds = append(request.AgencyIds, id)
	}
	answer, err := c.api.Cycles.GrantExtension(c, request)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeExtensions(w, answer.GetExtensions()) })
}

func (c *Context) writeExtensions(w io.Writer, extensions []*meritv1.Extension) {
	t := c.newTable("Agency ¦ Instansi", "Phase ¦ Tahap", "Last day ¦ Hari terakhir", "Reason ¦ Alasan", "By ¦ Oleh")
	for _, e := range extensions {
		t.row(e.GetAgencyName(), c.word(e.GetPhase()), e.GetLastDay(), e.GetReason(), e.GetGrantedBy().GetName())
	}
	t.write(w)
}

// CycleExtensionsCmd lists extensions.
type CycleExtensionsCmd struct {
	Cycle string `arg:"" help:"Name or id. ¦ Nama atau id."`
	Paging
}

// Run lists a page of extensions, newest first.
func (cmd *CycleExtensionsCmd) Run(c *Context) error {
	cycle, err := c.cycleID(cmd.Cycle)
	if err != nil {
		return err
	}
	answer, err := c.api.Cycles.ListExtensions(c, &meritv1.ListExtensionsRequest{CycleId: cycle, PageSize: cmd.Limit, PageToken: cmd.PageToken})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		c.writeExtensions(w, answer.GetExtensions())
		c.more(w, answer.GetNextPageToken())
	})
}

// CycleParticipationCmd shows how far agencies are.
type CycleParticipationCmd struct {
	Cycle string `arg:"" help:"Name or id. ¦ Nama atau id."`
	Paging
	Kind     enum[meritv1.AgencyKind]         `placeholder:"KIND" help:"Only this kind. ¦ Hanya jenis ini."`
	Province string                           `placeholder:"CODE" help:"Only this province. ¦ Hanya provinsi ini."`
	State    enum[meritv1.ParticipationState] `placeholder:"STATE" help:"Only this state. ¦ Hanya keadaan ini."`
}

// Run prints the counts by kind and a page of agencies.
func (cmd *CycleParticipationCmd) Run(c *Context) error {
	request, err := cmd.request(c)
	if err != nil {
		return err
	}
	answer, err := c.api.Cycles.GetParticipation(c, request)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		c.writeParticipation(w, answer)
		c.more(w, answer.GetNextPageToken())
	})
}

func (cmd *CycleParticipationCmd) request(c *Context) (*meritv1.GetParticipationRequest, error) {
	cycle, err := c.cycleID(cmd.Cycle)
	if err != nil {
		return nil, err
	}
	province, err := c.agencyID(cmd.Province)
	if err != nil {
		return nil, err
	}
	return &meritv1.GetParticipationRequest{
		CycleId: cycle, Kind: meritv1.AgencyKind(cmd.Kind), ProvinceId: province, State: meritv1.ParticipationState(cmd.State),
		PageSize: cmd.Limit, PageToken: cmd.PageToken,
	}, nil
}

func (c *Context) writeParticipation(w io.Writer, answer *meritv1.GetParticipationResponse) {
	counts := c.newTable("Kind ¦ Jenis", ">Not due ¦ >Belum waktunya", ">Not started ¦ >Belum mulai", ">Filling ¦ >Mengisi",
		">Submitted ¦ >Diajukan", ">In verification ¦ >Diverifikasi", ">Verified ¦ >Terverifikasi", ">Determined ¦ >Ditetapkan")
	for _, n := range answer.GetByKind() {
		counts.row(c.word(n.GetKind()), n.GetNotDue(), n.GetNotStarted(), n.GetFilling(), n.GetSubmitted(), n.GetInVerification(), n.GetVerified(), n.GetDetermined())
	}
	counts.write(w)
	fmt.Fprintln(w)
	t := c.newTable("Code ¦ Kode", "Agency ¦ Instansi", "State ¦ Keadaan", ">Answered ¦ >Terjawab", "Stuck at ¦ Tertahan di")
	for _, p := range answer.GetAgencies() {
		t.row(p.GetAgency().GetCode(), p.GetAgency().GetName(), c.word(p.GetState()), fmt.Sprintf("%d %%", p.GetPercentAnswered()), p.GetStuckAt())
	}
	t.write(w)
}
