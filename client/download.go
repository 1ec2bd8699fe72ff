package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// ErrDamaged is returned when the bytes that arrived do not have the SHA-256 that the service keeps. They must not be used.
var ErrDamaged = errors.New("client: the bytes do not have their SHA-256")

// DownloadOptions say how a file is downloaded.
type DownloadOptions struct {
	// Replace overwrites a file that is there already.
	Replace bool
	// Progress is told how many bytes of how many are there, after every chunk; may be nil.
	Progress func(done, total int64)
}

// Downloaded is what was downloaded.
type Downloaded struct {
	Path      string // of DownloadFile
	FileName  string // as the service keeps it
	MediaType string // found in the content
	Size      int64
	SHA256    string // hex; the bytes were checked against it
}

// Download writes the bytes of evidence or of a document to w; the request names one of them, offset and length are left
// at 0. A stream that breaks is taken up again where it broke. ErrDamaged, after everything was written, when the bytes
// are not those the service keeps.
func (c *Client) Download(ctx context.Context, req *meritv1.DownloadRequest, w io.Writer, o DownloadOptions) (*Downloaded, error) {
	d := &download{client: c, req: proto.CloneOf(req), w: w, hash: sha256.New(), progress: o.Progress}
	return d.run(ctx)
}

// DownloadFile downloads to the path, or into it under the service's own name for the file when it is a folder. What has
// come of an earlier attempt that was broken off is gone on with. The file is there under its name only once it is whole
// and checked. fs.ErrExist when a file of that name is there and may not be replaced; ErrDamaged as for Download.
func (c *Client) DownloadFile(ctx context.Context, req *meritv1.DownloadRequest, path string, o DownloadOptions) (*Downloaded, error) {
	folder := isFolder(path)
	if !folder && !o.Replace && exists(path) {
		return nil, &fs.PathError{Op: "download", Path: path, Err: fs.ErrExist}
	}
	part := filepath.Join(filepath.Dir(path), partName(req))
	if folder {
		part = filepath.Join(path, partName(req))
	}
	got, err := c.downloadPart(ctx, req, part, o)
	if errors.Is(err, ErrDamaged) {
		return nil, errors.Join(err, os.Remove(part))
	}
	if err != nil {
		return nil, err
	}
	if got.Path = path; folder {
		got.Path = filepath.Join(path, localName(got.FileName))
	}
	if !o.Replace && exists(got.Path) {
		return nil, &fs.PathError{Op: "download", Path: got.Path, Err: fs.ErrExist}
	}
	return got, os.Rename(part, got.Path)
}

// partName is where bytes are kept until they are whole. Those of one id never change, so they can be gone on with.
func partName(req *meritv1.DownloadRequest) string {
	return "." + localName("merit-"+req.GetEvidenceId()+req.GetDocumentId()) + ".part"
}

// localName keeps a name that the service gave inside the folder, whatever the service is.
func localName(name string) string {
	name = filepath.Base(name)
	if !filepath.IsLocal(name) || name == "." {
		return "file"
	}
	return name
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// downloadPart goes on with the part from where it ends.
func (c *Client) downloadPart(ctx context.Context, req *meritv1.DownloadRequest, part string, o DownloadOptions) (*Downloaded, error) {
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	d := &download{client: c, req: proto.CloneOf(req), w: f, hash: sha256.New(), progress: o.Progress}
	if d.done, err = io.Copy(d.hash, f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	got, err := d.run(ctx)
	return got, errors.Join(err, f.Close())
}

// download is a file on its way here.
type download struct {
	client   *Client
	req      *meritv1.DownloadRequest
	w        io.Writer
	hash     hash.Hash
	done     int64 // bytes written and hashed
	head     *meritv1.DownloadResponse
	progress func(int64, int64)
}

func (d *download) run(ctx context.Context) (*Downloaded, error) {
	err := retryStream(ctx, func() (int64, error) {
		err := d.receive(ctx)
		return d.done, err
	})
	if Is(err, meritv1.Reason_REASON_INVALID_REQUEST) && d.done > 0 {
		return nil, ErrDamaged // more bytes are here than the file has
	}
	if err != nil {
		return nil, err
	}
	if d.done != d.head.GetSize() || hex.EncodeToString(d.hash.Sum(nil)) != d.head.GetSha256() {
		return nil, ErrDamaged
	}
	return &Downloaded{
		FileName: d.head.GetFileName(), MediaType: d.head.GetMediaType(), Size: d.head.GetSize(), SHA256: d.head.GetSha256(),
	}, nil
}

// receive takes one stream until it ends or breaks.
func (d *download) receive(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d.req.Offset, d.req.Length = d.done, 0
	stream, err := d.client.Evidence.Download(ctx, d.req)
	if err != nil {
		return err
	}
	for first := true; ; first = false {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil { // what had arrived before would still be received
			return status.FromContextError(ctx.Err()).Err()
		}
		if first {
			if d.head != nil && d.head.GetSha256() != m.GetSha256() {
				return fmt.Errorf("%w: the service sends another file now", ErrDamaged)
			}
			d.head = m
		}
		if err := d.take(m.GetData()); err != nil {
			return err
		}
	}
}

func (d *download) take(data []byte) error {
	n, err := d.w.Write(data)
	d.hash.Write(data[:n])
	d.done += int64(n)
	if err != nil {
		return fmt.Errorf("client: write the file: %w", err)
	}
	if d.progress != nil {
		d.progress(d.done, d.head.GetSize())
	}
	return nil
}
