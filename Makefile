# Every target is one exec chain, so that Ctrl-C and SIGTERM reach the program itself.
.DEFAULT_GOAL := help
.PHONY: help up dev test test-all bench fix revision feature changelog lock clean
MAKEFLAGS += --no-print-directory
export PYTHON
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)

READY := exec sh tools/bootstrap.sh
READY_DEV := exec sh tools/bootstrap.sh --dev
PY := .venv/bin/python
COMPILE := uv pip compile -q --universal --python-version 3.11 --no-annotate --no-header \
	pyproject.toml

help: ## show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-28s %s\n", $$1 args[$$1], $$2 }' \
		$(MAKEFILE_LIST)

up: ## install, build, migrate, seed, and run everything (Ctrl-C stops it)
	@$(READY) $(PY) -m indii.cli up

dev: ## the same with hot reload
	@$(READY_DEV) $(PY) -m indii.cli up --dev

test: ## every check and every test, beside a running `make up`
	@$(READY_DEV) $(PY) tools/run_tests.py $(only)

test-all: ## the same with every matrix whole: what a release runs
	@$(READY_DEV) $(PY) tools/run_tests.py --all $(only)

bench: ## measure against floors taken in the same run
	@$(READY_DEV) $(PY) -m tests.bench

fix: ## format, and repair what can be repaired
	@$(READY_DEV) sh -c 'ruff check --fix .; exec ruff format .'

revision: ## a new migration from the models: make revision m="add offers"
	@$(READY_DEV) env PYTHONPATH=. $(PY) tools/schema.py revision '$(m)'

feature: ## a new feature, whole and green: make feature name=room/feature
	@$(READY_DEV) $(PY) tools/feature.py '$(name)'

changelog: ## collect docs/changelog.d: make changelog [version=1.2.0]
	@$(READY_DEV) $(PY) tools/changelog.py $(version)

lock: ## compile the lock files from pyproject.toml
	@$(READY_DEV) sh -c '$(COMPILE) -o requirements.lock \
		&& exec $(COMPILE) --group dev -o requirements-dev.lock'

clean: ## remove caches and builds; never data
	@rm -rf .web .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build *.egg-info
	@find indii workers sandbox tests tools -name __pycache__ -prune -exec rm -rf {} +
	@rm -rf var/build var/test-bytecode
