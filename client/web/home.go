package web

import "net/http"

// homeView is the front page.
type homeView struct{}

var homePage = newPage[homeView]("home")

func (rt router) home() {
	rt.get("/{$}", func(w http.ResponseWriter, r *request) error { return homePage.show(w, r, homeView{}) })
}
