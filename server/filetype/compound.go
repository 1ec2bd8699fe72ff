package filetype

import (
	"encoding/binary"
	"io"
	"slices"
	"unicode/utf16"
)

// A compound file ([MS-CFB]) is a small file system: documents of the older Office are such, and so are installers and
// mails. Which it is, the names at its top level say.
const (
	dirEntrySize  = 128
	maxDirSectors = 1024       // no document has as many
	headerFATs    = 109        // FAT sectors that the header itself names
	maxSector     = 0xFFFFFFFA // higher numbers mark ends of chains
)

// compoundFile reads a compound file piece by piece. The first failure is kept and makes everything after it zero.
type compoundFile struct {
	r       io.ReaderAt
	size    int64
	shift   uint     // a sector has 1 << shift bytes
	sectors []uint32 // of the directory
	err     error
}

func compound(r io.ReaderAt, size int64) (*Type, error) {
	c := &compoundFile{r: r, size: size}
	names := c.topLevel()
	if c.err != nil {
		return nil, damagedOr(c.err)
	}
	has := func(name string) bool { return slices.Contains(names, name) }
	switch {
	case has("EncryptedPackage"):
		return nil, refused("Dokumen ini dilindungi kata sandi sehingga tidak dapat diperiksa. Simpan tanpa kata sandi.",
			"This document is protected by a password, so nobody can check it. Save it without.")
	case has("Macros") || has("_VBA_PROJECT_CUR"):
		return nil, macros()
	case has("WordDocument"):
		return DOC, nil
	case has("Workbook") || has("Book"):
		return XLS, nil
	case has("PowerPoint Document"):
		return PPT, nil
	}
	return unknown(r, size)
}

// topLevel lists the names directly below the root: a binary tree whose links are entry numbers.
func (c *compoundFile) topLevel() (names []string) {
	c.readDirectory()
	root := c.entry(0)
	todo := []uint32{binary.LittleEndian.Uint32(root[76:])}
	for limit := len(c.sectors) << c.shift / dirEntrySize; len(todo) > 0 && c.err == nil; limit-- {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n >= maxSector {
			continue
		}
		if limit == 0 {
			c.fail(io.ErrUnexpectedEOF) // links in a circle
			break
		}
		e := c.entry(n)
		names = append(names, entryName(e))
		todo = append(todo, binary.LittleEndian.Uint32(e[68:]), binary.LittleEndian.Uint32(e[72:]))
	}
	return names
}

func (c *compoundFile) readDirectory() {
	header := c.read(0, 512)
	c.shift = uint(binary.LittleEndian.Uint16(header[30:]))
	if c.shift != 9 && c.shift != 12 {
		c.fail(io.ErrUnexpectedEOF)
		return
	}
	for n := binary.LittleEndian.Uint32(header[48:]); n < maxSector && c.err == nil; n = c.next(header, n) {
		if c.sectors = append(c.sectors, n); len(c.sectors) > maxDirSectors {
			c.fail(io.ErrUnexpectedEOF)
		}
	}
}

// next is the sector after n in its chain, which the FAT knows.
func (c *compoundFile) next(header []byte, n uint32) uint32 {
	perSector := uint32(1) << (c.shift - 2)
	if c.offset(n); c.err != nil {
		return maxSector
	}
	fat := c.fatSector(header, n/perSector)
	return binary.LittleEndian.Uint32(c.read(c.offset(fat)+4*int64(n%perSector), 4))
}

// fatSector is the place of the i-th sector of the FAT: the header names the first, a chain of lists the others.
func (c *compoundFile) fatSector(header []byte, i uint32) uint32 {
	if i < headerFATs {
		return binary.LittleEndian.Uint32(header[76+4*i:])
	}
	i -= headerFATs
	perList := uint32(1)<<(c.shift-2) - 1 // its last number leads to the next list
	list := binary.LittleEndian.Uint32(header[68:])
	for ; i >= perList && c.err == nil; i -= perList {
		list = binary.LittleEndian.Uint32(c.read(c.offset(list)+4*int64(perList), 4))
	}
	return binary.LittleEndian.Uint32(c.read(c.offset(list)+4*int64(i), 4))
}

func (c *compoundFile) entry(n uint32) []byte {
	perSector := uint32(1) << c.shift / dirEntrySize
	if c.err != nil || int64(n/perSector) >= int64(len(c.sectors)) {
		c.fail(io.ErrUnexpectedEOF)
		return make([]byte, dirEntrySize)
	}
	return c.read(c.offset(c.sectors[n/perSector])+dirEntrySize*int64(n%perSector), dirEntrySize)
}

// offset of a sector: the header takes the place of one. A sector beyond the file ends the reading, so that made-up
// numbers cost nothing.
func (c *compoundFile) offset(sector uint32) int64 {
	offset := (int64(sector) + 1) << c.shift
	if offset >= c.size {
		c.fail(io.ErrUnexpectedEOF)
	}
	return offset
}

func (c *compoundFile) read(offset int64, n int) []byte {
	b := make([]byte, n)
	if c.err != nil {
		return b
	}
	if _, err := c.r.ReadAt(b, offset); err != nil {
		c.fail(err)
		clear(b)
	}
	return b
}

func (c *compoundFile) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// entryName is the name of a directory entry: UTF-16 with its length in bytes, the closing zero included.
func entryName(e []byte) string {
	length := min(int(binary.LittleEndian.Uint16(e[64:])), 64)
	units := make([]uint16, 0, 32)
	for i := 0; i+2 < length; i += 2 {
		units = append(units, binary.LittleEndian.Uint16(e[i:]))
	}
	return string(utf16.Decode(units))
}
