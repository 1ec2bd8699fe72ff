package server_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/servertest"
)

func TestAFileBecomesEvidence(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		content := pdf("Keputusan Bupati tentang manajemen talenta")
		id := MustUpload(t, a.operator, `C:\fakepath\SK Bupati.PDF`, content)
		req := &meritv1.FinishUploadRequest{UploadId: id, EffectiveDate: "2020-03-01", ValidUntil: "2022-03-01"}
		got := servertest.Must(evidence(a.operator).FinishUpload(t.Context(), req))(t).GetEvidence()
		want := &meritv1.Evidence{
			AgencyId: a.agency, Kind: meritv1.EvidenceKind_EVIDENCE_KIND_FILE, Title: "SK Bupati.PDF", FileName: "SK Bupati.PDF",
			MediaType: "application/pdf", Size: int64(len(content)), Sha256: sumOf(content), EffectiveDate: "2020-03-01",
			ValidUntil: "2022-03-01", AddedBy: &meritv1.Person{AccountId: a.operator.AccountID, Name: "Demo OPERATOR"}, Revision: 1,
			ScanState: meritv1.ScanState_SCAN_STATE_NOT_SCANNED,
		}
		if diff := cmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreFields(want, "id", "added_at")); diff != "" {
			t.Errorf("evidence (-want +got):\n%s", diff)
		}
		again := servertest.Must(evidence(a.operator).FinishUpload(t.Context(), &meritv1.FinishUploadRequest{UploadId: id, Title: "Other"}))(t)
		if diff := cmp.Diff(got, again.GetEvidence(), protocmp.Transform()); diff != "" {
			t.Errorf("finished again (-first +second):\n%s", diff)
		}
		up := servertest.Must(evidence(a.operator).GetUpload(t.Context(), &meritv1.GetUploadRequest{UploadId: id}))(t).GetUpload()
		if up.GetFinishedAs() != got.GetId() || up.GetDurableOffset() != got.GetSize() {
			t.Errorf("the upload afterwards: %v", up)
		}
		whole := servertest.Must(download(t.Context(), a.operator, &meritv1.DownloadRequest{EvidenceId: got.GetId()}))(t)
		if !bytes.Equal(whole.GetData(), content) {
			t.Error("the download has other bytes than the upload")
		}
		if want := []audit.Action{"EvidenceService.FinishUpload", "EvidenceService.Download"}; !slices.Equal(a.actions(t, got.GetId()), want) {
			t.Errorf("the trail says %v, want %v", a.actions(t, got.GetId()), want)
		}
	})
}

func TestTheNameOfAFileFitsItsContent(t *testing.T) {
	a := newArchive(t, servertest.New(t))
	e := MustAdd(t, a.operator, "../jalankan\u202efdp.exe", pdf("bukan program"))
	if got, want := e.GetFileName(), "jalankanfdp.exe.pdf"; got != want {
		t.Errorf("name %q, want %q", got, want)
	}
}

func TestAnUploadIsStartedOnce(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		req := &meritv1.StartUploadRequest{FileName: "sk.pdf", Size: 9, Sha256: sumOf(nil), RequestId: "r1"}
		first := servertest.Must(evidence(a.operator).StartUpload(t.Context(), req))(t)
		second := servertest.Must(evidence(a.operator).StartUpload(t.Context(), req))(t)
		if diff := cmp.Diff(first, second, protocmp.Transform()); diff != "" {
			t.Errorf("the same request again (-first +second):\n%s", diff)
		}
		req.Size = 10
		_, err := evidence(a.operator).StartUpload(t.Context(), req)
		servertest.WantReason(t, err, meritv1.Reason_REASON_REQUEST_ID_REUSED)
	})
}

