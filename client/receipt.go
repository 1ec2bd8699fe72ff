package client

import (
	"context"
	"errors"
	"io"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// Receipt fetches a receipt in parts and puts them together, so that it may be larger than a message. Refusals are those
// of GetReceipt. A stream that breaks is an error: the parts are of one moment, and another stream is of another.
func (c *Client) Receipt(ctx context.Context, req *meritv1.GetReceiptRequest) (*meritv1.Receipt, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.Audit.StreamReceipt(ctx, &meritv1.StreamReceiptRequest{Receipt: req})
	if err != nil {
		return nil, err
	}
	var r *meritv1.Receipt
	for {
		answer, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return nil, err
		}
		if r = JoinReceipt(r, answer.GetPart()); r == nil {
			return nil, errors.New("client: a part of the receipt goes on with an entry that has not begun")
		}
	}
}

// JoinReceipt adds the next part of a receipt to what has come of it, nil for the first, and returns it; nil when the part
// goes on with an entry that has not begun.
func JoinReceipt(r, part *meritv1.Receipt) *meritv1.Receipt {
	if r == nil {
		r = &meritv1.Receipt{}
	}
	for _, list := range []struct{ to, from *[]*meritv1.ProvenEntry }{
		{&r.Determination, &part.Determination},
		{&r.Evidence, &part.Evidence},
		{&r.Citations, &part.Citations},
		{&r.Decisions, &part.Decisions},
	} {
		for _, e := range *list.from {
			n := len(*list.to)
			switch {
			case len(e.GetLeaf()) > 0:
				*list.to = append(*list.to, e)
			case n == 0:
				return nil
			default:
				(*list.to)[n-1].Rows = append((*list.to)[n-1].Rows, e.GetRows()...)
			}
		}
		*list.from = nil
	}
	proto.Merge(r, part)
	return r
}
