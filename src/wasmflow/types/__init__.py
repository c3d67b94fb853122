"""WIT types as plain values, and what can be done with values of them.

    model       the types, and which Python value each has
    wit         their text: printed, read, and whole interfaces printed
    json text   values to and from JSON; values from the command line and from query strings
    python      values from callers of the Python API
    convert     which types may be connected, and what happens to a value as it crosses
    path        ways into values
    scalars parts   what these share: checks of single values, and work on the parts of a value

Everything is decided once per type and gives a function that is quick per value. Nothing here knows
of components, files or WebAssembly.
"""
