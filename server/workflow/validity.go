package workflow

import "time"

// validityYears is for how many years a result keeps its agency from being due, by category code: baik one year,
// sangat_baik two. Categories that are not named here have no validity. The rule is the assessor's and the same for
// every instrument that has these categories.
var validityYears = map[string]int{"baik": 1, "sangat_baik": 2}

// ValidUntil is the last day on which a result of that category, determined by a decree of that day (YYYY-MM-DD), is
// valid: the same date one or two years later. It is empty for a category without validity.
func ValidUntil(category, decreeDate string) string {
	decree, err := time.Parse(time.DateOnly, decreeDate)
	years := validityYears[category]
	if err != nil || years == 0 {
		return ""
	}
	return decree.AddDate(years, 0, 0).Format(time.DateOnly)
}
