# Ledgerline: one file to run everything with. `make` explains itself.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run up test lint format load chaos lock clean

PYTHON := .venv/bin/python
READY := .venv/.ready
PACKAGES := shared customers catalog billing tickets portal_gateway deploy
LAUNCH := exec $(PYTHON) -m deploy.local

help:
	@awk -F '## ' '/^##/ { printf "\n\033[1m%s\033[0m\n", $$2 } \
		/^[a-z]+:.*## / { split($$1, target, ":"); printf "  make %-8s %s\n", target[1], $$2 }' Makefile

## Use
run: $(READY) ## start everything on embedded engines: no root, no Docker, nothing to install
	@$(LAUNCH) --with-parent run

up: $(READY) ## the same on a private RabbitMQ and PostgreSQL
	@$(LAUNCH) --with-parent up

## Develop
setup: $(READY) ## the virtual environment, with every version and hash of the lock

$(READY): requirements-dev.txt shared/pyproject.toml $(wildcard services/*/pyproject.toml)
	@deploy/local/setup.sh

test: lint ## lint, then every test: embedded, on RabbitMQ + PostgreSQL, in Chromium
	@$(LAUNCH) test

lint: $(READY) ## format, rules, types and who may import whom
	@.venv/bin/ruff format --check --quiet . || { echo "Not formatted: make format"; exit 1; }
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy --strict --no-error-summary $(addprefix -p ,$(PACKAGES))
	@mkdir -p var && .venv/bin/lint-imports --no-logo > var/lint-imports.log 2>&1 || { cat var/lint-imports.log; exit 1; }

format: $(READY) ## put the code into shape
	@.venv/bin/ruff check --quiet --fix-only . ; .venv/bin/ruff format --quiet .

lock: ## find new versions and write the locks (needs uv)
	@uv pip compile -q --universal --generate-hashes --python-version 3.11 requirements.in -o requirements.txt
	@uv pip compile -q --universal --generate-hashes --python-version 3.11 requirements-dev.in -o requirements-dev.txt

## Prove
load: $(READY) ## the benchmarks: a table and var/load.json
	@mkdir -p var && $(PYTHON) -m tests.load

chaos: $(READY) ## kills and other faults, alone and in pairs, with seeds: a table and var/chaos.json
	@mkdir -p var && $(PYTHON) -m tests.chaos

## Tidy
clean: ## remove the virtual environment, caches and all local data
	@[ ! -x $(PYTHON) ] || $(PYTHON) -m deploy.local clean
	@rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
