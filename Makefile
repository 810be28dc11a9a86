# The verbs of the house. A fresh machine needs Python 3.11 or newer and make; everything else is installed into .venv from the lock files.
# `make VERB PYTHON=python3.12` chooses the interpreter for a new .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
RESOLVE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet
QUICK := -m "not slow and not browser and not spark"
TESTS ?= tests
# By which Spark reads the database.
DRIVER := /usr/share/java/postgresql.jar

.PHONY: demo serve test check bench lock help
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

demo: $(VENV)/.service ## load the sample city, run, decide, and serve it on this machine
	$(BIN)/qcredit demo

serve: $(VENV)/.service ## serve what is in the database
	$(BIN)/qcredit serve

test: $(VENV)/.development ## run every test, and install what they need first
	@{ command -v chromium && test -e $(DRIVER); } >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium libpostgresql-jdbc-java >/dev/null; } || \
		echo "Chromium or Java's driver for PostgreSQL is missing and cannot be installed from here: the tests that need it will say that they skip."
	$(BIN)/pytest -n 2 --dist loadgroup $(TESTS)

check: $(VENV)/.development ## the gate before a commit: style, types, floors, migrations, quick tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q -n 2 $(QUICK) $(TESTS)

bench: $(VENV)/.development ## measure every bar and write docs/performance.md anew
	$(BIN)/python -m bench

lock: $(VENV)/.development ## resolve the dependencies anew into the lock files
	@test -x $(BIN)/uv || $(PIP) install --quiet uv
	$(RESOLVE) --upgrade --extra build --output-file requirements.lock
	$(RESOLVE) --upgrade --extra build --extra dev --extra spark --constraint requirements.lock --output-file requirements-dev.lock

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Stamps: an environment is as new as the lock file it was made from. The one for development holds the service's too.
$(VENV)/.service: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --require-hashes --requirement requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.development: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --require-hashes --requirement requirements-dev.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.service

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is %s. Try: make PYTHON=python3.12" % sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
