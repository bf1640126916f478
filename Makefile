# `make` alone prints this help.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
HOST ?= 127.0.0.1
PORT ?= 8000
DATABASE_URL ?= sqlite:///counterclaim.db
WORKERS ?= 2
NIGHT ?= 3h
KILLS ?= 10
CACHE ?= varnish
SIZES ?= 10000,100000,1000000
DATA ?= ../shared/data
MARKS ?= data
BIN := .venv/bin

export COUNTERCLAIM_DATABASE_URL ?= $(DATABASE_URL)
export COUNTERCLAIM_PUBLIC_URL ?= http://127.0.0.1:$(PORT)

.PHONY: help run serve test test-quick test-night test-faults test-data bench bench-statistics bench-quick bench-pictures check lint types pictures format lock cluster sbom audit

help: ## Print this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20
	@echo
	@echo "  make run PORT=8123 DATABASE_URL=postgresql://user@host/name"

run: .venv/run ## Start the API on 127.0.0.1:8000, with the seed claims if the database is empty
	@$(BIN)/flask --app wsgi upgrade
	@$(BIN)/flask --app wsgi log key --if-new >/dev/null # /readyz looks for the key of a log with entries
	@$(BIN)/flask --app wsgi seed --if-empty
	@echo "make run is for one person: a few slow clients can occupy every thread. make serve puts nginx in front."
	@exec $(BIN)/gunicorn wsgi:app --bind $(HOST):$(PORT) --workers $(WORKERS)

serve: .venv/run ## The same behind nginx, as on a public server: slow and greedy clients delay nobody else
	@$(BIN)/flask --app wsgi upgrade
	@$(BIN)/flask --app wsgi log key --if-new >/dev/null # /readyz looks for the key of a log with entries
	@$(BIN)/flask --app wsgi seed --if-empty
	@exec $(BIN)/python -m deploy.serve --listen $(HOST):$(PORT) --workers $(WORKERS)

test: .venv/test ## Run every test, on a SQLite file and on a PostgreSQL that comes with the requirements
	$(BIN)/pytest -n auto --dist loadgroup

test-quick: .venv/test ## Run the tests of rules, contract, floors and a list, without PostgreSQL: about a minute
	$(BIN)/pytest -n auto --dist loadgroup tests/test_contract.py tests/test_floors.py tests/test_config.py tests/reconciling/test_cases.py \
		tests/reconciling/test_rules_page.py tests/rules tests/v1/records/test_filters.py tests/v1/statistics/test_rules.py \
		-k "not postgres" --maxfail 5

test-night: .venv/test ## Run also the long forms: an hour or two, with a line per test, stopped after NIGHT=3h
	timeout $(NIGHT) $(BIN)/pytest -vv -n auto --dist loadgroup --durations 20 -m "night or not night"

test-faults: .venv/test ## Make every fault of docs/operators/faults.md, in up to a quarter of an hour (a full disk needs root)
	$(BIN)/pytest -n 2 --dist loadgroup -m "not night" $$($(BIN)/python -m tests.support.fault_tests)

test-data: .venv/test ## Run the tests that need the real files: make test-data DATA=../shared/data
	DATA=$(DATA) $(BIN)/pytest -n auto --dist loadfile -m "$(MARKS)"

check: lint ## Lint, and the tests of floors, contract and docs
	$(BIN)/pytest tests/test_floors.py tests/test_contract.py tests/test_docs.py

lint: .venv/test ## Lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

cluster: .venv/test ## Run a whole cluster here, kill its primary KILLS=10 times under writes, and stop it: ten minutes, CACHE=varnish or nginx
	$(BIN)/python -m tests.cluster.run --kills $(KILLS) --cache $(CACHE)

bench: .venv/test .venv-bench/installed ## Measure every target of docs/developers/performance.md (40 minutes): WRITE=--write for the page
	$(BIN)/python -m bench $(WRITE)

bench-statistics: .venv/test ## Measure statistics alone: SIZES=100000,1000000, and WRITE=--write for the page
	$(BIN)/python -m bench.statistics --sizes=$(SIZES) $(WRITE)

bench-quick: .venv/test .venv-bench/installed ## Measure the same ratios at 100,000 claims in three minutes
	$(BIN)/python -m bench --quick

bench-pictures: .venv/test ## Measure the CPU of each picture, and write it into docs/developers/performance.md
	$(BIN)/python -m bench.drawing --write

.venv-bench/installed: bench/requirements.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

types: .venv/test ## Generate the clients of clients/ from the OpenAPI document (needs npm)
	for name in typescript orval python; do $(BIN)/flask --app wsgi openapi clients/$$name/openapi.json; done
	cd clients/typescript && npm ci --silent && npm run --silent types
	cd clients/orval && npm install --silent --no-package-lock && npm run --silent types
	cd clients/python && $(PYTHON) -m venv .venv && .venv/bin/pip install --quiet -r requirements.txt \
		&& .venv/bin/openapi-python-client generate --config config.yaml --path openapi.json --output-path counterclaim --meta none --overwrite

pictures: .venv/test ## Make the pictures of docs/readers/pictures again (needs Chromium)
	$(BIN)/python -m bench.pictures

format: .venv/test ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/test ## Pin the requirements of pyproject.toml again, with hashes (needs uv)
	uv pip compile -q pyproject.toml --python-version 3.11 --generate-hashes --no-strip-extras --no-header -o requirements.txt
	uv pip compile -q pyproject.toml --extra test --python-version 3.11 --generate-hashes --no-strip-extras --no-header -o requirements-test.txt
	uv pip compile -q deploy/tools.in --python-version 3.11 --generate-hashes --no-strip-extras --no-header -o deploy/tools.txt

sbom: .venv-tools/installed ## Write counterclaim.cdx.json: every pinned package with its hashes, as CycloneDX
	.venv-tools/bin/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --output-reproducible -o counterclaim.cdx.json

audit: .venv-tools/installed ## Ask for known vulnerabilities of every pinned package: no answer is a failure
	@$(PYTHON) deploy/audit.py $(AUDIT)

.venv-tools/installed: deploy/tools.txt
	$(PYTHON) -m venv .venv-tools
	.venv-tools/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

.venv/bin/python:
	$(PYTHON) -m venv .venv

# A stamp a requirements file: a second run installs nothing and needs no network.
.venv/run: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/test: requirements-test.txt .venv/run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.txt
	@touch $@
