SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BUF := go tool -modfile=tools/buf.mod buf
LINT := go tool -modfile=tools/lint.mod golangci-lint
ARGS ?=

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.PHONY: build
build: ## Build bin/merit (VERSION=1.2.3 is what it says it is; the commit when left out)
	go build -trimpath $(if $(VERSION),-ldflags '-X github.com/meritindex/merit/client/cli.version=$(VERSION)') -o bin/merit ./cmd/merit

.PHONY: package
# A tag as Debian writes versions; without one the time of the commit, so that a later commit is an upgrade.
package: export VERSION ?= $(shell git describe --tags --match 'v[0-9]*' 2>/dev/null | sed 's/^v//' | grep . || TZ=UTC git log -1 --date=format-local:%Y%m%d%H%M%S --format=0~%cd.%h)
package: export ARCH := $(shell go env GOARCH)
package: export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct)
package: build ## Build the Debian package, bin/merit_VERSION_ARCH.deb
	go tool -modfile=tools/nfpm.mod nfpm package --config deploy/nfpm.yaml --packager deb --target bin/

.PHONY: demo
demo: build ## Play a whole year on a new embedded database, then keep serving (ARGS=--exit ends instead)
	bin/merit demo $(ARGS)

.PHONY: test
test: ## Run every test; installs what it needs from Debian when it is missing and may be (tools/test-parts)
	tools/test-parts
	go vet ./...
	go test -timeout 30m ./...

S3 := .cache/bin/versitygw

$(S3): tools/s3.mod
	go build -modfile=tools/s3.mod -o $@ github.com/versity/versitygw/cmd/versitygw

.PHONY: test-s3
test-s3: $(S3) ## Run the tests of evidence in S3 against a real server, which is built once in some minutes
	go test -count=1 -timeout 10m ./server/blob

.PHONY: check
check: fmt-check proto-check lint tidy-check ## Everything about the sources that needs no running: what CI checks first

.PHONY: fmt
fmt: ## Format the sources
	$(LINT) fmt ./...
	$(BUF) format -w proto

.PHONY: fmt-check
fmt-check:
	$(LINT) fmt --diff ./...

.PHONY: lint
lint: ## Lint the sources
	$(LINT) run ./...

.PHONY: tidy-check
tidy-check:
	go mod tidy -diff

.PHONY: proto-deps
proto-deps:
	@go mod download -modfile=tools/buf.mod github.com/bufbuild/protovalidate
	@mkdir -p .cache/proto
	@ln -sfn "$$(go list -modfile=tools/buf.mod -m -f '{{.Dir}}' github.com/bufbuild/protovalidate)/proto/protovalidate" .cache/proto/protovalidate

.PHONY: proto
proto: proto-deps ## Format, lint and generate the contract
	$(BUF) format -w proto
	$(BUF) lint
	$(BUF) generate

.PHONY: proto-check
proto-check: proto-deps
	$(BUF) format -d --exit-code proto
	$(BUF) lint
	$(BUF) breaking proto --against proto/released.binpb
	$(BUF) generate
	@git diff --exit-code -- proto docs/api.swagger.json || { echo "The generated code is not current: run 'make proto' and commit it."; exit 1; }

.PHONY: proto-release
proto-release: proto-deps ## Take the contract as released: later breaking changes are checked against it
	$(BUF) build proto -o proto/released.binpb

.PHONY: update
update: ## Rewrite golden files and generated documents from what the tests see
	go test ./... -update

.PHONY: screenshots
screenshots: ## Pictures of every page as everybody, wide and narrow, in both languages, in bin/screenshots
	tools/test-parts
	SCREENSHOTS=$(CURDIR)/bin/screenshots go test -timeout 40m -count=1 -run '^TestEveryPage$$' ./cmd/merit

.PHONY: bench
bench: build ## Measure, as ratios in one run (docs/performance.md): five to ten minutes, one more the first time (MINUTES=10 for a longer evening)
	tools/bench

.PHONY: growth
growth: build ## Measure how the cost of calls grows from 719 agencies x 8 years to ten times as many: half an hour
	tools/growth

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (default 20s)
	tools/fuzz $(or $(FUZZTIME),20s)

.PHONY: torture
torture: ## Kill the service under load, ROUNDS times (default 200): minutes
	tools/test-parts
	MERIT_TORTURE=$(or $(ROUNDS),200) go test -v -count=1 -timeout 120m -run '^TestNothingAcknowledged' ./cmd/merit

.PHONY: cluster-test
cluster-test: $(S3) ## Lose replicas and databases of a cluster under load, and measure one, two and three replicas: minutes
	tools/test-parts
	MERIT_CLUSTER=1 go test -v -count=1 -timeout 30m -run '^TestACluster' ./cmd/merit
