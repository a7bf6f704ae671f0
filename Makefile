.DEFAULT_GOAL := help
.PHONY: help run build clients test test/race lint fmt bench clean

golangci-lint = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z\/]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/tallystick, and bin/tallystick-verify for auditors
	go build -o bin/tallystick ./cmd/tallystick
	go build -o bin/tallystick-verify ./cmd/tallystick-verify

run: build ## Run the server on a private Postgres in .tallystick/
	@exec ./bin/tallystick serve

clients: ## Install what some tests need, by npm; without it they are skipped
	npm ci --prefix handlers/api/client/typescript --ignore-scripts --no-audit --no-fund
	npm ci --prefix handlers/api/client/contract --ignore-scripts --no-audit --no-fund
	npm ci --prefix handlers/portal/axe --ignore-scripts --no-audit --no-fund
	npm ci --prefix handlers/api/client/openfeature --ignore-scripts --no-audit --no-fund
	npm ci --prefix projections/export/duckdb --ignore-scripts --no-audit --no-fund

test: ## Run every test, on a private Postgres of its own
	go test -timeout 30m ./...
	go test -C cmd/tallystick-publish -timeout 30m ./...
	go test -C eventstore/sealer/fsck -timeout 30m ./...

test/race: ## The same under the race detector (needs gcc)
	go test -race -timeout 30m ./...
	go test -C cmd/tallystick-publish -race -timeout 30m ./...

lint: ## Formatting, vet, static analysis, tidy go.mod; .golangci.yml has the rules
	go mod tidy -diff
	go run $(golangci-lint) run --allow-parallel-runners
	cd cmd/tallystick-publish && go mod tidy -diff && go run $(golangci-lint) run --allow-parallel-runners
	cd eventstore/sealer/fsck && go mod tidy -diff && go run $(golangci-lint) run --allow-parallel-runners

fmt: ## Format the code
	gofmt -w cmd domain eventstore projections handlers migrations

bench: build ## Measure, each figure as a ratio to a baseline of the same run
	@./bin/tallystick bench

clean: ## Remove what was built, but no data
	rm -rf bin
