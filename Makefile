# A small front for meson and ninja: `make help` lists what it does.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := all
.PHONY: all demo test asan bench fuzz man clean install help

BUILD_DIR := build
PREFIX := /usr/local

# Everything weir is built with, by its Debian 12 names; nothing else is ever fetched.
PACKAGES := gcc g++ meson ninja-build pkg-config \
	libcmocka-dev libsimdjson-dev zlib1g-dev libzstd-dev libssl-dev libxgboost-dev
PACKAGES_FUZZ := clang

READY := $(BUILD_DIR)/weir is ready: try make demo, or docs/quickstart.md

all: ## build build/weir (after installing the packages that are missing)
	@tools/packages $(PACKAGES)
	@tools/build $(BUILD_DIR) -Dprefix='$(PREFIX)'
	@$(if $(filter-out all,$(MAKECMDGOALS)),:,echo '$(READY)')

demo: all ## simulate payments with known criminals among them, decide them, sum up
	@tools/demo $(BUILD_DIR)

test: all ## build and run every test; the last line is 'N passed, N failed'
	@tools/run_tests $(BUILD_DIR)

asan: ## run every test under AddressSanitizer and UndefinedBehaviorSanitizer
	@tools/packages $(PACKAGES)
	@tools/build $(BUILD_DIR)-asan -Db_sanitize=address,undefined -Doptimization=1 -Db_lundef=false
	@tools/run_tests $(BUILD_DIR)-asan --timeout-multiplier 20

bench: all ## measure, and print a table beside the goals
	@tools/bench $(BUILD_DIR)

fuzz: ## run each fuzz target for SECONDS=30
	@tools/packages $(PACKAGES) $(PACKAGES_FUZZ)
	@CC=clang CXX=clang++ tools/build $(BUILD_DIR)-fuzz --only 'src/.*_fuzz' \
		-Dfuzz=true -Dtests=false -Db_lundef=false
	@tools/fuzz $(BUILD_DIR)-fuzz $(or $(SECONDS),30)

man: all ## write man/weir.1 and completions/weir.bash anew from the table of commands
	@$(BUILD_DIR)/weir help --man > man/weir.1
	@$(BUILD_DIR)/weir help --completion bash > completions/weir.bash

clean: ## remove everything that was built
	@rm -rf $(BUILD_DIR) $(BUILD_DIR)-asan $(BUILD_DIR)-fuzz

install: all ## install under PREFIX=/usr/local, below DESTDIR when it is set
	@meson install -C $(BUILD_DIR) --no-rebuild --quiet
	@echo "weir is installed in $(DESTDIR)$(PREFIX)"

help: ## show this list
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1\t/p' Makefile | expand -t 16
