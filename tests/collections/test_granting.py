"""What is granted goes down, and what is missing is said at once, at every depth, with what to write."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.host.manifests import written
from tests.policy.trees import GRANTS
from wasmflow.collections.granting import missing_grants, needed
from wasmflow.component import About
from wasmflow.errors import ProblemsError
from wasmflow.grants import Folder, Grants
from wasmflow.host.host import open_host
from wasmflow.manifest.model import External
from wasmflow.problem import Problem

FLOW = "components: { a: { flow: ['<>.x -> <>.y'] } }\n"
#: One that may grant as it likes; entries are written short, as a block, and with a grant.
TOP = """\
version: 1
external:
  short: ./middle.yaml
  block:
    kind: manifest
    reference: ./middle.yaml
  granting: { kind: manifest, reference: ./middle.yaml, grant: { env: [LANG], clock: real } }
  enough: { kind: manifest, reference: ./leaf.yaml, grant: { random: real } }
"""
MIDDLE = """\
version: 1
external:
  deep: { kind: manifest, reference: ./deep.yaml, grant: { env: [TZ], dirs: { /d: ./one } } }
  other: { kind: manifest, reference: ./leaf.yaml, grant: { random: real, dirs: { /d: ./two } } }
"""
DEEP = """\
version: 1
external:
  first: { kind: manifest, reference: ./leaf.yaml, grant: { env: [LANG, "NO"] } }
  second:
    kind: manifest
    reference: ./leaf.yaml
    grant: { stdio: [stderr], dirs: { /d: { path: ./one, write: true } } }
"""


@pytest.fixture
def top(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    for name, text in (("top", TOP), ("middle", MIDDLE), ("deep", DEEP), ("leaf", "version: 1\n")):
        (tmp_path / f"{name}.yaml").write_text(text + FLOW)
    return tmp_path / "top.yaml"


async def problems_of(manifest: Path) -> list[Problem]:
    with pytest.raises(ProblemsError) as raised:
        async with open_host(str(manifest)):
            pass
    return [each for each in raised.value.problems if "cannot be opened" not in each.message]


async def about(manifest: Path) -> About:
    async with open_host(str(manifest)) as host:
        return host.collection.about


async def test_all_that_is_missing_is_said_at_once(top: Path) -> None:
    found = [str(each).removeprefix(f"{top.parent}/") for each in await problems_of(top)]
    assert found[:2] == [
        "middle.yaml:3:58: 'deep' hands on what it is not granted: {env: [LANG, \"NO\"]} to 'first'; "
        "{dirs: {/d: {path: ./one, write: true}}, stdio: [stderr]} to 'second'. Hint: write grant: "
        '{env: [LANG, "NO", TZ], dirs: {/d: {path: ./one, write: true}}, stdio: [stderr]}',
        "top.yaml:3:10: 'short' hands on what it is not granted: {env: [LANG, \"NO\", TZ], "
        "dirs: {/d: {path: ./one, write: true}}, stdio: [stderr]} to 'deep'; "
        "{dirs: {/d: ./two}, random: real} to 'other'. Hint: write short: { kind: manifest, "
        'reference: ./middle.yaml, grant: {env: [LANG, "NO", TZ], dirs: '
        "{/d: {path: ./one, write: true}, /d-2: ./two}, stdio: [stderr], random: real} }",
    ]
    assert [each.split(": ")[0] for each in found[2:]] == ["top.yaml:6:16", "top.yaml:7:64"]


def follow(problem: Problem) -> None:
    """Do what the hint says, at the place that the problem names."""
    path = Path(problem.place.file)
    lines = path.read_text().splitlines()
    index = problem.place.line - 1
    what, text = problem.hint.split(" ", 1)
    if what == "add":
        indent = re.match(" *", lines[index])
        lines.insert(index + 1, f"{indent[0] if indent else ''}{text}")
    elif text.startswith("grant:"):
        lines[index] = lines[index][: problem.place.column - 1].removesuffix("grant: ") + text + "}"
    else:
        lines[index] = f"  {text}"
    path.write_text("\n".join(lines) + "\n")


async def test_what_is_said_makes_it_load(top: Path) -> None:
    for problem in reversed(await problems_of(top)):
        follow(problem)
    parts = (await about(top)).parts
    one, two = (str(top.parent.resolve() / name) for name in ("one", "two"))
    assert parts["short"].parts["deep"].parts["second"].granted == Grants(
        dirs=frozenset({Folder("/d", one, True)}), stdio=frozenset({"stderr"})
    )
    short, block, granting = (parts[name].granted for name in ("short", "block", "granting"))
    assert short == block
    assert short is not None
    assert {folder.path for folder in short.dirs} == {one, two}
    assert granting == short.widened([Grants(frozenset({"LANG"}), clock=True)])


@given(GRANTS, st.dictionaries(st.sampled_from("abc"), GRANTS))
def test_with_what_is_said_nothing_is_missing(grant: Grants, handed_on: dict[str, Grants]) -> None:
    entry = External("x", "manifest", "x.yaml", grant=grant)
    wide = replace(entry, grant=needed(entry, handed_on))
    assert missing_grants(wide, handed_on) == []
    missing = any(each.beyond(grant) for each in handed_on.values())
    assert len(missing_grants(entry, handed_on)) == missing


async def test_other_problems_are_said_with_what_is_missing(top: Path) -> None:
    leaf = top.with_name("leaf.yaml")
    leaf.write_text(leaf.read_text().replace("<>.x", "nobody.x"))
    found = await problems_of(top)
    assert len([each for each in found if "hands on" in each.message]) == 4
    assert any("nobody" in each.message for each in found)


async def test_what_is_granted_and_not_handed_on_is_no_problem(top: Path) -> None:
    lines = TOP.splitlines(keepends=True)
    written(top.parent, "".join(lines[i] for i in (0, 1, 7)) + FLOW, top.name)
    tree = await about(top)
    assert tree.granted is None
    assert tree.parts["enough"].granted == Grants(random=True)


async def test_a_grant_that_is_there_is_replaced_and_not_added(top: Path) -> None:
    entry = "{ kind: manifest, reference: ./deep.yaml, grant: { env: [] } }"
    written(top.parent, f"version: 1\nexternal: {{ x: {entry} }}\n" + FLOW, top.name)
    (problem,) = await problems_of(top)
    assert problem.hint.startswith("write grant: {env: [LANG, ")


async def test_a_reference_with_variables_is_said_as_it_is_written(top: Path) -> None:
    reference = "version: 1\nexternal: { x: '${HERE:-.}/deep.yaml' }\n"
    written(top.parent, reference + FLOW, top.name)
    (problem,) = await problems_of(top)
    assert 'x: { kind: manifest, reference: "${HERE:-.}/deep.yaml", grant: {' in problem.hint
