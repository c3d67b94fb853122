"""Manifests as collections: opening, nesting, and all problems at once."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from tests.host.manifests import FLOWS, written
from wasmflow.errors import ProblemsError
from wasmflow.grants import NOTHING, Grants
from wasmflow.host.host import open_host
from wasmflow.limits import Limits


async def problems_of(reference: str) -> list[str]:
    with pytest.raises(ProblemsError) as raised:
        async with open_host(reference):
            pass
    return [str(problem) for problem in raised.value.problems]


OUTER = """
version: 1
external: { inner: ./%s }
components:
  outer:
    flow:
      - <>.who -> inner::pair[p].first_name
      - p.output.name -> <>.name
"""


async def test_a_manifest_in_a_manifest_is_a_collection(tmp_path: Path) -> None:
    written(tmp_path, FLOWS, "inner.yaml")
    async with open_host(written(tmp_path, OUTER % "inner.yaml")) as host:
        assert await host.invoke("outer", {"who": "Jane"}) == {"name": "Jane"}


async def test_a_flow_depends_on_timing_if_one_of_another_manifest_does(tmp_path: Path) -> None:
    racing = """
version: 1
components:
  pair: { flow: ["<>.a -> core::race[fast].a", "<>.b -> fast.b", "fast -> <>"] }
"""
    written(tmp_path, racing, "inner.yaml")
    outer = """
version: 1
external: { inner: ./inner.yaml }
components:
  outer: { flow: ["<>.x -> inner::pair[p].a", "<>.x -> p.b", "p -> <>"] }
"""
    async with open_host(written(tmp_path, outer)) as host:
        ((instance, reason),) = host.signature("outer").timing
    assert (instance, reason.split()[0]) == ("p/fast", "core::race")


async def test_references_are_taken_from_where_their_manifest_is(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    written(tmp_path / "lib", FLOWS, "inner.yaml")
    written(tmp_path / "lib", OUTER % "inner.yaml", "middle.yaml")
    top = """
version: 1
external: { lib: lib/middle.yaml }
components:
  top: { flow: ["<>.who -> lib::outer[o].who", "o.name -> <>.name"] }
"""
    async with open_host(written(tmp_path, top)) as host:
        assert await host.invoke("top", {"who": "Joan"}) == {"name": "Joan"}


async def test_manifests_that_refer_to_each_other_are_refused(tmp_path: Path) -> None:
    written(tmp_path, OUTER % "b.yaml", "a.yaml")
    written(tmp_path, OUTER % "a.yaml", "b.yaml")
    entry, circle = await problems_of(str(tmp_path / "a.yaml"))
    assert "a.yaml:3:20: 'inner' cannot be opened: ./b.yaml has problems of its own" in entry
    assert "b.yaml:3:20: manifests refer to each other in a circle: a.yaml -> b.yaml" in circle


async def test_a_slip_in_a_reference_gets_the_nearest_file(tmp_path: Path) -> None:
    written(tmp_path, FLOWS, "inner.yaml")
    (problem,) = await problems_of(written(tmp_path, OUTER % "iner.yaml"))
    assert problem.endswith("No such file or directory. Hint: did you mean 'inner.yaml'?")


async def test_an_address_gets_no_hint_at_files(tmp_path: Path) -> None:
    text = "{version: 1, external: {x: {kind: wasm, reference: 'oci://host/x'}}, components: {}}"
    assert not [each for each in await problems_of(written(tmp_path, text)) if "Hint" in each]


async def test_a_missing_reference_is_a_problem_at_its_place(tmp_path: Path) -> None:
    found = await problems_of(written(tmp_path, OUTER % "gone.yaml"))
    assert len(found) == 1
    assert "flows.yaml:3:" in found[0]
    assert "gone.yaml" in found[0]


async def test_a_manifest_cannot_have_others_wait_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "inner.yaml")
    [found] = await problems_of(written(tmp_path, OUTER % "inner.yaml"))
    assert "flows.yaml:3:" in found
    assert "inner.yaml' is not a file" in found


async def test_problems_of_all_manifests_are_reported_at_once(tmp_path: Path) -> None:
    broken = FLOWS.replace("core::merge", "core::merg")
    written(tmp_path, broken, "inner.yaml")
    outer = OUTER % "inner.yaml" + "      - nobody.x -> <>.x\n"
    found = await problems_of(written(tmp_path, outer))
    assert any("inner.yaml" in problem and "merg" in problem for problem in found)
    assert any("flows.yaml" in problem and "nobody" in problem for problem in found)


async def test_the_entry_whose_artifact_has_problems_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.wasm").write_bytes(b"\0asm\1\0\0\0")
    source = "version: 1\nexternal: { bad: ./bad.wasm }\ncomponents: {}\n"
    artifact, entry = await problems_of(written(tmp_path, source))
    assert "bad.wasm: it is a core WebAssembly module" in artifact
    assert "flows.yaml:2:18: 'bad' cannot be opened: ./bad.wasm has problems of its own" in entry


async def test_what_cannot_be_read_hides_no_other_problem(tmp_path: Path) -> None:
    source = """
version: 1
external: { gone: ./gone.yaml, odd: ./odd.txt }
components:
  a: { flow: ["<>.x => core::log[l].input", "l -> <>"] }
  b: { flow: ["<>.x -> core::logg[l].input", "l -> <>"] }
  c: { flow: ["<>.x -> odd::one[o].x", "<>.y -> gone::one[g].x", "o -> self::a[a].y"] }
"""
    found = await problems_of(written(tmp_path, source))
    assert [problem.split(":")[1] for problem in found] == ["3", "3", "5", "6"]


async def test_a_few_lines_do_not_open_a_million_collections(tmp_path: Path) -> None:
    inner = "version: 1\nexternal: { a: ./%d.yaml, b: ./%d.yaml }\n"
    for number in range(1, 21):
        written(tmp_path, inner % (number, number), f"{number - 1}.yaml")
    written(tmp_path, "version: 1\n", "20.yaml")
    found = await problems_of(str(tmp_path / "0.yaml"))
    assert any("more than 1000 collections are used, in all manifests together" in e for e in found)
    assert len(found) < 100


async def test_manifests_do_not_use_each_other_without_end(tmp_path: Path) -> None:
    for number in range(70):
        written(tmp_path, f"version: 1\nexternal: {{ a: ./{number + 1}.yaml }}\n", f"{number}.yaml")
    found = await problems_of(str(tmp_path / "0.yaml"))
    (told,) = [each for each in found if "cannot be opened" not in each]
    assert told.endswith("63.yaml:2:16: manifests use each other more than 64 deep")


async def test_it_says_what_it_uses_to_any_depth(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    written(tmp_path / "lib", FLOWS, "inner.yaml")
    written(tmp_path / "lib", OUTER % "inner.yaml", "middle.yaml")
    top = """
version: 1
external: { lib: { kind: manifest, reference: lib/middle.yaml, grant: { env: [LANG] } } }
components: { a: { flow: ["<>.x -> <>.y"] } }
"""
    async with open_host(written(tmp_path, top)) as host:
        about = host.collection.about
    assert (about.granted, list(about.parts)) == (None, ["lib"])
    lib = about.parts["lib"]
    assert lib.granted == Grants(frozenset({"LANG"}))
    inner = lib.parts["inner"]
    assert inner.origin == str(tmp_path / "lib" / "inner.yaml")
    assert inner.digest == sha256(FLOWS.encode()).hexdigest()
    assert inner.granted == NOTHING
    assert inner.limits == Limits()
