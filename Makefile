# Every target sets up what it needs, from a bare Python 3.11 and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PY := .venv/bin/python
WORKERS ?= 2
PYTEST := $(PY) -m pytest -q -n $(WORKERS) --dist worksteal -m
PURE := tests/core tests/programme

.PHONY: help demo demo-reset test whole check lint types layers migrations translations scenarios coverage soak bench tour lighthouse axe build lock clean dev run

help:  ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run:
	@test -n "$(PYTHON)" || { echo "palier needs Python 3.11 or newer (python3.11 or python3 on PATH)."; exit 1; }
	@$(PYTHON) scripts/bootstrap.py run

dev:
	@test -n "$(PYTHON)" || { echo "palier needs Python 3.11 or newer (python3.11 or python3 on PATH)."; exit 1; }
	@$(PYTHON) scripts/bootstrap.py dev

demo: run  ## the product with five vendors, in the browser
	@.venv/bin/palier demo

demo-reset: run  ## the same, from the start
	@.venv/bin/palier demo --reset

# Only what is held to 100 % is traced, by its own tests: under a tracer the rest takes half as long again, or twice as long.
test: dev  ## the suite, with the coverage of the core and the programme recorded
	$(PYTEST) "not soak and not whole" --cov --cov-branch --cov-report= $(PURE)
	$(PYTEST) "not soak and not whole" $(PURE:%=--ignore=%)

whole: dev  ## whole programs: started, killed, racing; real mail servers; a real browser
	$(PYTEST) "whole and not soak"

check: lint types layers migrations translations test whole coverage scenarios build  ## all that CI checks

lint: dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: dev
	$(PY) -m mypy

layers: dev
	.venv/bin/lint-imports

migrations: dev  ## models and migrations agree, and each app's migrations are one line
	$(PY) scripts/check_migrations.py

translations: dev  ## nothing untranslated, nothing fuzzy, nothing left out of the catalogue
	$(PY) scripts/check_translations.py

coverage: test  ## the core and the programme are covered whole, branches too
	$(PY) -m coverage report --include='src/palier/core/*,src/palier/programme/*' --fail-under=100 --skip-covered --show-missing

scenarios: dev  ## the five reference programmes are clean and do what their scenarios say
	.venv/bin/palier programme check programmes/*.yaml
	.venv/bin/palier programme scenarios programmes/*.scenarios.yaml

soak: dev  ## long runs: thousands of kills and histories
	$(PY) -m pytest -q -n $(WORKERS) --dist worksteal -m soak

bench: dev  ## what it costs, in one table
	$(PY) -m benchmarks

tour: dev  ## take the pictures of docs/tour.md anew (needs Chromium)
	$(PY) -m scripts.tour

lighthouse: dev  ## measure the pages people meet most (needs Chromium)
	$(PY) -m scripts.lighthouse

axe: dev  ## every page of the demonstration before axe, in both languages, themes and sizes (needs Chromium)
	$(PY) -m scripts.axe

build: dev  ## the wheel, with assets and programmes inside
	$(PY) scripts/check_wheel.py

lock: dev  ## compile the pinned requirements anew
	.venv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --python-version 3.11 --extra build pyproject.toml -o requirements/run.txt
	.venv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --python-version 3.11 --extra build --extra dev pyproject.toml -o requirements/dev.txt

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .coverage
