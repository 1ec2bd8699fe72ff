package web

import (
	"context"
	"net/http"

	"google.golang.org/grpc/metadata"

	"github.com/meritindex/merit/client/proof"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// sendCheckpoint answers with the newest signed checkpoint of the log, for whoever keeps checkpoints.
func sendCheckpoint(w http.ResponseWriter, r *request) error {
	answer, err := r.Audit.GetCheckpoint(r.Context(), &meritv1.GetCheckpointRequest{})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err = w.Write(answer.GetCheckpoint().GetNote())
	return err
}

// logged is the size of the checkpoint under which a result stands in the log; 0 while under none, or imported.
func (r *request) logged(result *meritv1.Result) (int64, error) {
	if result.GetImported() {
		return 0, nil
	}
	answer, err := r.Audit.GetReceipt(r.asAnybody(), &meritv1.GetReceiptRequest{ResultId: result.GetId()})
	if err != nil {
		return 0, err
	}
	for _, e := range answer.GetReceipt().GetDetermination() {
		if e.GetNotYetLogged() {
			return 0, nil
		}
	}
	return answer.GetReceipt().GetCheckpoint().GetSize(), nil
}

// asAnybody is the context of calls that need no more than what is public: of a large receipt, a few lines.
func (r *request) asAnybody() context.Context {
	md, _ := metadata.FromOutgoingContext(r.Context())
	md.Delete("authorization") // of a copy
	return metadata.NewOutgoingContext(r.Context(), md)
}

// sendReceipt sends what proves a result, as far as the reader may see it.
func sendReceipt(w http.ResponseWriter, r *request) error {
	found, err := r.result()
	if err != nil {
		return err
	}
	receipt, err := r.Receipt(r.Context(), &meritv1.GetReceiptRequest{ResultId: found.GetResult().GetId()})
	if err != nil {
		return err
	}
	data, err := proof.FormatReceipt(receipt)
	if err != nil {
		return err
	}
	return sendFile(w, &meritv1.ReportFile{FileName: "tanda-terima_" + found.GetResult().GetId() + ".json", MediaType: "application/json", Data: data})
}
