# CX Pulse. `make demo` and `make test` need Python 3.11 or newer, make and a package index, nothing else:
# whatever they use is installed from requirements.lock, by hash, into .venv beside this file.

PYTHON ?= python3
PORT ?= 8080

VENV := .venv
BIN := $(VENV)/bin
# The last step of the set-up writes it, so a set-up that was cut short is done again.
INSTALLED := $(VENV)/.installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo run test check wheel format messages e2e bench docs clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## Make .venv from requirements.lock (quick the second time)

$(INSTALLED): requirements.lock pyproject.toml
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "There is no $(PYTHON). Install Python 3.11 or newer, or name it: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "CX Pulse needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" -V 2>&1). Name another: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { \
	  echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## Serve the local web workspace with sample data (PORT=8080)
	@$(BIN)/cx demo --port $(PORT)

run: setup ## Serve the connected platforms, with the settings of .env
	@$(BIN)/cx run

test: setup ## Run every test, PostgreSQL included
	$(BIN)/python -m pytest -n auto --dist loadscope

check: setup ## Format, lint, types, import contract, and the wheel in an empty environment
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory wheel

wheel: setup ## Build the wheel, install it elsewhere, migrate and check the surveys there
	sh .ci/wheel

format: setup ## Put the code into the one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

messages: setup ## Collect the texts for translators into bot/locales/cx_pulse.pot
	$(BIN)/pybabel extract --mapping bot/locales/babel.cfg --project cx-pulse --version 0 --copyright-holder "" \
	  --no-location --sort-output --output bot/locales/cx_pulse.pot .

e2e: setup ## Drive the product through clients that others wrote
	@echo "This installs into .venv-e2e: playwright, which drives Debian's chromium (apt-get install chromium), and from"
	@echo "npm axe-core, Slack's types, an emulator of Slack's Web API, the Microsoft 365 Agents Playground, and Node 22."
	sh tests/e2e/run

bench: setup ## Print the figures of this machine, as ratios
	$(BIN)/python -m tests.benchmarks

docs: setup ## Check links, settings, targets and examples in the documentation
	$(BIN)/python -m pytest tests/unit/test_docs*.py

clean: ## Remove .venv and what tools left; the data stays
	rm -rf $(VENV) .venv-e2e build dist *.egg-info .mypy_cache .ruff_cache .import_linter_cache .hypothesis
