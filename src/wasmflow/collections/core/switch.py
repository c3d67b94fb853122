"""`core::switch`: sends a value one way of several."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from wasmflow.collections.core.template import Act, CoreTemplate, calling, missing_constant
from wasmflow.component import Call, Outcome, Port, Signature, Use
from wasmflow.naming import canonical, listing
from wasmflow.packet import EMPTY, Slot
from wasmflow.problem import Problem
from wasmflow.types import model as wit
from wasmflow.types.json import decoder, dumps

_EXAMPLE = "cases: {small: [1, 2], large: 3}"
_CONSTANTS = {
    "cases": "Output port to the value that chooses it, or to a list of such values (a value that is "
    "itself a list stands in a list)."
}
_DEFAULT = "default"


def _signature(use: Use) -> Signature | list[Problem]:
    if "cases" not in use.constants:
        return [missing_constant("switch", "cases", _EXAMPLE)]
    cases = use.constants["cases"]
    if not isinstance(cases, dict) or not cases:
        return [Problem("'cases' is an object of output port to value", _EXAMPLE, port="cases")]
    problems = [*_bad_names(cases), *_bad_values(cases, _chosen_by(use))]
    return problems or _with_types(use, tuple(cases))


def _with_types(use: Use, cases: tuple[str, ...]) -> Signature:
    type_, by = use.inputs.get("input"), use.inputs.get("match")
    # Connected, it is required: where nothing comes that could choose, nothing is sent.
    match = Port("match", by, optional="match" not in use.inputs, description=_MATCH)
    outputs = [
        Port(name, type_, description=f"The input, if it is case '{name}'.") for name in cases
    ]
    default = Port(_DEFAULT, type_, description="The input, if it is none of the cases.")
    return Signature(
        "switch",
        (Port("input", type_, description="The value to send on."), match),
        (*outputs, default),
        "Sends its input to one of its outputs, and nothing to the others.",
    )


_MATCH = "The value that chooses, if it is not the input itself."


def _chosen_by(use: Use) -> wit.Type:
    """The type of the value that chooses; where it is undetermined, cases are compared as JSON."""
    return use.inputs.get("match" if "match" in use.inputs else "input") or wit.ANY


def _bad_names(cases: Mapping[str, wit.Json]) -> Iterator[Problem]:
    taken = {canonical(_DEFAULT)}
    for name in cases:
        if canonical(name) in taken:
            message = f"the output '{name}' of 'switch' is there already"
            yield Problem(message, "give the case another name", port="cases")
        taken.add(canonical(name))


def _bad_values(cases: Mapping[str, wit.Json], type_: wit.Type) -> Iterator[Problem]:
    chosen: dict[Hashable, str] = {}
    never: list[tuple[str, str]] = []
    decode = decoder(type_)
    for name, value in _values(cases):
        try:
            other = chosen.setdefault(_key(decode(value)), name)
        except wit.Misfit as misfit:
            never.append((name, str(misfit)))
            continue
        if other != name:
            message = f"{dumps(value)} chooses both '{other}' and '{name}'"
            yield Problem(message, "leave it in one of the cases", port="cases")
    if never:
        yield _never_chosen(never)


def _never_chosen(misfits: list[tuple[str, str]]) -> Problem:
    """One problem of all values that do not fit: each case with them, and a few reasons."""
    names, reasons = (list(dict.fromkeys(each)) for each in zip(*misfits, strict=True))
    who = f"cases {listing(names)} are" if len(names) > 1 else f"case '{names[0]}' is"
    more = "; …" if len(reasons) > 3 else ""
    return Problem(f"{who} never chosen: {'; '.join(reasons[:3])}{more}", port="cases")


def _values(cases: Mapping[str, wit.Json]) -> Iterator[tuple[str, wit.Json]]:
    """Each value that chooses a case, with the case."""
    for name, value in cases.items():
        for each in value if isinstance(value, list) else [value]:
            yield name, each


def _act(signature: Signature, use: Use) -> Act:
    decode = decoder(_chosen_by(use))
    cases = use.constants["cases"]
    index = {name: at for at, name in enumerate(cases)}
    chosen = {_key(decode(value)): index[name] for name, value in _values(cases)}
    default, width = len(cases), len(signature.outputs)

    def act(inputs: tuple[Slot, ...], _call: Call) -> Outcome:
        value, match = inputs
        at = chosen.get(_key(value if match is EMPTY else match), default)
        return tuple([value if each == at else EMPTY for each in range(width)])

    return act


def _key(value: Any) -> Hashable:
    """Equal for equal values only: other than in Python, true is not 1 and a list no tuple."""
    match value:
        case bool():
            return (bool, value)
        case list() | tuple():
            return (type(value), *map(_key, value))
        case dict():
            return (dict, frozenset((name, _key(part)) for name, part in value.items()))
    hashable: Hashable = value
    return hashable


SWITCH = CoreTemplate(_with_types(Use(), ()), _signature, calling(_act), _CONSTANTS)
