# Targets list themselves: `make` prints every line that has a comment after ##.
GO ?= go
BIN := bin/entaudience
TOOLS := $(GO) tool -modfile=deploy/tools/go.mod
ASSETS := deploy/node_modules/.fetched dashboards/assets/dist/.made
SOURCES := $(shell find . -name node_modules -prune -o \( -name '*.go' -o -name '*.sql' -o -name '*.gohtml' -o -name '*.js' -o -name '*.css' \) -print)

.DEFAULT_GOAL := help
.PHONY: help run test torture bench build lint generate assets clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

run: build ## build what is needed and start the demonstration on http://127.0.0.1:8080
	./$(BIN) demo

test: assets ## run every test that this machine can run; the others say why they skip
	$(GO) vet ./...
	$(GO) test -timeout 40m ./...

KILLS ?= 20
SEED ?= 0
torture: assets ## kill every stage 20 times (KILLS=n SEED=n), break all else, and compare with what was answered
	$(GO) test ./cmd/entaudience -run '^TestTorture' -count=1 -v -timeout 90m -torture.kills $(KILLS) -torture.seed $(SEED)

bench: assets ## measure throughput, sizes and ratios; see the budgets in README.md
	$(GO) test -run '^$$' -bench . -timeout 60m ./...

build: $(BIN) ## build ./bin/entaudience

$(BIN): $(ASSETS) $(SOURCES) go.mod go.sum
	$(GO) build -o $@ ./cmd/entaudience

lint: ## format, lint and look for known vulnerabilities
	@unformatted=$$($(TOOLS) gofumpt -l aggregate cmd dashboards ingest schemas); \
	if [ -n "$$unformatted" ]; then echo "run gofumpt -w on:"; echo "$$unformatted"; exit 1; fi
	$(TOOLS) golangci-lint run ./...
	$(TOOLS) govulncheck ./...

generate: ## make generated code and tables anew
	cd schemas && $(GO) tool -modfile=../deploy/tools/go.mod buf generate
	$(GO) test ./cmd/entaudience/config -run TestReadme -update

assets: $(ASSETS) ## fetch the design system, the charts and the embedded engine (npm)

deploy/node_modules/.fetched: deploy/package.json deploy/package-lock.json
	cd deploy && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

dashboards/assets/dist/.made: deploy/node_modules/.fetched deploy/assets.sh
	sh deploy/assets.sh
	@touch $@

clean: ## remove what was built; ./data stays
	rm -rf bin dashboards/assets/dist
