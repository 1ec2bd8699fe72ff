package web

import (
	"strconv"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// How answers stand in forms: a level as its number, an option behind its prefix, and one that is not proven.
const (
	optionPrefix = "option:"
	notProven    = "not-proven"
)

func levelText(level int32) string { return strconv.Itoa(int(level)) }

// answerValue is an answer as it stands in a form; empty for none.
func answerValue(a *meritv1.Answer) string {
	switch v := a.GetValue().(type) {
	case *meritv1.Answer_Level:
		return levelText(v.Level)
	case *meritv1.Answer_Choice:
		return optionPrefix + v.Choice
	case *meritv1.Answer_NotProven:
		return notProven
	case *meritv1.Answer_Text:
		return v.Text
	}
	return ""
}

// parseVerdict reads what a form says of an item; nil when it says nothing.
func parseVerdict(value string) *meritv1.Answer {
	if option, ok := strings.CutPrefix(value, optionPrefix); ok {
		return &meritv1.Answer{Value: &meritv1.Answer_Choice{Choice: option}}
	}
	if value == notProven {
		return &meritv1.Answer{Value: &meritv1.Answer_NotProven{NotProven: true}}
	}
	level, err := strconv.ParseInt(value, 10, 32)
	if err != nil {
		return nil
	}
	return &meritv1.Answer{Value: &meritv1.Answer_Level{Level: int32(level)}}
}
