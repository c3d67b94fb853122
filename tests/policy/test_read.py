"""Policies are read strictly, with the place of everything that is wrong."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.errors import ProblemsError, WorldError
from wasmflow.grants import Folder, Grants
from wasmflow.policy.model import Policy
from wasmflow.policy.read import parse_policy, read_policy


def read(text: str, path: Path = Path("/srv/p.yaml")) -> Policy:
    return parse_policy(text.encode(), path)


def problems_of(text: str) -> list[str]:
    with pytest.raises(ProblemsError) as raised:
        read(text)
    return [str(problem).removeprefix("/srv/p.yaml:") for problem in raised.value.problems]


def test_everything_has_its_place() -> None:
    policy = read(f"""
policy: 1
limits: {{ memory: 1MiB, call_seconds: 0.30000000000000004 }}
artifact:
  digest: sha256:{"0f" * 32}
  limits: {{ waiting: 3 }}
collections:
  a/b-c:
    grant: {{ env: [X], clock: real, random: real, stdio: [stdin] }}
    limits: {{ memory: 1GiB }}
""")
    assert policy.artifact.digest == "0f" * 32
    assert str(policy.artifact.digest_place) == "/srv/p.yaml:5:11"
    assert policy.artifact.limits["waiting"].value == 3
    assert {name: limit.value for name, limit in policy.limits.items()} == {
        "memory": 1 << 20,
        "call_seconds": 0.30000000000000004,
    }
    entry = policy.collections["a/b-c"]
    assert entry.grant == Grants(frozenset("X"), frozenset(), frozenset({"stdin"}), True, True)
    assert (entry.digest, entry.limits["memory"].value) == ("", 1 << 30)


def test_all_that_is_wrong_is_told() -> None:
    assert problems_of("""\
polcy: 1
artifact: { digest: 123, kind: wasm, limits: { memory: 1MiB } }
limits: { waiting: 1 }
collections:
  a//b: {}
  c: { digest: "sha256:0F", grant: { http: yes } }
  d:
""") == [
        "1:1: a policy has no key 'polcy'. Hint: did you mean 'policy'?",
        "1:1: a policy needs the key 'policy'. Hint: write policy: 1",
        "2:21: 'digest' must be text, not the number 123. Hint: put quotes around it: '123'",
        "2:26: the entry of an artifact has no key 'kind'. Hint: the digest says what it is",
        "2:48: the block 'limits' of an artifact has no key 'memory'. Hint: it is a limit of collections: "
        "write it under 'limits' of the policy or one of its 'collections'",
        "3:11: the block 'limits' of collections has no key 'waiting'. Hint: it is a limit of transactions: "
        "write it under 'limits' of 'artifact'",
        "5:3: 'a//b' cannot be a path. Hint: paths have names of 'external' entries, with '/' between "
        "them",
        "6:16: 'digest' cannot be a digest. Hint: digests have 'sha256:' and 64 hexadecimal digits",
        "6:38: a grant has no key 'http'. Hint: components have no network yet; pass what they need in "
        "through their inputs",
        "7:5: 'd' must be a mapping, not nothing. Hint: give it a value, or leave the key out",
    ]


def test_a_manifest_is_no_policy() -> None:
    (problem,) = problems_of("version: 1\nexternal: {}\n")
    assert problem.startswith("1:1: this is a manifest, not a policy. Hint: write its policy: ")


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("./data", "/srv/data"),
        ("../x", "/x"),
        ("/abs", "/abs"),
        (".", "/srv"),
        ("a$$b", "/srv/a$b"),
    ],
)
def test_folders_are_relative_to_the_policy_and_need_not_be_there(path: str, real: str) -> None:
    text = f"{{policy: 1, artifact: {{grant: {{dirs: {{/d/../e: {path}}}}}}}}}"
    assert read(text).artifact.grant.dirs == {Folder("/e", real)}


def test_folders_are_where_their_links_lead(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    text = "{policy: 1, artifact: {grant: {dirs: {/d: {path: ./link, write: true}}}}}"
    found = read(text, tmp_path / "p.yaml").artifact.grant.dirs
    assert found == {Folder("/d", str(tmp_path / "real"), True)}


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("$HOME", "a policy has no variables"),
        ("a$$$b", "variables"),
        ('"\\0"', "cannot be the path"),
    ],
)
def test_what_is_no_path_is_told(path: str, told: str) -> None:
    (problem,) = problems_of(f"{{policy: 1, artifact: {{grant: {{dirs: {{/d: {path}}}}}}}}}")
    assert told in problem


@pytest.mark.parametrize("text", ["", "# nothing"])
def test_an_empty_policy_is_told(text: str) -> None:
    assert problems_of(text)[-1].endswith("this policy is empty. Hint: begin with: policy: 1")


@pytest.mark.parametrize(
    "text", ["[]", "3", "policy: 1", "{policy: 2, artifact: {}}", "{policy: 1}"]
)
def test_what_has_another_shape_is_refused(text: str) -> None:
    assert problems_of(text)


def test_a_policy_that_is_not_there_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"No such file .*wasmflow audit ARTIFACT --lock"):
        read_policy(tmp_path / "p.yaml")
    with pytest.raises(WorldError, match=r"Is a directory$"):
        read_policy(tmp_path)


@given(st.binary(max_size=200) | st.text("{}[]:,&*a1\n -policy", max_size=60).map(str.encode))
def test_hostile_input_is_refused_or_read(source: bytes) -> None:
    with suppress(ProblemsError):
        parse_policy(source, Path("/p"))
