package web

import (
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

var errNotForRole = status.Error(codes.PermissionDenied, "This page is not for the role in which you act. If you have another role, change to it above. ¦ Halaman ini bukan untuk peran Anda saat ini. Bila Anda punya peran lain, gantilah di atas.")

// only shows a page to those who act in one of the roles. It spares others a form that the service would refuse; what
// they may do is decided there.
func only(h handler, roles ...meritv1.Role) handler {
	return signedIn(func(w http.ResponseWriter, r *request) error {
		if !r.acts(roles...) {
			return errNotForRole
		}
		return h(w, r)
	})
}
