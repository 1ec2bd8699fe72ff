package server

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
)

// resultServer reads results. It reads nothing but determined and imported ones, so nothing undetermined can be told.
type resultServer struct {
	meritv1.UnimplementedResultServiceServer
	*core
}

var aResult = fault.Text{ID: "Hasil", EN: "result"}

// GetResult returns one result explained.
func (s *resultServer) GetResult(ctx context.Context, req *meritv1.GetResultRequest) (resp *meritv1.GetResultResponse, err error) {
	if (req.GetResultId() == "") == (req.GetAgencyId() == "") {
		return nil, fault.Invalid("result_id", "sebutkan result_id atau agency_id, salah satu saja.",
			"say either result_id or agency_id.")
	}
	if c := access.From(ctx); c.Acts(decisionRoles...) {
		err = s.store.View(ctx, func(tx *store.Tx) error {
			resp, err = s.explainedTo(tx, c, req)
			return err
		})
	} else {
		resp, err = publicAnswer(ctx, s.core, req, func(tx *store.Tx) (*meritv1.GetResultResponse, error) {
			return s.explainedTo(tx, nil, req)
		})
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, s.noResult(ctx, req)
	}
	return resp, err
}

// explainedTo is a result explained, with what stands behind it for a caller who may see that; nil is the public.
func (s *resultServer) explainedTo(tx *store.Tx, c *access.Caller, req *meritv1.GetResultRequest) (*meritv1.GetResultResponse, error) {
	r, err := findResult(tx, req)
	if err != nil {
		return nil, err
	}
	in, err := s.instruments.Published(tx, r.InstrumentID)
	if err != nil {
		return nil, err
	}
	resp := explained(&r, in)
	if c == nil || !seesDecisions(c, &r) {
		return resp, nil
	}
	if within, err := withinRegion(tx, c, &r); err != nil || !within {
		return resp, err
	}
	resp.Items, err = resultItems(tx, &r, in)
	return resp, err
}

func findResult(tx *store.Tx, req *meritv1.GetResultRequest) (store.Result, error) {
	if id := req.GetResultId(); id != "" {
		return tx.Result(id)
	}
	return tx.ResultOfAgency(req.GetAgencyId(), int(req.GetYear()))
}

// noResult is the NOT_FOUND for a request. An agency is named as people know it; what goes on there is not told.
func (s *resultServer) noResult(ctx context.Context, req *meritv1.GetResultRequest) error {
	if req.GetResultId() != "" {
		return fault.NotFound(aResult, req.GetResultId())
	}
	return s.store.View(ctx, func(tx *store.Tx) error {
		a, err := findAgency(tx, req.GetAgencyId(), "", calendar.Day(tx.Now()))
		if err != nil {
			return err
		}
		year := fault.Text{}
		if req.GetYear() != 0 {
			year = fault.T(" untuk tahun %d", " for the year %d", req.GetYear())
		}
		return fault.New(meritv1.Reason_REASON_NOT_FOUND,
			"%s %s belum memiliki hasil yang ditetapkan atau diterbitkan%s. Trennya menunjukkan tahun yang ada hasilnya.",
			"%s %s has no determined or published result%s. Its trend shows the years that have one.", a.Code, a.Name, year)
	})
}

// explained is a result with its score, which an imported one has not.
func explained(r *store.Result, in *instrument.Instrument) *meritv1.GetResultResponse {
	resp := &meritv1.GetResultResponse{Result: resultMessage(r, in)}
	if len(r.Score) > 0 {
		sendAsKept(resp, scoreField, r.Score)
	}
	return resp
}

// scoreField is the number of GetResultResponse.score.
const scoreField = 2

// sendAsKept puts a message that is kept in its wire form into a field of an answer without taking it apart and putting
// it together again, which is most of the work of GetResult: whoever reads the answer finds it in the field.
func sendAsKept(resp proto.Message, field protowire.Number, message []byte) {
	b := protowire.AppendTag(make([]byte, 0, len(message)+8), field, protowire.BytesType)
	resp.ProtoReflect().SetUnknown(protowire.AppendBytes(b, message))
}

// The roles in which a caller may see what stands behind a result: the agency's own people, and the verifying side.
var (
	ownRoles = []meritv1.Role{
		meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_CONTRIBUTOR, meritv1.Role_ROLE_APPROVER, meritv1.Role_ROLE_AGENCY_ADMIN,
	}
	verifyingRoles = []meritv1.Role{
		meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_COMMISSIONER, meritv1.Role_ROLE_AUDITOR,
	}
	decisionRoles = slices.Concat(ownRoles, verifyingRoles)
)

