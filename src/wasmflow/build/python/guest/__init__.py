"""The part of a Python component that is the same in all of them.

`wasmflow build` puts this package beside the glue that it generates, under the name
``wasmflow_guest``; from there on it runs inside the component and on its Python. So nothing here
may import Wasmflow, and what is imported must exist in a sandbox.
"""
