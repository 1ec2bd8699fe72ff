package chunk_test

import (
	"bytes"
	"testing"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	"github.com/meritindex/merit/proto/chunk"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func TestAChunkIsEncodedAsAnyMessage(t *testing.T) {
	for name, m := range map[string]proto.Message{
		"the first message":  &meritv1.UploadChunksRequest{UploadId: "01J00000000000000000000000"},
		"with bytes already": &meritv1.UploadChunksRequest{UploadId: "01J00000000000000000000000", Offset: 3, Data: []byte("abc")},
		"a chunk":            &meritv1.UploadChunksRequest{Offset: 1 << 40, Data: bytes.Repeat([]byte("a"), 3000)},
		"the first chunk":    &meritv1.UploadChunksRequest{Data: []byte("abc")},
		"a negative offset":  &meritv1.UploadChunksRequest{Offset: -1, Data: []byte("abc")},
		"nothing":            &meritv1.UploadChunksRequest{},
		"another message":    &meritv1.UploadChunksResponse{Upload: &meritv1.Upload{Id: "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			want, err := proto.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			got, err := chunk.Codec{}.Marshal(m)
			if err != nil || !bytes.Equal(got.Materialize(), want) {
				t.Errorf("encoded as %x, %v, want %x", got.Materialize(), err, want)
			}
			got.Free()
		})
	}
}

func TestAChunkIsReceivedIntoTheMemoryOfOne(t *testing.T) {
	line, err := proto.Marshal(&meritv1.UploadChunksRequest{Offset: 1 << 20, Data: []byte("abc")})
	if err != nil {
		t.Fatal(err)
	}
	m := &meritv1.UploadChunksRequest{UploadId: "of before"}
	if err := (chunk.Codec{}).Unmarshal(mem.BufferSlice{mem.SliceBuffer(line[:3]), mem.SliceBuffer(line[3:])}, m); err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(m, &meritv1.UploadChunksRequest{Offset: 1 << 20, Data: []byte("abc")}) || cap(m.Data) != chunk.Size {
		t.Errorf("got %v in memory for %d bytes", m, cap(m.Data))
	}
	chunk.Free(m.Data)
}

func FuzzDecode(f *testing.F) {
	for _, m := range []*meritv1.UploadChunksRequest{{}, {UploadId: "x", Offset: 1, Data: []byte("abc")}, {Offset: 300, Data: bytes.Repeat([]byte("a"), 300)}, {Data: []byte("a")}} {
		line, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line, 2)
	}
	f.Fuzz(func(t *testing.T, line []byte, at int) {
		at = int(uint(at) % uint(len(line)+1))
		want, got := &meritv1.UploadChunksRequest{}, &meritv1.UploadChunksRequest{UploadId: "of before"}
		wrong := proto.Unmarshal(line, want)
		err := chunk.Codec{}.Unmarshal(mem.BufferSlice{mem.SliceBuffer(line[:at]), mem.SliceBuffer(line[at:])}, got)
		if (err == nil) != (wrong == nil) || err == nil && !proto.Equal(got, want) {
			t.Errorf("decoded as %v, %v, want %v, %v", got, err, want, wrong)
		}
	})
}
