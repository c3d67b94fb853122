"""Environment variables in the references and settings of `external`, as a shell writes them.

``$NAME`` and ``${NAME}`` stand for a variable, ``${NAME:-text}`` for `text` where it is unset or
empty, ``$$`` for a dollar sign. What a variable holds is taken as it is and not looked into again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from wasmflow.manifest.tree import Scalar, excerpt
from wasmflow.naming import nearest
from wasmflow.problem import Problem

_VARIABLE = re.compile(
    r"""\$(?: (?P<dollar>\$)
            | (?P<bare>[A-Za-z_][A-Za-z0-9_]*)
            | \{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)(?: :-(?P<default>[^${}]*) )?\}
        )?""",
    re.VERBOSE,
)

#: Characters of a reference or setting, with what its variables hold: these may hold as much in turn.
MAX_TEXT: Final = 1 << 16
#: What is told of one text.
_MOST_TOLD: Final = 10


def substitute(scalar: Scalar, variables: Mapping[str, str], problems: list[Problem]) -> str | None:
    """The text of `scalar` with what its variables stand for; ``None`` after adding to `problems`."""
    before = len(problems)
    length = len(scalar.text)

    def replacement(match: re.Match[str]) -> str:
        nonlocal length
        if length > MAX_TEXT or len(problems) - before >= _MOST_TOLD:
            return ""
        name, default = match["bare"] or match["braced"], match["default"]
        if match["dollar"]:
            return "$"
        if name is None:
            hint = "write $NAME, ${NAME} or ${NAME:-default}, and $$ for a dollar sign"
            place = scalar.locate(match.start())
            problems.append(Problem("this '$' does not begin the name of a variable", hint, place))
            return ""
        value = variables.get(name)
        if value is None and default is None:
            problems.append(_unset(name, variables).at(scalar.locate(match.start())))
        length += len(value or "")
        return value or default or ""

    text = _VARIABLE.sub(replacement, scalar.text)
    if length > MAX_TEXT:
        message = f"this has more than {MAX_TEXT:,} characters, with what its variables hold"
        problems.append(Problem(message, place=scalar.place))
    return text if len(problems) == before else None


def _unset(name: str, variables: Mapping[str, str]) -> Problem:
    near = nearest(name, variables)
    hint = f"did you mean '{near}'? Otherwise set" if near else "set"
    return Problem(
        f"the variable '{excerpt(name)}' is not set",
        f"{hint} it, or say what to use without it: ${{{excerpt(name)}:-…}}; a manifest that is used "
        "by another sees only the 'variables' of that 'external' entry",
    )