func TestAnUploadIsRefusedWithTheRuleItBreaks(t *testing.T) {
	a := newArchive(t, servertest.New(t, func(o *server.Options) { o.UploadLimit = 100 }))
	ctx := t.Context()
	content := pdf("isi yang cukup panjang")
	for _, tc := range []struct {
		name   string
		do     func(id string) error
		reason meritv1.Reason
		offset int64 // told in the details; -1 for no details
	}{
		{"larger than the limit", func(string) error {
			_, err := evidence(a.operator).StartUpload(ctx, &meritv1.StartUploadRequest{FileName: "x", Size: 101, Sha256: sumOf(nil)})
			return err
		}, meritv1.Reason_REASON_UPLOAD_TOO_LARGE, -1},
		{"a hash that is none", func(string) error {
			_, err := evidence(a.operator).StartUpload(ctx, &meritv1.StartUploadRequest{FileName: "x", Size: 1, Sha256: "abc"})
			return err
		}, meritv1.Reason_REASON_INVALID_REQUEST, -1},
		{"more bytes than announced", func(id string) error {
			_, err := send(ctx, a.operator, id, append(bytes.Clone(content), "more"...), 0, 10)
			return err
		}, meritv1.Reason_REASON_UPLOAD_TOO_LARGE, -1},
		{"bytes missing", func(id string) error {
			servertest.Must(send(ctx, a.operator, id, content[:20], 0, 7))(t)
			_, err := finish(ctx, a.operator, id)
			return err
		}, meritv1.Reason_REASON_UPLOAD_INCOMPLETE, 20},
		{"no bytes", func(id string) error {
			_, err := finish(ctx, a.operator, id)
			return err
		}, meritv1.Reason_REASON_UPLOAD_INCOMPLETE, 0},
		{"other bytes than announced", func(id string) error {
			servertest.Must(send(ctx, a.operator, id, bytes.ToUpper(content), 0, 7))(t)
			_, err := finish(ctx, a.operator, id)
			return err
		}, meritv1.Reason_REASON_HASH_MISMATCH, 0},
		{"a gap", func(id string) error {
			servertest.Must(send(ctx, a.operator, id, content[:5], 0, 5))(t)
			_, err := send(ctx, a.operator, id, content, 6, 5)
			return err
		}, meritv1.Reason_REASON_UPLOAD_OFFSET, 5},
		{"bytes that came already", func(id string) error {
			servertest.Must(send(ctx, a.operator, id, content[:5], 0, 5))(t)
			_, err := send(ctx, a.operator, id, content, 0, 5)
			return err
		}, meritv1.Reason_REASON_UPLOAD_OFFSET, 5},
		{"bytes after the end", func(id string) error {
			servertest.Must(send(ctx, a.operator, id, content, 0, 100))(t)
			servertest.Must(finish(ctx, a.operator, id))(t)
			_, err := send(ctx, a.operator, id, content, 0, 100)
			return err
		}, meritv1.Reason_REASON_WRONG_STATE, int64(len(content))},
		{"no upload named", func(string) error {
			_, err := send(ctx, a.operator, "", content, 0, 5)
			return err
		}, meritv1.Reason_REASON_NOT_FOUND, -1},
		{"dates the wrong way round", func(id string) error {
			_, err := evidence(a.operator).FinishUpload(ctx, &meritv1.FinishUploadRequest{UploadId: id, EffectiveDate: "2021-01-02", ValidUntil: "2021-01-01"})
			return err
		}, meritv1.Reason_REASON_INVALID_REQUEST, -1},
		{"a date that is none", func(id string) error {
			_, err := evidence(a.operator).FinishUpload(ctx, &meritv1.FinishUploadRequest{UploadId: id, EffectiveDate: "2021-02-30"})
			return err
		}, meritv1.Reason_REASON_INVALID_REQUEST, -1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.do(MustStartUpload(t, a.operator, "sk.pdf", content).GetId())
			servertest.WantReason(t, err, tc.reason)
			up, ok := servertest.Detail[*meritv1.Upload](err)
			if ok != (tc.offset >= 0) || ok && up.GetDurableOffset() != tc.offset {
				t.Errorf("the details tell %v, want offset %d", up, tc.offset)
			}
		})
	}
}

func TestRefusedContentIsNoEvidence(t *testing.T) {
	a := newArchive(t, servertest.New(t))
	id := MustUpload(t, a.operator, "laporan.pdf", []byte("<html><script>alert(1)</script>"))
	for range 2 {
		_, err := finish(t.Context(), a.operator, id)
		servertest.WantReason(t, err, meritv1.Reason_REASON_FILE_TYPE_REFUSED)
	}
	if list := servertest.Must(evidence(a.operator).ListEvidence(t.Context(), &meritv1.ListEvidenceRequest{}))(t); len(list.GetEvidence()) > 0 {
		t.Errorf("listed: %v", list)
	}
}

func TestAfterAWrongHashTheBytesCanBeSentAgain(t *testing.T) {
	a := newArchive(t, servertest.New(t))
	content := pdf("benar")
	up := MustStartUpload(t, a.operator, "sk.pdf", content)
	servertest.Must(send(t.Context(), a.operator, up.GetId(), pdf("salah"), 0, 5))(t)
	_, err := finish(t.Context(), a.operator, up.GetId())
	servertest.WantReason(t, err, meritv1.Reason_REASON_HASH_MISMATCH)
	servertest.Must(send(t.Context(), a.operator, up.GetId(), content, 0, 5))(t)
	servertest.Must(finish(t.Context(), a.operator, up.GetId()))(t)
}

