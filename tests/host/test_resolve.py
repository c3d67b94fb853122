from pathlib import Path

import pytest

from tests.assembled import assemble
from tests.host.manifests import written
from wasmflow.errors import ProblemsError, UsageError, WorldError
from wasmflow.grants import Grants
from wasmflow.host.host import open_host
from wasmflow.host.resolve import artifact_kind
from wasmflow.host.settings import Settings
from wasmflow.policy.write import policy_text

GRANTS = Grants(frozenset({"LANG"}), clock=True)


def test_an_artifact_is_known_by_what_it_begins_with(tmp_path: Path) -> None:
    odd = tmp_path / "odd.bin"
    odd.write_bytes(b"\0asm\x0d\0\1\0")
    assert artifact_kind(odd) == "wasm"


@pytest.mark.parametrize("name", ["flow.yaml", "flow.yml", "flow.wafl"])
def test_a_manifest_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch()
    assert artifact_kind(path) == "manifest"


def test_a_missing_component_says_how_to_build_it(tmp_path: Path) -> None:
    (tmp_path / "text.py").touch()
    with pytest.raises(WorldError, match=r"no file '.*text\.wasm'; build it: wasmflow build .*py"):
        artifact_kind(tmp_path / "text.wasm")


def test_a_missing_artifact_gets_the_nearest_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").touch()
    with pytest.raises(WorldError, match=r"no file '.*shpo\.yaml'; did you mean 'shop\.yaml'\?"):
        artifact_kind(tmp_path / "shpo.yaml")


def test_a_folder_names_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").touch()
    with pytest.raises(UsageError, match=r"is a folder; name one of: 'shop\.yaml'"):
        artifact_kind(tmp_path)


def test_a_source_is_to_be_built_first(tmp_path: Path) -> None:
    source = tmp_path / "text.py"
    source.touch()
    with pytest.raises(UsageError, match="build it first: wasmflow build"):
        artifact_kind(source)


@pytest.fixture
def component(tmp_path: Path) -> str:
    path = tmp_path / "empty.wasm"
    path.write_bytes(assemble())
    return str(path)


async def test_a_component_by_itself_has_what_its_host_grants(
    component: str, compiled_cache: Path
) -> None:
    async with open_host(component, Settings(cache=compiled_cache, grant=GRANTS)) as host:
        assert host.collection.about.granted == GRANTS


async def test_a_manifest_is_granted_nothing_by_its_host(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"write grant: \{env: \[LANG\], clock: real\}"):
        async with open_host(written(tmp_path), Settings(grant=GRANTS)):
            pass


async def test_what_keeps_to_its_policy_is_opened_and_all_else_is_not(
    tmp_path: Path, component: str, compiled_cache: Path
) -> None:
    settings = Settings(cache=compiled_cache, policy=tmp_path / "policy.yaml")
    async with open_host(component, Settings(cache=compiled_cache)) as host:
        written(tmp_path, policy_text(host.collection.about, str(tmp_path)), "policy.yaml")
    async with open_host(component, settings) as host:
        assert host.collection.about.origin == component
    with pytest.raises(ProblemsError, match="clock: real"):
        async with open_host(
            component, Settings(cache=compiled_cache, grant=GRANTS, policy=settings.policy)
        ):
            pass


async def test_a_policy_that_cannot_be_read_comes_before_the_artifact(
    tmp_path: Path, component: str
) -> None:
    with pytest.raises(WorldError, match="cannot read the policy"):
        async with open_host(component, Settings(policy=str(tmp_path / "gone.yaml"))):
            pass
