# The two commands: `make` proves, generates and checks everything; `make test` runs the test suite.
# Both set up their own environment in .venv, from nothing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := verify
.PHONY: verify test soak scale gpu bench lint clean

verify: $(STAMP)
	$(BIN)/symcheck verify

test: $(STAMP) lint
	$(BIN)/python -m pytest -n auto --dist loadfile

# A million hostile inputs, on all cores; goes on where it was stopped and writes docs/soak.md.
soak: $(STAMP)
	PYTHONPATH=tests/support $(BIN)/python -m fuzzing

# Claims and documents a second, by workers and on a local Dask cluster; writes docs/scale.md, in two to five minutes.
scale: $(STAMP)
	PYTHONPATH=tests/support $(BIN)/python tests/support/throughput.py

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy formulas symcheck codegen generated

# Ends with 2 whatever the command says, as GNU make does for every failure; by itself the command ends with
# 1 where a check fails and with 3 where there is no GPU.
# A Python that has CuPy is taken as it is: such a machine may have no network, and no more is needed there.
gpu:
	@if $(PYTHON) -c "import cupy" 2>/dev/null; then $(PYTHON) -m codegen.cupy.gpu; \
	else $(MAKE) --no-print-directory $(STAMP) && $(BIN)/python -m codegen.cupy.gpu; fi

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[bench]"
	$(BIN)/python -m codegen.bench

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) .cache build dist
