"""Folders of files as real clients get them: as a whole, in parts, slowly, and with bad intentions."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import shake_128
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.integration.curl import curl
from tests.integration.sites import serving
from tests.triggers.doors import host

#: Some megabytes that do not repeat.
LARGE = shake_128(b"large").digest(5_000_003)
SECRET = b"this is for nobody"


@pytest.fixture
def www(tmp_path: Path) -> Path:
    """A folder to be served, beside a file that is not."""
    (tmp_path / "secret.txt").write_bytes(SECRET)
    www = tmp_path / "www"
    (www / "sub").mkdir(parents=True)
    (www / "index.html").write_text("home")
    (www / "sub" / "index.html").write_text("below")
    (www / "words.txt").write_text("some words " * 100)
    (www / "large.bin").write_bytes(LARGE)
    return www


def files(www: Path, more: str = "", limits: str = "{}") -> str:
    return f"{{kind: http, limits: {limits}, routes: {{/*: {{files: '{www}'{more}}}}}}}"


# --- with curl --------------------------------------------------------------------------------


async def test_a_large_file_arrives_whole_and_in_parts(www: Path) -> None:
    async with serving(host(), files(www)) as url:
        assert await curl(f"{url}large.bin") == (0, LARGE)
        for wanted, part in (
            ("0-0", LARGE[:1]),
            ("1000000-4999999", LARGE[1_000_000:5_000_000]),
            ("4000000-", LARGE[4_000_000:]),
            ("-7", LARGE[-7:]),
        ):
            assert await curl("--range", wanted, f"{url}large.bin") == (0, part)


async def test_what_is_there_of_a_file_is_not_sent_again(www: Path, tmp_path: Path) -> None:
    begun = tmp_path / "begun.bin"
    begun.write_bytes(LARGE[:3_000_000])
    sent = ("--write-out", "%{http_code} %{size_download}")
    async with serving(host(), files(www)) as url:
        told = await curl(*sent, "-C", "-", "--output", str(begun), f"{url}large.bin")
    assert told == (0, b"206 %d" % (len(LARGE) - 3_000_000))
    assert begun.read_bytes() == LARGE


async def test_it_can_be_asked_about_without_its_content(www: Path) -> None:
    async with serving(host(), files(www)) as url:
        code, head = await curl("-I", f"{url}large.bin")
    assert code == 0
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\ncontent-length: %d\r\n" % len(LARGE) in head
    assert head.endswith(b"\r\n\r\n")


async def test_a_file_that_has_not_changed_is_not_sent(www: Path, tmp_path: Path) -> None:
    mine, tag = tmp_path / "mine.txt", tmp_path / "tag"
    told = ("--output", str(mine), "--write-out", "%{http_code} %{size_download}")
    os.utime(www / "words.txt", (1e9, 1e9))
    async with serving(host(), files(www)) as url:
        words = f"{url}words.txt"
        assert await curl(*told, "-R", "--etag-save", str(tag), words) == (0, b"200 1100")
        assert await curl(*told, "-z", str(mine), words) == (0, b"304 0")
        assert await curl(*told, "--etag-compare", str(tag), words) == (0, b"304 0")
        (www / "words.txt").write_text("other words")
        os.utime(www / "words.txt", (1.1e9, 1.1e9))
        assert await curl(*told, "-z", str(mine), words) == (0, b"200 11")
        assert await curl(*told, "--etag-compare", str(tag), words) == (0, b"200 11")


async def test_what_is_compressed_is_read_as_it_was(www: Path) -> None:
    packed = gzip.compress((www / "words.txt").read_bytes())
    (www / "words.txt.gz").write_bytes(packed)
    async with serving(host(), files(www)) as url:
        told = await curl("--compressed", "--write-out", "%{size_download}", f"{url}words.txt")
    assert told == (0, (www / "words.txt").read_bytes() + b"%d" % len(packed))


async def test_a_folder_is_found_without_its_slash(www: Path) -> None:
    async with serving(host(), files(www)) as url:
        assert await curl("-L", f"{url}sub") == (0, b"below")


async def test_paths_of_no_file_are_those_of_an_application(www: Path) -> None:
    told = ("--write-out", " %{http_code} %{content_type}")
    async with serving(host(), files(www, ", fallback: index.html")) as url:
        page = (0, b"home 200 text/html; charset=utf-8")
        assert await curl(*told, f"{url}users/7") == page
        assert await curl(*told, "-H", "accept: text/html", f"{url}users/jane.doe") == page
        code, missing = await curl(*told, f"{url}missing.js")
    assert (code, missing.endswith(b" 404 application/problem+json")) == (0, True)


# --- connections ------------------------------------------------------------------------------


def opened(path: Path) -> int:
    """How often this process has a file open."""
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        try:
            found += link.readlink() == path
        except FileNotFoundError:  # that of the listing itself, which is over
            continue
    return found


async def closed(path: Path) -> None:
    """Wait until a file is not open any more."""
    for _ in range(4000):
        if not opened(path):
            return
        await asyncio.sleep(0.005)
    raise AssertionError("the file stays open")


@asynccontextmanager
async def asking(
    url: str, request: bytes
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection that takes little at a time, and on which something was asked."""
    with socket.socket() as connected:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
        connected.connect(("127.0.0.1", urlsplit(url).port))
        reader, writer = await asyncio.open_connection(sock=connected, limit=1 << 14)
        writer.write(request)
        try:
            yield reader, writer
        finally:
            writer.close()


