package server

import (
	"context"
	"errors"
	"net/mail"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
)

// ErrBootstrapped says that the store has an administrator, who appoints the others.
var ErrBootstrapped = errors.New("an administrator exists already: they invite further people")

// Bootstrap makes the first administrator of a new store and returns the one-time link that sets their password,
// which works for 72 hours. It refuses with ErrBootstrapped when an administrator was ever appointed. Whoever can open
// the store may call it: it has no other door.
func Bootstrap(ctx context.Context, s *store.Store, email, name string) (*meritv1.OneTimeLink, error) {
	name, err := cleanName(name)
	if err != nil {
		return nil, err
	}
	if parsed, err := mail.ParseAddress(email); err != nil || parsed.Address != email {
		return nil, errors.New("the e-mail address is not one: " + email)
	}
	var link *meritv1.OneTimeLink
	var secret string
	ctx = audit.WithActor(ctx, audit.Actor{Account: audit.System})
	err = s.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		n, err := tx.CountMemberships(access.RoleName(meritv1.Role_ROLE_ADMIN))
		if err == nil && n > 0 {
			err = ErrBootstrapped
		}
		if err != nil {
			return nil, err
		}
		a := store.Account{
			ID: tx.NewID(), Email: foldEmail(email), Name: name, Language: "id", State: store.AccountInvited, CreatedAt: tx.Now(),
		}
		m := store.Membership{
			ID: tx.NewID(), AccountID: a.ID, Role: access.RoleName(meritv1.Role_ROLE_ADMIN),
			ValidFrom: calendar.Day(tx.Now()), GrantedAt: tx.Now(),
		}
		if err := errors.Join(tx.InsertAccount(a), tx.InsertMembership(m)); err != nil {
			return nil, err
		}
		link, secret, err = issueLink(tx, a, "")
		return []audit.Entry{{Action: "Service.Bootstrap", Subject: a.ID}}, err
	})
	if err != nil {
		return nil, err
	}
	reveal(link, secret)
	return link, nil
}
