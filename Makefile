# Okno. `make run` shows a working clinic; `make test` proves everything. Both install what they need.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.okno-ready

.PHONY: setup run test lint vendor bench chaos clean

setup: $(READY)

$(READY): setup.cfg pyproject.toml deploy/setup.sh
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh deploy/setup.sh
	@touch $(READY)

run: $(READY)
	@$(BIN)/okno up --demo

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(READY)
	$(BIN)/python -m tests

# Front-end libraries are in the repository; this fetches them again as the lock says. Needs node; nothing else does.
vendor: $(READY)
	cd deploy/vendor && npm ci --ignore-scripts && npm run vendor

# Ratios measured in one run on this machine; record them in bench/RESULTS.md.
bench: $(READY)
	@for file in $$(ls bench/*.py | grep -v /record_); do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

# 2,000 real calls while everything is killed, about half an hour: `make chaos ARGS="--seed 7 --calls 300 --kills 3"`.
chaos: $(READY)
	$(BIN)/python -m tests.chaos $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
