package workflow_test

import (
	"testing"

	"github.com/meritindex/merit/server/workflow"
)

func TestResultIsValidForTheYearsOfItsCategory(t *testing.T) {
	for _, tc := range []struct{ category, decree, want string }{
		{"baik", "2021-06-30", "2022-06-30"},
		{"sangat_baik", "2021-06-30", "2023-06-30"},
		{"sangat_baik", "2024-02-29", "2026-03-01"},
		{"kurang", "2021-06-30", ""},
		{"buruk", "2021-06-30", ""},
		{"", "2021-06-30", ""},
	} {
		if got := workflow.ValidUntil(tc.category, tc.decree); got != tc.want {
			t.Errorf("ValidUntil(%q, %s) = %q, want %q", tc.category, tc.decree, got, tc.want)
		}
	}
}
