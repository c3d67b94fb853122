"""Routes that are folders of files."""

from __future__ import annotations

import gzip
import os
import socket
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.triggers.doors import host, trigger
from tests.triggers.http.asking import Answer, app, ask
from wasmflow.triggers.http.app import App
from wasmflow.triggers.http.files import CHUNK
from wasmflow.triggers.http.server import check

LONG = bytes(range(256)) * (CHUNK // 256 * 2) + b"end"


@pytest.fixture
def www(tmp_path: Path) -> Path:
    """A folder with a bit of everything, beside a file that nobody may see."""
    (tmp_path / "secret.txt").write_text("secret")
    www = tmp_path / "www"
    (www / "sub" / "empty").mkdir(parents=True)
    (www / "index.html").write_text("home")
    (www / "sub" / "index.html").write_text("below")
    (www / "digits.txt").write_text("0123456789")
    (www / "long.bin").write_bytes(LONG)
    (www / "größe ä.txt").write_text("umlauts")
    (www / ".env").write_text("secret")
    (www / ".well-known").mkdir()
    (www / ".well-known" / "security.txt").write_text("mail")
    return www


def site(www: Path, more: str = "", path: str = "/*") -> App:
    return app(host(), f"{{kind: http, routes: {{{path}: {{files: '{www}'{more}}}}}}}")


async def get(www: Path, path: str, more: str = "", method: str = "GET", **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await ask(site(www, more), method, path, headers=sent)


# --- which file -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", b"home"),
        ("/index.html", b"home"),
        ("/sub/", b"below"),
        ("/digits.txt?x=../..", b"0123456789"),
        ("/" + quote("größe ä.txt"), b"umlauts"),
        ("/.well-known/security.txt", b"mail"),
        ("/long.bin", LONG),
    ],
)
async def test_a_file_is_sent(www: Path, path: str, body: bytes) -> None:
    answer = await get(www, path)
    assert (answer.status, answer.body) == (200, body)
    assert answer.headers["content-length"] == str(len(body))
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/none", "/sub/none", "/digits.txt/", "/digits.txt/x", "/sub/empty", "/sub/empty/", "//digits.txt",
        "/sub//index.html", "/.env", "/sub/../digits.txt", "/../secret.txt", "/%2e%2e/secret.txt",
        "/sub/%2E%2E/%2e%2e/secret.txt", "/..%2fsecret.txt", "/..%5csecret.txt", "/..\\secret.txt",
        "/digits.txt%00", "/%00", "/%ff", "/./digits.txt", "/" + "x" * 300,
    ],
)  # fmt: skip
async def test_what_is_no_file_that_may_be_seen_is_not_found(www: Path, path: str) -> None:
    assert (await get(www, path)).status == 404


