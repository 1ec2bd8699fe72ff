package server

import (
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// receiptPart is how many bytes a message of StreamReceipt has, unless another number is asked for: a quarter of what gRPC
// clients take.
const receiptPart = 1 << 20

// StreamReceipt returns in parts what GetReceipt returns.
func (s *auditServer) StreamReceipt(req *meritv1.StreamReceiptRequest, stream grpc.ServerStreamingServer[meritv1.StreamReceiptResponse]) error {
	whole, err := s.GetReceipt(stream.Context(), req.GetReceipt())
	if err != nil {
		return err
	}
	size := int(req.GetPartSize())
	if size == 0 {
		size = receiptPart
	}
	return partReceipt(whole.GetReceipt(), size, func(part *meritv1.Receipt) error {
		return stream.Send(&meritv1.StreamReceiptResponse{Part: part})
	})
}

// partReceipt sends a receipt in parts of about so many bytes. The first has what is there once; lists go on over parts, and
// so do the rows of an entry. Nothing is lost by it: client.JoinReceipt makes the same receipt of them. The receipt is
// taken apart.
func partReceipt(r *meritv1.Receipt, size int, send func(*meritv1.Receipt) error) error {
	determination, evidence, citations, decisions := r.Determination, r.Evidence, r.Citations, r.Decisions
	r.Determination, r.Evidence, r.Citations, r.Decisions = nil, nil, nil, nil
	p := &parter{size: size, send: send, part: r, filled: proto.Size(r)}
	p.list(determination, func() *[]*meritv1.ProvenEntry { return &p.part.Determination })
	p.list(evidence, func() *[]*meritv1.ProvenEntry { return &p.part.Evidence })
	p.list(citations, func() *[]*meritv1.ProvenEntry { return &p.part.Citations })
	p.list(decisions, func() *[]*meritv1.ProvenEntry { return &p.part.Decisions })
	p.flush()
	return p.err
}

// parter fills parts and sends those that are full, up to the first error.
type parter struct {
	size   int
	send   func(*meritv1.Receipt) error
	part   *meritv1.Receipt
	filled int // bytes of the part
	err    error
}

// list appends entries to a list of the part, whichever part it then is.
func (p *parter) list(entries []*meritv1.ProvenEntry, to func() *[]*meritv1.ProvenEntry) {
	for _, e := range entries {
		bare := &meritv1.ProvenEntry{Leaf: e.GetLeaf(), Proof: e.GetProof(), NotYetLogged: e.GetNotYetLogged()}
		p.room(proto.Size(bare))
		*to() = append(*to(), bare)
		for _, row := range e.GetRows() {
			if p.room(proto.Size(row)) {
				*to() = append(*to(), &meritv1.ProvenEntry{}) // without a leaf: more rows of the entry before
			}
			last := (*to())[len(*to())-1]
			last.Rows = append(last.Rows, row)
		}
	}
}

// framing is more than tags and lengths add to an entry or a row, in bytes.
const framing = 16

// room makes room for so many bytes: it begins a new part, and says so, when they would fill the one of now too far.
func (p *parter) room(bytes int) (fresh bool) {
	bytes += framing
	if fresh = p.filled > 0 && p.filled+bytes > p.size; fresh {
		p.flush()
	}
	p.filled += bytes
	return fresh
}

func (p *parter) flush() {
	if p.err == nil {
		p.err = p.send(p.part)
	}
	p.part, p.filled = &meritv1.Receipt{}, 0
}
