# Everything is done through this file; `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# In order, so that the output reads from top to bottom under any -j.
.NOTPARALLEL:

VENV := .venv
BIN := $(VENV)/bin
SUITE ?= all
ARGS ?=

PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# Every file carries hashes, so an index can only deliver what was locked.
INSTALL := $(PIP) install --quiet --require-hashes
CODE := $(wildcard registry clients/python/src tests benchmarks)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---------------------------------------------------------------- everyday

.PHONY: run
run: $(VENV)/.editable ## Start a registry on http://127.0.0.1:8081 with the example contracts
	@exec $(BIN)/wirepact serve --contracts contracts

.PHONY: check
check: style types laws unit ## Format, lint, types, import laws, dependencies, unit tests

# The parts of `check`, for the hooks before a commit.
.PHONY: style types laws unit
style: $(VENV)/.dev
	@echo '== format';       $(BIN)/ruff format --check --quiet $(CODE)
	@echo '== lint';         $(BIN)/ruff check --quiet $(CODE)

types: $(VENV)/.dev
	@echo '== types';        $(BIN)/mypy $(CODE)

# import-linter and deptry need both distributions to be found.
laws: $(VENV)/.dev $(VENV)/.editable
	@echo '== import laws';  $(BIN)/lint-imports --no-logo
	@echo '== dependencies'; $(BIN)/deptry registry
	@cd clients/python &&    ../../$(BIN)/deptry src

unit: $(VENV)/.dev $(VENV)/.editable
	@echo '== unit tests';   $(BIN)/python -m pytest -q tests/unit $(ARGS)

# What tests need, once, before several runs of them begin beside each other.
.PHONY: prepared
prepared: $(VENV)/.editable $(VENV)/.dev
	@[ "$(CI)" != true ] || tests/services/install.sh postgres node redis rabbitmq nats java maven
	@[ "$(CI)" != true ] || tests/services/kafka_jars/fetch.sh >/dev/null

.PHONY: test
test: prepared ## Run all tests (ARGS="-k name"); with CI=true also install the services
	@$(BIN)/python -m pytest -m 'not slow and not soak' $(ARGS)

.PHONY: cover
cover: $(VENV)/.editable $(VENV)/.dev ## Run all tests with branch coverage; domain and application have a floor
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q -m 'not slow and not soak' $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
	@$(BIN)/coverage report --include='registry/domain/*,registry/application/*' --fail-under=95 --format=total

.PHONY: model
model: $(VENV)/.editable $(VENV)/.dev ## Hold the registry against its model for long (ARGS="--games 20000 --steps 100")
	@$(BIN)/python -m pytest -q tests/model $(or $(ARGS),--games 500 --steps 50)

.PHONY: soak
soak: $(VENV)/.editable $(VENV)/.dev ## Run the tests that take minutes to hours (ARGS="-k timing")
	@$(BIN)/python -m pytest -q -s -m soak $(ARGS)

.PHONY: bench
bench: $(VENV)/.editable $(VENV)/.bench ## Run the benchmarks (SUITE=http|storage|moving|lists|compat|parse|protobuf|jsonschema|startup|cli|sdk|pipeline|all)
	@$(BIN)/python -m benchmarks $(SUITE) $(ARGS)

SEEDS ?= 2000

.PHONY: simulate
simulate: $(VENV)/.editable $(VENV)/.dev ## Play SEEDS simulations of brokers, databases and crashes (SEEDS=200000)
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS) $(ARGS)

.PHONY: crash
crash: $(VENV)/.editable $(VENV)/.dev ## Kill consumers on Kafka and RabbitMQ, over and over (ARGS="--broker kafka --seed 7")
	@$(BIN)/python -m tests.crash $(ARGS)

FUZZ_S ?= 1800

.PHONY: fuzz
fuzz: $(VENV)/.editable $(VENV)/.dev ## Fuzz each parser for FUZZ_S seconds, two at once (ARGS="framing registry_avro")
	@$(BIN)/python -m tests.fuzz $(FUZZ_S) $(ARGS)

