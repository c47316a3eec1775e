# Everything a person or CI does here. `make` alone lists it.

PYTHON ?= python3
SEED ?= 20260101

# Tests start many processes: what one of them compiles is kept for the others.
unexport PYTHONDONTWRITEBYTECODE

# Relative paths throughout: the project may lie under a path with spaces.
BIN := .venv/bin
INSTALL := PYTHON="$(PYTHON)" sh tools/install.sh

.DEFAULT_GOAL := help
.PHONY: help demo serve test check check-style check-types check-imports check-house bench soak docs lock supply clean
MAKEFLAGS += --no-print-directory

help: ## List what can be made
	@echo "Trimtab: tactical asset allocation from signal to signed-off trade"
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  With another Python: make PYTHON=python3.13 demo. Environments: .venv, and .venv-* for peers and locks."

demo: .venv/demo.stamp ## Install what the demo needs (under a minute), run it, write out/demo/report.html
	@$(BIN)/trimtab demo

serve: .venv/serve.stamp ## Serve a demonstration desk (a year of decisions) at http://127.0.0.1:8765
	@$(BIN)/trimtab serve --demo --workspace out/desk

test: .venv/test.stamp ## Run the tests on two cores (those of README.md and docs/: make docs); fails below 90 % branch coverage
	@echo "  running the tests (ten to fifteen minutes)"
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --ignore=tests/docs --cov --cov-report= --cov-fail-under=0
	@$(BIN)/python -m coverage report

check: check-style check-types check-imports check-house ## Quick checks, nothing run: style, types, imports, sizes, addresses, secrets (-k: all findings)

check-style: .venv/check.stamp
	@echo "  ruff: style and format"
	@$(BIN)/ruff check --quiet && $(BIN)/ruff format --check

check-types: .venv/check.stamp
	@echo "  mypy: types (half a minute the first time)"
	@$(BIN)/mypy

check-imports: .venv/check.stamp
	@echo "  import-linter: which room may import which"
	@$(BIN)/lint-imports --no-logo

check-house: .venv/check.stamp
	@echo "  house rules: sizes, names, clock, unsafe calls, addresses, secrets"
	@$(BIN)/python tools/check_sizes.py && $(BIN)/python tools/check_addresses.py && $(BIN)/python -m tools.check_secrets

bench: .venv/test.stamp .venv-peer-bt/peer-bt.stamp .venv-peer-optimalportfolios/peer-optimalportfolios.stamp \
    .venv-peer-cvxportfolio/peer-cvxportfolio.stamp .venv-peer-vectorbt/peer-vectorbt.stamp ## Measure speed beside peers, memory and whole commands; writes out/bench.md (a few minutes)
	@rm -f out/bench.md
	@OPENBLAS_NUM_THREADS=1 TRIMTAB_PEER_BT=.venv-peer-bt/bin/python \
	    TRIMTAB_PEER_OPTIMALPORTFOLIOS=.venv-peer-optimalportfolios/bin/python \
	    TRIMTAB_PEER_CVXPORTFOLIO=.venv-peer-cvxportfolio/bin/python \
	    TRIMTAB_PEER_VECTORBT=.venv-peer-vectorbt/bin/python $(BIN)/python -m pytest -p benchmark benchmarks \
	    --benchmark-timer=time.process_time --benchmark-columns=median,min,max,rounds; \
	    code=$$?; cat out/bench.md 2>/dev/null; exit $$code

soak: .venv/test.stamp ## Run the long tests; out/soak.log states commit and seeds (SEED=20260101)
	@PYTHON="$(BIN)/python" SEED="$(SEED)" sh tools/soak.sh

docs: .venv/test.stamp .venv/docs.stamp ## Build out/docs with warnings as errors; run every snippet, redraw every figure
	@echo "  building out/docs"
	@$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs out/docs
	@echo "  running the snippets of README.md and docs/"
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --quiet -n 2 tests/docs

lock: ## Bring locks/*.txt in line with pyproject.toml (UPGRADE=1 takes the newest of everything)
	@echo "  resolving for Python 3.11 to 3.14 on Linux, macOS and Windows (under a minute)"
	@PYTHON="$(PYTHON)" sh tools/lock.sh $(if $(UPGRADE),--upgrade)

supply: .venv/test.stamp .venv/check.stamp ## Check what we stand on and ship; writes out/supply (FULL=1: all tests on the wheel; AUDIT=optional)
	@PYTHON="$(BIN)/python" AUDIT="$(AUDIT)" FULL="$(FULL)" sh tools/supply.sh

clean: ## Remove environments, caches and out/
	@rm -rf .venv .venv-* out dist build htmlcov .coverage .coverage.* \
	    .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	@find src tests tools docs -name __pycache__ -type d -prune -exec rm -rf {} +

# A changed lock or pyproject.toml installs again. The locks agree with each other, so one environment holds them all.
.venv/%.stamp: locks/%.txt pyproject.toml tools/install.sh
	@$(INSTALL) .venv "$<" --with-package
	@touch "$@"

.venv-peer-bt/%.stamp: locks/%.txt tools/install.sh
	@$(INSTALL) .venv-peer-bt "$<"
	@touch "$@"

.venv-peer-optimalportfolios/%.stamp: locks/%.txt tools/install.sh
	@$(INSTALL) .venv-peer-optimalportfolios "$<"
	@touch "$@"

.venv-peer-cvxportfolio/%.stamp: locks/%.txt tools/install.sh
	@$(INSTALL) .venv-peer-cvxportfolio "$<"
	@touch "$@"

.venv-peer-vectorbt/%.stamp: locks/%.txt tools/install.sh
	@$(INSTALL) .venv-peer-vectorbt "$<"
	@touch "$@"
