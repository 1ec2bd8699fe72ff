package web

func (rt router) evidence() {
	rt.get("/evidence/{id}/download", signedIn(downloadEvidence))
	rt.get("/evidence/{id}/preview", signedIn(previewEvidence))
}
