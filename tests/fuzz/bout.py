"""The process in which one target is fuzzed: `bout NAME [OPTION OF LIBFUZZER…]`.

Started by `__main__`. Ends with the first input that is answered badly, takes too long or too much
memory; libFuzzer keeps that input.
"""

from __future__ import annotations

import resource
import sys
from typing import Final

import atheris

from tests.fuzz.targets import target

#: Bytes that the process may write to. libFuzzer looks at its memory only now and then.
_MEMORY: Final = 4 << 30
#: More than the choices of any property test.
_LONGEST: Final = 1 << 16


def main(name: str, *options: str) -> None:
    """Fuzz the target until it is time to end."""
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    # Only code that is imported here is watched for what an input reaches.
    with atheris.instrument_imports(include=["wasmflow"], enable_loader_override=False):
        fuzzed = target(name)
        for source in (*fuzzed.seeds[:1], bytes(_LONGEST)):
            fuzzed.check(source)  # imports what is imported when it is called

    atheris.Setup([sys.argv[0], *options], fuzzed.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
