"""The fields of forms. Sources: RFC 7578 for those with files, and `request.parameters` for others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Final

from wasmflow.triggers.http.problems import Refused
from wasmflow.triggers.http.request import Request, parameters

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
#: The types of a body that is a form.
FORMS: Final = (URLENCODED, MULTIPART)

#: Fields of one form.
MOST_FIELDS: Final = 1000


def form_texts(request: Request) -> dict[str, str]:
    """What somebody has written into the form that a request came with, the last text of each name.

    Nothing where the body has not been read, or is no form.
    """
    body, media_type = request.held or b"", request.media_type
    fields: Iterable[tuple[str, str | bytes]] = ()
    try:
        if media_type == URLENCODED:
            fields = parameters(body, "the form")
        elif media_type == MULTIPART:
            fields = form_fields(body, request.header(b"content-type") or "")
        return {name: content for name, content in fields if isinstance(content, str)}
    except Refused:
        return {}


def form_fields(body: bytes, content_type: str) -> Iterator[tuple[str, str | bytes]]:
    """Names with texts, and with the contents of files. Raises `Refused` for what is no form."""
    import multipart

    size = len(body) + 1  # all of it is in memory already
    try:
        _, options = multipart.parse_options_header(content_type)
        parts = multipart.MultipartParser(
            BytesIO(body),
            options.get("boundary", ""),
            content_length=len(body),
            strict=True,
            part_limit=MOST_FIELDS,
            spool_limit=size,
            memory_limit=size,
        )
        for part in parts:
            yield part.name, part.raw if part.filename is not None else _text(part.raw, part.name)
            part.close()
    except multipart.MultipartError as error:
        raise Refused(400, f"the body is no form: {error}") from None


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Refused(
            400, f"the field '{name}' is not text in UTF-8 (byte {error.start})"
        ) from None