# Anew each time: mutmut would leave a module as it is that it once copied unchanged.
.PHONY: mutate
mutate: $(VENV)/.editable $(VENV)/.dev ## Change what guards the registry, and see that tests notice
	@rm -rf mutants
	@CI=true $(BIN)/mutmut run $(ARGS)
	@$(BIN)/python -m tests.mutants

.PHONY: format
format: $(VENV)/.dev ## Rewrite the code in the one format, sort imports
	@$(BIN)/ruff check --quiet --fix --select I $(CODE)
	@$(BIN)/ruff format $(CODE)

# ------------------------------------------------------------ surroundings

.PHONY: services
services: ## Install what tests and benchmarks need from Debian, and Kafka's jars (root; starts nothing)
	@tests/services/install.sh
	@tests/services/kafka_jars/fetch.sh >/dev/null

# No index and no address enters the files: one is a matter of the machine.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-package wirepact --custom-compile-command 'make lock' $(ARGS)
PROJECTS := pyproject.toml clients/python/pyproject.toml

.PHONY: lock
lock: $(VENV)/.dev ## Pin the requirement files anew (ARGS=--upgrade for newer versions)
	@$(LOCK) pyproject.toml -o requirements/runtime.txt
	@$(LOCK) --group build -c requirements/runtime.txt -o requirements/build.txt
	@$(LOCK) $(PROJECTS) --all-extras --group dev -c requirements/runtime.txt -c requirements/build.txt -o requirements/dev.txt
	@$(LOCK) pyproject.toml --group bench -c requirements/dev.txt -o requirements/bench.txt

.PHONY: sbom
sbom: $(VENV)/.dev ## Write the bill of materials of what is pinned to dist/ (CycloneDX; needs no network)
	@mkdir -p dist
	@$(BIN)/python -m tests.supply_chain.sbom requirements/runtime.txt pyproject.toml > dist/wirepact-registry.cdx.json
	@echo 'dist/wirepact-registry.cdx.json'

.PHONY: audit
audit: $(VENV)/.dev ## Look for known faults of what is pinned; status 3 if nobody could be asked (ARGS="--osv-url URL|--advisories PATH")
	@$(BIN)/python -m tests.supply_chain.audit requirements/{runtime,build,dev}.txt $(ARGS)

.PHONY: clean
clean: ## Remove the environment, caches and build results
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.* .fuzz mutants dist clients/python/dist
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# ------------------------------------------------------------- environment
# Stamps: each is made again when its requirement file changes.

# 3.11 is the version that is tested; a newer one will do. Trying each is needed:
# a name on the path may be a shim without an interpreter behind it.
$(VENV)/.created:
	@find_python() { \
	  for python in $${PYTHON:-python3.11 /usr/bin/python3.11 python3.12 python3.13 python3}; do \
	    "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	      && { command -v "$$python"; return; }; \
	  done; \
	  return 1; \
	}; \
	python=$$(find_python) || { \
	  if [ "$${CI:-}" = true ] && [ "$$(id -u)" = 0 ]; then tests/services/install.sh python; fi; \
	  python=$$(find_python); \
	} || { \
	  echo 'Python 3.11 or newer with the venv module is needed.' \
	       'Debian: apt-get install python3.11-venv. Or: make PYTHON=/path/to/python ...' >&2; \
	  exit 1; \
	}; \
	echo "creating $(VENV) with $$($$python --version)"; \
	rm -rf $(VENV); "$$python" -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt | $(VENV)/.created
	@echo 'installing the runtime requirements'
	@$(INSTALL) -r requirements/runtime.txt -r requirements/build.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/.runtime
	@echo 'installing the development requirements'
	@$(INSTALL) -r requirements/dev.txt
	@touch $@

$(VENV)/.bench: requirements/bench.txt | $(VENV)/.runtime
	@echo 'installing the benchmark requirements'
	@$(INSTALL) -r requirements/bench.txt
	@touch $@

$(VENV)/.editable: $(PROJECTS) | $(VENV)/.runtime
	@$(PIP) install --quiet --no-deps --no-build-isolation -e clients/python -e .
	@touch $@