GET_LARGE = b"GET /large.bin HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


async def test_a_slow_reader_gets_all_of_it_and_it_is_closed_then(www: Path) -> None:
    async with serving(host(), files(www)) as url, asking(url, GET_LARGE) as (reader, _):
        await reader.readuntil(b"\r\n\r\n")
        assert opened(www / "large.bin") == 1
        body = bytearray()
        while chunk := await reader.read(5000):
            body += chunk
            await asyncio.sleep(0)
        assert body == LARGE
        await closed(www / "large.bin")


async def test_who_leaves_in_the_middle_leaves_nothing_open(www: Path) -> None:
    async with serving(host(), files(www)) as url:
        for _ in range(5):
            async with asking(url, GET_LARGE) as (reader, writer):
                await reader.readexactly(20_000)
                assert opened(www / "large.bin") == 1
                writer.transport.abort()
            await closed(www / "large.bin")
        assert await curl(f"{url}large.bin") == (0, LARGE)


async def test_who_takes_nothing_is_left_in_the_end(www: Path) -> None:
    served = files(www, limits="{body_seconds: 0.2}")
    async with serving(host(), served) as url, asking(url, GET_LARGE) as (reader, _):
        await reader.readexactly(20_000)
        await closed(www / "large.bin")


async def test_a_file_that_becomes_shorter_is_not_taken_for_whole(www: Path) -> None:
    async with serving(host(), files(www)) as url, asking(url, GET_LARGE) as (reader, _):
        head = await reader.readuntil(b"\r\n\r\n")
        os.truncate(www / "large.bin", 1_000_000)
        try:
            body = await reader.read(-1)
        except ConnectionResetError:
            body = b""
    assert b"content-length: %d\r\n" % len(LARGE) in head
    assert len(body) < len(LARGE)


# --- with bad intentions ----------------------------------------------------------------------


@pytest.fixture
def baited(www: Path) -> Path:
    """A folder with all that could lead out of it, or have who reads it wait."""
    (www / "out.txt").symlink_to("../secret.txt")
    (www / "whole").symlink_to("/")
    (www / "up").symlink_to("..")
    os.mkfifo(www / "pipe")
    return www


async def answer(url: str, path: bytes) -> tuple[int, bytes]:
    """The status and all of the answer to a path that is sent as it is."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    writer.write(b"GET %s HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n" % path)
    try:
        read = await reader.read()
    finally:
        writer.close()
    return int(read.split(b" ", 2)[1]), read


@pytest.mark.parametrize("more", ["", ", hidden: true", ", fallback: index.html"])
async def test_no_path_leads_out_of_the_folder_or_waits(baited: Path, more: str) -> None:
    absolute = os.fsencode(baited.parent / "secret.txt")
    paths = [
        b"/../secret.txt", b"/sub/../../secret.txt", b"/./../secret.txt", b"/%2e%2e/secret.txt",
        b"/%2E%2E%2Fsecret.txt", b"/.%2e/secret.txt", b"/..%5csecret.txt", b"/..\\secret.txt",
        b"/%252e%252e/secret.txt", b"/..;/secret.txt", b"/..%00/secret.txt",
        b"/sub/%2e%2e%2f%2e%2e/secret.txt",
        b"/%c0%ae%c0%ae/secret.txt", b"/words.txt%00.html", b"/%00", b"/" + absolute, b"/%2f" + absolute[1:],
        b"//etc/passwd", b"/%2fetc%2fpasswd", b"///etc/passwd", b"/file:///etc/passwd", b"/~root/.profile",
        b"/out.txt", b"/up/secret.txt", b"/whole/etc/passwd", b"/whole" + absolute, b"/pipe",
        b"http://x/../secret.txt", b"/../" * 500 + b"secret.txt",
    ]  # fmt: skip
    async with serving(host(), files(baited, more)) as url:
        for path in paths:
            status, read = await answer(url, path)
            assert status in ((400, 404) if "fallback" not in more else (200, 400, 404)), path
            assert SECRET not in read, path
            assert b"root:" not in read, path
            assert status != 200 or read.endswith(b"\r\n\r\nhome"), path
        assert (await answer(url, b"/words.txt"))[0] == 200


async def test_what_is_not_found_is_told_as_a_problem(www: Path) -> None:
    async with serving(host(), files(www)) as url:
        code, told = await curl("--path-as-is", f"{url}../secret.txt")
    assert (code, json.loads(told)["status"]) == (0, 404)
