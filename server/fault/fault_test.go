package fault_test

import (
	"errors"
	"fmt"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
)

func TestATextInsideATextIsInItsLanguage(t *testing.T) {
	phase := fault.T("penilaian mandiri", "self-assessment")
	f := fault.New(meritv1.Reason_REASON_OUTSIDE_WINDOW, "Tahap %s berakhir %s.", "On %[2]s the %[1]s phase ended.", phase, "2021-02-28")
	if got := f.Text.In("id"); got != "Tahap penilaian mandiri berakhir 2021-02-28." {
		t.Errorf("in Indonesian: %q", got)
	}
	if got := f.Text.In("en"); got != "On 2021-02-28 the self-assessment phase ended." {
		t.Errorf("in English: %q", got)
	}
	if got := f.Text.In("de"); got != f.Text.In("id") {
		t.Errorf("in a language that is not spoken: %q", got)
	}
}

func TestInvalidNamesTheFieldOnce(t *testing.T) {
	f := fault.Invalid("valid_until", "%s sudah lewat.", "%s is over.", "2020-01-01")
	if f.Text.EN != "The request is not valid: valid_until: 2020-01-01 is over." {
		t.Errorf("text %q", f.Text.EN)
	}
	if len(f.Violations) != 1 || f.Violations[0].Field != "valid_until" || f.Violations[0].Text.EN != "2020-01-01 is over." {
		t.Errorf("violations %v", f.Violations)
	}
}

func TestAFaultIsFoundByItsReasonAndKeepsItsCause(t *testing.T) {
	cause := errors.New("disk full")
	err := fmt.Errorf("store: %w", fault.New(meritv1.Reason_REASON_UNAVAILABLE, "Coba lagi.", "Try again.").Because(cause))
	if !errors.Is(err, &fault.Error{Reason: meritv1.Reason_REASON_UNAVAILABLE}) || !errors.Is(err, cause) {
		t.Errorf("neither its reason nor its cause is found in %v", err)
	}
	if errors.Is(err, &fault.Error{Reason: meritv1.Reason_REASON_INTERNAL}) {
		t.Error("another reason is found")
	}
}

func TestAFaultTellsTheLogEverything(t *testing.T) {
	f := fault.New(meritv1.Reason_REASON_INCOMPLETE, "Belum lengkap.", "Not complete.").
		Field("A1", "belum dijawab", "not answered").Field("A2", "tanpa bukti", "without evidence")
	if got, want := f.Error(), "INCOMPLETE: Not complete.; A1: not answered; A2: without evidence"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
