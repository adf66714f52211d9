# Needs Python 3.11 or later, git and make; everything else is fetched into .venv from the package registry.
PYTHON ?= python3
BIN := .venv/bin
DEMO := .demo

.DEFAULT_GOAL := list

.PHONY: list setup demo test check spark lint types contracts docs transcripts screenshots format lock wheel clean

list: ## what can be made
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.ready ## the virtual environment, with everything locked by hash

.venv/.ready: requirements/dev.lock requirements/uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Opswheel needs Python 3.11 or later; say which with: make PYTHON=python3.12 …"; exit 1; }
	@echo "Setting up .venv (once; a minute or two)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch .venv/.ready

demo: setup ## one whole run on the bundled sample shop: the ranked queue and the next step
	@$(BIN)/opswheel demo $(DEMO) --no-app

test: setup ## the tests, under ten minutes
	@$(BIN)/pytest -m "not long and not spark and not browser and not postgres" -n 2 --dist loadfile

# The transcripts run `make test`, as README shows it; left are the ledger's tests on PostgreSQL, those in a browser, and
# the long ones. A browser keeps an event loop in its process that tests of the API need: they run apart.
check: setup lint types contracts docs ## what CI runs: all tests, lint, types, import contracts, docs
	@$(BIN)/python -m tools.transcripts
	@$(BIN)/pytest -m "postgres and not long and not browser" -n 2 --dist loadfile
	@$(BIN)/pytest -m "browser and not long" -n 2 --dist loadfile
	@$(BIN)/pytest -m "long and not browser"
	@$(BIN)/pytest -m "long and browser"
	@$(MAKE) --no-print-directory spark

# PySpark is half a gigabyte, so only this step fetches it.
spark: setup
	@if command -v java >/dev/null; then \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/spark.lock && $(BIN)/pytest -m spark; \
	else echo "Skipped: the engines' conformance suite on Spark; there is no Java here."; fi

lint:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m tools.house

types:
	@$(BIN)/mypy

contracts:
	@$(BIN)/lint-imports

docs:
	@$(BIN)/python -m tools.reference --check

transcripts: setup ## write the outputs of README and docs anew
	@$(BIN)/python -m tools.transcripts --write

screenshots: setup ## take the app's pictures for the README anew; needs a Chromium
	@$(BIN)/python -m tools.screenshots

format: setup ## format the code
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/python -m tools.reference

lock: setup ## lock the dependencies anew, with hashes and no registry host
	@for part in uv:requirements/uv.in core:pyproject.toml "spark:pyproject.toml --extra spark" "dev:pyproject.toml --extra postgres --extra forecast --extra oidc --group dev"; do \
	  $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --upgrade --python-version 3.11 \
	    $${part#*:} -o requirements/$${part%%:*}.lock; done

wheel: setup ## build the wheel
	@$(BIN)/python -m hatchling build -t wheel

clean: ## remove everything that was made
	@rm -rf .venv $(DEMO) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
