package server

import (
	"bytes"
	"encoding/binary"
	"testing"

	"google.golang.org/protobuf/proto"

	meritclient "github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// grpcLimit is what a gRPC client takes in one message unless it says otherwise.
const grpcLimit = 4 << 20

// citedReceipt is the receipt of an agency with so many citations, each with as many bytes as a real one, and with one entry
// that alone left more rows than fit in a message.
func citedReceipt(citations int) *meritv1.Receipt {
	entry := func(n, rows int) *meritv1.ProvenEntry {
		e := &meritv1.ProvenEntry{
			Leaf:  binary.BigEndian.AppendUint32(bytes.Repeat([]byte("l"), 600), uint32(n)),
			Proof: &meritv1.InclusionProof{Position: int64(n), Hashes: [][]byte{bytes.Repeat([]byte("h"), 32*20)}},
		}
		for i := range rows {
			e.Rows = append(e.Rows, &meritv1.ProvenRow{Table: "citation", Key: "k", Canonical: binary.BigEndian.AppendUint32(bytes.Repeat([]byte("r"), 500), uint32(i))})
		}
		return e
	}
	r := &meritv1.Receipt{ResultId: "result", Instrument: entry(-1, 1), Determination: []*meritv1.ProvenEntry{entry(-2, 0)}}
	r.Checkpoint = &meritv1.Checkpoint{Origin: "demo", Size: 1 << 20}
	for n := range citations {
		r.Evidence = append(r.Evidence, entry(n, 1))
		r.Citations = append(r.Citations, entry(n, 1))
	}
	r.Citations = append(r.Citations, entry(citations, grpcLimit/400))
	return r
}

func TestEveryPartOfALargeReceiptFitsInAMessageAndNothingIsLost(t *testing.T) {
	for _, test := range []struct{ citations, size, bound int }{
		{20_000, receiptPart, receiptPart + 1<<10},
		{20_000, 3 << 20, grpcLimit}, // the largest that may be asked for
		{10, 1, 2 << 10},             // an entry with its leaf, or a row, in each
		{0, receiptPart, receiptPart},
	} {
		whole, again, parts := citedReceipt(test.citations), (*meritv1.Receipt)(nil), 0
		if err := partReceipt(citedReceipt(test.citations), test.size, func(part *meritv1.Receipt) error {
			if n := proto.Size(&meritv1.StreamReceiptResponse{Part: part}); n > test.bound {
				t.Errorf("part %d has %d bytes, more than %d", parts, n, test.bound)
			}
			parts++
			again = meritclient.JoinReceipt(again, part)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(again, whole) {
			t.Errorf("%d parts of %d bytes do not make the same receipt of %d citations", parts, test.size, test.citations)
		}
	}
	if meritclient.JoinReceipt(nil, &meritv1.Receipt{Citations: []*meritv1.ProvenEntry{{}}}) != nil {
		t.Error("a part without a beginning is taken")
	}
}
