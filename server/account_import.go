package server

import (
	"context"
	"errors"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/table"
)

// maxInvitations is how many rows one file may have; writers wait for each other while it is stored.
const maxInvitations = 1000

// errPreview undoes what a preview did.
var errPreview = errors.New("preview")

// ImportAccounts invites many at once.
func (s *accountServer) ImportAccounts(ctx context.Context, req *meritv1.ImportAccountsRequest) (*meritv1.ImportAccountsResponse, error) {
	caller := access.From(ctx)
	file := table.Read(req.GetCsv(), "name", "email", "role", "agency?", "region?", "from?", "until?", "letter_number?")
	if len(file.Rows) > maxInvitations {
		file.Problem(file.Rows[maxInvitations], "", "Satu berkas paling banyak %d baris.", "One file has at most %d rows.", maxInvitations)
	}
	if err := file.Err(); err != nil {
		return nil, err
	}
	for _, row := range file.Rows {
		if role, _ := access.ParseRole(strings.ToUpper(row.Get("role"))); !req.GetPreview() {
			if err := s.provenFor(caller, role); err != nil {
				return nil, err
			}
		}
	}
	var preview *meritv1.ImportAccountsResponse
	var secrets []string
	resp, err := updateOnce(ctx, s.store, req, func(tx *store.Tx) (resp *meritv1.ImportAccountsResponse, entries []audit.Entry, err error) {
		resp, entries, secrets, err = importAccounts(tx, caller, file.Clone())
		if err == nil && req.GetPreview() {
			resp.Links, resp.ProposalIds, preview, err = nil, nil, resp, errPreview
		}
		return resp, entries, err
	})
	if errors.Is(err, errPreview) {
		return preview, nil
	}
	if err != nil {
		return nil, err
	}
	if s.noPasswords {
		resp.Links = nil // these people sign in at the provider
		return resp, nil
	}
	for i, secret := range secrets {
		reveal(resp.Links[i], secret)
	}
	return resp, nil
}

func importAccounts(tx *store.Tx, caller *access.Caller, file *table.Table) (*meritv1.ImportAccountsResponse, []audit.Entry, []string, error) {
	var entries []audit.Entry
	var ids, proposals []string
	links, secrets := map[string]*meritv1.OneTimeLink{}, map[string]string{}
	for _, row := range file.Rows {
		req, err := invitationOf(tx, row)
		var i invitation
		if err == nil {
			i, err = invite(tx, caller, req)
		}
		var wrong *fault.Error
		if errors.As(err, &wrong) {
			noteProblems(file, row, wrong)
			continue
		}
		if err != nil {
			return nil, nil, nil, err
		}
		if i.proposal != "" {
			entries, proposals = append(entries, tx.Entry(proposed(i.proposal))), append(proposals, i.proposal)
			continue
		}
		entries = append(entries, tx.Entry(audit.Entry{
			Action: "AccountService.ImportAccounts", Agency: i.membership.AgencyID, Subject: i.membership.AccountID,
		}))
		id := i.membership.AccountID
		ids, links[id], secrets[id] = append(ids, id), i.link, i.secret
	}
	if err := file.Err(); err != nil {
		return nil, nil, nil, err
	}
	resp, revealed, err := readImport(tx, caller, ids, links, secrets)
	if err == nil {
		resp.ProposalIds = proposals
	}
	return resp, entries, revealed, err
}

// readImport answers with each account once, and the links that were issued last.
func readImport(tx *store.Tx, caller *access.Caller, ids []string, links map[string]*meritv1.OneTimeLink, secrets map[string]string) (*meritv1.ImportAccountsResponse, []string, error) {
	resp := &meritv1.ImportAccountsResponse{}
	var revealed []string
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		a, err := readAccount(tx, id, visibleTo(caller))
		if err != nil {
			return nil, nil, err
		}
		resp.Accounts = append(resp.Accounts, a)
		if links[id] != nil {
			resp.Links, revealed = append(resp.Links, links[id]), append(revealed, secrets[id])
		}
	}
	return resp, revealed, nil
}

// invitationOf reads a row. The agency is its code or its id.
func invitationOf(tx *store.Tx, row table.Row) (*meritv1.InviteAccountRequest, error) {
	role, ok := access.ParseRole(strings.ToUpper(row.Get("role")))
	if !ok {
		return nil, fault.Invalid("appointment.role", "Peran %q tidak ada.", "There is no role %q.", row.Get("role"))
	}
	req := &meritv1.InviteAccountRequest{
		Name: row.Get("name"), Email: row.Get("email"),
		Appointment: &meritv1.Appointment{
			Role: role, Region: row.Get("region"), LetterNumber: row.Get("letter_number"),
			ValidFrom: row.Get("from"), ValidUntil: row.Get("until"),
		},
	}
	if code := row.Get("agency"); code != "" {
		day := calendar.Day(tx.Now())
		a, err := tx.AgencyByCode(code, day)
		if errors.Is(err, store.ErrNotFound) {
			a, err = tx.Agency(code, day)
		}
		if errors.Is(err, store.ErrNotFound) {
			return nil, fault.Invalid("appointment.agency_id", "Tidak ada instansi dengan kode %q.", "There is no agency with the code %q.", code)
		}
		if err != nil {
			return nil, err
		}
		req.Appointment.AgencyId = a.ID
	}
	return req, validate(req)
}

// importColumns are the columns of the fields that an invitation can be wrong in.
var importColumns = map[string]string{
	"name": "name", "email": "email", "appointment.role": "role", "appointment.agency_id": "agency",
	"appointment.region": "region", "appointment.valid_from": "from", "appointment.valid_until": "until",
	"appointment.letter_number": "letter_number",
}

func noteProblems(file *table.Table, row table.Row, wrong *fault.Error) {
	if len(wrong.Violations) == 0 {
		file.Problem(row, "role", "%s", "%s", wrong.Text)
	}
	for _, v := range wrong.Violations {
		file.Problem(row, importColumns[v.Field], "%s", "%s", v.Text)
	}
}
