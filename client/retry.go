package client

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// A window of 4 MiB keeps an upload of 256 KiB chunks flowing.
const window = 4 << 20

const (
	keepaliveTime    = 5 * time.Minute
	keepaliveTimeout = 20 * time.Second
)

// repeatable are writes without a request_id that find what they have made when they are sent again.
var repeatable = []string{"FinishUpload", "AttachDocument", "MarkNoticesRead", "Uncite"}

// services are the files whose services a Client speaks.
var services = []protoreflect.FileDescriptor{
	meritv1.File_merit_v1_account_service_proto,
	meritv1.File_merit_v1_agency_service_proto,
	meritv1.File_merit_v1_assessment_service_proto,
	meritv1.File_merit_v1_audit_service_proto,
	meritv1.File_merit_v1_award_service_proto,
	meritv1.File_merit_v1_cycle_service_proto,
	meritv1.File_merit_v1_evidence_service_proto,
	meritv1.File_merit_v1_instrument_service_proto,
	meritv1.File_merit_v1_notice_service_proto,
	meritv1.File_merit_v1_plan_service_proto,
	meritv1.File_merit_v1_plenary_service_proto,
	meritv1.File_merit_v1_report_service_proto,
	meritv1.File_merit_v1_result_service_proto,
	meritv1.File_merit_v1_verification_service_proto,
	meritv1.File_merit_v1_work_service_proto,
}

type methodName struct {
	Service string `json:"service"`
	Method  string `json:"method"`
}

// retryable lists the RPCs that may be sent again: reads, and writes that carry a request_id or are repeatable.
func retryable() []methodName {
	var names []methodName
	for _, file := range services {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				if m := service.Methods().Get(j); idempotent(m) {
					names = append(names, methodName{string(service.FullName()), string(m.Name())})
				}
			}
		}
	}
	return names
}

func idempotent(m protoreflect.MethodDescriptor) bool {
	if m.IsStreamingClient() || m.IsStreamingServer() {
		return false
	}
	if m.Input().Fields().ByName("request_id") != nil || slices.Contains(repeatable, string(m.Name())) {
		return true
	}
	options, _ := m.Options().(*descriptorpb.MethodOptions)
	return options.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS
}

// serviceConfig is gRPC's own description of which calls are tried again and how, and more.
func serviceConfig(more map[string]any) string {
	config := map[string]any{
		"methodConfig": []any{map[string]any{
			"name": retryable(),
			"retryPolicy": map[string]any{
				"maxAttempts": 4, "initialBackoff": "0.1s", "maxBackoff": "2s", "backoffMultiplier": 3,
				"retryableStatusCodes": []string{"UNAVAILABLE"},
			},
		}},
	}
	maps.Copy(config, more)
	text, err := json.Marshal(config)
	if err != nil {
		panic(err) // only strings and numbers: cannot fail
	}
	return string(text)
}

// fillRequestID gives a write an identity, so that the service does it once however often it arrives.
func fillRequestID(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if m, ok := req.(proto.Message); ok {
		msg := m.ProtoReflect()
		if field := msg.Descriptor().Fields().ByName("request_id"); field != nil && msg.Get(field).String() == "" {
			copied := proto.Clone(m)
			copied.ProtoReflect().Set(field, protoreflect.ValueOfString(ulid.Make().String()))
			req = copied
		}
	}
	return invoke(ctx, method, req, reply, cc, opts...)
}
