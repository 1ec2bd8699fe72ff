package server

import (
	"context"
	"errors"
	"strconv"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
)

// noticeServer tells people what happened.
type noticeServer struct {
	meritv1.UnimplementedNoticeServiceServer
	*core
}

var whatNotice = fault.Text{ID: "Pemberitahuan", EN: "notice"}

// ListNotices lists the caller's notices.
func (s *noticeServer) ListNotices(ctx context.Context, req *meritv1.ListNoticesRequest) (*meritv1.ListNoticesResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	after, err := noticeKey(p.After)
	if err != nil {
		return nil, err
	}
	c := access.From(ctx)
	resp := new(meritv1.ListNoticesResponse)
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		found, err := tx.Notices(c.AccountID, req.GetUnreadOnly(), after, p.Limit())
		if err != nil {
			return err
		}
		found, resp.NextPageToken = page.Cut(p, found, func(n store.Notice) []string {
			return []string{strconv.FormatInt(store.Micros(n.CreatedAt), 10), n.ID}
		})
		unread, err := tx.CountUnread(c.AccountID)
		if err != nil {
			return err
		}
		resp.Unread = int32(unread)
		resp.Notices, err = noticeMessages(tx, c.Language, found)
		return err
	})
}

// noticeKey reads where a page begins.
func noticeKey(key []string) (k store.NoticeKey, err error) {
	if key == nil {
		return k, nil
	}
	if len(key) != 2 {
		return k, page.Damaged()
	}
	if k.CreatedAt, err = strconv.ParseInt(key[0], 10, 64); err != nil {
		return k, page.Damaged()
	}
	k.ID = key[1]
	return k, nil
}

// MarkNoticesRead marks notices of the caller as read.
func (s *noticeServer) MarkNoticesRead(ctx context.Context, req *meritv1.MarkNoticesReadRequest) (*meritv1.MarkNoticesReadResponse, error) {
	if req.GetAll() == (len(req.GetNoticeIds()) > 0) {
		return nil, fault.Invalid("notice_ids", "sebutkan notice_ids atau all, salah satu saja.", "say either notice_ids or all.")
	}
	account := access.From(ctx).AccountID
	resp := new(meritv1.MarkNoticesReadResponse)
	return resp, s.store.Touch(ctx, func(tx *store.Tx) error {
		mark := func() error { return tx.MarkRead(account, req.GetNoticeIds()...) }
		if req.GetAll() {
			mark = func() error { return tx.MarkAllRead(account) }
		}
		if err := mark(); errors.Is(err, store.ErrNotFound) {
			return fault.NotFound(whatNotice, req.GetNoticeIds()[0])
		} else if err != nil {
			return err
		}
		unread, err := tx.CountUnread(account)
		resp.Unread = int32(unread)
		return err
	})
}

// CountUnread counts the caller's notices that were not read.
func (s *noticeServer) CountUnread(ctx context.Context, _ *meritv1.CountUnreadRequest) (*meritv1.CountUnreadResponse, error) {
	resp := new(meritv1.CountUnreadResponse)
	return resp, s.store.Peek(ctx, func(tx *store.Tx) error {
		n, err := tx.CountUnread(access.From(ctx).AccountID)
		resp.Unread = int32(n)
		return err
	})
}

// noticeMessages says notices in a language, with the names that agencies have today.
func noticeMessages(tx *store.Tx, language string, all []store.Notice) ([]*meritv1.Notice, error) {
	var agencies, cycles []string
	for _, n := range all {
		agencies, cycles = append(agencies, n.AgencyID), append(cycles, n.CycleID)
	}
	called, err := readNames(tx, agencies, cycles)
	if err != nil {
		return nil, err
	}
	messages := make([]*meritv1.Notice, len(all))
	for i := range all {
		n := &all[i]
		messages[i] = &meritv1.Notice{
			Id: n.ID, Kind: meritv1.NoticeKind(meritv1.NoticeKind_value["NOTICE_KIND_"+string(n.Kind)]),
			SubjectKind: meritv1.SubjectKind(meritv1.SubjectKind_value["SUBJECT_KIND_"+string(n.SubjectKind)]), SubjectId: n.SubjectID,
			AssessmentId: n.AssessmentID, CycleId: n.CycleID, CycleName: called.cycles[n.CycleID],
			AgencyId: n.AgencyID, AgencyName: called.agencies[n.AgencyID],
			Item: n.Item, Count: int32(n.Count), LastDay: n.LastDay, Phase: phaseMessage(n.Phase), DaysLeft: int32(n.DaysLeft),
			CreatedAt: timestamp(n.CreatedAt), ReadAt: timestamp(n.ReadAt),
		}
		messages[i].Text = noticeText(n, called.agencies[n.AgencyID], called.cycles[n.CycleID]).In(language)
	}
	return messages, nil
}
