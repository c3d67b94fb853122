"""What goes beyond a policy is refused, all of it at once, with what to write."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from tests.policy.trees import GRANTS, about
from wasmflow.component import About
from wasmflow.grants import Folder, Grants
from wasmflow.limits import Limits
from wasmflow.policy.check import violations
from wasmflow.policy.read import parse_policy

OLD, NEW = "ab" * 32, "cd" * 32

POLICY = f"""\
policy: 1
limits: {{ memory: 256MiB, log_bytes: 1MiB }}
artifact:
  digest: sha256:{OLD}
  limits: {{ transaction_seconds: 60 }}
collections:
  text: {{ digest: 'sha256:{OLD}', grant: {{ env: [LANG], dirs: {{ /d: ./data }} }} }}
  lib:
    limits: {{ memory: 1GiB }}
"""


def told(tree: About, policy: str = POLICY) -> list[str]:
    found = violations(tree, parse_policy(policy.encode(), Path("/srv/p.yaml")))
    return [str(problem) for problem in found]


def with_parts(**parts: About) -> About:
    return about(granted=None, parts=parts, origin="flow.yaml")


def test_what_keeps_to_it_is_allowed() -> None:
    granted = Grants(frozenset({"LANG"}), frozenset({Folder("/elsewhere", "/srv/data/deep")}))
    lib = about(NEW, limits=Limits(memory=1 << 30))
    assert told(with_parts(text=about(granted=granted), lib=lib)) == []
    assert told(with_parts(text=about())) == []


def test_all_that_goes_beyond_is_told_at_once() -> None:
    granted = Grants(frozenset({"LANG", "TZ"}), frozenset({Folder("/d", "/srv/data", True)}))
    lib = about(limits=Limits(memory=2 << 30, log_bytes=2 << 20), origin="l.yaml")
    new = about(NEW, granted=Grants(random=True), origin="n.wasm")
    text = about(NEW, granted, {"new": new}, origin="t.wasm")
    root = about(NEW, None, {"text": text, "lib": lib}, Limits(transaction_seconds=90), "f.yaml")
    assert told(root) == [
        "/srv/p.yaml:4:11: 'f.yaml' has the digest cdcdcdcdcdcd…, not abababababab… as this policy "
        f"says. Hint: if you trust what it is now, write digest: sha256:{NEW}",
        "/srv/p.yaml:5:34: 'transaction_seconds' of 'f.yaml' is 90 s, and this policy allows 60 s. "
        "Hint: if that may be, write transaction_seconds: 90",
        "/srv/p.yaml:7:19: 'text' (t.wasm) has the digest cdcdcdcdcdcd…, not abababababab… as this "
        f"policy says. Hint: if you trust what it is now, write digest: sha256:{NEW}",
        "/srv/p.yaml:7:101: 'text' (t.wasm) is granted {env: [TZ], dirs: {/d: {path: ./data, write: "
        "true}}}, which this policy does not allow. Hint: if it may have that, write grant: {env: "
        "[LANG, TZ], dirs: {/d: {path: ./data, write: true}}}",
        "/srv/p.yaml:7:3: 'text/new' (n.wasm) is not listed in this policy. Hint: 'text' is listed; or, "
        f"if you trust it, add it to 'collections': text/new: {{ digest: sha256:{NEW}, grant: "
        "{random: real} }",
        "/srv/p.yaml:9:23: 'memory' of 'lib' (l.yaml) is 2 GiB, and this policy allows 1 GiB. "
        "Hint: if that may be, write memory: 2 GiB",
        "/srv/p.yaml:2:38: 'log_bytes' of 'lib' (l.yaml) is 2 MiB, and this policy allows 1 MiB. "
        "Hint: if that may be, write limits: { log_bytes: 2 MiB } in its entry",
    ]


def test_a_component_by_itself_is_the_artifact() -> None:
    granted = about(granted=Grants(clock=True), limits=Limits(memory=1 << 30))
    beyond = told(granted)
    assert len(beyond) == 2
    assert "grant: {clock: real}" in beyond[0]
    assert "'memory'" in beyond[1]


def test_a_limit_is_beyond_where_it_holds() -> None:
    high = Limits(memory=1 << 30)
    (problem,) = told(about(OLD, None, {"lib": about(OLD, limits=Limits(memory=2 << 30))}, high))
    assert "'memory' of 'lib'" in problem
    (problem,) = told(about(limits=high))
    assert problem.endswith("Hint: if that may be, write memory: 1 GiB")


def test_what_has_no_limit_is_beyond_every_limit() -> None:
    policy = "{policy: 1, artifact: {limits: {transaction_cpu_seconds: 5}}}"
    (problem,) = told(about(), policy)
    assert problem.endswith(
        "is none, and this policy allows 5 s. Hint: if that may be, leave "
        "transaction_cpu_seconds out"
    )


def test_what_has_no_digest_is_not_what_has_one() -> None:
    (problem,) = told(with_parts(text=about("")))
    assert problem.endswith("has no digest, not abababababab… as this policy says")


def test_without_a_digest_anything_is_allowed() -> None:
    assert told(about(NEW), "{policy: 1, artifact: {}}") == []


@given(GRANTS, GRANTS)
def test_grants_are_allowed_exactly_if_nothing_is_beyond(granted: Grants, allowed: Grants) -> None:
    entry = f"grant: {allowed}" if allowed else ""
    beyond = told(about(granted=granted), f"{{policy: 1, artifact: {{ {entry} }}}}")
    assert bool(beyond) == bool(granted.beyond(allowed))


@pytest.mark.parametrize("path", ["txt", "TEXT"])
def test_a_slip_in_a_path_gets_the_nearest(path: str) -> None:
    policy = f"{{policy: 1, artifact: {{}}, collections: {{ {path}: {{}} }}}}"
    (problem,) = told(with_parts(text=about()), policy)
    assert f"Hint: '{path}' is listed; or, if you trust it, add it" in problem
