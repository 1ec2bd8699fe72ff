package page_test

import (
	"errors"
	"fmt"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/page"
)

func key(s string) []string { return []string{s, "id of " + s} }

// MustToken is the token of the page after the first two of three rows.
func MustToken(tb testing.TB, req page.Request) string {
	tb.Helper()
	p, err := page.Of(req)
	if err != nil {
		tb.Fatal(err)
	}
	p.Size = 2
	_, token := page.Cut(p, []string{"a", "b", "c"}, key)
	if token == "" {
		tb.Fatal("no token")
	}
	return token
}

func TestATokenContinuesItsQueryWithAnotherSize(t *testing.T) {
	token := MustToken(t, &meritv1.ListAccountsRequest{Text: "demo", PageSize: 2})
	p, err := page.Of(&meritv1.ListAccountsRequest{Text: "demo", PageSize: 10, PageToken: token})
	if err != nil || fmt.Sprint(p.After) != "[b id of b]" || p.Size != 10 || p.Limit() != 11 {
		t.Errorf("page %+v, error %v", p, err)
	}
}

func TestATokenOfAnotherQueryIsRefused(t *testing.T) {
	token := MustToken(t, &meritv1.ListAccountsRequest{Text: "demo"})
	for name, req := range map[string]page.Request{
		"another filter":       &meritv1.ListAccountsRequest{Text: "demi", PageToken: token},
		"another filter, none": &meritv1.ListAccountsRequest{PageToken: token},
		"another method":       &meritv1.ListTokensRequest{PageToken: token},
		"damaged":              &meritv1.ListAccountsRequest{Text: "demo", PageToken: token[:len(token)-1] + "A"},
		"cut off":              &meritv1.ListAccountsRequest{Text: "demo", PageToken: token[:4]},
		"not ours":             &meritv1.ListAccountsRequest{Text: "demo", PageToken: "2"},
	} {
		if _, err := page.Of(req); !errors.Is(err, &fault.Error{Reason: meritv1.Reason_REASON_PAGE_TOKEN_INVALID}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheSizeOfAPage(t *testing.T) {
	for size, want := range map[int32]int{0: 50, 1: 1, 500: 500, 501: -1, -1: -1} {
		p, err := page.Of(&meritv1.ListAccountsRequest{PageSize: size})
		if want < 0 {
			if !errors.Is(err, &fault.Error{Reason: meritv1.Reason_REASON_INVALID_REQUEST}) {
				t.Errorf("size %d: %v", size, err)
			}
		} else if err != nil || p.Size != want {
			t.Errorf("size %d gives %d, %v", size, p.Size, err)
		}
	}
}

func TestTheLastPageHasNoToken(t *testing.T) {
	p, err := page.Of(&meritv1.ListAccountsRequest{PageSize: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range [][]string{nil, {"a"}, {"a", "b"}} {
		if got, token := page.Cut(p, rows, key); token != "" || len(got) != len(rows) {
			t.Errorf("%v: %v and token %q", rows, got, token)
		}
	}
}

func FuzzOf(f *testing.F) {
	f.Add(MustToken(f, &meritv1.ListAccountsRequest{}))
	f.Add("")
	f.Add("AAAAAAAAAAAAAAAAW10")
	f.Fuzz(func(t *testing.T, token string) {
		p, err := page.Of(&meritv1.ListAccountsRequest{PageToken: token})
		if err != nil && !errors.Is(err, &fault.Error{Reason: meritv1.Reason_REASON_PAGE_TOKEN_INVALID}) {
			t.Errorf("%q: %v", token, err)
		}
		if err == nil && (token != "") != (len(p.After) > 0) {
			t.Errorf("%q continues after %q", token, p.After)
		}
	})
}
