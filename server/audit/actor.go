package audit

import "context"

// Actor is who acts, and as what.
type Actor struct {
	Account    string // account id, or System
	Membership string // id of the membership acted as; may be empty
}

type actorKey struct{}

// WithActor returns a context whose updates are attributed to the actor. The authentication of the server
// calls it once per request; background work calls it with System.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorFrom returns the actor that WithActor put into the context, or the zero Actor.
func ActorFrom(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}
