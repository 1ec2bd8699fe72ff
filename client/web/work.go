package web

import (
	"net/http"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// workView is "my work today".
type workView struct {
	Acting *meritv1.Membership
}

var workPage = newPage[workView]("work")

func (rt router) work() {
	rt.get("/work", signedIn(func(w http.ResponseWriter, r *request) error {
		return workPage.show(w, r, workView{r.who.GetActing()})
	}))
}
