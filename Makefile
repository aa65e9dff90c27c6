# Every target works on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TORCH ?= torch==2.13.0
PORT ?= 8000

.PHONY: run test check venv venv-test lock clean

run: venv  ## sample company and web view on 127.0.0.1, prints a one-time sign-in link
	TRIAGE_DATA_DIR=$${TRIAGE_DATA_DIR:-data} $(BIN)/triage serve --sample --port $(PORT)

test: venv-test  ## the whole suite
	$(BIN)/python -m pytest

check: venv-test  ## format, lint, types, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

venv: $(VENV)/.installed
venv-test: $(VENV)/.installed-test

# torch stays outside the hashed lock: the same version has a CPU and a CUDA build.
$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "$(TORCH)"
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

$(VENV)/.installed-test: requirements-test.lock $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements-test.lock
	touch $@

lock: ## write both lock files anew from pyproject.toml
	$(PYTHON) scripts/lock.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
