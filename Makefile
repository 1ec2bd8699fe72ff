SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BUF := go tool -modfile=tools/buf.mod buf
LINT := go tool -modfile=tools/lint.mod golangci-lint

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.PHONY: build
build: ## Build bin/merit
	go build -trimpath -o bin/merit ./cmd/merit

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
