"""WIT types as plain values, and what can be done with values of them.

    model         the types, and which Python value each has
    wit grammar   their text: types and whole interfaces printed, types read
    json jsontext values to and from JSON, and JSON to and from text
    text          values from the command line and from query strings
    python        values from callers of the Python API
    convert       which types may be connected; crossing has the rule for each pair of types
    path          ways into values
    scalars parts what these share: checks of single values, and work on the parts of a value

Everything is decided once per type and gives a function that is quick per value. Nothing here knows
of components, files or WebAssembly.
"""
