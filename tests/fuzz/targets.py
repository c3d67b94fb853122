"""The table of what is fuzzed.

Readers are given bytes. The rest are property tests of the suite, given the choices that Hypothesis
would make. What a target needs is imported when it is asked for: each has a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
CORPUS: Final = Path(__file__).parent / "corpus"

#: What reads bytes: a function of these, and the seeds beside it.
_READERS: Final = {
    "component": "tests.fuzz.binaries:check_component",
    "connection": "tests.fuzz.documents:check_connection",
    "json": "tests.fuzz.documents:check_json",
    "manifest": "tests.fuzz.documents:check_manifest",
    "policy": "tests.fuzz.documents:check_policy",
    "python": "tests.fuzz.sources:check_python",
    "reference": "tests.fuzz.documents:check_reference",
    "request": "tests.fuzz.requests:check_request",
    "section": "tests.fuzz.binaries:check_section",
    "type": "tests.fuzz.documents:check_type",
}
_PROPERTIES: Final = {
    "arguments": "tests.fuzz.test_command_line:"
    "test_any_arguments_are_values_of_the_inputs_types_or_a_wrong_use",
    "crossing": "tests.types.test_crossing:"
    "test_what_crosses_is_of_the_target_type_or_nothing_or_refused_as_foretold",
    "flows": "tests.engine.test_against_naive:test_a_flow_comes_to_what_the_rules_say",
    "graphs": "tests.graph.test_properties:test_any_manifest_becomes_problems_or_graphs",
    "lines": "tests.fuzz.test_command_line:"
    "test_any_line_gives_values_of_the_inputs_types_or_does_not_fit",
    "manifests": "tests.fuzz.test_documents:"
    "test_a_manifest_with_other_words_has_graphs_or_problems",
    "marshalling": "tests.fuzz.test_guests:test_any_value_of_any_type_comes_back_from_a_component",
    "modules": "tests.fuzz.test_documents:"
    "test_a_module_with_other_words_is_drafted_or_has_problems",
    "objects": "tests.types.test_python:test_any_object_becomes_exactly_a_value_or_is_refused",
    "paths": "tests.types.test_path:test_what_a_path_leads_to_is_of_the_type_it_promises",
    "results": "tests.fuzz.test_guests:"
    "test_whatever_a_component_returns_is_a_value_of_the_type_or_an_error",
    "streams": "tests.engine.test_streams_against_naive:test_every_port_sends_what_the_rules_say",
    "texts": "tests.fuzz.test_command_line:test_any_text_is_a_value_of_the_type_or_does_not_fit",
    "values": "tests.types.test_json:test_any_json_is_a_value_or_refused",
    "wit": "tests.types.test_wit:test_every_interface_declares_all_that_it_mentions_once",
}
READERS: Final = tuple(_READERS)
NAMES: Final = tuple(sorted(_READERS | _PROPERTIES))


@dataclass(frozen=True)
class Target:
    """Something that must have an answer to any bytes."""

    name: str
    #: Raises for what it must never do. What it returns means nothing.
    check: Callable[[bytes], Any]
    #: Good inputs, to begin with.
    seeds: tuple[bytes, ...] = ()


def target(name: str) -> Target:
    """The target of this name. Raises ``KeyError`` if there is none."""
    if name in _PROPERTIES:
        return Target(name, resolve_name(_PROPERTIES[name]).hypothesis.fuzz_one_input)
    check = _READERS[name]
    return Target(name, resolve_name(check), resolve_name(f"{check.partition(':')[0]}:SEEDS")[name])


def property_of(name: str) -> str:
    """The module and name of the property test behind a target. Raises ``KeyError`` if it is a reader."""
    return _PROPERTIES[name]


def kept(name: str) -> list[Path]:
    """The inputs that a target answered badly once."""
    return sorted((CORPUS / name).glob("*"))
