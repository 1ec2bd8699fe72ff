package server

import (
	"context"
	"errors"
	"net/mail"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/plaintext"
	"github.com/meritindex/merit/server/store"
)

// ErrBootstrapped says that the store has an administrator, who appoints the others.
var ErrBootstrapped = errors.New("an administrator exists already: they invite further people")

// Bootstrap makes the first administrator of a new store and returns the one-time link that sets their password,
// which works for 72 hours. It refuses with ErrBootstrapped when an administrator was ever appointed. Whoever can open
// the store may call it: it has no other door.
func Bootstrap(ctx context.Context, s *store.Store, email, name string) (*meritv1.OneTimeLink, error) {
	return appointHere(ctx, s, email, name, "Service.Bootstrap", func(tx *store.Tx, _ *store.Membership) error {
		n, err := tx.CountMemberships(access.RoleName(meritv1.Role_ROLE_ADMIN))
		if err == nil && n > 0 {
			err = ErrBootstrapped
		}
		return err
	})
}

// ErrNotBootstrapped says that the store has no administrator yet, so none can be lost.
var ErrNotBootstrapped = errors.New("there is no administrator yet: make the first one instead")

// ErrNoLetter says that an appointment in an emergency names no letter.
var ErrNoLetter = errors.New("say the number of the letter that allows this")

// AppointInEmergency makes a further administrator whom nobody approves, for when those who are left wait for a second
// one who is lost, and returns the one-time link that sets their password. The letter is that by which the institution
// allows it. The trail has it as done by the service itself, the membership as granted by nobody, and results determined
// while that membership is in force say so, like those of a single administrator. It refuses with ErrNotBootstrapped in a
// store without administrators. All administrators and commissioners are told. Whoever can open the store may call it: it has no other door.
func AppointInEmergency(ctx context.Context, s *store.Store, email, name, letter string) (*meritv1.OneTimeLink, error) {
	if plaintext.Blank(letter) {
		return nil, ErrNoLetter
	}
	return appointHere(ctx, s, email, name, "Service.AppointInEmergency", func(tx *store.Tx, m *store.Membership) error {
		m.LetterNumber, m.GrantedBy = letter, audit.System
		n, err := tx.CountMemberships(access.RoleName(meritv1.Role_ROLE_ADMIN))
		if err == nil && n == 0 {
			err = ErrNotBootstrapped
		}
		if err != nil {
			return err
		}
		return tellEmergency(tx, m.AccountID)
	})
}

// appointHere makes an account with the role ADMIN in the store itself. May refuses, or completes the membership.
func appointHere(ctx context.Context, s *store.Store, email, name string, action audit.Action, may func(*store.Tx, *store.Membership) error) (*meritv1.OneTimeLink, error) {
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
		a := store.Account{
			ID: tx.NewID(), Email: foldEmail(email), Name: name, Language: "id", State: store.AccountInvited, CreatedAt: tx.Now(),
		}
		m := store.Membership{
			ID: tx.NewID(), AccountID: a.ID, Role: access.RoleName(meritv1.Role_ROLE_ADMIN),
			ValidFrom: calendar.Day(tx.Now()), GrantedAt: tx.Now(),
		}
		if err := may(tx, &m); err != nil {
			return nil, err
		}
		if err := tx.InsertAccount(a); errors.Is(err, store.ErrUnique) {
			return nil, errors.New("somebody has an account with this address already: " + email)
		} else if err != nil {
			return nil, err
		}
		link, secret, err = issueLink(tx, a, "")
		return []audit.Entry{{Action: action, Subject: a.ID}}, errors.Join(err, tx.InsertMembership(m))
	})
	if err != nil {
		return nil, err
	}
	reveal(link, secret)
	return link, nil
}
