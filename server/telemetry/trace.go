package telemetry

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// StartTracing sends spans of a share of the calls (0 to 1) to an OpenTelemetry collector, given by its URL
// (http://host:4317 or https://…). A call that a traced client makes is traced with it. The caller shuts the provider
// down at the end, which sends what is left. A collector that does not answer disturbs nobody.
func StartTracing(ctx context.Context, endpoint, version string, ratio float64) (*trace.TracerProvider, error) {
	exporter, err := otlptracegrpc.New(ctx, otlptracegrpc.WithEndpointURL(endpoint))
	if err != nil {
		return nil, fmt.Errorf("trace to %s: %w", endpoint, err)
	}
	about := resource.NewSchemaless(attribute.String("service.name", "merit"), attribute.String("service.version", version))
	return trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(about),
		trace.WithSampler(trace.ParentBased(trace.TraceIDRatioBased(ratio)))), nil
}
