"""From typed Python to a component: source → program → interface → glue → toolchain.

`builder` is the way in, and goes that way from one to the next. Sources are read and never run on the
host; what runs in the component beside them is in `guest`, which knows nothing of the rest.
"""
