package web

import (
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// reads begin the names of RPCs that change nothing, and those that leave no entry.
var reads = regexp.MustCompile(`^(Get|List|Stream|Watch|Diff|Validate|Check|Simulate|Suggest|Count|BeginOidc|SignIn|SignOut|WhoAmI)`)

func TestEveryDeedHasWords(t *testing.T) {
	areas := map[string]bool{}
	for _, area := range auditAreas {
		areas[area.Prefix] = true
	}
	known := map[string]bool{
		"Service.ExpireClarification": true, "Service.Bootstrap": true, "Service.AppointInEmergency": true, "Service.ExamineFile": true, "Service.RemoveEvidence": true,
		"Service.RemoveBytes": true, "ProposalService.Propose": true, "Service.Seed": true,
	}
	protoregistry.GlobalFiles.RangeFilesByPackage("merit.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				action := string(service.Name()) + "." + string(service.Methods().Get(j).Name())
				known[action] = true
				if reads.MatchString(string(service.Methods().Get(j).Name())) {
					continue
				}
				if !strings.Contains(deeds[action], " ¦ ") {
					t.Errorf("%s is not said in both languages", action)
				}
				if !areas[string(service.Name())+"."] && service.Name() != "NoticeService" {
					t.Errorf("entries cannot be narrowed to %s", service.Name())
				}
			}
		}
		return true
	})
	for action := range deeds {
		if !known[action] {
			t.Errorf("%s is said, but nothing does it", action)
		}
	}
}
