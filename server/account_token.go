package server

import (
	"context"
	"errors"
	"slices"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
)

// defaultTokenDays is how long a token lasts when the request does not say.
const defaultTokenDays = 90

// CreateToken makes a token for programs.
func (s *accountServer) CreateToken(ctx context.Context, req *meritv1.CreateTokenRequest) (*meritv1.CreateTokenResponse, error) {
	caller := access.From(ctx)
	if err := mustBeSession(caller); err != nil {
		return nil, err
	}
	days := int(req.GetValidDays())
	if days == 0 {
		days = defaultTokenDays
	}
	secret, hash := access.NewSecret(access.KindToken)
	resp := &meritv1.CreateTokenResponse{Secret: secret}
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		id := req.GetMembershipId()
		if id == "" {
			id = caller.MembershipID
		}
		m, err := chooseMembership(tx, caller.AccountID, id)
		if err != nil {
			return nil, err
		}
		if m.ID == "" {
			return nil, fault.Invalid("membership_id", "Anda tidak punya peran yang berlaku.", "You have no membership in force.")
		}
		limits, err := limitsOf(tx, m, req)
		if err != nil {
			return nil, err
		}
		t := store.Token{
			ID: tx.NewID(), AccountID: caller.AccountID, MembershipID: m.ID, Name: req.GetName(), Hash: hash, Limits: limits,
			CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(time.Duration(days) * 24 * time.Hour),
		}
		if err := tx.InsertToken(t); err != nil {
			return nil, err
		}
		resp.Token, err = readToken(tx, t.ID)
		return []audit.Entry{{Action: "AccountService.CreateToken", Agency: m.AgencyID, Subject: t.ID}}, err
	})
	return resp, err
}

// limitsOf checks what a token of the membership is to be limited to. One agency is a limit of the membership of that agency,
// or of an AUDITOR of the nation: no other role can be of one agency, so nothing would hold it to that.
func limitsOf(tx *store.Tx, m store.Membership, req *meritv1.CreateTokenRequest) (store.TokenLimits, error) {
	limits := store.TokenLimits{ReadOnly: req.GetReadOnly(), AgencyID: req.GetAgencyId(), Service: req.GetService()}
	if limits.Service != "" && !isService(limits.Service) {
		return limits, fault.Invalid("service", "Tidak ada layanan %q; contohnya ResultService.", "There is no service %q; one is ResultService.", limits.Service)
	}
	auditor := m.Role == access.RoleName(meritv1.Role_ROLE_AUDITOR) && m.AgencyID == "" && m.Region == ""
	switch {
	case limits.AgencyID == "" || limits.AgencyID == m.AgencyID:
		return limits, nil
	case !auditor:
		return limits, fault.Invalid("agency_id", "Token peran %s tidak dapat dibatasi pada instansi ini.",
			"A token of the role %s cannot be limited to this agency.", m.Role)
	}
	_, err := tx.Agency(limits.AgencyID, calendar.Day(tx.Now()))
	if errors.Is(err, store.ErrNotFound) {
		err = fault.NotFound(anAgency, limits.AgencyID).
			Field("agency_id", "Instansi %q tidak ada.", "There is no agency %q.", limits.AgencyID)
	}
	return limits, err
}

// isService reports whether a service of ours has the name.
func isService(name string) bool {
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName("merit.v1." + name))
	_, ok := d.(protoreflect.ServiceDescriptor)
	return err == nil && ok
}

// ListTokens lists the caller's tokens, newest first.
func (s *accountServer) ListTokens(ctx context.Context, req *meritv1.ListTokensRequest) (*meritv1.ListTokensResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	caller := access.From(ctx)
	resp := &meritv1.ListTokensResponse{}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		tokens, err := tx.TokensOf(caller.AccountID, lastKey(p), p.Limit())
		if err != nil {
			return err
		}
		tokens, resp.NextPageToken = page.Cut(p, tokens, func(t store.Token) []string { return []string{t.ID} })
		resp.Tokens, err = tokensOf(tx, caller.AccountID, tokens)
		return err
	})
	return resp, err
}

func tokensOf(tx *store.Tx, accountID string, tokens []store.Token) ([]*meritv1.Token, error) {
	memberships, err := tx.MembershipsOf(accountID)
	if err != nil {
		return nil, err
	}
	limited := slices.Clone(memberships)
	for _, t := range tokens {
		limited = append(limited, store.Membership{AgencyID: t.Limits.AgencyID})
	}
	r, err := readRoster(tx, limited...)
	if err != nil {
		return nil, err
	}
	all := make([]*meritv1.Token, len(tokens))
	for i, t := range tokens {
		all[i] = &meritv1.Token{
			Id: t.ID, Name: t.Name, CreatedAt: timestamp(t.CreatedAt), ExpiresAt: timestamp(t.ExpiresAt),
			RevokedAt: timestamp(t.RevokedAt), LastUsedAt: timestamp(t.UsedAt),
			ReadOnly: t.Limits.ReadOnly, Service: t.Limits.Service,
			AgencyId: t.Limits.AgencyID, AgencyName: r.agencies[t.Limits.AgencyID].Name,
		}
		for _, m := range memberships {
			if m.ID == t.MembershipID {
				all[i].Membership = r.membership(m)
			}
		}
	}
	return all, nil
}

func readToken(tx *store.Tx, id string) (*meritv1.Token, error) {
	t, err := tx.Token(id)
	if err != nil {
		return nil, err
	}
	tokens, err := tokensOf(tx, t.AccountID, []store.Token{t})
	if err != nil {
		return nil, err
	}
	return tokens[0], nil
}

// RevokeToken ends one of the caller's tokens; one that has ended already stays as it is.
func (s *accountServer) RevokeToken(ctx context.Context, req *meritv1.RevokeTokenRequest) (*meritv1.RevokeTokenResponse, error) {
	caller := access.From(ctx)
	resp := &meritv1.RevokeTokenResponse{}
	err := s.store.Update(ctx, func(tx *store.Tx) (entries []audit.Entry, err error) {
		t, err := tx.Token(req.GetTokenId())
		if errors.Is(err, store.ErrNotFound) || err == nil && t.AccountID != caller.AccountID {
			return nil, fault.NotFound(aToken, req.GetTokenId())
		}
		if err == nil && t.RevokedAt.IsZero() {
			entries = []audit.Entry{{Action: "AccountService.RevokeToken", Subject: t.ID}}
			err = tx.RevokeToken(t.ID)
		}
		if err != nil {
			return nil, err
		}
		resp.Token, err = readToken(tx, t.ID)
		return entries, err
	})
	return resp, err
}
