# Everything starts here: `make run`, `make test`. Each target sets up what it needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV_LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links --quiet

.PHONY: run test check bench soak screenshots lock browser clean

run: $(VENV)/run.done
	$(BIN)/lifeline run --demo

test: $(VENV)/dev.done browser
	$(BIN)/python -m pytest

check: $(VENV)/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.done browser
	$(BIN)/python -m tests.bench

soak: $(VENV)/dev.done browser
	$(BIN)/python -m tests.soak

screenshots: $(VENV)/dev.done browser
	$(BIN)/python -m tests.browser.screenshots

browser: $(VENV)/dev.done
	$(BIN)/python -m tests.browser.chromium

lock: $(VENV)/dev.done
	$(PIP) install uv
	$(UV_LOCK) --extra build --extra redis -o requirements/run.txt
	$(UV_LOCK) --extra build --extra redis --extra dev -o requirements/dev.txt

$(VENV)/run.done: requirements/run.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "order-lifeline needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/dev.done: $(VENV)/run.done requirements/dev.txt
	$(PIP) install --require-hashes -r requirements/dev.txt
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
