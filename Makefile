# Every target sets up what it needs and is quick the second time. Each is a few lines in scripts/.
PYTHON ?= python3
export PYTHON

.PHONY: demo test check fix fuzz bench bench-peers bench-web soak schema clean help

help:    ## Show these targets
	@sed -n 's/^\([a-z-]*\): *## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

demo:    ## Set up, build the examples, and run the main job on real input
	@scripts/demo

test:    ## Set up and run the whole test suite (ARGS="-k name" for a part)
	@scripts/test $(ARGS)

check:   ## Lint, types, import layers, published schema
	@scripts/check

fix:     ## Format and mend what can be mended by machine
	@scripts/fix

fuzz:    ## Look for inputs that are answered badly (ARGS="--minutes 10", ARGS="manifest json")
	@scripts/fuzz $(ARGS)

bench:   ## Measure, beside peers, and print a table
	@scripts/bench $(ARGS)

bench-peers:  ## The same beside flow runners of Node.js, which npm installs into a cache folder
	@scripts/bench --peers $(ARGS)

bench-web:  ## The same over HTTP, beside other web servers, driven by wrk
	@scripts/bench --web $(ARGS)

soak:    ## A service at full load beside bad clients and killed workers (ARGS="--minutes 10 --save")
	@scripts/bench --soak $(ARGS)

schema:  ## Write the JSON Schema of manifests anew
	@scripts/setup check && .venv/bin/python scripts/schema.py

clean:   ## Remove what was built and the virtual environment
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .fuzz dist
	find examples -name '*.wasm' -delete
