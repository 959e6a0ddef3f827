# Thin on purpose: the work is in tools/*.py, which run on any Python of 3.11 or newer with nothing installed.
# PYTHON=... chooses the Python of the environment; ARGS=... goes to the program, the tests or the benchmarks.

.DEFAULT_GOAL := help
ARGS ?=
PY := .venv/bin/python

.PHONY: help run demo test check test-cluster cluster-programs screenshots bench format lock wheel clean environment

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

environment: ## Set up .venv with the pinned dependencies (every other target does so by itself)
	@tools/python -m tools.bootstrap

run: ## Open the window on your kubeconfigs (ARGS="--context NAME ...")
	@tools/python -m tools.bootstrap --display
	@$(PY) -m kdesk $(ARGS)

demo: ## Open the window on two simulated clusters
	@tools/python -m tools.bootstrap --display
	@$(PY) -m kdesk --demo $(ARGS)

test: environment ## Run the tests that need no cluster, on the oldest and the newest Python here (ARGS="-k NAME")
	@$(PY) -m tools.run_tests $(ARGS)

check: environment ## Check format, lint, types, layers and sizes
	$(PY) -m ruff format --check
	$(PY) -m ruff check
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m tools.house

test-cluster: cluster-programs ## Run the tests on two real control planes
	$(PY) -m pytest -m cluster tests/cluster tests/demo $(ARGS)

cluster-programs: environment ## Build the control plane's programs (minutes, once per machine)
	$(PY) -m tests.cluster.programs

screenshots: environment ## Take the screenshots of the README anew
	$(PY) -m tools.screenshots $(ARGS)

bench: environment ## Measure what the README claims
	$(PY) -m benchmarks $(ARGS)

format: environment ## Format the code and mend what can be mended
	$(PY) -m ruff check --fix-only
	$(PY) -m ruff format

lock: environment ## Pin the dependencies anew (ARGS=--upgrade for the newest)
	$(PY) -m tools.lock $(ARGS)

wheel: environment ## Build the wheel and prove it in a new environment
	$(PY) -m tools.wheel $(ARGS)

clean: ## Remove environments, caches and built files
	rm -rf .venv .venv-* .venv.lock .venv-*.lock build dist out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
