package client

import (
	"context"
	"errors"
	"fmt"
	"io"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// ExportEvidence writes the ZIP of all evidence that an assessment cites to w and returns the name that the service gives
// it. A stream that breaks off is an error and what was written is no ZIP: it is made as it is sent, so it cannot be taken
// up again.
func (c *Client) ExportEvidence(ctx context.Context, assessmentID string, w io.Writer) (fileName string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.Reports.ExportEvidence(ctx, &meritv1.ExportEvidenceRequest{AssessmentId: assessmentID})
	if err != nil {
		return "", err
	}
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return fileName, nil
		}
		if err != nil {
			return fileName, err
		}
		if m.GetFileName() != "" {
			fileName = localName(m.GetFileName())
		}
		if _, err := w.Write(m.GetData()); err != nil {
			return fileName, fmt.Errorf("client: write the archive: %w", err)
		}
	}
}
