package client

import (
	"context"

	"google.golang.org/grpc"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// Proof gives the password or a code of the person who holds the session, when a call was refused with
// REASON_STEP_UP_REQUIRED: the client then calls Confirm and makes the same call again. Its error, or nil for both, lets
// the refusal stand.
type Proof func(context.Context) (*meritv1.ConfirmRequest, error)

// stepUp proves who calls where a call asks for it, and makes the call once more.
func stepUp(o Options) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		refused := invoke(ctx, method, req, reply, cc, opts...)
		if o.Proof == nil || !Is(refused, meritv1.Reason_REASON_STEP_UP_REQUIRED) {
			return refused
		}
		proof, err := o.Proof(ctx)
		if err != nil || proof == nil {
			return refused
		}
		if err := invoke(ctx, meritv1.AccountService_Confirm_FullMethodName, proof, &meritv1.ConfirmResponse{}, cc); err != nil {
			return err
		}
		return invoke(ctx, method, req, reply, cc, opts...)
	}
}
