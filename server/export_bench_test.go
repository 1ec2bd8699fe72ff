package server

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// EmptyMethod is a call that does nothing but answer with as many bytes as the request says: what benchmarks compare
// with.
const EmptyMethod = "/bench.Empty/Call"

// ReadyMethod is a call that answers with Ready: what a call would cost whose handler costs nothing.
const ReadyMethod = "/bench.Empty/Ready"

// Ready is what ReadyMethod answers with.
var Ready proto.Message

// RegisterEmpty adds those calls to a gRPC server. Interceptors, if it has any, are gone through.
func RegisterEmpty(s *grpc.Server) {
	s.RegisterService(&grpc.ServiceDesc{
		ServiceName: "bench.Empty", HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{
			{MethodName: "Call", Handler: handle(EmptyMethod, func(size *wrapperspb.Int32Value) proto.Message {
				return wrapperspb.Bytes(make([]byte, size.GetValue()))
			})},
			{MethodName: "Ready", Handler: handle(ReadyMethod, func(*wrapperspb.Int32Value) proto.Message { return Ready })},
		},
	}, struct{}{})
}

// RegisterEmpty adds those calls to the door on the network, before Listen, with all steps around them: anyone may make
// them, and a credential is looked up. They skip nothing but a rule of protovalidate, which their request does not have.
func (s *Server) RegisterEmpty() {
	RegisterEmpty(s.network)
	s.rules[EmptyMethod] = s.rules[meritv1.ResultService_GetResult_FullMethodName]
	s.rules[ReadyMethod] = s.rules[EmptyMethod]
}

// KeepNoSheets lets the server read a sheet for every call, as it does on PostgreSQL. It is for before the first call.
func (s *Server) KeepNoSheets() { s.sheets.limit = 0 }

func handle(method string, answer func(*wrapperspb.Int32Value) proto.Message) grpc.MethodHandler {
	return func(srv any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
		req := new(wrapperspb.Int32Value)
		if err := decode(req); err != nil {
			return nil, err
		}
		handler := func(context.Context, any) (any, error) { return answer(req), nil }
		if interceptor == nil {
			return handler(ctx, req)
		}
		return interceptor(ctx, req, &grpc.UnaryServerInfo{Server: srv, FullMethod: method}, handler)
	}
}
