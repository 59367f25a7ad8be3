# `make` builds, `make demo` shows, `make test` tests, `make check` is the whole gate.
# Each works from a fresh clone with nothing but Node >= 20, npm and make.

.DELETE_ON_ERROR:
.PHONY: all demo test check format bench bench-quick clean

BIN := node_modules/.bin
HOST := $(shell find host -name '*.ts')
TABLES := $(filter-out assembly/component%,$(wildcard assembly/*.ts))
TESTS := $(shell find test bench examples -name '*.ts' -not -path '*/node_modules/*' 2>/dev/null)

all: dist/core.wasm build/core.debug.wasm dist/host/index.js

# Not `npm ci`: it refuses a lockfile that was made where a registry mirror lacks the optional
# binaries of other platforms. This installs the lockfile's versions too, and leaves it alone.
node_modules/.package-lock.json: package.json package-lock.json
	npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

dist/core.wasm: $(TABLES) asconfig.json node_modules/.package-lock.json
	$(BIN)/asc --target release

build/core.debug.wasm: $(TABLES) asconfig.json node_modules/.package-lock.json
	$(BIN)/asc --target debug

dist/host/index.js: $(HOST) assembly/abi.ts tsconfig.json node_modules/.package-lock.json
	$(BIN)/tsc -p .
	@touch $@

build/tests: all $(TESTS) test/tsconfig.json
	$(BIN)/tsc -p test
	@touch $@

demo: build/tests
	node build/examples/demo.js

test: build/tests
	node test/run.mjs

check: build/tests
	$(BIN)/biome check
	node test/run.mjs

format: node_modules/.package-lock.json
	$(BIN)/biome check --write

clean:
	rm -rf dist build
