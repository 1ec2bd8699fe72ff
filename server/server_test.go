package server_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// MustDial connects over the network, as a client that nobody believes anything.
func MustDial(tb testing.TB, s *servertest.Server) *grpc.ClientConn {
	tb.Helper()
	conn, err := grpc.NewClient(s.Listen(tb), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestAPanicIsAnIncident(t *testing.T) {
	armed := false
	s := servertest.New(t, func(o *server.Options) {
		now := o.Now
		o.Now = func() time.Time {
			if armed {
				panic("the clock fell off the wall")
			}
			return now()
		}
	})
	person := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	armed = true
	_, err := whoAmI(t, person)
	armed = false
	servertest.WantReason(t, err, meritv1.Reason_REASON_INTERNAL)
	info, _ := servertest.Detail[*errdetails.ErrorInfo](err)
	incident := info.GetMetadata()["incident"]
	if status.Code(err) != codes.Internal || incident == "" || !strings.Contains(err.Error(), incident) {
		t.Errorf("the caller reads %v with incident %q", err, incident)
	}
	if strings.Contains(err.Error(), "clock") {
		t.Errorf("the caller reads what is ours: %v", err)
	}
	entry := logged(t, s, "internal error")
	if entry["incident"] != incident || !strings.Contains(entry["error"].(string), "the clock fell off the wall") || !strings.Contains(entry["stack"].(string), "server_test.go") {
		t.Errorf("the log has %v", entry)
	}
	if entry := logged(t, s, "call"); entry["code"] != "Internal" || entry["level"] != "ERROR" {
		t.Errorf("the call is logged as %v", entry)
	}
	servertest.Must(whoAmI(t, person))(t)
}

// logged is the last line of the log with the message.
func logged(tb testing.TB, s *servertest.Server, message string) (entry map[string]any) {
	tb.Helper()
	for line := range strings.Lines(s.Log.String()) {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			tb.Fatal(err)
		}
		if e["msg"] == message {
			entry = e
		}
	}
	if entry == nil {
		tb.Fatalf("the log has no %q:\n%s", message, s.Log)
	}
	return entry
}

func TestTheLanguageOfMessages(t *testing.T) {
	s := servertest.New(t)
	english := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	servertest.Must(accounts(english).UpdateProfile(t.Context(), &meritv1.UpdateProfileRequest{Name: "Demo", Language: "en"}))(t)
	conn := MustDial(t, s)
	const indonesian, inEnglish = "Peran OPERATOR tidak boleh", "The role OPERATOR may not"
	for _, test := range []struct{ name, header, want string }{
		{"as asked, Indonesian", "id", indonesian},
		{"as asked, English", "en", inEnglish},
		{"as a browser asks", "id-ID,id;q=0.9,en-US;q=0.8", indonesian},
		{"as another browser asks", "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7,id;q=0.6", inEnglish},
		{"of the account when none that is spoken is asked for", "de", inEnglish},
		{"of the account when nothing is asked for", "", inEnglish},
		{"of the account when what is asked for makes no sense", ";;;q=", inEnglish},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx := metadata.AppendToOutgoingContext(t.Context(), server.Authorization, "Bearer "+english.Secret)
			if test.header != "" {
				ctx = metadata.AppendToOutgoingContext(ctx, server.AcceptLanguage, test.header)
			}
			_, err := meritv1.NewAccountServiceClient(conn).InviteAccount(ctx, &meritv1.InviteAccountRequest{})
			if !strings.HasPrefix(status.Convert(err).Message(), test.want) {
				t.Errorf("message %q", status.Convert(err).Message())
			}
		})
	}
}

func TestOverTheNetworkNobodySaysWhoseAddressItIs(t *testing.T) {
	s := servertest.New(t)
	conn := meritv1.NewAccountServiceClient(MustDial(t, s))
	for i := range 5 {
		ctx := metadata.AppendToOutgoingContext(t.Context(), server.ClientAddress, "203.0.113."+string(rune('1'+i)))
		_, err := conn.SignIn(ctx, &meritv1.SignInRequest{Email: "demo@example.test", Password: "wrong"})
		servertest.WantReason(t, err, meritv1.Reason_REASON_SIGN_IN_FAILED)
	}
	ctx := metadata.AppendToOutgoingContext(t.Context(), server.ClientAddress, "203.0.113.9")
	_, err := conn.SignIn(ctx, &meritv1.SignInRequest{Email: "demo@example.test", Password: "wrong"})
	servertest.WantReason(t, err, meritv1.Reason_REASON_SIGN_IN_SLOWED)
}

func TestBadCredentialsAreRefusedAlsoWhereNoneAreNeeded(t *testing.T) {
	s := servertest.New(t)
	for name, authorization := range map[string]string{
		"of the right form but unknown": "Bearer merit_s_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"of no form":                    "Bearer x",
		"of another scheme":             "Basic ZGVtbzpkZW1v",
		"without a secret":              "Bearer",
		"of a link":                     "Bearer merit_l_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	} {
		t.Run(name, func(t *testing.T) {
			caller := s.Anyone().With(server.Authorization, authorization)
			_, err := meritv1.NewInstrumentServiceClient(caller).ListInstruments(t.Context(), &meritv1.ListInstrumentsRequest{})
			servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_SIGNED_IN)
		})
	}
}