@given(st.lists(st.sampled_from(["..", ".", "sub", "%2e", "/", "%2f", "\\", "%5c", "\0", "x", ""])))
@example(["..", "/", "secret.txt"])
async def test_no_path_leads_out(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    base = tmp_path_factory.mktemp("base")
    (base / "www" / "sub").mkdir(parents=True)
    (base / "x").write_text("secret")
    (base / "index.html").write_text("secret")
    assert (await get(base / "www", "/" + "".join(parts))).status in (404, 308)


async def test_links_and_what_is_no_file_are_not_followed_or_opened(www: Path) -> None:
    (www / "out").symlink_to("../secret.txt")
    (www / "folder").symlink_to("..")
    (www / "inside").symlink_to("digits.txt")
    os.mkfifo(www / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(www / "socket"))
        for path in ("/out", "/folder/secret.txt", "/inside", "/pipe", "/socket"):
            assert (await get(www, path)).status == 404


async def test_hidden_files_are_served_where_that_is_said(www: Path) -> None:
    assert (await get(www, "/.env", ", hidden: true")).body == b"secret"


async def test_what_may_not_be_read_is_forbidden(
    www: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbid(*_path: object, **_how: object) -> None:
        raise PermissionError(13, "Permission denied")

    served = site(www)
    monkeypatch.setattr(os, "stat", forbid)  # whoever runs the tests may read everything
    assert (await ask(served, "GET", "/digits.txt")).status == 403


@pytest.mark.parametrize(
    ("path", "to"), [("/sub", "./sub/"), ("/sub?a=1&b", "./sub/?a=1&b"), ("/%73ub", "./%73ub/")]
)
async def test_a_folder_without_its_slash_is_elsewhere(www: Path, path: str, to: str) -> None:
    answer = await get(www, path)
    assert (answer.status, answer.headers["location"]) == (308, to)


async def test_a_path_with_two_slashes_leads_to_no_other_server(www: Path) -> None:
    (www / "example.org").mkdir()
    (www / "example.org" / "index.html").write_text("here")
    assert (await get(www, "//example.org")).status == 404


async def test_the_folder_of_a_route_has_a_slash_behind_it_too(www: Path) -> None:
    served = site(www, path="/static/*")
    answer = await ask(served, "GET", "/static")
    assert (answer.status, answer.headers["location"]) == (308, "./static/")
    assert (await ask(served, "GET", "/static/")).body == b"home"
    assert (await ask(served, "GET", "/static/sub/")).body == b"below"


async def test_files_are_only_read(www: Path) -> None:
    answer = await get(www, "/digits.txt", method="POST")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("path", ["/digits.txt", "/long.bin"])
async def test_head_says_what_get_would_say(www: Path, path: str) -> None:
    got, head = await get(www, path), await get(www, path, method="HEAD")
    assert (head.status, head.headers, head.body) == (got.status, got.headers, b"")


# --- applications of one page -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/users/7", "*/*", 200),
        ("/users/jane.doe", "text/html,*/*", 200),
        ("/missing.js", "*/*", 404),
        ("/../x", "*/*", 200),
        ("/sub/empty/", "*/*", 200),
    ],
)
async def test_paths_of_no_file_are_those_of_the_application(
    www: Path, path: str, accept: str, status: int
) -> None:
    answer = await get(www, path, ", fallback: index.html, max_age: 9", accept=accept)
    assert answer.status == status
    if status == 200:
        assert (answer.body, answer.headers["cache-control"]) == (b"home", "no-cache")


# --- caches -----------------------------------------------------------------------------------


async def test_whoever_has_a_file_is_told_so(www: Path) -> None:
    first = await get(www, "/digits.txt", ", max_age: 60")
    tag, date = first.headers["etag"], first.headers["last-modified"]
    for headers in (
        {"if-none-match": tag},
        {"if-none-match": f'"x", W/{tag}'},
        {"if-none-match": "*"},
        {"if-modified-since": date},
        {"if-none-match": tag, "if-modified-since": formatdate(0, usegmt=True)},
    ):
        again = await ask(site(www, ", max_age: 60"), "GET", "/digits.txt", headers=headers)
        assert (again.status, again.body) == (304, b"")
        assert (again.headers["etag"], again.headers["cache-control"]) == (tag, "max-age=60")


@pytest.mark.parametrize(
    "headers",
    [
        {"if-none-match": '"other"'},
        {"if-modified-since": "yesterday"},
        {"if-modified-since": formatdate(0, usegmt=True)},
        {"if-none-match": '"other"', "if-modified-since": formatdate(4e9, usegmt=True)},
    ],
)
async def test_whoever_has_another_state_of_it_gets_it(www: Path, headers: dict[str, str]) -> None:
    assert (await ask(site(www), "GET", "/digits.txt", headers=headers)).status == 200


async def test_a_changed_file_has_another_tag(www: Path) -> None:
    before = (await get(www, "/digits.txt")).headers["etag"]
    (www / "digits.txt").write_text("9876543210")
    os.utime(www / "digits.txt", ns=(1, 1))
    assert (await get(www, "/digits.txt")).headers["etag"] != before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if-match": '"other"'}, 412),
        ({"if-match": "*"}, 200),
        ({"if-unmodified-since": formatdate(0, usegmt=True)}, 412),
        ({"if-unmodified-since": formatdate(4e9, usegmt=True)}, 200),
    ],
)
async def test_conditions_that_are_not_met_are_told(
    www: Path, headers: dict[str, str], status: int
) -> None:
    assert (await ask(site(www), "GET", "/digits.txt", headers=headers)).status == status


# --- parts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "body", "told"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ],
)
async def test_a_part_is_sent(www: Path, wanted: str, body: bytes, told: str) -> None:
    answer = await get(www, "/digits.txt", range=wanted)
    assert (answer.status, answer.body) == (206, body)
    assert answer.headers["content-range"] == told


