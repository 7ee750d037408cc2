# Every target installs what it needs and is missing (scripts/setup says what), then works.

# The SwiftPM options of every build, e.g. SWIFTFLAGS='--jobs 1'.
SWIFTFLAGS ?=
PREFIX ?= /usr/local
# How many random networks `make fuzz` tries.
N ?= 500

# Where the tests find their oracles; they skip what is not there.
export NNCC_PYTHON ?= $(CURDIR)/.venv/bin/python
export NNCC_AP_TYPES ?= $(CURDIR)/.venv/ap_types/include

.PHONY: help build demo test test-all check-hw fuzz bench bench-train bench-import lint install clean

help:
	@echo 'make demo             train, compile and simulate a small network, to see everything once'
	@echo 'make test             all tests that take no more than minutes'
	@echo 'make test-all         also the slow tests, lint, make check-hw and make fuzz'
	@echo 'make check-hw         lint, benches, proofs and mutants of the Verilog library hw/'
	@echo 'make fuzz N=500       random networks through every engine; STREAM=1: as streaming designs'
	@echo 'make bench            the measurements of bench/'
	@echo 'make bench-train      training speed against PyTorch (NNCC_TORCH_PYTHON)'
	@echo 'make bench-import     real models against their recorded outputs (MODELS=DIR, with models.json)'
	@echo 'make lint             formatting'
	@echo 'make build            an optimized nncc in .build/release'
	@echo 'make install PREFIX=  an optimized nncc in PREFIX/bin (default $(PREFIX))'
	@echo 'make clean            removes what was built'

build:
	@scripts/setup build
	swift build -c release $(SWIFTFLAGS)

demo:
	@scripts/setup build sim oracles
	swift build -c release --product nncc $(SWIFTFLAGS)
	.build/release/nncc demo -o out/demo

test:
	@scripts/setup build sim oracles
	swift build --build-tests $(SWIFTFLAGS)
	swift test --skip-build $(SWIFTFLAGS)

test-all: lint
	@scripts/setup build sim oracles
	swift build --build-tests $(SWIFTFLAGS)
	NNCC_SLOW=1 swift test --skip-build $(SWIFTFLAGS)
	$(MAKE) check-hw
	$(MAKE) fuzz

check-hw:
	@scripts/setup sim
	scripts/check-hw -j 2

fuzz:
	@scripts/setup build sim oracles
	swift build -c release --product nncc-fuzz $(SWIFTFLAGS)
	.build/release/nncc-fuzz $(if $(STREAM),--stream) --count $(N)

bench:
	@scripts/setup build sim oracles
	swift build -c release $(SWIFTFLAGS)
	@set -e; for script in bench/*.sh; do \
	  [ -e "$$script" ] || { echo 'bench/ has no script yet'; break; }; \
	  echo "== $$script"; bash "$$script"; done

bench-train:
	@scripts/setup build
	swift build -c release --product nncc-bench $(SWIFTFLAGS)
	@bash bench/train.sh

bench-import:
	@scripts/setup build
	@bash bench/import.sh "$(or $(MODELS),$(NNCC_MODELS))"

lint:
	swift format lint --strict -r Package.swift Sources Tests Plugins

# The binary carries its assets and Swift's libraries; what remains are Debian's zlib, OpenBLAS and C++ runtime.
install:
	@scripts/setup build
	swift build -c release --static-swift-stdlib --product nncc $(SWIFTFLAGS)
	install -d '$(DESTDIR)$(PREFIX)/bin'
	install -s -m 755 .build/release/nncc '$(DESTDIR)$(PREFIX)/bin/nncc'

clean:
	rm -rf .build out