// openStream opens a stream for an upload and waits for the go-ahead, which tells an offset.
func openStream(tb testing.TB, ctx context.Context, p *servertest.Person, id string) (grpc.ClientStreamingClient[meritv1.UploadChunksRequest, meritv1.UploadChunksResponse], int64) {
	tb.Helper()
	stream := servertest.Must(evidence(p).UploadChunks(ctx))(tb)
	if err := stream.Send(&meritv1.UploadChunksRequest{UploadId: id}); err != nil {
		tb.Fatal(err)
	}
	header := servertest.Must(stream.Header())(tb)
	at := header.Get(server.UploadOffset)
	if len(at) != 1 {
		_, err := stream.CloseAndRecv()
		tb.Fatalf("no go-ahead: %v", err)
	}
	return stream, servertest.Must(strconv.ParseInt(at[0], 10, 64))(tb)
}

// waitDurable returns when the service has made that many bytes of an upload durable.
func waitDurable(tb testing.TB, p *servertest.Person, id string, want int64) {
	tb.Helper()
	for tb.Context().Err() == nil {
		up := servertest.Must(evidence(p).GetUpload(tb.Context(), &meritv1.GetUploadRequest{UploadId: id}))(tb).GetUpload()
		if up.GetDurableOffset() == want {
			return
		}
	}
}

func TestAnUploadGoesOnAfterItsStreamBroke(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		content := pdf("separuh pertama, separuh kedua")
		id := MustStartUpload(t, a.operator, "sk.pdf", content).GetId()
		ctx, breakOff := context.WithCancel(t.Context())
		stream, offset := openStream(t, ctx, a.operator, id)
		if offset != 0 {
			t.Fatalf("a new upload goes on from %d", offset)
		}
		if err := stream.Send(&meritv1.UploadChunksRequest{Data: content[:15]}); err != nil {
			t.Fatal(err)
		}
		waitDurable(t, a.operator, id, 15)
		breakOff()
		_, offset = openStream(t, t.Context(), a.operator, id)
		if offset != 15 {
			t.Fatalf("after the stream broke the upload goes on from %d, want 15", offset)
		}
		servertest.Must(send(t.Context(), a.operator, id, content, 15, 4))(t)
		servertest.Must(finish(t.Context(), a.operator, id))(t)
	})
}

func TestAnOpenUploadDoesNotHoldUpTheEndOfTheServer(t *testing.T) {
	a := newArchive(t, servertest.New(t))
	stream, _ := openStream(t, t.Context(), a.operator, MustStartUpload(t, a.operator, "sk.pdf", pdf("")).GetId())
	a.Shutdown(t.Context())
	_, err := stream.CloseAndRecv()
	servertest.WantReason(t, err, meritv1.Reason_REASON_UNAVAILABLE)
}

func TestUploadsBelongToTheirAccountAndMembership(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		id := MustUpload(t, a.operator, "sk.pdf", pdf(""))
		elsewhere := s.MustAlsoAct(t, a.operator, meritv1.Role_ROLE_OPERATOR, a.other)
		for _, who := range []struct {
			name   string
			person *servertest.Person
			get    meritv1.Reason // of GetUpload and UploadChunks
			finish meritv1.Reason
		}{
			{"a colleague", a.approver, meritv1.Reason_REASON_NOT_FOUND, meritv1.Reason_REASON_NOT_FOUND},
			{"somebody of another agency", a.stranger, meritv1.Reason_REASON_NOT_FOUND, meritv1.Reason_REASON_NOT_FOUND},
			{"the same person for another agency", elsewhere, meritv1.Reason_REASON_UNSPECIFIED, meritv1.Reason_REASON_OUT_OF_SCOPE},
		} {
			t.Run(who.name, func(t *testing.T) {
				_, err := evidence(who.person).GetUpload(t.Context(), &meritv1.GetUploadRequest{UploadId: id})
				if got := servertest.Reason(err); got != who.get {
					t.Errorf("GetUpload: %v, want %s", err, who.get)
				}
				_, err = send(t.Context(), who.person, id, nil, 0, 1)
				if got := servertest.Reason(err); got != who.get {
					t.Errorf("UploadChunks: %v, want %s", err, who.get)
				}
				_, err = finish(t.Context(), who.person, id)
				servertest.WantReason(t, err, who.finish)
				_, err = evidence(who.person).AttachDocument(t.Context(), &meritv1.AttachDocumentRequest{
					UploadId: id, Subject: meritv1.DocumentSubject_DOCUMENT_SUBJECT_SUBMISSION, SubjectId: a.assessment, Title: "Surat",
				})
				servertest.WantReason(t, err, who.finish)
			})
		}
		servertest.Must(finish(t.Context(), a.operator, id))(t)
	})
}

