# `make help` lists what there is. Needs python3 (3.11 or newer), pip, venv and make; everything else it installs itself.
SHELL := /bin/sh
# Every server and every process of the tests reads what was compiled before.
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?= python3
JOBS ?= 2
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app wsgi
CATALOGUES := $(wildcard translations/*/LC_MESSAGES/messages.po)
COMPILED := $(CATALOGUES:.po=.mo)
SHIPPED := core regulation accounts question_bank competitions testing_center appeals ranking archive demo wsgi.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run demo test oldest check faults fuzz security bench catalogues lock clean

help: ## List the commands
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

run: $(VENV)/runtime.stamp $(COMPILED) ## Serve on http://127.0.0.1:$PORT (8000), with demonstration data on the first run
	@$(FLASK) serve --demo

demo: $(VENV)/runtime.stamp $(COMPILED) ## Play a whole competition on a virtual clock into instance/demo
	@$(FLASK) demo run --candidates 60 --seed 1 --output instance/demo

test: $(VENV)/dev.stamp $(COMPILED) ## Run the whole suite: SQLite and PostgreSQL, unit to browser
	@sh tools/browser.sh
	@$(BIN)/pytest -n $(JOBS) $(ARGS)

# What is left out: the driver's clock does not work in it; it copies formulas wrongly; boxes that scroll cannot be reached
# by Tab in it. The last two concern the editor of questions, which the promise to candidates does not.
oldest: $(VENV)/dev.stamp $(COMPILED) ## Run the browser tests in Chromium 109, the oldest that is promised (from npm)
	@sh tools/oldest.sh "$(CURDIR)/build/chromium-109"
	@PATH="$(CURDIR)/build/chromium-109:$$PATH" $(BIN)/pytest -n $(JOBS) -p no:cacheprovider tests/browser \
		-k "not two_windows_that_are_brought_back and not copied_and_pasted_with_the_keys and not whole_editor_is_walked" $(ARGS)

check: $(VENV)/dev.stamp $(COMPILED) ## Linters, types, import contracts, templates, catalogues
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/djlint --lint --quiet templates
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive $(SHIPPED)
	@$(BIN)/python tools/catalogues.py check

fuzz: $(VENV)/dev.stamp ## Read 20,000 damaged files of every format (FUZZ_COUNT, FUZZ_SEED, FUZZ_FORMAT)
	@FUZZ_COUNT=$${FUZZ_COUNT:-20000} FUZZ_SEED=$${FUZZ_SEED:-$$(date +%Y%m%d)} \
		$(BIN)/pytest -n 0 -q -s -p no:cacheprovider --tb=short tests/rules/test_fuzz.py $(ARGS)

faults: $(VENV)/dev.stamp $(COMPILED) ## Kill, cut and starve the system: the whole fault suite (FAULTS_KILLS, FAULTS_CUTS, FAULTS_STREAMS, FAULTS_SEED)
	@FAULTS_KILLS=$${FAULTS_KILLS:-2000} FAULTS_CUTS=$${FAULTS_CUTS:-1000} FAULTS_LOCKED=$${FAULTS_LOCKED:-1,5,30} \
		FAULTS_DATABASE_DEATHS=$${FAULTS_DATABASE_DEATHS:-20} FAULTS_STREAMS=$${FAULTS_STREAMS:-1000} FAULTS_MOUNT=1 FAULTS_NETWORK=1 \
		FAULTS_SWITCH=$${FAULTS_SWITCH:-240} FAULTS_FLIPS=$${FAULTS_FLIPS:-500} FAULTS_PLACES=$${FAULTS_PLACES:-4} \
		$(BIN)/pytest -n 0 -q -p no:cacheprovider --tb=short tests/faults tests/browser/test_bad_day.py $(ARGS)

security: $(VENV)/dev.stamp $(COMPILED) ## Send 20,000 requests made from the API document, and all attacks (SECURITY_COUNT)
	@SECURITY_COUNT=$${SECURITY_COUNT:-20000} $(BIN)/pytest -n 0 -q -p no:cacheprovider --tb=short tests/security $(ARGS)

bench: $(VENV)/dev.stamp $(COMPILED) ## Run the benchmarks into docs/performance.md and benchmarks/results/latest.json
	@$(BIN)/python -m benchmarks.run

catalogues: $(VENV)/dev.stamp ## Bring the catalogues up to date with the sources
	@$(BIN)/python tools/catalogues.py update

lock: $(VENV)/dev.stamp ## Resolve the dependencies anew into the hashed locks
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh tools/lock.sh

clean: ## Remove what make built (the data under instance/ stays)
	rm -rf $(VENV) $(COMPILED) *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage

$(VENV)/runtime.stamp: requirements.lock pyproject.toml tools/install.sh
	@PYTHON="$(PYTHON)" sh tools/install.sh requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml tools/install.sh
	@PYTHON="$(PYTHON)" sh tools/install.sh requirements-dev.lock
	@touch $@ $(VENV)/runtime.stamp

# The stamp is no prerequisite proper: a new environment does not make a compiled catalogue old.
%.mo: %.po | $(VENV)/runtime.stamp
	@$(BIN)/python tools/catalogues.py compile $<
