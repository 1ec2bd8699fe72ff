package web

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// qrCode is a QR code to be drawn: the path of its dark squares, each one unit wide, and how many units it is wide.
type qrCode struct {
	Path string
	Size int
}

// quiet is how many units of light surround a QR code.
const quiet = 4

// newQR makes the QR code of a text.
func newQR(text string) (qrCode, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return qrCode{}, fmt.Errorf("draw a QR code: %w", err)
	}
	width := code.Bounds().Dx()
	var path strings.Builder
	for y := range width {
		for x := range width {
			if code.At(x, y) == color.Black {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return qrCode{path.String(), width + 2*quiet}, nil
}