func TestEqualBytesOfTwoAgenciesStayApart(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		content := pdf("surat edaran yang dimiliki semua instansi")
		first := MustAdd(t, a.operator, "SE.pdf", content)
		up := MustStartUpload(t, a.stranger, "edaran.pdf", content)
		if up.GetDurableOffset() != 0 {
			t.Error("the answer tells that somebody has these bytes")
		}
		_, err := finish(t.Context(), a.stranger, up.GetId())
		servertest.WantReason(t, err, meritv1.Reason_REASON_UPLOAD_INCOMPLETE) // who has not the bytes does not get them
		servertest.Must(send(t.Context(), a.stranger, up.GetId(), content, 0, 10))(t)
		second := servertest.Must(finish(t.Context(), a.stranger, up.GetId()))(t)
		_, err = evidence(a.stranger).GetEvidence(t.Context(), &meritv1.GetEvidenceRequest{EvidenceId: first.GetId()})
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
		for p, e := range map[*servertest.Person]*meritv1.Evidence{a.operator: first, a.stranger: second} {
			got := servertest.Must(download(t.Context(), p, &meritv1.DownloadRequest{EvidenceId: e.GetId()}))(t)
			if got.GetFileName() != e.GetFileName() || !bytes.Equal(got.GetData(), content) {
				t.Errorf("download of %s: %v", e.GetFileName(), got)
			}
		}
	})
}

func TestAnUploadFinishedByManyBecomesOnePiece(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		id := MustUpload(t, a.operator, "sk.pdf", pdf(""))
		var all sync.WaitGroup
		ids := make([]string, 8)
		for i := range ids {
			all.Go(func() {
				e, err := finish(t.Context(), a.operator, id)
				if err != nil {
					t.Error(err)
				}
				ids[i] = e.GetId()
			})
		}
		all.Wait()
		if len(slices.Compact(ids)) != 1 {
			t.Errorf("became %v", ids)
		}
		if want := []audit.Action{"EvidenceService.FinishUpload"}; !slices.Equal(a.actions(t, ids[0]), want) {
			t.Errorf("the trail says %v, want %v", a.actions(t, ids[0]), want)
		}
	})
}

func TestUploadsThatNobodyFinishesAreCleared(t *testing.T) {
	dir := t.TempDir()
	blobs := servertest.Must(blob.OpenDisk(blob.DiskOptions{Dir: dir}))(t)
	t.Cleanup(func() { _ = blobs.Close() })
	a := newArchive(t, servertest.New(t, func(o *server.Options) { o.Blobs = blobs }))
	id := MustUpload(t, a.operator, "sk.pdf", pdf(""))
	waiting := func() int {
		entries := servertest.Must(os.ReadDir(filepath.Join(dir, "upload")))(t)
		return len(entries)
	}
	a.Clock.Add(72*time.Hour - time.Microsecond)
	MustStartUpload(t, a.operator, "lain.pdf", pdf(""))
	servertest.Must(evidence(a.operator).GetUpload(t.Context(), &meritv1.GetUploadRequest{UploadId: id}))(t)
	if waiting() != 1 {
		t.Fatal("an upload was cleared before its time")
	}
	a.Clock.Add(time.Hour)
	_, err := evidence(a.operator).GetUpload(t.Context(), &meritv1.GetUploadRequest{UploadId: id})
	servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
	MustStartUpload(t, a.operator, "lain.pdf", pdf(""))
	if waiting() != 0 {
		t.Error("the bytes of an expired upload are still there")
	}
}

func TestManyOpenUploadsNeedLittleMemory(t *testing.T) {
	const uploads, chunk = 400, 256 << 10
	a := newArchive(t, servertest.New(t))
	content := append(pdf(""), make([]byte, 2*chunk)...)
	before := heap()
	for range uploads {
		id := MustStartUpload(t, a.operator, "sk.pdf", content).GetId()
		stream, _ := openStream(t, t.Context(), a.operator, id)
		if err := stream.Send(&meritv1.UploadChunksRequest{Data: content[:chunk]}); err != nil {
			t.Fatal(err)
		}
	}
	// Client and server share this process, so this counts what both hold.
	used := heap() - before
	if used > uploads*chunk/2 {
		t.Errorf("%d open uploads hold %d KiB each, want less than half a chunk", uploads, used/uploads>>10)
	}
}

// heap is how many bytes are in use.
func heap() int64 {
	runtime.GC()
	runtime.GC() // pools give back what they hold after the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
