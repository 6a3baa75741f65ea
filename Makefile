# make demo    set everything up and derive a few things
# make test    set everything up and run all the tests
# make cases   derive every case of the acceptance sample and compare with the textbook
# make bench   compare compiled derivatives with closed forms by hand and with other libraries; growth, memory, imports
# make speed   measure how long derivations and the command line take
# make identities   derive the table of identities anew: docs/reference/identities.md and the file that pins it
# make gallery  write the pages of activations, losses and functions anew, with their pictures: docs/reference
# make pictures  draw the page with one picture of each kind anew: docs/reference/pictures.md
# make causes  write the lists of causes anew: docs/reference/causes.md, diagnoses.md
# make clean   remove what these made
#
# Needs Python 3.11 or later and make; PYTHON=/path/to/python chooses another Python.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
    if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
BIN := .venv/bin
ENGINES := tests/rendering/node_modules/.installed
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check install

.PHONY: demo test cases bench speed identities gallery pictures causes clean

demo: .venv/installed
	@$(BIN)/python examples/demo.py

test: .venv/installed-dev $(ENGINES)
	$(BIN)/python -m ruff check src tests bench examples
	$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadfile

cases: .venv/installed
	@$(BIN)/python bench/cases.py $(ARGS)

bench: .venv/installed-bench
	@$(BIN)/python bench/report.py $(ARGS)

speed: .venv/installed
	@$(BIN)/python bench/speed.py $(ARGS)

identities: .venv/installed
	@PYTHONPATH=src:. $(BIN)/python tests/catalogue/page.py

gallery: .venv/installed
	@PYTHONPATH=src:. $(BIN)/python tests/explain/gallery/page.py

pictures: .venv/installed-dev
	@PYTHONPATH=src:. $(BIN)/python tests/explain/page.py

causes: .venv/installed
	@PYTHONPATH=src:. $(BIN)/python tests/checking/causes/test_table.py
	@PYTHONPATH=src:. $(BIN)/python tests/explain/diagnosis/test_causes.py

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis tests/rendering/node_modules

.venv/made:
	@test -n "$(PYTHON)" || { echo "chainrule needs Python 3.11 or later; none was found (set PYTHON=/path/to/python)" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	    echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@touch $@

.venv/installed: .venv/made pyproject.toml
	@echo "installing chainrule into .venv" >&2
	@$(PIP) -e .
	@touch $@

.venv/installed-dev: .venv/made pyproject.toml
	@echo "installing chainrule and its test tools into .venv" >&2
	@$(PIP) -e '.[dev]'
	@touch $@ .venv/installed

.venv/installed-bench: .venv/made pyproject.toml
	@echo "installing chainrule and the libraries that it is compared with into .venv" >&2
	@$(PIP) -e '.[bench]'
	@touch $@ .venv/installed

# KaTeX and MathJax, in which the tests render what is printed; Node and npm come from PyPI, with the test tools
$(ENGINES): tests/rendering/package-lock.json tests/rendering/package.json | .venv/installed-dev
	@echo "installing KaTeX and MathJax into tests/rendering/node_modules" >&2
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix tests/rendering --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@