// seesDecisions reports whether the caller may see what stands behind a result, within the scope of the membership acted
// in, of which withinRegion looks at the region.
func seesDecisions(c *access.Caller, r *store.Result) bool {
	switch {
	case r.AssessmentID == "":
		return false
	case c.Acts(ownRoles...):
		return c.InAgency(r.AgencyID)
	case c.Acts(verifyingRoles...):
		return c.Scope.AgencyID == "" || c.Scope.AgencyID == r.AgencyID
	}
	return false
}

// withinRegion reports whether the agency of a result lies today in the region that the caller's scope is, if it is one.
func withinRegion(tx *store.Tx, c *access.Caller, r *store.Result) (bool, error) {
	if c.Scope.Region == "" {
		return true, nil
	}
	a, err := tx.Agency(r.AgencyID, calendar.Day(tx.Now()))
	return err == nil && c.Reaches(a.ID, a.Region), err
}

// resultItems puts the three decisions on every item side by side, as they stood when the result was determined.
func resultItems(tx *store.Tx, r *store.Result, in *instrument.Instrument) ([]*meritv1.ResultItem, error) {
	decisions, err := tx.Decisions(r.AssessmentID, "")
	if err != nil {
		return nil, err
	}
	type key struct {
		item  string
		stage store.Stage
	}
	stood := map[key]*store.Decision{}
	var accounts []string
	for i := range decisions {
		if d := &decisions[i]; !d.DecidedAt.After(r.RecordedAt) {
			stood[key{d.Item, d.Stage}] = d
			accounts = append(accounts, d.DecidedBy)
		}
	}
	people, err := readPeople(tx, accounts...)
	if err != nil {
		return nil, err
	}
	at := func(item string, stage store.Stage) *meritv1.Decision {
		if d := stood[key{item, stage}]; d != nil {
			return decisionMessage(d, people)
		}
		return nil
	}
	items := make([]*meritv1.ResultItem, 0, in.Scoring().NumItems())
	for _, item := range in.Scoring().Items() {
		m := &meritv1.ResultItem{
			Item: item.Code, Claimed: at(item.Code, store.StageClaimed), Verified: at(item.Code, store.StageVerified),
			Determined: at(item.Code, store.StageDetermined),
		}
		if m.Claimed != nil || m.Verified != nil || m.Determined != nil {
			items = append(items, m)
		}
	}
	return items, nil
}

// ListResults ranks the results of one kind of agency.
func (s *resultServer) ListResults(ctx context.Context, req *meritv1.ListResultsRequest) (*meritv1.ListResultsResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	ranking := store.Ranking{
		InstrumentID: req.GetInstrumentId(), Year: int(req.GetYear()), Kind: agencyKind(req.GetKind()),
		ProvinceID: req.GetProvinceId(), Category: req.GetCategory(), Text: req.GetText(),
	}
	return publicAnswer(ctx, s.core, req, func(tx *store.Tx) (*meritv1.ListResultsResponse, error) {
		in, err := s.published(tx, ranking.InstrumentID)
		if err != nil {
			return nil, err
		}
		after, size, err := afterRank(tx, ranking, p.After)
		if err != nil {
			return nil, err
		}
		rows, err := tx.Ranked(ranking, after, p.Limit())
		if err != nil {
			return nil, err
		}
		resp := &meritv1.ListResultsResponse{TotalSize: int32(size)}
		rows, resp.NextPageToken = page.Cut(p, rows, func(r store.RankedResult) []string { return rankKey(r.After(), size) })
		resp.Results = make([]*meritv1.RankedResult, len(rows))
		for i := range rows {
			resp.Results[i] = &meritv1.RankedResult{Rank: int32(rows[i].Rank), Result: resultMessage(&rows[i].Result, in)}
		}
		return resp, nil
	})
}

// rankKey is what a page token of a ranking has: where the page ended and how many are ranked.
func rankKey(a store.After, size int) []string {
	return []string{strconv.FormatInt(int64(a.Total), 10), a.Code, a.ID, strconv.Itoa(a.Rank), strconv.Itoa(a.Place), strconv.Itoa(size)}
}

// afterRank is the inverse of rankKey; on the first page it counts how many are ranked.
func afterRank(tx *store.Tx, r store.Ranking, key []string) (store.After, int, error) {
	if key == nil {
		size, err := tx.CountRanked(r)
		return store.After{}, size, err
	}
	if len(key) != 6 {
		return store.After{}, 0, page.Damaged()
	}
	var numbers [4]int64
	for i, s := range []string{key[0], key[3], key[4], key[5]} {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return store.After{}, 0, page.Damaged()
		}
		numbers[i] = n
	}
	return store.After{
		Total: scoring.Points(numbers[0]), Code: key[1], ID: key[2], Rank: int(numbers[1]), Place: int(numbers[2]),
	}, int(numbers[3]), nil
}
