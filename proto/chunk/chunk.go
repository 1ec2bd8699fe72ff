// Package chunk carries the chunks of uploads over gRPC. A general codec copies the bytes of a message twice on each side,
// and takes a mebibyte of cleared memory for a chunk of a quarter of that: together more work than hashing them. This one
// copies them once, where they arrive, and writes and reads the same bytes on the line.
package chunk

import (
	"sync"

	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // the codec of all other messages
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// Size is how many bytes a chunk has at most, besides the last one: with fewer the messages cost more than the bytes, more
// gain nothing.
const Size = 256 << 10

var buffers = sync.Pool{New: func() any { return new([Size]byte) }}

// Buffer returns Size bytes for one chunk, with whatever is in them.
func Buffer() []byte { return buffers.Get().(*[Size]byte)[:] }

// Free takes back what Buffer returned, from its beginning on, when nobody uses it any more. Other memory is left alone.
func Free(buf []byte) {
	if cap(buf) == Size {
		buffers.Put((*[Size]byte)(buf[:Size]))
	}
}

// pool gives the buffers of chunks back when gRPC has written them.
type pool struct{}

// Get implements mem.BufferPool.
func (pool) Get(length int) *[]byte { return mem.DefaultBufferPool().Get(length) }

// Put implements mem.BufferPool.
func (pool) Put(buf *[]byte) { Free(*buf) }

// Codec encodes and decodes messages as the codec of gRPC does, but for the memory of the data of an UploadChunksRequest:
// what is sent has to be from Buffer, and belongs to gRPC from then on; what is received may be from Buffer, and belongs to
// who received it, who gives it to Free. Its zero value is ready, and safe for use by many goroutines.
type Codec struct{}

// general is the codec of all other messages.
var general = encoding.GetCodecV2("proto")

// Name implements encoding.CodecV2.
func (Codec) Name() string { return general.Name() }

// Marshal implements encoding.CodecV2.
func (Codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(*meritv1.UploadChunksRequest)
	if !ok || len(m.GetData()) == 0 || len(m.ProtoReflect().GetUnknown()) > 0 || m.GetUploadId() != "" {
		return general.Marshal(v)
	}
	var head []byte
	if m.GetOffset() != 0 {
		head = protowire.AppendVarint(protowire.AppendTag(head, offsetField, protowire.VarintType), uint64(m.GetOffset()))
	}
	head = protowire.AppendVarint(protowire.AppendTag(head, dataField, protowire.BytesType), uint64(len(m.GetData())))
	data := m.GetData()
	return mem.BufferSlice{mem.SliceBuffer(head), mem.NewBuffer(&data, pool{})}, nil
}

// The numbers of the fields of UploadChunksRequest.
const (
	offsetField = 2
	dataField   = 3
)

// Unmarshal implements encoding.CodecV2.
func (Codec) Unmarshal(data mem.BufferSlice, v any) error {
	if m, ok := v.(*meritv1.UploadChunksRequest); ok && decode(data, m) {
		return nil
	}
	return general.Unmarshal(data, v)
}

// decode reads a chunk as Marshal writes it, and reports whether it is one.
func decode(from mem.BufferSlice, m *meritv1.UploadChunksRequest) bool {
	var begin [32]byte
	head := begin[:from.CopyTo(begin[:])]
	var offset uint64
	field, kind, n := protowire.ConsumeTag(head)
	if at := n; n > 0 && field == offsetField && kind == protowire.VarintType {
		if offset, n = protowire.ConsumeVarint(head[at:]); n < 0 {
			return false
		}
		at += n
		if field, kind, n = protowire.ConsumeTag(head[at:]); n > 0 {
			n += at
		}
	}
	if n < 0 || field != dataField || kind != protowire.BytesType {
		return false
	}
	size, more := protowire.ConsumeVarint(head[n:])
	if more < 0 || uint64(from.Len()-n-more) != size {
		return false
	}
	m.Reset()
	m.Offset, m.Data = int64(offset), after(from, n+more)
	return true
}

// after copies what comes in a message after so many bytes.
func after(from mem.BufferSlice, skip int) []byte {
	var to []byte
	if n := from.Len() - skip; n <= Size {
		to = Buffer()[:0]
	} else {
		to = make([]byte, 0, n)
	}
	for _, b := range from {
		data := b.ReadOnlyData()
		n := min(skip, len(data))
		to = append(to, data[n:]...)
		skip -= n
	}
	return to
}
