package bilingual

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/meritindex/merit/proto/merit/v1" // registers the enums
)

// TestEveryStateHasAWord checks that what tables show is not the name of a constant. The kinds of agency are Indonesian
// words anyway; programs alone ask for views, reasons and where a provider returns to.
func TestEveryStateHasAWord(t *testing.T) {
	untranslated := map[protoreflect.Name]bool{"AgencyKind": true, "AssessmentView": true, "OidcReturn": true, "Reason": true}
	callers := map[protoreflect.Name]bool{"ROLE_SIGNED_IN": true, "ROLE_ANYONE": true} // no membership makes them
	known := map[protoreflect.Name]bool{}
	protoregistry.GlobalFiles.RangeFilesByPackage("merit.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Enums().Len() {
			enum := file.Enums().Get(i)
			for j := range enum.Values().Len() {
				value := enum.Values().Get(j)
				known[value.Name()] = true
				if _, ok := words[value.Name()]; !ok && value.Number() != 0 && !callers[value.Name()] && !untranslated[enum.Name()] {
					t.Errorf("%s has no word", value.Name())
				}
			}
		}
		return true
	})
	for name := range words {
		if !known[name] {
			t.Errorf("the word of %s belongs to no value", name)
		}
	}
}
