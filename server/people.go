package server

import (
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/store"
)

// people are the accounts that an answer names, by id.
type people map[string]*meritv1.Person

// readPeople reads the names of accounts in one query; ids may be empty or come twice.
func readPeople(tx *store.Tx, ids ...string) (people, error) {
	names, err := tx.AccountNames(ids...)
	if err != nil {
		return nil, err
	}
	p := make(people, len(names))
	for id, name := range names {
		p[id] = &meritv1.Person{AccountId: id, Name: name}
	}
	return p, nil
}

// of is the person with the account, or nil for no account and for what the service did by itself.
func (p people) of(id string) *meritv1.Person { return p[id] }
