# The two commands of this project. Each sets up what it needs; README.md has the same lines in pip.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test check docs clean

demo: $(VENV)/demo  ## set up .venv, classify photographs, draw the answers as demo.png
	$(BIN)/python examples/demo.py

test: $(VENV)/test check  ## lint, types, import contracts, docs freshness, all tests
	$(BIN)/python -m pytest

check: $(VENV)/test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

docs: $(VENV)/test  ## write the generated reference pages again
	$(BIN)/python docs/generate.py

$(VENV)/demo: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[demo]" --constraint constraints.txt
	touch $@

$(VENV)/test: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[dev,all]" --constraint constraints.txt
	touch $@

clean:
	rm -rf $(VENV) dist build
