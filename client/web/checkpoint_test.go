package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/meritindex/merit/client/proof"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func TestTheResultPageGivesTheReceiptOfTheLog(t *testing.T) {
	s := newSite(t, servertest.New(t))
	y := yeartest.MustBegin(t, s.Server, yeartest.Setup{})
	_, result := y.MustDetermined(t, store.Agency{Code: "91.77", Name: "Kota Tercatat"}, yeartest.All(3))
	b, page := s.anyone(t), "/agencies/91.77/2021"
	b.get(t, page).want(t, http.StatusOK, "Kota Tercatat").wantNo(t, "In the log under")
	b.get(t, "/audit/checkpoint").want(t, http.StatusNotFound)
	b.get(t, "/data").want(t, http.StatusOK, "What proves the results").wantNo(t, "/audit/checkpoint")

	key := servertest.Must(audit.NewKey("merit.example.test"))(t)
	q := servertest.Must(s.NewSequencer(t.Context(), audit.KeyRing{Current: key}))(t)
	servertest.Must(q.Number(t.Context()))(t)
	b.get(t, page).want(t, http.StatusOK, "In the log under checkpoint", page+"/receipt.json?result="+result.GetId())
	b.get(t, "/data").want(t, http.StatusOK, `href="/audit/checkpoint"`)
	checkpoint := b.get(t, "/audit/checkpoint").want(t, http.StatusOK, "\n— merit.example.test ")
	if got := checkpoint.header.Get("Content-Type"); !strings.HasPrefix(got, "text/plain") {
		t.Errorf("the checkpoint is %s", got)
	}
	file := b.get(t, page+"/receipt.json").want(t, http.StatusOK, result.GetId())
	receipt := servertest.Must(proof.ReadReceipt([]byte(file.body)))(t)
	if p := servertest.Must(proof.VerifyReceipt(receipt, key.Verifier))(t); len(p.Entries) != 1 || receipt.GetSubmission() != nil {
		t.Errorf("everybody gets %d entries", len(p.Entries))
	}
	b.get(t, "/agencies/91.78/2021/receipt.json").want(t, http.StatusNotFound)
}
