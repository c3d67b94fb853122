"""How the collections of an artifact are shown."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from wasmflow.cli.output import Terminal
from wasmflow.cli.tree import collection_rows, granted_json, tree_json, wanted, wanted_text
from wasmflow.component import About, Import
from wasmflow.grants import Folder, Grants


def importing(*names: str) -> About:
    return About("wasm", imports=tuple(Import(f"wasi:{name}@0.2.3", "available") for name in names))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("", "nothing"),
        ("io/streams io/poll cli/exit", "nothing"),
        ("cli/environment filesystem/types clocks/wall-clock", "environment, files, clock"),
        ("random/insecure-seed sockets/tcp", "random, network"),
        ("cli/stdout cli/terminal-stderr", "stdout, stderr"),
        ("random/random cli/stdin cli/stdout cli/stderr sockets/udp", "random, stdio, network"),
    ],
)
def test_imports_are_called_by_what_they_are_for(names: str, told: str) -> None:
    assert wanted_text(importing(*names.split())) == told


def test_other_imports_are_of_no_world() -> None:
    assert wanted(About("wasm", imports=(Import("files", "types only"),))) == []


def tree() -> About:
    here = str(Path.cwd().resolve())
    data = Grants(dirs=frozenset({Folder("/d", f"{here}/data")}), clock=True)
    leaf = importing("clocks/wall-clock", "cli/environment")
    leaf = About("wasm", imports=leaf.imports, origin="leaf.wasm", digest="ab", granted=data)
    lib = About("manifest", granted=data, parts={"leaf": leaf})
    return About("manifest", granted=None, parts={"lib": lib, "plain": importing()})


def test_every_collection_has_a_line_to_any_depth() -> None:
    assert list(collection_rows(tree(), Terminal(io.StringIO()))) == [
        "collection    kind      imports             granted",
        "  lib         manifest                      {dirs: {/d: ./data}, clock: real}",
        "  lib/leaf    wasm      environment, clock  {dirs: {/d: ./data}, clock: real}",
        "  plain       wasm      nothing             nothing",
    ]


def test_long_cells_go_on_below(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    grants = Grants(frozenset(f"NAME_{n}" for n in range(10)))
    about = About("manifest", parts={"x": About("wasm", granted=grants)})
    lines = list(collection_rows(about, Terminal(io.StringIO())))
    assert sum(line.count("NAME_") for line in lines) == 10
    assert max(map(len, lines)) <= 60
    assert len(lines) > 3


def test_an_artifact_without_collections_has_no_table() -> None:
    assert list(collection_rows(About("wasm"), Terminal(io.StringIO()))) == []


def test_machines_get_the_whole_tree() -> None:
    told = json.loads(json.dumps(tree_json(tree())))
    leaf = told["parts"]["lib"]["parts"]["leaf"]
    assert (told["granted"], leaf["digest"], leaf["origin"]) == (None, "sha256:ab", "leaf.wasm")
    assert leaf["wants"] == ["environment", "clock"]
    assert leaf["granted"]["dirs"]["/d"]["write"] is False


def test_grants_for_machines_have_every_kind() -> None:
    grants = Grants(frozenset({"B", "A"}), stdio=frozenset({"stderr", "stdin"}), random=True)
    assert granted_json(grants) == {
        "env": ["A", "B"],
        "dirs": {},
        "stdio": ["stdin", "stderr"],
        "clock": None,
        "random": "real",
    }
