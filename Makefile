# `make` lists the verbs; each sets up what it needs.
.DEFAULT_GOAL := help
.PHONY: help demo test mutants install up down lint format docs lock clean

lock_file = $$(scripts/uv) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11

help: ## this list
	@printf 'Deskhouse: from help desk events to marts one can stand behind.\n\n'
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

demo: install ## a seeded help desk, from events to a filled dashboard
	@.venv/bin/deskhouse demo

test: install ## all tests, as many at once as there are cores; some: make test ARGS="-k first_reply"
	@scripts/chromium
	@.venv/bin/python -m pytest -n auto --dist loadfile $(ARGS)

mutants: install ## breaks the SQL one rule at a time: tests must notice; some: make mutants ARGS="2.7 paused"
	@.venv/bin/python -m tests.mutants $(ARGS)

install: ## set-up alone: .venv, with .venv/bin/deskhouse, and .venv-superset (again: nothing to do)
	@scripts/install

up: install ## start the local services
	@.venv/bin/deskhouse up

down: install ## stop the local services
	@.venv/bin/deskhouse down

lint: install ## what a change is held to, tests aside
	@scripts/lint

format: install ## put Python and SQL in shape
	@.venv/bin/ruff check --quiet --fix-only .
	@.venv/bin/ruff format .
	@.venv/bin/sqlfluff fix --quiet dbt_project/models

docs: install ## write docs/reference from the code
	@.venv/bin/python -m scripts.write_reference

lock: ## compile requirements/ from pyproject.toml; newer versions: make lock ARGS=--upgrade
	@$(lock_file) $(ARGS) pyproject.toml -o requirements/warehouse.txt
	@$(lock_file) $(ARGS) pyproject.toml --group dev -c requirements/warehouse.txt -o requirements/dev.txt
	@$(lock_file) $(ARGS) --group redis --no-deps -o requirements/redis.txt
	@$(lock_file) $(ARGS) --group superset -o requirements/superset.txt
	@$(lock_file) $(ARGS) --group build -o requirements/build.txt
	@$(lock_file) $(ARGS) --group setup -o requirements/uv.txt

clean: ## remove both environments and caches; your data (var/) stays
	rm -rf .venv .venv-superset .venv-uv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
