# Every target is one line; `make` alone prints this list.
.DEFAULT_GOAL := help
.PHONY: help start start-agent stop status logs test-agent setup metaflow check test prove format bench db-reset clean

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

start: start-agent ## Start everything: today API and worker

start-agent: ## Start API and worker in the foreground; Ctrl-C stops both
	@scripts/agent.sh start

stop: ## Stop what was started, from any terminal; running runs are released and go on after the next start
	@scripts/agent.sh stop

status: ## Whether it runs, and what the API says of database, workers and queue
	@scripts/agent.sh status

logs: ## Follow the log of API and worker
	@scripts/agent.sh logs

test-agent: ## End to end with real processes on a free port and a database of its own
	@scripts/test-agent-execution.sh

setup: ## Install everything for development into .venv
	@scripts/uv.sh sync --frozen --quiet --compile-bytecode

metaflow: ## Add Metaflow to .venv, for the runner of that name; about 40 packages
	@scripts/uv.sh sync --frozen --no-dev --inexact --quiet --extra metaflow

check: setup ## Format, lint, contracts, types and generated docs: green before every commit
	.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/lint-imports && .venv/bin/basedpyright && .venv/bin/python scripts/render_docs.py --check

test: setup ## The whole test suite, on all cores: one process more than there are, for many tests wait for others
	.venv/bin/pytest -n $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --dist worksteal --durations=15

prove: setup ## Simulate 2,000 worlds, then break the product in more than 50 ways: the simulator must notice each
	@.venv/bin/python -m tests.simulation && .venv/bin/python -m tests.mutants

format: setup ## Format the code, mend what can be mended, render the generated docs
	.venv/bin/ruff check --fix --exit-zero . && .venv/bin/ruff format . && .venv/bin/python scripts/render_docs.py

bench: setup ## Measure speed beside the raw limit of this machine
	.venv/bin/python -m scripts.bench

db-reset: ## Delete the database after asking; FORCE=1 does not ask
	@.venv/bin/python scripts/db_reset.py

clean: ## Remove what can be made again: .venv, caches, logs; never the data
	@scripts/agent.sh stop && rm -rf .venv .run dist .pytest_cache .ruff_cache .import_linter_cache && find . -name __pycache__ -type d -prune -exec rm -rf {} +
