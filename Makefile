# Two commands do everything on a machine with python3 >= 3.11 (venv), git and make:
#   make run    sets up and assesses the example portfolio
#   make test   sets up and runs every check
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9
PYTHON ?= python3
EXAMPLE := examples/hansekontor
# A sync must not depend on a developer's own uv configuration.
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_NO_CONFIG := 1
JOBS ?= 2
# Compiled modules are kept, or every process of a test would compile all libraries again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint bench setup setup-dev clean

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "copartner needs python3 >= 3.11, found " + sys.version.split()[0])'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# A company network may sign with an authority that only the system knows: the second try asks the system.
SYNC = sync() { $(UV) sync --quiet --frozen --inexact "$$@" 2>/dev/null || UV_SYSTEM_CERTS=1 $(UV) sync --quiet --frozen --inexact "$$@"; }; sync

setup: $(UV)
	@$(SYNC) --no-dev

setup-dev: $(UV)
	@$(SYNC)

run: setup
	@$(BIN)/python $(EXAMPLE)/generate.py $(EXAMPLE)/.copartner/world
	@$(BIN)/copartner assess $(EXAMPLE)/.copartner/world/portfolio.yaml --as-of 2026-09-30

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

bench: setup-dev
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script --quick || exit 1; done

clean:
	rm -rf $(VENV) $(EXAMPLE)/.copartner
