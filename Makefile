# Every task of the project. `make` alone lists them.

PYTHON ?= python3
PYTEST_ARGS ?=

# The scripts of an environment name its folder: all is started through its python or by its path.
BIN := .venv/bin
# A verdict must not depend on where make runs: only tests of CI itself set it.
QUIET := env -u CI -u GITHUB_ACTIONS
# Two at a time: most tests wait for a process half of the time. WORKERS=0 is one after the other.
WORKERS ?= 2
PYTEST := $(QUIET) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo release-demo test faults test-all lint types bench dist sbom tools examples clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: tools examples ## scan the example shop and show the verdict
	@code=0; $(QUIET) $(BIN)/penstock run examples/shop || code=$$?; \
	if [ "$$code" -ne 1 ]; then \
	  echo "make demo: expected FAIL (exit code 1), got $$code: see above, and penstock doctor" >&2; \
	  exit 1; \
	fi; \
	echo; \
	echo "As expected, the shop fails: it is full of planted faults. Every reason is above."; \
	echo "Now try:"; \
	echo "  $(BIN)/penstock explain examples/shop/.penstock --verdict   why it fails"; \
	echo "  $(BIN)/penstock run examples/shop-fixed                     the same shop, mended"; \
	echo "  $(BIN)/penstock plan .                                      what a run here would do"

release-demo: tools examples ## a release from the first commit to the door, on this machine
	$(QUIET) $(BIN)/python -m examples.release.story

test: tools examples ## install everything, then run all tests but the slow ones
	$(PYTEST) -m "not slow"

faults: tools examples ## try every fault of docs/faults.md, and print how each ended
	$(PYTEST) -q -p tests.faults.printed tests/faults/test_table.py tests/faults/test_machine.py \
	  tests/faults/test_shared.py tests/faults/test_targets.py tests/faults/test_knowledge.py \
	  tests/faults/test_feeds_and_images.py tests/faults/test_real_tools.py

test-all: tools examples ## run every test
	$(PYTEST)

lint: .venv/.made ## ruff and import-linter
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/lint-imports

types: .venv/.made ## mypy
	$(BIN)/python -m mypy

bench: tools examples ## measure against the budgets
	$(QUIET) $(BIN)/python bench/run.py

dist: .venv/.made ## build the wheel and the source archive of HEAD, twice, and compare
	$(BIN)/python release/build.py

sbom: tools ## write Penstock's own SBOM
	$(QUIET) $(BIN)/python sbom/build.py

tools: .venv/.made ## install the scanners
	$(BIN)/penstock tools install

examples: .venv/.made ## build the examples' images and feeds
	$(BIN)/python examples/build.py

clean: ## remove what make made here; the scanners stay in the user's cache
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache .coverage .penstock examples/*/.penstock
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.made: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Penstock needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  --requirement requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation --editable .
	touch $@
