package server

import (
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
)

// sheetsLimit is how many bytes of sheets a process keeps: some five thousand, each for one person.
const sheetsLimit = 8 << 20

// keptSheet is the answer of GetAssessment in BASIC view in its wire form.
type keptSheet struct {
	version int64 // of the assessment, before it was read: see store.Store.AssessmentVersion
	answer  []byte
}

// newKeptSheets keeps sheets under no common version: each has its own.
func newKeptSheets() *cache[keptSheet] {
	return &cache[keptSheet]{limit: sheetsLimit, size: func(key string, s keptSheet) int { return len(key) + len(s.answer) }}
}

// readSheet answers with the sheet that is kept for the caller while nothing of it has changed, and keeps what read returns.
// FULL views say more, of citations and of the year before, and are not kept (ADR 26).
func (s *assessmentServer) readSheet(c *access.Caller, id string, read func() (*meritv1.GetAssessmentResponse, error)) (*meritv1.GetAssessmentResponse, error) {
	version, known := s.store.AssessmentVersion(id) // before it is read
	if !known {
		return read()
	}
	day := calendar.Day(s.now())
	key := sheetKey(c, id, day)
	if kept, ok := s.sheets.get(0, key); ok && kept.version == version {
		return inWireForm(kept.answer), nil
	}
	resp, err := read()
	if err != nil {
		return nil, err
	}
	answer, err := proto.Marshal(resp)
	if err != nil {
		return nil, err
	}
	if calendar.Day(s.now()) == day { // else it is not known of which day it tells
		s.sheets.put(0, key, keptSheet{version, answer})
	}
	return inWireForm(answer), nil
}

// inWireForm is an answer that goes over the wire as it is.
func inWireForm(answer []byte) *meritv1.GetAssessmentResponse {
	resp := new(meritv1.GetAssessmentResponse)
	resp.ProtoReflect().SetUnknown(answer)
	return resp
}

// sheetKey names what one caller is told of an assessment on a day: all on which it depends beside the rows, as windows and
// rounds open and close with the day, and names are those of a day.
func sheetKey(c *access.Caller, id, day string) string {
	return strings.Join([]string{
		id, day, c.AccountID, c.MembershipID, strconv.Itoa(int(c.Role)), c.Scope.AgencyID, c.Scope.Region,
	}, "/")
}
