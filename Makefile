# make demo    sets up, then shows `check` on the examples and `diff` against the built-in sandbox
# make test    sets up, then runs all tests
# make check   what every commit must pass: format, lint, types, generated files, tests
# make coverage  the tests, with the lines that none of them runs
# make compare  compares signed requests with ccxt's, which it installs
# make bench   measures, writes bench/results.md
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# One worker a core; each test may run in any of them.
TESTS := $(BIN)/python -m pytest -n auto --dist worksteal

.PHONY: demo test check coverage compare format generate bench clean

$(VENV)/.done: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("keylint needs Python 3.11 or newer; set PYTHON=… to one") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --group dev --editable ".[asymmetric]"
	@$(BIN)/python -m compileall -q keylint
	@touch $@

demo: $(VENV)/.done
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash examples/demo.sh

test: $(VENV)/.done
	$(TESTS)

check: $(VENV)/.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python tools/generate.py --check
	$(TESTS)

coverage: $(VENV)/.done
	$(BIN)/python -m pytest --cov --cov-report=term-missing:skip-covered

compare: $(VENV)/.done
	@$(BIN)/python -m pip install --quiet --group compare
	$(BIN)/python -m pytest -m compare tests/ccxt

format: $(VENV)/.done
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

generate: $(VENV)/.done
	$(BIN)/python tools/generate.py

bench: $(VENV)/.done
	$(BIN)/python bench/run.py

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .coverage
