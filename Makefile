# A fresh machine needs Python 3.11 or newer and make; everything else is installed into .venv.
#
#   make demo    a network learns in front of you, in generated C
#   make test    the whole test suite
#
# PYTHON=python3.12 chooses an interpreter. SFDFA_DATA=FOLDER names data sets for the tests that need real ones.

PYTHON ?= $(firstword $(shell command -v python3.11 python3 python))
VENV := .venv
BIN := $(VENV)/bin
C_FOLDERS := benchmarks firmware_templates host tests
DEMO_OPTIONS ?=
PYTEST_OPTIONS ?=
PYTEST_PROCESSES ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 2 + 1)
SURVIVAL_OPTIONS ?= --quick

RUN_READY := $(VENV)/.ready-to-run
TEST_READY := $(VENV)/.ready-to-test
INSTALL_INPUTS := pyproject.toml hatch_build.py tools/install.sh

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench bench-faults wheel site tools clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(RUN_READY) ## a network learns, agrees with its emulator and outlives its drifting sensor
	@$(BIN)/sfdfa-codegen demo $(DEMO_OPTIONS)

# More processes than there are processors: many tests wait, for a line that was lost or for a simulator.
# worksteal: each process has a stretch of the tests, so that what a module makes once is made by one of them, a fifth less often than by turns.
test: $(TEST_READY) tools ## run the tests
	@$(BIN)/python -m pytest -n $(PYTEST_PROCESSES) --maxprocesses 8 --dist worksteal $(PYTEST_OPTIONS)

lint: $(TEST_READY) ## ruff, mypy --strict and clang-format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/clang-format --dry-run -Werror $$(find $(C_FOLDERS) -name '*.[ch]' -not -path '*/golden/*')
	$(BIN)/mypy

bench: $(RUN_READY) ## measure learning speed on this machine and on devices, and of its peers (2 GB), on MNIST (needs SFDFA_DATA); JSON in build/bench
	@mkdir -p build/bench
	@$(BIN)/python benchmarks/native_speed.py --json build/bench/native_speed.json
	@$(BIN)/python benchmarks/device_speed.py --json build/bench/device_speed.json
	@$(BIN)/python benchmarks/integer_mlp.py --json build/bench/integer_mlp.json
	@$(BIN)/python benchmarks/counting_speed.py
	@$(BIN)/python benchmarks/earlier_version.py --what host --json build/bench/earlier_version.json
	@$(BIN)/python benchmarks/peers.py --json build/bench/peers.json

bench-faults: $(TEST_READY) ## what is tried against loss: damaged files, calls, lines, power cuts; SURVIVAL_OPTIONS=--full takes a day
	@$(BIN)/python benchmarks/survival.py $(SURVIVAL_OPTIONS)

wheel: $(TEST_READY) ## build dist/*.whl and dist/*.tar.gz
	@rm -rf dist
	@$(BIN)/python -m hatchling build --directory dist

site: $(TEST_READY) ## make the site in build/site; a link that leads nowhere fails
	@$(BIN)/python -m pip install --quiet --retries 5 -e ".[docs]"
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python tools/make_site.py

tools: ## install what the tests want from the system, where that is allowed
	@sh tools/install_test_tools.sh

clean: ## remove the environment and everything that was built
	rm -rf $(VENV) .editable build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN_READY): $(INSTALL_INPUTS)
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh tools/install.sh ""
	@touch $@

$(TEST_READY): $(INSTALL_INPUTS)
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh tools/install.sh "[test]"
	@touch $(RUN_READY) $@
