"""One module per verb; `wasmflow.cli.main` lists them."""
