"""What `wasmflow serve` is: a supervisor, and worker processes that it keeps alive."""
