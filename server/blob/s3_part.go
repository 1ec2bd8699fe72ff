package blob

import (
	"errors"
	"fmt"
	"io"
)

// part is bytes on their way to be a part: blocks of bufferSize, taken as they are needed. It is read as often as a request
// is tried.
type part struct {
	blocks []*[bufferSize]byte
	size   int64
	at     int64 // of the next read
}

// add takes bytes behind those that are there.
func (p *part) add(data []byte) {
	for len(data) > 0 {
		within := int(p.size % bufferSize)
		if within == 0 {
			p.blocks = append(p.blocks, buffers.Get().(*[bufferSize]byte))
		}
		n := copy(p.blocks[len(p.blocks)-1][within:], data)
		p.size += int64(n)
		data = data[n:]
	}
}

// free gives the blocks back.
func (p *part) free() {
	for _, b := range p.blocks {
		buffers.Put(b)
	}
	*p = part{}
}

// Read implements io.Reader.
func (p *part) Read(to []byte) (int, error) {
	if p.at >= p.size {
		return 0, io.EOF
	}
	within := p.at % bufferSize
	end := min(bufferSize, within+p.size-p.at)
	n := copy(to, p.blocks[p.at/bufferSize][within:end])
	p.at += int64(n)
	return n, nil
}

// Seek implements io.Seeker.
func (p *part) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += p.at
	case io.SeekEnd:
		offset += p.size
	default:
		return 0, fmt.Errorf("blob: seek from %d", whence)
	}
	if offset < 0 {
		return 0, errors.New("blob: seek before the beginning")
	}
	p.at = offset
	return offset, nil
}
