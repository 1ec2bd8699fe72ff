package server

import (
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// accountServer keeps accounts, memberships, sessions and tokens.
type accountServer struct {
	meritv1.UnimplementedAccountServiceServer
	*core
}
