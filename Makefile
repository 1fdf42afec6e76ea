# Everything runs in .venv, which the setup targets make from the locks in requirements/.
# Needs Python 3.11 or 3.12 and make (GNU make 3.81 will do).

PYTHON ?= python3
EXTRAS ?=
ARGS ?=
BENTO ?= quickstart:latest
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev quickstart image test check lint types imports fmt \
	lock upgrade lock-check clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

setup: ## make .venv ready to run jobs (EXTRAS=lemmas adds the lemmatizer)
	@$(PYTHON) scripts/environment.py run $(EXTRAS)

setup-dev: ## make .venv ready to run jobs, tests and checks
	@$(PYTHON) scripts/environment.py dev $(EXTRAS)

quickstart: setup ## train, promote and pack a model on the embedded data
	@$(BIN)/python run.py --config configs/quickstart.yaml $(ARGS)

image: setup ## build the container image of a Bento (BENTO=name:version, ARGS="--help")
	@$(BIN)/python scripts/image.py $(BENTO) $(ARGS)

test: setup-dev ## run all tests (those on real data need DATA_DIR; ARGS="-m served" picks some)
	@$(BIN)/python -m pytest $(ARGS)

check: lint types imports lock-check test ## run all checks and all tests

lint: setup-dev ## check style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup-dev ## check types
	@$(BIN)/mypy

imports: setup-dev ## check which layer imports which
	@$(BIN)/lint-imports

fmt: setup-dev ## format the code and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: setup-dev ## compile the locks from pyproject.toml
	@$(BIN)/python scripts/locks.py write

upgrade: setup-dev ## compile the locks anew, with the newest versions that fit
	@$(BIN)/python scripts/locks.py upgrade

lock-check: setup-dev ## check that the locks agree with pyproject.toml
	@$(BIN)/python scripts/locks.py check

clean: ## remove .venv and the tools' caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
