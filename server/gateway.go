package server

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
)

// maxJSON is the largest request that the JSON door reads: what gRPC takes, in base64.
const maxJSON = 6 << 20

// gateway is the JSON door: POST /api/merit.v1.<Service>/<Method>. It is a client of the service like any other, over
// the connection in process, and lets through only what it names: a bearer token, the language, the request id.
type gateway struct {
	conn    *grpc.ClientConn
	handler http.Handler
}

// registerGateway is what protoc-gen-grpc-gateway makes for a service to be reached over a connection.
type registerGateway func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error

func (s *Server) openGateway(services []service) (*gateway, error) {
	conn, err := s.Dial()
	if err != nil {
		return nil, err
	}
	mux := runtime.NewServeMux(
		runtime.WithIncomingHeaderMatcher(letThrough),
		runtime.WithOutgoingHeaderMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithOutgoingTrailerMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithMetadata(onBehalf),
		runtime.WithErrorHandler(writeError),
		runtime.WithDisableHTTPMethodOverride(),
		runtime.WithMarshalerOption(runtime.MIMEWildcard, &runtime.JSONPb{
			MarshalOptions: protojson.MarshalOptions{EmitUnpopulated: true},
			// A field that nobody knows is a mistake of the caller, not something to drop in silence.
			UnmarshalOptions: protojson.UnmarshalOptions{DiscardUnknown: false},
		}),
	)
	streams := map[string]bool{}
	for _, sv := range services {
		if err := sv.gateway(context.Background(), mux, conn); err != nil {
			return nil, fmt.Errorf("JSON door of %s: %w", sv.desc.ServiceName, err)
		}
		for _, st := range sv.desc.Streams {
			if carriesBytes(sv.desc.ServiceName, st.StreamName) {
				streams["/"+sv.desc.ServiceName+"/"+st.StreamName] = true
			}
		}
	}
	return &gateway{conn: conn, handler: http.StripPrefix("/api", bounded(mux, streams))}, nil
}

// Gateway is the JSON door, to be served under /api/. It reads no cookies.
func (s *Server) Gateway() http.Handler { return s.gateway.handler }

// bounded bounds what a request may send and does not offer byte streams.
func bounded(next http.Handler, streams map[string]bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			writeStatus(w, http.StatusMethodNotAllowed, status.New(codes.Unimplemented, "Call with POST and a JSON object: docs/api.md."))
			return
		}
		if streams[r.URL.Path] {
			writeStatus(w, http.StatusNotImplemented, status.New(codes.Unimplemented, "Byte streams are offered over gRPC only."))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxJSON)
		next.ServeHTTP(w, r)
	})
}

// carriesBytes reports whether the messages of a stream have bytes in them.
func carriesBytes(serviceName, method string) bool {
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(serviceName + "." + method))
	m, ok := d.(protoreflect.MethodDescriptor)
	if err != nil || !ok {
		return true
	}
	for _, message := range []protoreflect.MessageDescriptor{m.Input(), m.Output()} {
		fields := message.Fields()
		for i := range fields.Len() {
			if fields.Get(i).Kind() == protoreflect.BytesKind {
				return true
			}
		}
	}
	return false
}

// letThrough names the headers that reach the service; the default would let callers set any metadata.
func letThrough(header string) (string, bool) {
	switch key := strings.ToLower(header); key {
	case Authorization, AcceptLanguage, RequestID:
		return key, true
	}
	return "", false
}

// onBehalf says whose call it is.
func onBehalf(_ context.Context, r *http.Request) metadata.MD {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	return metadata.Pairs(ClientAddress, address, ClientAgent, strings.ToValidUTF8(shorten(r.UserAgent(), 200), ""))
}

// writeError answers with a google.rpc.Status in JSON. What the gateway itself refuses, such as a body that is no
// JSON, has no reason yet, and knows one language.
func writeError(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	st := status.Convert(err)
	if st.Code() == codes.InvalidArgument && reasonOf(err) == "" {
		st = status.Convert(toStatus(fault.New(meritv1.Reason_REASON_INVALID_REQUEST,
			"Isi permintaan tidak dapat dibaca: %s. Kirim satu objek JSON seperti di docs/api.md.",
			"The body of the request cannot be read: %s. Send one JSON object as in docs/api.md.", st.Message(),
		), cmp.Or(spoken(r.Header.Get(AcceptLanguage)), "id"), nil))
	}
	writeStatus(w, runtime.HTTPStatusFromCode(st.Code()), st)
}

func writeStatus(w http.ResponseWriter, code int, st *status.Status) {
	body, err := protojson.Marshal(st.Proto())
	if err != nil {
		body = []byte(`{"code":13,"message":"internal error"}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	if st.Code() == codes.Unauthenticated {
		h.Set("WWW-Authenticate", "Bearer")
	}
	for _, d := range st.Details() {
		if retry, ok := d.(*errdetails.RetryInfo); ok {
			h.Set("Retry-After", strconv.Itoa(int(math.Ceil(retry.GetRetryDelay().AsDuration().Seconds()))))
		}
	}
	w.WriteHeader(code)
	_, _ = w.Write(body) // nobody is there to tell
}
