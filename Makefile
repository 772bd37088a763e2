# Two commands matter: `make book` and `make test`. Everything they need is set up on the way.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv
# compiled once here, every kernel that starts later is seconds faster
INSTALL = $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python
# one session for everything; loadscope keeps the cells of one notebook on one worker; kernels are forks where they can
WARM    = JUPYTER_DEFAULT_PROVISIONER_NAME=ftsec-warm OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
PYTEST  = $(WARM) $(BIN)/python -m pytest --nbval --nbval-current-env --numprocesses auto --dist loadscope

.DEFAULT_GOAL := help
.PHONY: help book test test-all check bench lab llm live serve publish pdf epub slides lighthouse wheelhouse refresh lock clean

help:            ## show this list
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

book: $(VENV)/.book  ## execute what is stale and build _build/html/index.html
	@$(BIN)/ftsec build

test: $(VENV)/.test  ## everything that tests: unit and property tests, the notebooks, the built site
	@$(BIN)/ftsec build
	@$(PYTEST) -m "not slow" tests notebooks

test-all: $(VENV)/.test .venv-lab/.ready  ## the same with the slow tests
	@$(BIN)/ftsec build
	@$(PYTEST) tests notebooks

check: $(VENV)/.test  ## code style and the house rules, in seconds
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/lint-imports

bench: $(VENV)/.test .venv-bench/.ready .venv-lab/.ready  ## what running chapters costs (OPTIONS="--points 4": small)
	@$(BIN)/python -m benchmarks.execution $(OPTIONS)

lab: .venv-lab/.ready  ## JupyterLab on the notebooks, in an environment of its own
	@.venv-lab/bin/jupyter lab --notebook-dir=notebooks

# PyTorch's build depends on the machine: with the index of your choice, or TORCH="torch==2.13.0+cpu"
TORCH ?= torch==2.13.0
llm: .venv-llm/.torch  ## PyTorch and a real language model, in an environment of its own (TORCH="...": another build)
	@echo "ready: .venv-llm/bin/ftsec llm --help"

.venv-llm/.torch: .venv-llm/.ready
	@$(BIN)/python -m pip --python .venv-llm/bin/python install --quiet --disable-pip-version-check "$(TORCH)"
	@touch $@

serve: book      ## the built book at http://localhost:8000
	@$(BIN)/python -m http.server --directory _build/html 8000

live: book       ## the articles' code runs in the built pages, by Python in the browser (needs npm)
	@$(BIN)/ftsec live

publish: book    ## _build/published: the checked site as a folder and an archive, for any host
	@$(BIN)/ftsec publish

pdf: $(VENV)/.test  ## the whole book as one PDF, offered on the site (needs a Chromium)
	@$(BIN)/ftsec build
	@$(BIN)/ftsec pdf

epub: $(VENV)/.test  ## the whole book as one ePub, offered on the site (needs a Chromium)
	@$(BIN)/ftsec build
	@$(BIN)/ftsec epub

slides: book     ## _build/slides/index.html: a deck for each chapter, for a browser without network
	@$(BIN)/ftsec slides

lighthouse: book $(VENV)/.test  ## Lighthouse's scores of the built pages (needs npm and a Chromium)
	@$(BIN)/python -m benchmarks.lighthouse $(OPTIONS)

wheelhouse: $(UV)  ## _build/wheelhouse: installs JupyterLab and the book without network, on this platform and Python only
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
	  -r requirements-lab.txt -d _build/wheelhouse
	@$(UV) build --quiet --wheel --no-build-isolation --python $(BIN)/python -o _build/wheelhouse
	@cp requirements-lab.txt _build/wheelhouse/

refresh: $(VENV)/.test  ## re-execute all notebooks and write their reference outputs back
	@$(BIN)/ftsec refresh

lock: $(UV)      ## resolve the lock again (versions and hashes, no addresses)
	@sh scripts/lock.sh $(UV)

clean:           ## remove everything that was built, keep the environments
	@rm -rf _build

$(UV): requirements-uv.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 15) else "Python 3.11 to 3.14 is needed, this is %d.%d; name another one with: make PYTHON=python3.12 ..." % v)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@touch $@

# An extra is installed once; its stamp is older than the lock or the package's metadata when they change.
$(VENV)/.%: $(UV) requirements-%.txt pyproject.toml
	@echo "setting up: requirements-$*.txt"
	@$(INSTALL) --require-hashes -r requirements-$*.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

# An environment of its own, for what must not be beside the rest.
.venv-%/.ready: $(UV) requirements-%.txt pyproject.toml
	@test -x .venv-$*/bin/python || $(UV) venv --quiet --python $(BIN)/python .venv-$*
	@$(UV) pip install --quiet --python .venv-$*/bin/python --require-hashes --no-deps -r requirements-$*.txt
	@$(UV) pip install --quiet --python .venv-$*/bin/python --no-deps --no-build-isolation -e .
	@touch $@
