# Every target is one line; `make` alone prints this list.
.DEFAULT_GOAL := help
.PHONY: help start start-agent stop status logs test-agent setup install console metaflow check test test-console prove format bench db-reset clean

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

start: ## Build the web console if need be, and start it with API and worker in the foreground; Ctrl-C stops all
	@scripts/agent.sh start

start-agent: ## Start API and worker only
	@scripts/agent.sh start-agent

stop: ## Stop what was started, from any terminal; running runs are released and go on after the next start
	@scripts/agent.sh stop

status: ## Whether it runs, and what the API says of database, workers and queue
	@scripts/agent.sh status

logs: ## Follow the log of API, worker and web console
	@scripts/agent.sh logs

test-agent: ## End to end with real processes on a free port and a database of its own
	@scripts/test-agent-execution.sh

setup: install console ## Everything for development: .venv, then the web console

install: ## Install what Python needs into .venv; the part of setup that does without npm's registry
	@scripts/uv.sh sync --frozen --quiet --compile-bytecode

console: ## Build the web console, unless it is there already; brings Node.js along where there is none
	@scripts/uv.sh run --no-project --quiet python scripts/console.py

metaflow: ## Add Metaflow to .venv, for the runner of that name; about 40 packages
	@scripts/uv.sh sync --frozen --no-dev --inexact --quiet --extra metaflow

check: install ## Format, lint, contracts, types, sizes and generated docs: green before every commit
	.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/lint-imports && .venv/bin/basedpyright && .venv/bin/python scripts/render_docs.py --check && .venv/bin/python scripts/console.py check

test: install ## The whole test suite, on all cores: one process more than there are, for many tests wait for others
	.venv/bin/pytest -n $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --dist worksteal --durations=15

test-console: install ## The web console: its units, then end to end in a real browser
	browser=$$(scripts/browser.sh) && CHROMIUM=$$browser .venv/bin/python scripts/console.py test e2e

prove: install ## Simulate 2,000 worlds, then break the product in more than 50 ways: the simulator must notice each
	@.venv/bin/python -m tests.simulation && .venv/bin/python -m tests.mutants

format: install ## Format the code, mend what can be mended, render the generated docs
	.venv/bin/ruff check --fix --exit-zero . && .venv/bin/ruff format . && .venv/bin/python scripts/render_docs.py

bench: install ## Measure speed beside the raw limit of this machine
	.venv/bin/python -m scripts.bench

db-reset: ## Delete the database after asking; FORCE=1 does not ask
	@.venv/bin/python scripts/db_reset.py

clean: ## Remove what can be made again: .venv, caches, logs; never the data
	@scripts/agent.sh stop && rm -rf .venv .run dist console/dist console/node_modules .pytest_cache .ruff_cache .import_linter_cache && find . -name __pycache__ -type d -prune -exec rm -rf {} +
