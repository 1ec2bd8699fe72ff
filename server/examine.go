package server

import (
	"context"
	"io"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/blob/inspect"
	"github.com/meritindex/merit/server/clamd"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/filetype"
	"github.com/meritindex/merit/server/store"
)

// How long a look into one file and its virus scan may take while its sender waits. What is not done by then is done by
// the service later: whoever submits on the last evening does not wait for a scanner.
const (
	inspectTime = 20 * time.Second
	scanTime    = 15 * time.Second
)

// examiner looks into files and has them scanned.
type examiner struct {
	scanner *clamd.Scanner // nil for none
	looks   *semaphore.Weighted
}

func newExaminer(scanner *clamd.Scanner) *examiner {
	return &examiner{scanner: scanner, looks: semaphore.NewWeighted(int64(runtime.GOMAXPROCS(0)))}
}

// finding is what a file is and what was found in it.
type finding struct {
	kind *filetype.Type
	store.Examination
}

// examine looks into a file and has it scanned: the same work whether others have sent the same bytes or not. A file that
// is not accepted is a fault; a scanner that does not answer is none.
func (s *core) examine(ctx context.Context, r io.ReaderAt, size int64, name string) (*finding, error) {
	v, err := s.examiner.inspect(ctx, r, size, name)
	if err != nil {
		return nil, err
	}
	f := &finding{kind: v.Type, Examination: store.Examination{Scan: store.NotScanned}}
	for _, flag := range v.Flags {
		f.Flags = append(f.Flags, strings.TrimPrefix(flag.String(), flagPrefix))
	}
	_ = s.scan(ctx, r, size, &f.Examination) // is pending then
	return f, nil
}

func (e *examiner) inspect(ctx context.Context, r io.ReaderAt, size int64, name string) (inspect.Verdict, error) {
	if err := e.looks.Acquire(ctx, 1); err != nil {
		return inspect.Verdict{}, err
	}
	defer e.looks.Release(1)
	ctx, cancel := context.WithTimeout(ctx, inspectTime)
	defer cancel()
	return inspect.File(ctx, r, size, name, inspect.Default)
}

// scan asks the virus scanner, if there is one. Its error says why nothing is known, and stands in the log.
func (s *core) scan(ctx context.Context, r io.ReaderAt, size int64, x *store.Examination) error {
	if s.examiner.scanner == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, scanTime)
	defer cancel()
	signature, err := s.examiner.scanner.Scan(ctx, io.NewSectionReader(r, 0, size))
	switch {
	case err != nil:
		s.log.WarnContext(ctx, "not scanned for viruses yet", "error", err)
		x.Scan = store.ScanPending
	case signature != "":
		x.Scan, x.Signature, x.ScannedAt = store.Quarantined, signature, s.now()
	default:
		x.Scan, x.ScannedAt = store.ScanClean, s.now()
	}
	return err
}

// mayDownload returns why the bytes of a file are not given out. Own says that the caller is of those who sent it.
func mayDownload(x *store.Examination, own bool) error {
	switch {
	case !x.RemovedAt.IsZero():
		return fault.New(meritv1.Reason_REASON_FILE_REMOVED,
			"Berkas ini dihapus karena tidak pernah dirujuk butir mana pun. Unggah lagi bila diperlukan.",
			"This file was removed because no item ever cited it. Upload it again if it is needed.")
	case x.Scan == store.Quarantined:
		return fault.New(meritv1.Reason_REASON_FILE_QUARANTINED,
			"Pemindai virus menemukan %s dalam berkas ini. Berkas dikarantina: disimpan, tetapi tidak dapat diunduh siapa pun. Instansi perlu mengunggah berkas yang bersih.",
			"The virus scanner found %s in this file. It is in quarantine: kept, but nobody can download it. The agency has to upload a clean file.", x.Signature)
	case x.Scan == store.ScanPending && !own:
		return fault.New(meritv1.Reason_REASON_FILE_PENDING,
			"Berkas ini menunggu pemindaian virus. Coba lagi beberapa menit lagi.",
			"This file waits to be scanned for viruses. Try again in some minutes.")
	}
	return nil
}

const flagPrefix = "EVIDENCE_FLAG_"

func flagMessages(x *store.Examination) []meritv1.EvidenceFlag {
	flags := make([]meritv1.EvidenceFlag, len(x.Flags))
	for i, name := range x.Flags {
		flags[i] = meritv1.EvidenceFlag(meritv1.EvidenceFlag_value[flagPrefix+name])
	}
	return flags
}

func scanState(x *store.Examination) meritv1.ScanState {
	return meritv1.ScanState(meritv1.ScanState_value["SCAN_STATE_"+x.Scan])
}
