from __future__ import annotations

from tests.graph.components import namespaces
from wasmflow.component import Definition, Signature
from wasmflow.graph.instances import Directory, Site
from wasmflow.manifest.model import Instance
from wasmflow.naming import Hints
from wasmflow.problem import Problem


def find(id: str, flows: dict[str, Definition | None] | None = None) -> Site | Problem:
    namespace, _, component = id.partition("::")
    directory = Directory(namespaces(), flows or {}, Hints())
    return directory.find(Instance("x", namespace, component))


def test_a_component_is_found_by_any_spelling_and_called_as_it_is_printed() -> None:
    site = find("text::name_badge")
    assert isinstance(site, Site)
    assert (site.component, site.id) == ("name-badge", "text::name-badge")


def test_a_flow_of_the_manifest_is_found_under_self() -> None:
    site = find("self::my_flow", {"my-flow": Signature("my-flow")})
    assert isinstance(site, Site)
    assert site.outline == Signature("my-flow")


def test_nothing_is_known_of_a_flow_that_is_not_understood_yet() -> None:
    site = find("self::later", {"later": None})
    assert isinstance(site, Site)
    assert site.outline is None


def test_nothing_is_known_of_what_is_in_a_namespace_that_could_not_be_opened() -> None:
    site = find("broken::whatever")
    assert isinstance(site, Site)
    assert site.outline is None


def test_a_refused_component_gives_its_reason() -> None:
    problem = find("text::hash")
    assert isinstance(problem, Problem)
    assert problem.message == "'text::hash' cannot run: it wants a resource handle"


def test_a_namespace_that_is_not_there_is_told_once() -> None:
    directory = Directory(namespaces(), {}, Hints())
    found = [directory.find(Instance(name, "txt", "upper")) for name in "ab"]
    assert [type(each) for each in found] == [Problem, Site]