@pytest.mark.parametrize(
    "wanted",
    ["bytes=0-1,3-4", "bytes=4-2", "bytes=-", "bytes=a-b", "lines=0-1", "bytes=" + "9" * 30 + "-"],
)
async def test_what_is_no_single_range_is_answered_with_everything(www: Path, wanted: str) -> None:
    assert (await get(www, "/digits.txt", range=wanted)).status == 200


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=99-100", "bytes=-0"])
async def test_a_part_beyond_the_end_is_refused(www: Path, wanted: str) -> None:
    answer = await get(www, "/digits.txt", range=wanted)
    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */10")


async def test_a_part_is_sent_only_of_the_file_that_is_meant(www: Path) -> None:
    first = await get(www, "/digits.txt")
    for mark, status in (
        (first.headers["etag"], 206),
        (first.headers["last-modified"], 206),
        ('"other"', 200),
        ("W/" + first.headers["etag"], 200),
    ):
        assert (await get(www, "/digits.txt", range="bytes=1-2", if_range=mark)).status == status


@given(first=st.integers(0, len(LONG) - 1), count=st.integers(1, len(LONG)))
async def test_every_part_of_a_long_file_is_that_part(
    tmp_path_factory: pytest.TempPathFactory, first: int, count: int
) -> None:
    www = tmp_path_factory.mktemp("www")
    (www / "long.bin").write_bytes(LONG)
    answer = await get(www, "/long.bin", range=f"bytes={first}-{first + count - 1}")
    assert answer.body == LONG[first : first + count]


# --- encodings --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("gzip, br", "br"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("identity", None),
        ("", None),
    ],
)
async def test_a_compressed_file_beside_it_is_sent_to_who_takes_it(
    www: Path, accepted: str, encoding: str | None
) -> None:
    (www / "digits.txt.gz").write_bytes(gzip.compress(b"0123456789"))
    (www / "digits.txt.br").write_bytes(b"brotli")
    answer = await get(www, "/digits.txt", accept_encoding=accepted)
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["vary"] == "accept-encoding"
    plain = (await get(www, "/digits.txt")).headers["etag"]
    assert (answer.headers["etag"] == plain) == (encoding is None)


async def test_a_compressed_file_that_is_older_is_not_sent(www: Path) -> None:
    (www / "digits.txt.gz").write_bytes(b"stale")
    os.utime(www / "digits.txt.gz", ns=(1, 1))
    assert (await get(www, "/digits.txt", accept_encoding="gzip")).body == b"0123456789"


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.JS", "text/javascript; charset=utf-8"),
        ("a.json", "application/json"),
        ("a.svg", "image/svg+xml"),
        ("a.wasm", "application/wasm"),
        ("a.woff2", "font/woff2"),
        ("a.tar.gz", "application/octet-stream"),
        ("a", "application/octet-stream"),
        ("a.unheard-of", "application/octet-stream"),
    ],
)
async def test_its_type_comes_from_its_name(www: Path, name: str, type_: str) -> None:
    (www / name).write_text("x")
    assert (await get(www, f"/{name}")).headers["content-type"] == type_


# --- what is wrong ----------------------------------------------------------------------------


def told(routes: str) -> list[str]:
    at = trigger(f"{{kind: http, routes: {{{routes}}}}}")
    return [str(problem).removeprefix("flow.yaml:") for problem in check(at, host())]


def test_what_is_wrong_is_told_with_its_place(www: Path) -> None:
    assert told("/*: {files: ./none}") == [
        "4:39: cannot open the folder './none': No such file or directory"
    ]
    assert told(f"/*: {{files: '{www}/digits.txt'}}")[0].endswith(": Not a directory")
    assert told(f"/x: {{files: '{www}'}}") == [
        "4:31: a folder of files is for all paths below one. Hint: write /x/*"
    ]
    assert "files are only read" in told(f"POST /*: {{files: '{www}'}}")[0]
    assert "there is no file 'app.html'" in told(f"/*: {{files: '{www}', fallback: app.html}}")[0]
    assert "'../x' is no name of a file" in told(f"/*: {{files: '{www}', index: ../x}}")[0]
    assert (
        "'strip' says nothing of a route with 'files'"
        in (told(f"/*: {{files: '{www}', strip: true}}")[0])
    )
