package server

import (
	"google.golang.org/grpc/codes"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// CodeOf is the table of errors, for the document that is made from it.
func CodeOf(r meritv1.Reason) codes.Code { return codeOf[r] }
