"""The policy that allows an artifact as it is: what it says, and that it does."""

from __future__ import annotations

from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.policy.trees import PATHS, TREES, about
from wasmflow.component import About
from wasmflow.grants import Folder, Grants
from wasmflow.limits import Limits
from wasmflow.policy.check import violations
from wasmflow.policy.read import parse_policy
from wasmflow.policy.write import policy_text


@given(TREES, PATHS)
def test_what_it_was_made_of_keeps_to_it(tree: About, folder: str) -> None:
    text = policy_text(tree, folder)
    assert violations(tree, parse_policy(text.encode(), Path(folder, "x.policy.yaml"))) == []


@given(TREES, st.randoms())
def test_the_order_in_which_a_manifest_names_them_does_not_matter(
    tree: About, random: Random
) -> None:
    names = list(tree.parts)
    random.shuffle(names)
    other = about(tree.digest, tree.granted, {n: tree.parts[n] for n in names}, tree.limits)
    same = about(tree.digest, tree.granted, tree.parts, tree.limits)
    assert policy_text(other, "/") == policy_text(same, "/")


def test_every_thing_that_can_change_has_a_line() -> None:
    dirs = frozenset({Folder("/in", "/srv/app/data"), Folder("/out", "/var/$out", write=True)})
    grants = Grants(frozenset({"LANG", "NO"}), dirs, frozenset({"stderr"}), True, True)
    leaf = about("cd" * 32, limits=Limits(memory=64 << 20), origin="/srv/lib/x\ny.wasm")
    lib = about("ef" * 32, grants, {"leaf": leaf}, origin="/srv/app/lib.yaml")
    root = about(parts={"lib": lib}, granted=None, origin="/srv/app/flow.yaml")
    lines = policy_text(root, "/srv/app").splitlines()
    assert lines[0].startswith("# What flow.yaml consists of")
    assert lines[lines.index("collections:") + 1 :] == [
        "  # lib.yaml",
        "  lib:",
        f"    digest: sha256:{'ef' * 32}",
        "    grant:",
        '      env: [LANG, "NO"]',
        '      dirs: {/in: ./data, /out: {path: "/var/$$out", write: true}}',
        "      stdio: [stderr]",
        "      clock: real",
        "      random: real",
        '  # "../lib/x\\u000ay.wasm"',
        "  lib/leaf:",
        f"    digest: sha256:{'cd' * 32}",
        "    limits:",
        "      memory: 64 MiB",
    ]


def test_what_no_policy_can_say_is_left_out() -> None:
    limits = Limits(memory=1 << 60, call_seconds=1e9, log_bytes=0, waiting=0)
    text = policy_text(about(limits=limits), "/")
    assert not any(word in text for word in (" memory:", "call_seconds", " log_bytes", "waiting"))
    assert violations(about(limits=limits), parse_policy(text.encode(), Path("/p"))) == []
