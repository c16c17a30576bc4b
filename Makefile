# Everything there is to do with this repository. `make` or `make help` lists it.
#
# A bare machine needs a Swift toolchain (6.2 or later), make and apt; each target installs what else it takes.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

SWIFT ?= swift
# Where `make install` puts things; DESTDIR goes before it, for packages.
PREFIX ?= /usr/local
DESTDIR ?=
# `make run`: which directory of examples/ to serve, and what else to tell weir (ARGS="--listen 9000").
EXAMPLE ?= guestbook
ARGS ?=
# `make bench`: which work to measure; all of it when empty. `bench/run.sh --help` lists them.
WORK ?=
# How long `make fuzz` runs each of its targets.
FUZZ_SECONDS ?= 60

BUILD := $(CURDIR)/.build
# Warnings are errors in our own targets only: Package.swift looks at it.
STRICT := WARNINGS_AS_ERRORS=1
# One file that runs where no Swift is, and is faster for it; exclusivity is checked in the tests, by the debug build.
RELEASE := --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked -Xswiftc -cross-module-optimization
CHECKED := --explicit-target-dependency-import-check error

.PHONY: help build run test bench fuzz format lint install clean
.PHONY: swift guest checked-build swift-tests guest-tests php-guest-tests node-guest-tests cost-tests

help:
	@echo 'make build      the server and its guests for PHP and Node.js: .build/release/weir serve DIR'
	@echo 'make run        build, and serve the example application (EXAMPLE=guestbook ARGS="--listen 8081")'
	@echo 'make test       lint, build with warnings as errors, run every test; what CI runs'
	@echo 'make bench      compare with nginx and php-fpm on this machine (WORK="hello symfony")'
	@echo 'make fuzz       feed the codecs with random input (FUZZ_SECONDS=60 for each of them)'
	@echo 'make format     put the Swift sources into the house format'
	@echo 'make lint       check format, layering, shell, C and PHP sources, links'
	@echo 'make install    PREFIX=/usr/local: program, guest, shell completions, documents'
	@echo 'make clean      remove everything that was built'

# What a user needs.

build: swift
	@scripts/install-dependencies.sh run
	$(MAKE) --no-print-directory guest
	$(SWIFT) build --configuration release --product weir $(RELEASE)

run: build
	@if [[ -x examples/$(EXAMPLE)/prepare.sh ]]; then examples/$(EXAMPLE)/prepare.sh; fi
	@echo "serving examples/$(EXAMPLE); Ctrl-C ends it"
	@exec $(BUILD)/release/weir serve examples/$(EXAMPLE)/weir.yaml $(ARGS)

install:
	@test -x $(BUILD)/release/weir -a -x $(BUILD)/guests/weir-php || { echo "run 'make build' first" >&2; exit 1; }
	@scripts/install.sh "$(DESTDIR)$(PREFIX)"

# What a contributor needs.

test: swift
	@scripts/install-dependencies.sh test
	$(MAKE) --no-print-directory lint
	$(MAKE) --no-print-directory guest
	$(MAKE) --no-print-directory checked-build
	$(MAKE) --no-print-directory swift-tests
	$(MAKE) --no-print-directory guest-tests
	$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=5
	$(MAKE) --no-print-directory cost-tests
	@echo 'All tests passed.'

bench: build
	@scripts/install-dependencies.sh bench
	$(SWIFT) build --configuration release --product weir-load
	bench/run.sh $(WORK)

fuzz: swift
	$(MAKE) --no-print-directory -C Fuzz run SECONDS=$(FUZZ_SECONDS)

format: swift
	$(SWIFT) format --in-place --recursive --parallel Sources Tests bench/load Package.swift

lint: swift
	@scripts/lint.sh

clean:
	rm -rf $(BUILD) Fuzz/.build bench/results

# Parts of the above.

swift:
	@command -v $(firstword $(SWIFT)) >/dev/null \
	    || { echo 'Swift 6.2 or later is needed: https://www.swift.org/install' >&2; exit 69; }

guest:
	$(MAKE) --no-print-directory -C guests/php BUILD=$(BUILD)/guests
	$(MAKE) --no-print-directory -C guests/node BUILD=$(BUILD)/guests

# The tests run the debug build of the server: it traps on overflow and on its own broken assumptions. Only what a
# request costs is counted with the release build.
checked-build:
	$(STRICT) $(SWIFT) build --build-tests $(CHECKED)

swift-tests:
	$(STRICT) WEIR_BINARY=$(BUILD)/debug/weir scripts/swift-tests.sh $(SWIFT) test --skip-build $(CHECKED)

# Both wait more than they work.
guest-tests:
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target php-guest-tests node-guest-tests

php-guest-tests:
	$(MAKE) --no-print-directory --jobs=1 -C guests/php test BUILD=$(BUILD)/guests

node-guest-tests:
	$(MAKE) --no-print-directory --jobs=1 -C guests/node test

cost-tests: build
	$(STRICT) WEIR_BINARY=$(BUILD)/release/weir $(SWIFT) test --skip-build $(CHECKED) --filter CostTests
