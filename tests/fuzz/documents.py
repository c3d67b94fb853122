"""What people write by hand: manifests, connections, types, references, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.fuzz.targets import ROOT
from tests.fuzz.told import check_told
from tests.graph.components import namespaces
from tests.policy.trees import about
from wasmflow.errors import ProblemsError, UsageError
from wasmflow.grants import Grants
from wasmflow.graph.build import Graphs, build_graphs
from wasmflow.graph.compile import compile_plan
from wasmflow.graph.render import FORMATS, render
from wasmflow.manifest.connection import connect, format_connection
from wasmflow.manifest.load import parse_manifest
from wasmflow.manifest.model import Connection, End
from wasmflow.manifest.term import Misread, Term, parse_line
from wasmflow.naming import canonical
from wasmflow.policy.check import violations
from wasmflow.policy.read import parse_policy
from wasmflow.policy.write import policy_text
from wasmflow.problem import NOWHERE, Place, Problem
from wasmflow.reference import parse_reference
from wasmflow.types.grammar import TypeSyntaxError, parse_port_type
from wasmflow.types.jsontext import dumps, loads
from wasmflow.types.model import Misfit
from wasmflow.types.wit import format_type, spell_out

_MANIFESTS: Final = tuple(
    path.read_bytes()
    for folder in ("examples", "tests/graph", "tests/host")
    for path in sorted((ROOT / folder).rglob("*.yaml"))
)
SEEDS: Final = {
    "connection": tuple(
        sorted({line for each in _MANIFESTS for line in re.findall(rb"- (.*->.*)", each)})
    ),
    "json": (b'{"a": [1, -2.5e3, "\\u00e9", null, true], "b": {"c": 18446744073709551615}}',),
    "manifest": _MANIFESTS,
    "policy": (
        policy_text(about(parts={"text": about(), "lib": about()}), "/srv").encode(),
        b"policy: 1\nlimits: {memory: 1MiB, call_seconds: 0.5}\nartifact: {}\ncollections:\n"
        b"  a/b-c:\n    grant: {env: [X], dirs: {/data: ./d}, clock: real, stdio: [stdin]}\n",
    ),
    "reference": (b"~/a/b.wasm", b"oci://host/name:1"),
    "type": (
        b"stream<list<option<u8>>>",
        b"record {name: string, age: option<u32>}",
        b"variant {a(tuple<f64, char>), b}",
        b"result<_, flags {read, write}>",
    ),
}

_ARTIFACT: Final = about(parts={"a": about(), "text": about(granted=Grants(env=frozenset("X")))})
_NAMESPACES: Final = namespaces()
_VARIABLES: Final = {"HOME": "/home/me", "EMPTY": ""}
_FLOW: Final = Path("flow.yaml")


def check_manifest(source: bytes) -> None:
    """Problems, or graphs; a graph can be planned and drawn."""
    try:
        manifest = parse_manifest(source, _FLOW, _VARIABLES)
    except ProblemsError as error:
        check_told(error.problems)
        return
    graphs = build_graphs(manifest, _NAMESPACES)
    check_told([*manifest.problems, *graphs.problems])
    for name in manifest.components:
        with suppress(ProblemsError):
            _check_graph(graphs, name)


def _check_graph(graphs: Graphs, name: str) -> None:
    graph = graphs.graph(name)
    compile_plan(graph)
    for each in FORMATS:
        assert render(graph, each)


def check_policy(source: bytes) -> None:
    """Problems, or a policy that says what an artifact is beyond."""
    try:
        policy = parse_policy(source, Path("/srv/policy.yaml"))
    except ProblemsError as error:
        check_told(error.problems)
        return
    check_told(violations(_ARTIFACT, policy))


def check_connection(source: bytes) -> None:
    """A problem, or connections that are read back from what is printed of them."""
    try:
        terms = parse_line(source.decode(errors="replace"))
        known = {
            "a",
            "true",
            "5",
            *(canonical(_named(term).name) for term in terms if term.component),
        }
        ends = _ends(terms, known)
    except Misread as misread:
        check_told([misread.problem])
        return
    for pair in ends:
        assert _ends(parse_line(format_connection(Connection(*pair))), known) == [pair]


def _ends(terms: Iterable[Term], known: set[str]) -> list[tuple[End, End]]:
    return [
        (replace(source, place=NOWHERE), replace(target, place=NOWHERE))
        for source, target in connect([_named(term) for term in terms], known)
    ]


def _named(term: Term) -> Term:
    """A use of a component that is written in its place is an instance like any other."""
    return replace(term, name=term.name or "made", component=None) if term.component else term


def check_type(source: bytes) -> None:
    """A mistake within the text, or a type that is read back from its text."""
    text = source.decode(errors="replace")
    try:
        port = parse_port_type(text)
    except TypeSyntaxError as error:
        check_told([Problem(error.problem, error.hint, Place("", 1, error.offset + 1))])
        return
    assert format_type(port.type)
    spelt = spell_out(port.type)
    assert parse_port_type(f"stream<{spelt}>" if port.stream else spelt) == port


def check_reference(source: bytes) -> None:
    """A file, or that it is none."""
    text = source.decode(errors="surrogateescape")
    for base in (None, Path("/folder")):
        with suppress(UsageError):
            assert str(parse_reference(text, relative_to=base)) == text


def check_json(source: bytes) -> None:
    """Refused, or read as others read it, and the same when it is written and read again."""
    try:
        value = loads(source)
    except Misfit as misfit:
        check_told([Problem(str(misfit))])
        return
    assert repr(json.loads(source)) == repr(value)
    assert repr(loads(dumps(value))) == repr(value)
