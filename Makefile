# `make help` lists what there is to do.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup demo run test lint fix lock bench stop reset-demo
PYTHON ?= python3
BIN := .venv/bin
# Settings that would send packages elsewhere than into .venv; index, proxy and certificates stay.
# The files pin the whole tree; looking for more, pip would stumble over releases newer than they are.
PIP := env -u PIP_TARGET -u PIP_PREFIX -u PIP_ROOT -u PIP_CONSTRAINT -u PIP_REQUIREMENT \
	-u PIP_NO_DEPS -u PIP_DRY_RUN -u PYTHONPATH -u PYTHONHOME PIP_USER=0 \
	PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet --no-input --require-hashes --no-deps --no-compile
# As pip would, but on all cores, and without packages' own tests; some carry files that are no Python of ours.
COMPILE := $(BIN)/python -m compileall -qq -j 0 -x '/tests?/' .venv/lib || true
MANAGE := $(BIN)/python manage.py
# Tests choose their own mode, whatever the shell says.
PYTEST := env -u DEBUG -u HTTPS -u LIVE_URL $(BIN)/python -m pytest

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null \
	  || sed -n 's/^\([a-z-]*\):.*## /  make \1  /p' $(MAKEFILE_LIST)

.venv/.made:
	@sh .ci/make-venv $(PYTHON)
	@touch $@

.venv/.installed: .venv/.made requirements.txt requirements-encoder.txt
	@echo "Installing the packages …"
	@$(PIP) -r requirements.txt
	@$(PIP) -r requirements-encoder.txt
	@$(COMPILE)
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.txt
	@echo "Installing the tools for development …"
	@$(PIP) -r requirements-dev.txt
	@$(COMPILE)
	@touch $@

setup: .venv/.installed ## Create .venv, the database and the first model
	@$(MANAGE) setup

demo: .venv/.installed ## Run everything with an invented organisation (Ctrl-C stops it)
	@$(MANAGE) setup --demo --serve

run: .venv/.installed ## Run with production settings; needs SECRET_KEY (environment or .env)
	@DEBUG=0 $(MANAGE) setup --serve

test: .venv/.installed-dev ## Run every test: unit, integration and browser
	@failed=0; \
	$(PYTEST) -n auto -m "not integration and not browser" || failed=1; \
	$(BIN)/python -m tests.machine || failed=1; \
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder -m "integration or browser" || failed=1; \
	exit $$failed

lint: .venv/.installed-dev ## Check style, types, import contracts, templates, migrations
	@sh .ci/lint

fix: .venv/.installed-dev ## Correct style where it can be done automatically
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .
	@git ls-files -z 'templates/*.html' '*/templates/*.html' | xargs -0 -r $(BIN)/djade

lock: .venv/.installed-dev ## Pin the whole dependency tree anew, with hashes
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-deps requirements-encoder.in -o requirements-encoder.txt
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes requirements-dev.in -o requirements-dev.txt

bench: .venv/.installed-dev ## Measure speed and memory, as a table and as JSON
	@$(BIN)/python -m benchmarks

stop: ## Stop the embedded database
	@test ! -x $(BIN)/python || $(BIN)/python -m config.embedded stop

reset-demo: .venv/.installed ## Delete the embedded database with everything in it
	@$(BIN)/python -m config.embedded remove
