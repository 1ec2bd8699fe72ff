package server

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// EmptyMethod is a call that does nothing but answer with as many bytes as the request says: what benchmarks compare
// with.
const EmptyMethod = "/bench.Empty/Call"

// RegisterEmpty adds that call to a gRPC server. Interceptors, if it has any, are gone through.
func RegisterEmpty(s *grpc.Server) {
	s.RegisterService(&grpc.ServiceDesc{
		ServiceName: "bench.Empty", HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "Call", Handler: handleEmpty}},
	}, struct{}{})
}

// RegisterEmpty adds that call to the door on the network, before Listen, with all steps around it: anyone may make it,
// and a credential is looked up. It skips nothing but a rule of protovalidate, which its request does not have.
func (s *Server) RegisterEmpty() {
	RegisterEmpty(s.network)
	s.rules[EmptyMethod] = s.rules[meritv1.ResultService_GetResult_FullMethodName]
}

func handleEmpty(srv any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
	req := new(wrapperspb.Int32Value)
	if err := decode(req); err != nil {
		return nil, err
	}
	answer := func(context.Context, any) (any, error) {
		return wrapperspb.Bytes(make([]byte, req.GetValue())), nil
	}
	if interceptor == nil {
		return answer(ctx, req)
	}
	return interceptor(ctx, req, &grpc.UnaryServerInfo{Server: srv, FullMethod: EmptyMethod}, answer)
}
