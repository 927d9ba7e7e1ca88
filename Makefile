# The ways in: `make run` serves a synthetic trust, `make test` proves the whole house.
# Needs only make, git and Python 3.11-3.13 with venv. Everything it makes stays in this folder.

HOME_DIR ?= .belong/demo
HOST ?= 127.0.0.1
PORT ?= 8000
PYTHON ?= $(shell for p in python3 python3.12 python3.13 python3.11; do \
  $$p -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { echo $$p; break; }; done)

VENV := .venv
BIN := $(VENV)/bin
CACHE := $(CURDIR)/$(VENV)/.cache
# Caches of pip, npm, matplotlib and others stay inside the checkout, and nothing phones home.
export PIP_CACHE_DIR := $(CACHE)/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export npm_config_cache := $(CACHE)/npm
export XDG_CACHE_HOME := $(CACHE)
export MPLCONFIGDIR := $(CACHE)/matplotlib
export GX_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

.PHONY: help run serve test coverage setup assets format lint types imports check lock bench-setup sbom audit wheel clean

help:
	@echo "make run     a synthetic trust of three schools, explained, at http://$(HOST):$(PORT)"
	@echo "make test    format, lint, types, import rules and all tests (what CI runs)"
	@echo "make coverage  the tests once more, and which branches of the gravest rooms none of them reaches"
	@echo "make setup   the virtual environment and the pages' assets only"
	@echo "make lock    resolve the dependencies again (needs uv)"
	@echo "make sbom    a CycloneDX list of what is installed;  make audit  known weaknesses in it"

setup: assets

$(VENV)/.created:
	@test -n "$(PYTHON)" || { echo "Belong needs Python 3.11, 3.12 or 3.13, and found none of them."; \
	  echo "On Debian or Ubuntu: sudo apt-get install python3 python3-venv"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) has no venv."; \
	  echo "On Debian or Ubuntu: sudo apt-get install python3-venv"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.created requirements-dev.lock pyproject.toml
	@echo "Installing the locked dependencies (a few minutes the first time) ..."
	@$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# The build knows by itself whether anything changed, and then takes no time.
assets: $(VENV)/.installed
	@$(BIN)/python -m service.shell.build

run: setup
	@$(BIN)/belong demo --home $(HOME_DIR) --host $(HOST) --port $(PORT)

serve: setup
	@$(BIN)/belong serve --home $(HOME_DIR) --host $(HOST) --port $(PORT)

test: setup check
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST)

# Of these rooms 95 % or more; what no test reaches is named line by line.
GRAVE := model/*.py,model/candidates/*.py service/core/permissions.py,service/shell/access.py \
  service/*/*_store.py service/rights/erasing.py,service/rights/lake_rewrite.py,service/rights/retention.py,service/rights/sweeping.py
coverage: setup
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n 2 --dist loadgroup $(PYTEST)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report --skip-covered --format=total | sed 's/^/all of it, %: /'
	@for room in $(GRAVE); do $(BIN)/coverage report --include="$$room" --fail-under=95 || exit 1; done

check: format lint types imports

format: $(VENV)/.installed
	@$(BIN)/ruff format --check .

lint: $(VENV)/.installed
	@$(BIN)/ruff check .

types: $(VENV)/.installed
	@$(BIN)/mypy

imports: $(VENV)/.installed
	@$(BIN)/lint-imports

# Each set is resolved under the larger one's constraints, so that all of them agree. Last, the day each release
# was uploaded goes to requirements-dates.csv; the lock it is read from names the index, so it is not kept.
UV ?= uv
LOCKS := requirements.lock requirements-build.lock requirements-dev.lock requirements-bench.lock
COMPILE := $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header
lock:
	$(COMPILE) pyproject.toml --extra dev --extra plots -o requirements-dev.lock
	$(COMPILE) pyproject.toml --extra dask -c requirements-dev.lock -o requirements.lock
	$(COMPILE) --group build -c requirements-dev.lock -o requirements-build.lock
	$(COMPILE) pyproject.toml --extra dev --extra bench -c requirements-dev.lock -o requirements-bench.lock
	@mkdir -p $(CACHE)
	@$(UV) pip compile -q --universal --python-version 3.11 --no-deps --format pylock.toml $(LOCKS) -o $(CACHE)/pylock.toml
	@$(BIN)/python -m tests.house.release_dates $(CACHE)/pylock.toml
	@rm $(CACHE)/pylock.toml

bench-setup: setup
	@$(BIN)/pip install --quiet --require-hashes -r requirements-bench.lock

wheel: setup
	@$(BIN)/python -m hatchling build -t wheel -d dist

sbom: $(VENV)/.installed
	@$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml -o sbom.cdx.json --of JSON
	@echo "wrote sbom.cdx.json"

# Asks the package index's advisory service, so it needs the network; tests never do.
audit: $(VENV)/.installed
	@$(BIN)/pip-audit --disable-pip --require-hashes -r requirements.lock

clean:
	rm -rf $(VENV) node_modules service/shell/static/built .belong dist screenshots
