# `make` builds, `make demo` shows, `make test` tests, `make check` is the whole gate.
# Each works from a fresh clone with nothing but Node >= 20, npm and make.

.DELETE_ON_ERROR:
.PHONY: all demo test check package-checks errors faults format bench bench-quick soak test-nodes \
  test-ways test-arm64 test-musl bundle coverage mutants simulate matrix site release clean

BIN := node_modules/.bin
# By its own path: the compiler that rolls up the types has a `tsc` too.
TSC := node node_modules/typescript/bin/tsc
INSTALLED := node_modules/.package-lock.json
HOST := $(shell find host -name '*.ts')
# What package.json exports.
SUBPATHS := index compat/epoll $(addsuffix /index,bus clock handlers net plugin poll remote testing wasi)
CORE := $(wildcard assembly/*.ts $(foreach room,memory tables clock bus,assembly/$(room)/*.ts))
COMPONENT := $(wildcard assembly/*.ts assembly/memory/*.ts assembly/tables/*.ts) $(wildcard assembly/component/*) \
  wit/reactor.wit $(wildcard wit/deps/*.wit)
PROGRAMS := $(shell find test bench examples -name '*.ts' -not -path '*/node_modules/*' 2>/dev/null)

all: dist/core.wasm build/core.debug.wasm dist/component.wasm dist/.host

# Not `npm ci`: it refuses a lockfile that was made where a registry mirror lacks the optional
# binaries of other platforms. This installs the lockfile's versions too, and leaves it alone.
$(INSTALLED): package.json package-lock.json
	npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

dist/core.wasm: $(CORE) asconfig.json $(INSTALLED)
	$(BIN)/asc --target release

build/core.debug.wasm: $(CORE) asconfig.json $(INSTALLED)
	$(BIN)/asc --target debug

# Also writes wit/types, which is committed.
dist/component.wasm: $(COMPONENT) $(INSTALLED)
	node assembly/component/build.mjs

# With whichever C compiler there is; without one, it says so, and all works through koffi and libc.
SHIM := dist/shim/bytes.json
$(SHIM): host/sys/shim/shim.c host/sys/shim/build.mjs
	node host/sys/shim/build.mjs $(SHIM_OPTIONS)

# For each entry point one file and what it shares with others: Node takes half a millisecond to load
# a file, and there are a hundred. So it is with the types. The stamp is so that an error of types leaves what
# was built before.
dist/.host: $(HOST) host/bundle.mjs $(SHIM) assembly/abi.ts dist/core.wasm tsconfig.json $(INSTALLED)
	$(TSC) -p . --emitDeclarationOnly
	rm -rf dist/host
	$(BIN)/rollup --silent -p dts $(foreach path,$(SUBPATHS),-i $(path)=build/types/host/$(path).d.ts) \
	  -d dist/host --entryFileNames '[name].d.ts' --chunkFileNames 'types/[name].ts'
	node host/bundle.mjs $(SUBPATHS)
	@touch $@

# The modules alone, without types: what a mutant changes. `make bundle AS=--sourcemap` for coverage.
# Make has an AS of its own, the assembler.
AS :=
bundle: dist/core.wasm $(SHIM)
	rm -rf dist/host/chunks
	@node host/bundle.mjs --modules $(AS) $(SUBPATHS)

build/programs: all $(PROGRAMS) test/tsconfig.json
	$(TSC) -p test
	cp -r dist/shim build/
	@touch $@

demo: build/programs
	node build/examples/demo.js

test: build/programs
	node test/run.mjs

check: build/programs package-checks
	$(BIN)/biome check --error-on-warnings
	git diff --exit-code -- wit/types
	node build/test/mutants/main.js QUICK=1 N=20 SECONDS=40
	WASM_EVENT_MANAGER_FFI=libc node test/run.mjs 'conformance|kernel-facts|worker-ends'
	node test/run.mjs

package-checks: all
	$(BIN)/publint --strict
	$(BIN)/attw --pack . --profile esm-only --exclude-entrypoints core.wasm component.wasm wit handlers.h wem_plugin.h

# On this Node and on NODES, by each way into the kernel.
NODES := 26
# Against native peers; what is missing (gcc, cargo) is named as skipped. `make bench W="P1 P4"`.
bench: build/programs
	node build/bench/main.js $(foreach name,$(W),--workload $(name)) \
	  --node $$(node -p process.execPath) $(foreach node,$(NODES),--node $$(npx -y -p node@$(node) node -p process.execPath)) \
	  --json bench/results/latest.json --svg bench/results/latest.svg --html bench/results/latest.html

bench-quick: build/programs
	node build/bench/main.js --quick

# Everything comes and goes for so long, and must stay flat: `make soak MINUTES=30`.
MINUTES := 30
soak: build/programs
	node --expose-gc build/bench/soak/main.js --minutes $(MINUTES) --out bench/results/soak

# Random programs against a model: docs/simulation.md. `make simulate N=100000000 SEED=7`, and
# KERNEL=real for this machine's kernel.
simulate: build/programs
	N=$(N) SEED=$(SEED) KERNEL=$(KERNEL) ATTACHED=$(ATTACHED) node --enable-source-maps build/test/simulation/main.js

# The suite on newer Nodes, which come from the registry.
test-nodes: build/programs
	npx -y -p node@24 node test/run.mjs
	npx -y -p node@26 node test/run.mjs

# Which lines and branches of host/ the suite runs, and by which test: build/coverage/.
coverage: build/programs
	node build/test/mutants/coverage.js

# How many changes to the code the tests notice, and the faults that they must notice:
# `make mutants N=200 SEED=7 FILES=^host/clock`, or `make mutants PLANTED=K1`. docs/tests.md.
mutants: build/programs
	node build/test/mutants/main.js $(foreach name,N SEED FILES PLANTED,$(if $($(name)),$(name)=$($(name))))

# The suite on arm64, by qemu, and on musl. `PART=part` is the part that CI runs.
PART := .
test-arm64 test-musl: build/programs
	node test/machines/run.mjs $(@:test-%=%) '$(PART)'

# The page of what comes of each failed system call.
faults: build/programs
	node --expose-gc build/test/faults/run.js > build/faults.json
	node build/test/faults/page.js --write build/faults.json

# What makes system calls, by the ways into the kernel that aren't the default.
WAYS := conformance|kernel-facts|worker-ends|sources|remote|poll|clock|net|attach|readiness|compat
test-ways: build/programs
	WASM_EVENT_MANAGER_FFI=libc node test/run.mjs '$(WAYS)'
	WASM_EVENT_MANAGER_FFI=node npx -y -p node@26 node test/run.mjs '$(WAYS)'

# The packed package in each runtime, bundler, test runner and compiler, as its users have them; writes the
# tables of docs/runtimes.md. It needs the registries, and minutes. `make matrix PARTS="tools types"`.
matrix: build/programs
	node build/test/matrix/main.js $(PARTS)

# The API reference, from the docstrings, into build/site; its links are checked. typedoc comes from the
# registry, with a compiler that has an API: that of version 7 has none.
site: build/programs
	npx -y -p typedoc@0.28.20 -p typescript@6.0.3 typedoc --options docs/typedoc.json
	node build/test/site/links.js

# The page of error codes, from their table.
errors: build/programs
	node build/test/fixtures/errors-page.js --write

# What is published, as a tarball in build/: with the shims of all architectures, by one compiler, of
# which PyPI has each version, so that the same source makes the same bytes wherever this runs.
ZIG := $(CURDIR)/build/zig/ziglang/zig
$(ZIG):
	python3 -m pip install --quiet --no-deps --target build/zig ziglang==0.17.1

release: $(ZIG)
	rm -f $(SHIM)
	ZIG=$(ZIG) $(MAKE) SHIM_OPTIONS=--release all
	npm pack --pack-destination build

format: $(INSTALLED)
	$(BIN)/biome check --write

clean:
	rm -rf dist build
