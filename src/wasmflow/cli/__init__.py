"""The command line: a way of putting packets in and taking packets out, for a person at a terminal.

`main` is a table of commands; each command is a module in `commands`. Nothing is imported here or at
the top of a command that costs time: `wasmflow --help` loads neither asyncio nor WebAssembly.
"""
