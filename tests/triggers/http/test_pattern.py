from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.triggers.http.pattern import (
    BadPattern,
    Match,
    NoMatch,
    Routes,
    parse_pattern,
)


def _routes(*keys: str) -> Routes[str]:
    routes: Routes[str] = Routes()
    for key in keys:
        assert routes.add(parse_pattern(key), key) is None
    return routes


def _found(routes: Routes[str], method: str, path: str) -> tuple[str, dict[str, str]]:
    found = routes.find(method, path)
    assert isinstance(found, Match), found
    return found.target, dict(found.params)


def test_text_is_preferred_to_a_parameter_and_that_to_the_rest() -> None:
    routes = _routes("/*", "/users/{name}", "/users/{id:u32}", "/users/me")
    assert _found(routes, "GET", "/users/me") == ("/users/me", {})
    assert _found(routes, "GET", "/users/7") == ("/users/{id:u32}", {"id": "7"})
    assert _found(routes, "GET", "/users/jane") == ("/users/{name}", {"name": "jane"})
    assert _found(routes, "GET", "/users/jane/x") == ("/*", {"*": "users/jane/x"})


def test_what_leads_nowhere_deeper_down_does_not_hide_another_route() -> None:
    routes = _routes("/a/b/c", "/{x}/b/d", "/{x}/*")
    assert _found(routes, "GET", "/a/b/d") == ("/{x}/b/d", {"x": "a"})
    assert _found(routes, "GET", "/a/b/e") == ("/{x}/*", {"x": "a", "*": "b/e"})


def test_a_slash_that_is_encoded_is_part_of_its_segment() -> None:
    routes = _routes("/files/{name}", "/files/{name}/{part}")
    assert _found(routes, "GET", "/files/a%2Fb") == ("/files/{name}", {"name": "a/b"})


def test_the_methods_of_a_path_are_told_where_none_of_them_fits() -> None:
    routes = _routes("GET /a", "POST|PUT /a", "/b")
    assert routes.find("DELETE", "/a") == NoMatch(("GET", "POST", "PUT"))
    assert routes.find("GET", "/c") == NoMatch()
    assert _found(routes, "DELETE", "/b")[0] == "/b"


def test_a_route_for_get_answers_head_unless_there_is_another() -> None:
    routes = _routes("GET /a", "HEAD /b", "GET /b")
    assert _found(routes, "HEAD", "/a")[0] == "GET /a"
    assert _found(routes, "HEAD", "/b")[0] == "HEAD /b"


def test_no_path_is_empty_in_the_place_of_a_parameter() -> None:
    routes = _routes("/users/{name}", "/users/{id:u32}")
    assert routes.find("GET", "/users/") == NoMatch()


def test_two_routes_for_the_same_requests_are_noticed() -> None:
    routes = _routes("GET /a/{x}")
    other = routes.add(parse_pattern("GET|POST /a/{y}"), "second")
    assert other is not None
    assert other.path == "/a/{x}"


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("FETCH /a", "'FETCH' is no method"),
        ("/a/{b", "neither text nor one parameter"),
        ("/a/{b}c", "neither text nor one parameter"),
        ("/a/{1}", "cannot be the name of a parameter"),
        ("/{a}/{a}", "the same name"),
        ("/*/a", "nothing can stand behind it"),
        ("/{a:nothing}", "the type of 'a'"),
        ("/{a*:u32}", "several segments"),
        ("/a?b=1", "neither text nor one parameter"),
    ],
)
def test_a_route_that_cannot_be_read_is_refused(key: str, reason: str) -> None:
    with pytest.raises(BadPattern, match=reason):
        parse_pattern(key)


_SEGMENT = st.text("ab-._~", min_size=1, max_size=3)


@given(st.lists(st.one_of(_SEGMENT, st.just(None)), min_size=1, max_size=4), st.data())
def test_a_path_made_from_a_pattern_is_found_again(
    parts: list[str | None], data: st.DataObject
) -> None:
    segments = [f"{{p{n}}}" if part is None else part for n, part in enumerate(parts)]
    values = {f"p{n}": data.draw(_SEGMENT) for n, part in enumerate(parts) if part is None}
    routes = _routes("/" + "/".join(segments))
    path = "/" + "/".join(values[f"p{n}"] if p is None else p for n, p in enumerate(parts))
    assert _found(routes, "GET", path)[1] == values


def test_a_match_says_which_route_it_is() -> None:
    routes = _routes("GET /orders", "GET /orders/{id:u32}", "/files/*")
    paths = ("/orders", "/orders/3", "/files/a/b")
    found = [routes.find("GET", path) for path in paths]
    assert [each.route for each in found if isinstance(each, Match)] == [
        "/orders",
        "/orders/{id}",
        "/files/*",
    ]
