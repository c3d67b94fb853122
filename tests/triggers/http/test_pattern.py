from __future__ import annotations

from urllib.parse import unquote

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
        "/orders/{id:u32}",
        "/files/*",
    ]


def _guarded(path: str) -> Match[str] | NoMatch:
    """What is found where all but one folder is passed on to whoever."""
    routes: Routes[str] = Routes()
    for key in ("/admin/*", "/*"):
        routes.add(parse_pattern(key), key, passed_on=True)
    return routes.find("GET", path)


@pytest.mark.parametrize(
    "path",
    [
        "/admin%2fsecret", "//admin/secret", "/%2Fadmin/secret", "/admin%5Csecret", "/\\admin/secret",
        "/admin;a=b/secret", "/;/admin/secret", "/%61dmin%252fsecret", "/x/../admin/secret",
        "/x/%2e%2e/admin/secret", "/x/..%2fadmin%2fsecret", "/x/%252e%252e/admin", "/x/..;/admin/secret",
        "/x/..%5cadmin", "/./admin/secret", "/admin/..", "/admin/x%00", "/x%00/y",
    ],
)  # fmt: skip
def test_no_path_is_passed_on_around_the_route_that_another_server_may_take_it_for(
    path: str,
) -> None:
    assert _guarded(path) == NoMatch(ambiguous=True)


@pytest.mark.parametrize(
    "path",
    [
        "/a%2Fb/%7e%20", "/api//a", "/group%2Fname/x;y=1", "/plain/https://example.org/..x", "/a/...",
        "/%ff", "/", "/admin", "/Admin%2fsecret",
    ],
)  # fmt: skip
def test_a_path_that_is_for_one_route_however_it_is_read_is_passed_on(path: str) -> None:
    found = _guarded(path)
    assert isinstance(found, Match)
    assert found.target == "/*"


@given(
    st.lists(st.sampled_from(["admin", "x", "/", "%2f", "\\", "%5C", ";", ".", "%2e", "%25", ""]))
)
def test_whatever_is_passed_on_leads_to_the_same_route_when_it_is_written_plainly(
    parts: list[str],
) -> None:
    found = _guarded("/" + "".join(parts))
    if isinstance(found, Match):
        path = unquote(unquote("/" + "".join(parts))).replace("\\", "/")
        plain = [part.partition(";")[0] for part in path.split("/")]
        names = [each for each in plain if each]
        assert not {".", ".."} & set(names)
        inside = names[:1] == ["admin"] and (len(names) > 1 or not plain[-1])
        assert inside == (found.target == "/admin/*")


def test_text_with_what_is_encoded_is_no_other_path() -> None:
    routes = _routes("GET /a%2Fb", "GET /a%2541")
    assert _found(routes, "GET", "/a%2Fb")[0] == "GET /a%2Fb"
    assert _found(routes, "GET", "/a%2541")[0] == "GET /a%2541"
    assert isinstance(routes.find("GET", "/a/b"), NoMatch)
    assert isinstance(routes.find("GET", "/a%41"), NoMatch)
