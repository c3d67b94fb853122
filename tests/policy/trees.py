"""Trees of collections, as opened artifacts describe them."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from wasmflow.component import About
from wasmflow.grants import NOTHING, STDIO, Folder, Grants
from wasmflow.limits import MIB, Limits

NAMES = st.sampled_from(("text", "lib", "null", "no", "7", "a_b"))
#: Such as can be written in UTF-8, and are absolute and without dots.
PATHS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1).filter(
        lambda name: name not in (".", "..")
    ),
    max_size=3,
).map(lambda names: "/" + "/".join(names))

FOLDERS = st.builds(Folder, st.sampled_from(("/a", "/b c", "/d")), PATHS, st.booleans())
GRANTS = st.builds(
    Grants,
    st.frozensets(st.sampled_from(("LANG", "NO", "null", "_1"))),
    st.lists(FOLDERS, max_size=2, unique_by=lambda folder: folder.guest).map(frozenset),
    st.frozensets(st.sampled_from(STDIO)),
    st.booleans(),
    st.booleans(),
)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
#: Those that manifests and hosts may set.
LIMITS = st.builds(
    Limits,
    memory=st.integers(1, 1 << 40) | st.integers(1, 4096).map(lambda n: n * MIB),
    call_seconds=st.floats(0.001, 1e6),
    transaction_seconds=st.floats(0.001, 1e9),
    waiting=st.integers(0, 10),
)


def about(
    digest: str = "ab" * 32,
    granted: Grants | None = NOTHING,
    parts: Mapping[str, About] | None = None,
    limits: Limits | None = None,
    origin: str = "/srv/x.wasm",
) -> About:
    return About(
        "any",
        origin=origin,
        digest=digest,
        granted=granted,
        limits=limits or Limits(),
        parts=parts or {},
    )


def _inner(children: st.SearchStrategy[About]) -> st.SearchStrategy[About]:
    return st.builds(about, DIGESTS, GRANTS, st.dictionaries(NAMES, children, max_size=3), LIMITS)


LEAVES = st.builds(about, DIGESTS, GRANTS, limits=LIMITS, origin=PATHS)
PARTS = st.recursive(LEAVES, _inner, max_leaves=5)
TREES = LEAVES | st.builds(
    about, DIGESTS, st.none(), st.dictionaries(NAMES, PARTS, max_size=3), LIMITS
)