func TestTheLogTellsWhichRequestItWas(t *testing.T) {
	s := servertest.New(t)
	for id, want := range map[string]any{
		"7f3c-01": "7f3c-01", "two words": nil, "\"}": nil, strings.Repeat("x", 65): nil,
	} {
		_, err := whoAmI(t, s.Anyone().With(server.RequestID, id))
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_SIGNED_IN)
		if got := logged(t, s, "call")["request_id"]; got != want {
			t.Errorf("%q is logged as %v", id, got)
		}
	}
}

func TestHealthAndReflectionNeedNoAccount(t *testing.T) {
	s := servertest.New(t)
	conn := MustDial(t, s)
	health := servertest.Must(healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{}))(t)
	if health.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		t.Errorf("health %v", health)
	}
	stream, err := reflectionv1.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&reflectionv1.ServerReflectionRequest{
		MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{},
	}); err != nil {
		t.Fatal(err)
	}
	services := servertest.Must(stream.Recv())(t)
	if !strings.Contains(services.String(), "merit.v1.AccountService") {
		t.Errorf("services %v", services)
	}
}

func TestEveryBrokenRuleOfARequestIsNamed(t *testing.T) {
	s := servertest.New(t)
	admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	_, err := accounts(admin).InviteAccount(t.Context(), &meritv1.InviteAccountRequest{
		Email: "demo", Appointment: &meritv1.Appointment{Role: 77, ValidFrom: "besok"},
	})
	servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
	const message = `The request is not valid: email: "demo" must be a valid email address; name: must not be empty; ` +
		`appointment.role: 77 value must be one of the defined enum values; and 1 more.`
	if got := status.Convert(err).Message(); got != message {
		t.Errorf("message %q", got)
	}
	for field, want := range map[string]string{
		"email":                  `"demo" must be a valid email address`,
		"name":                   "must not be empty",
		"appointment.role":       "77 value must be one of the defined enum values",
		"appointment.valid_from": `"besok" must be a date YYYY-MM-DD or empty`,
	} {
		if got := servertest.Violations(err)[field]; got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
}

func TestABrokenRuleOfAListNamesTheItem(t *testing.T) {
	s := servertest.New(t)
	cycles := meritv1.NewCycleServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	_, err := cycles.GrantExtension(t.Context(), &meritv1.GrantExtensionRequest{
		CycleId: missing, Phase: meritv1.Phase_PHASE_REPAIR, AgencyIds: []string{missing, "7371"}, LastDay: "2021-05-31", Reason: "demo",
	})
	servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
	if got, want := servertest.Violations(err)["agency_ids[1]"], `"7371" must be 26 characters`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestABrokenRuleNeverRepeatsAPassword(t *testing.T) {
	s := servertest.New(t)
	secret := strings.Repeat("rahasia", 200)
	_, err := signIn(t, s.Anyone(), "demo@example.test", secret)
	servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
	if strings.Contains(err.Error()+servertest.Violations(err)["password"]+s.Log.String(), "rahasia") {
		t.Errorf("it does: %v", err)
	}
}

func TestAfterShutdownNobodyIsLetIn(t *testing.T) {
	s := servertest.New(t)
	conn := MustDial(t, s)
	servertest.Must(healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{}))(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s.Shutdown(ctx)
	if ctx.Err() != nil {
		t.Error("with no call running, Shutdown waited")
	}
	_, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
	if status.Code(err) != codes.Unavailable {
		t.Errorf("error %v", err)
	}
}

func TestAStoreThatIsClosedIsUnavailable(t *testing.T) {
	s := servertest.New(t)
	person := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := whoAmI(t, person)
	servertest.WantReason(t, err, meritv1.Reason_REASON_UNAVAILABLE)
}

func TestCallsAreTracedWithoutSayingWhoMadeThem(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	s := servertest.New(t, func(o *server.Options) {
		o.Tracing = trace.NewTracerProvider(trace.WithSpanProcessor(recorder))
	})
	ctx := metadata.AppendToOutgoingContext(t.Context(), "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	_, err := meritv1.NewAccountServiceClient(MustDial(t, s)).SignIn(ctx, &meritv1.SignInRequest{Email: "demo@example.test", Password: password})
	servertest.WantReason(t, err, meritv1.Reason_REASON_SIGN_IN_FAILED)
	s.Shutdown(t.Context()) // a span ends after its call has been answered
	spans := recorder.Ended()
	if len(spans) != 1 || spans[0].Name() != "merit.v1.AccountService/SignIn" {
		t.Fatalf("spans %v", spans)
	}
	if got := spans[0].SpanContext().TraceID().String(); got != "0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("the trace of the client is not continued: %s", got)
	}
	for _, a := range spans[0].Attributes() {
		if v := a.Value.String(); strings.Contains(v, "demo@") || a.Key != "server.address" && strings.Contains(v, "127.0.0.1") || strings.Contains(v, password) {
			t.Errorf("%s tells %s", a.Key, v)
		}
	}
}
