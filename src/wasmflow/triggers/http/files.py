"""Routes that are a folder of files. All that touches a disk happens outside the event loop."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Final, NamedTuple, cast

from msgspec import UNSET

from wasmflow.errors import WorldError
from wasmflow.manifest.specs.triggers.http import RouteBlock
from wasmflow.triggers.http.conditions import Validators, unmet, wanted_range
from wasmflow.triggers.http.folder import Folder, Handle, Opened, safe_names
from wasmflow.triggers.http.media import content_type
from wasmflow.triggers.http.pattern import Parameter, Pattern
from wasmflow.triggers.http.problems import Refused
from wasmflow.triggers.http.request import Request
from wasmflow.triggers.http.response import Response
from wasmflow.triggers.http.transaction import Handler

#: Bytes that are read at a time; what has no more is read when it is opened.
CHUNK: Final = 256 * 1024
#: Encodings with what the names of files in them end with, the best first.
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
#: There is no such file, or none that may be seen. Others are the world's failures.
_ABSENT: Final = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG))


@dataclass(frozen=True)
class Site:
    """How the files of a route are served."""

    folder: Folder
    index: str
    #: The file for paths of no file.
    fallback: str | None
    #: Seconds.
    max_age: int
    hidden: bool
    #: Segments of a request's path before those of the file.
    depth: int


def open_site(pattern: Pattern, block: RouteBlock, base: Path) -> Site:
    """Open the folder of a route. Raises `OSError`."""
    return Site(
        Folder(base / cast(str, block.files)),
        block.index,
        None if block.fallback is UNSET else block.fallback,
        block.max_age,
        block.hidden,
        len(pattern.segments) - 1,
    )


def files_handler(site: Site) -> Handler:
    """Answers with files below a folder."""

    async def handle(request: Request) -> Response:
        return await asyncio.to_thread(_answer, site, request)

    return handle


async def to_folder(request: Request) -> Response:
    """Answers a request for a folder without the slash behind it."""
    return with_slash(request)


# --- which file -------------------------------------------------------------------------------


class _Found(NamedTuple):
    """The file that answers a request."""

    opened: Opened
    name: str
    #: What it is compressed with; empty if it is not.
    encoding: str = ""
    is_fallback: bool = False


def _answer(site: Site, request: Request) -> Response:
    try:
        found = _find(site, request)
    except OSError as error:
        if error.errno == errno.EACCES:
            raise Refused(403, f"{request.path} may not be read") from None
        raise WorldError(f"cannot read {request.path}: {error.strerror}") from error
    if isinstance(found, Response):
        return found
    return _response(site, request, found)


def _find(site: Site, request: Request) -> _Found | Response:
    """The file for a request, or where to find it. Raises `Refused` and `OSError`."""
    path = "/".join(request.path[1:].split("/")[site.depth :])
    names = safe_names(path, hidden=site.hidden)
    if names is not None and not names[-1]:
        names[-1] = site.index
    opened = _open(site, names) if names is not None else None
    if names is not None and opened is not None:
        if not opened.is_folder:
            return _encoded(site, request, names, opened)
        if not path.endswith("/") and _is_file(site, [*names, site.index]):
            return with_slash(request)
    return _fallback(site, request, path)


def _open(site: Site, names: list[str]) -> Opened | None:
    """What stands under these names; ``None`` if nothing does that may be seen."""
    try:
        return site.folder.open(names)
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise


def _is_file(site: Site, names: list[str]) -> bool:
    opened = _open(site, names)
    if opened is not None:
        opened.handle.close()
    return opened is not None and not opened.is_folder


def with_slash(request: Request) -> Response:
    """Sends a browser to the folder, below which the links in its index lead.

    The place is relative: a whole path that begins with two slashes would be another server.
    """
    query = b"?" + request.query_string if request.query_string else b""
    last = request.path.rpartition("/")[2].encode("latin-1", "replace")
    return Response(308, [(b"location", b"./" + last + b"/" + query)])


def _fallback(site: Site, request: Request, path: str) -> _Found:
    if site.fallback is not None and _is_page(request, path):
        opened = _open(site, site.fallback.split("/"))
        if opened is not None and not opened.is_folder:
            return _Found(opened, site.fallback, is_fallback=True)
    raise Refused(404, f"there is no file at {request.path}")


def _is_page(request: Request, path: str) -> bool:
    """Whether an application may have a page there, rather than a file which is missing."""
    is_file = "." in path.rpartition("/")[2]
    return not is_file or "text/html" in (request.header(b"accept") or "")


def _encoded(site: Site, request: Request, names: list[str], plain: Opened) -> _Found:
    """The file as it is, or compressed if it lies there like this, is as new, and is accepted."""
    accepted = _accepted(request)
    for encoding, suffix in _ENCODINGS:
        if encoding in accepted:
            opened = _open(site, [*names[:-1], names[-1] + suffix])
            if (
                opened is not None
                and not opened.is_folder
                and opened.stat.st_mtime >= plain.stat.st_mtime
            ):
                plain.handle.close()
                return _Found(opened, names[-1], encoding)
    return _Found(plain, names[-1])


def _accepted(request: Request) -> set[str]:
    """The encodings that a client says it accepts."""
    said = (request.header(b"accept-encoding") or "").lower().replace(" ", "").split(",")
    parts = [each.partition(";q=") for each in said]
    return {name for name, _, weight in parts if weight.strip("0.") or not weight}


# --- what of it -------------------------------------------------------------------------------


def _response(site: Site, request: Request, found: _Found) -> Response:
    """The response with a file, or with what is wanted of it; closes the file if that is nothing."""
    handle, stat = found.opened
    size = stat.st_size
    encoding = f"-{found.encoding}" if found.encoding else ""
    tag = f'"{stat.st_mtime_ns:x}-{size:x}{encoding}"'
    validators = Validators(tag, min(int(stat.st_mtime), int(time())))
    headers = [*_headers(site, found, validators)]
    status = unmet(request, validators)
    if status == 412:
        raise Refused(412, "the file is not as the request says")
    if status == 304:
        handle.close()
        return Response(304, headers)
    part = wanted_range(request, size, validators)
    headers += [*_content_headers(found)]
    if part is None:
        return _with_body(200, headers, handle, range(size), request)
    told = b"bytes %d-%d/%d" % (part.start, part.stop - 1, size)
    return _with_body(206, [*headers, (b"content-range", told)], handle, part, request)


def _headers(site: Site, found: _Found, validators: Validators) -> Iterator[tuple[bytes, bytes]]:
    """What is said of a file, also to whoever has it already."""
    fresh = site.max_age if not found.is_fallback else 0
    yield b"etag", validators.tag.encode()
    yield b"last-modified", validators.date.encode()
    yield b"cache-control", b"max-age=%d" % fresh if fresh else b"no-cache"
    yield b"vary", b"accept-encoding"


def _content_headers(found: _Found) -> Iterator[tuple[bytes, bytes]]:
    yield b"content-type", content_type(found.name)
    yield b"accept-ranges", b"bytes"
    yield b"x-content-type-options", b"nosniff"
    if found.encoding:
        yield b"content-encoding", found.encoding.encode()


def _with_body(
    status: int,
    headers: list[tuple[bytes, bytes]],
    handle: Handle,
    part: range,
    request: Request,
) -> Response:
    length = [(b"content-length", b"%d" % len(part))]
    if request.method == "HEAD":
        handle.close()
        return Response(status, headers + length, Chunks(handle, range(0)))
    if len(part) > CHUNK:
        return Response(status, headers + length, Chunks(handle, part))
    body = handle.read(len(part), part.start)
    handle.close()
    if len(body) < len(part):
        raise WorldError("the file became shorter while it was read")
    return Response(status, headers, body)


class Chunks:
    """A part of a file, read as it is sent; the file is closed with it."""

    def __init__(self, handle: Handle, part: range) -> None:
        self._handle = handle
        self._part = part

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> bytes:
        part = self._part
        if not part:
            raise StopAsyncIteration
        try:
            chunk = await asyncio.to_thread(self._handle.read, min(CHUNK, len(part)), part.start)
        except OSError as error:
            raise WorldError(f"cannot read the file any more: {error.strerror}") from error
        if not chunk:
            raise WorldError("the file became shorter while it was sent")
        self._part = part[len(chunk) :]
        return chunk

    async def aclose(self) -> None:
        self._handle.close()


# --- whether it can be ------------------------------------------------------------------------


def check_files(
    pattern: Pattern, block: RouteBlock, base: Path
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What is wrong with a route of files: a message, a hint, and the key that it stands under."""
    last = pattern.segments[-1]
    if not isinstance(last, Parameter) or not last.rest:
        yield "a folder of files is for all paths below one", f"write {pattern.path}/*", ()
    if set(pattern.methods) - {"GET", "HEAD"}:
        yield "files are only read", "leave the method out, or write GET", ()
    if "/" in block.index or safe_names(block.index, hidden=True) in (None, [""]):
        yield f"'{block.index}' is no name of a file", "", ("index",)
    else:
        yield from _check_folder(pattern, block, base)


def _check_folder(
    pattern: Pattern, block: RouteBlock, base: Path
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    try:
        site = open_site(pattern, block, base)
    except OSError as error:
        yield f"cannot open the folder '{block.files}': {error.strerror}", "", ("files",)
        return
    if site.fallback is not None:
        names = safe_names(site.fallback, hidden=True)
        if names is None or not _is_file(site, names):
            hint = f"it is looked for in '{block.files}', where links are not followed"
            yield f"there is no file '{site.fallback}'", hint, ("fallback",)
    site.folder.close()
