package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/meritindex/merit/client/bilingual"

	"github.com/oklog/ulid/v2"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Paging are the flags of commands that list.
type Paging struct {
	Limit     int32  `default:"50" help:"At most so many, up to 500. ¦ Paling banyak sekian, sampai 500."`
	PageToken string `placeholder:"TOKEN" help:"Go on where an earlier list ended. ¦ Lanjutkan dari akhir daftar sebelumnya."`
}

// more says how to go on when a list has not ended.
func (c *Context) more(w io.Writer, token string) {
	if token != "" {
		fmt.Fprintln(w, c.sayf("\nThere is more: --page-token %s ¦ \nMasih ada: --page-token %s", token))
	}
}

// when shows an instant in WIB to the minute; nothing for an absent one.
func when(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().In(bilingual.WIB).Format("2006-01-02 15:04 WIB")
}

// isID tells ids, which the service makes, from codes and names, which people make.
func isID(s string) bool {
	_, err := ulid.ParseStrict(s)
	return err == nil
}

// today is the day in WIB.
func (c *Context) today() string { return c.Now().In(bilingual.WIB).Format(time.DateOnly) }
