"""What lines of standard input give besides flags, in the words of the command line."""

from __future__ import annotations

from typing import Final

from wasmflow.cli.ports import LARGEST_FILE, Flags
from wasmflow.codec.lines import Wanted, Words
from wasmflow.codec.lines import wanted as wanted_besides
from wasmflow.component import Signature

WORDS: Final = Words(
    besides="'{0}' is given by a flag, for all lines",
    once="'{0}' is one value for all lines; give it as a flag: --{0}=VALUE",
    text="--raw-in=lines takes lines as they are",
    raw="--raw-in",
    source="standard input",
    longest=LARGEST_FILE,
)


def wanted(signature: Signature, flags: Flags) -> Wanted:
    """What lines are to give of what the flags do not."""
    names = {port.name for port in (*flags.missing, *flags.dashed)}
    return wanted_besides(signature, flags.values, names, WORDS)
