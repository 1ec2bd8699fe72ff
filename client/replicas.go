package client

import (
	"fmt"
	"net"
	"strings"

	"google.golang.org/grpc"
	_ "google.golang.org/grpc/health" // asks replicas whether they want calls
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
)

// replicaScheme is that of targets that name several replicas.
const replicaScheme = "merit"

// replicas splits an address that names several replicas: host:port,host:port.
func replicas(address string) []string { return strings.Split(address, ",") }

// balance has calls go to each of the replicas in turn, and to none that cannot be reached or says that it is leaving.
func balance(addresses []string) (target string, options []grpc.DialOption, err error) {
	state := resolver.State{}
	for _, address := range addresses {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return "", nil, fmt.Errorf("client: %w", err)
		}
		// Each replica is checked for its own name.
		one := resolver.Address{Addr: address, ServerName: host}
		state.Endpoints = append(state.Endpoints, resolver.Endpoint{Addresses: []resolver.Address{one}})
	}
	names := manual.NewBuilderWithScheme(replicaScheme)
	names.InitialState(state)
	return replicaScheme + ":///replicas", []grpc.DialOption{grpc.WithResolvers(names), grpc.WithDefaultServiceConfig(serviceConfig(map[string]any{
		"loadBalancingConfig": []any{map[string]any{"round_robin": map[string]any{}}},
		"healthCheckConfig":   map[string]any{"serviceName": ""},
	}))}, nil
}
