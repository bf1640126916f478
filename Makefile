# `make` alone prints this help.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
HOST ?= 127.0.0.1
PORT ?= 8000
DATABASE_URL ?= sqlite:///counterclaim.db
WORKERS ?= 2
NIGHT ?= 3h
DATA ?= ../shared/data
BIN := .venv/bin

export COUNTERCLAIM_DATABASE_URL ?= $(DATABASE_URL)
export COUNTERCLAIM_PUBLIC_URL ?= http://127.0.0.1:$(PORT)

.PHONY: help run test test-night test-data bench check types pictures format lock

help: ## Print this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20
	@echo
	@echo "  make run PORT=8123 DATABASE_URL=postgresql://user@host/name"

run: .venv/run ## Start the API on 127.0.0.1:8000, with the seed claims when the database is empty
	@$(BIN)/flask --app wsgi upgrade
	@$(BIN)/flask --app wsgi seed --if-empty
	@exec $(BIN)/gunicorn wsgi:app --bind $(HOST):$(PORT) --workers $(WORKERS)

test: .venv/test ## Run every test, on a SQLite file and on a PostgreSQL that comes with the requirements
	$(BIN)/pytest -n auto

test-night: .venv/test ## Run also the long forms: an hour or two, told test by test, ended after NIGHT=3h
	timeout $(NIGHT) $(BIN)/pytest -vv -n auto --durations 20 -m "night or not night"

test-data: .venv/test ## Run the tests that need the real files: make test-data DATA=../shared/data
	DATA=$(DATA) $(BIN)/pytest -n auto --dist loadfile -m data

check: .venv/test ## Lint, format, types, floors and docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest tests/test_floors.py tests/test_contract.py tests/test_docs.py

bench: .venv/test ## Measure speed as ratios (half an hour) and write them into docs/performance.md
	-@test -x .venv-bench/bin/datasette || ($(PYTHON) -m venv .venv-bench \
		&& .venv-bench/bin/pip install --quiet --disable-pip-version-check -r bench/requirements.txt)
	$(BIN)/python -m bench --write

types: .venv/test ## Make the TypeScript types of clients/typescript anew (needs npm)
	$(BIN)/flask --app wsgi openapi write clients/typescript/openapi.json
	cd clients/typescript && npm ci --silent && npm run --silent types

pictures: .venv/test ## Take the pictures of docs/pictures anew (needs Chromium)
	$(BIN)/python -m bench.pictures

format: .venv/test ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/test ## Pin the requirements of pyproject.toml anew, with hashes (needs uv)
	uv pip compile -q pyproject.toml --python-version 3.11 --generate-hashes --no-strip-extras --no-header -o requirements.txt
	uv pip compile -q pyproject.toml --extra test --python-version 3.11 --generate-hashes --no-strip-extras --no-header -o requirements-test.txt

.venv/bin/python:
	$(PYTHON) -m venv .venv

# A stamp a requirements file: a second run installs nothing and needs no network.
.venv/run: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/test: requirements-test.txt .venv/run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.txt
	@touch $@
