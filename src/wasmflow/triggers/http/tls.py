"""The certificate that a server shows."""

from __future__ import annotations

import ssl
from typing import cast

from msgspec import UNSET

from wasmflow.errors import WorldError
from wasmflow.manifest.specs.triggers.http import HttpBlock, TlsBlock
from wasmflow.manifest.triggers import Trigger


def tls_context(trigger: Trigger) -> ssl.SSLContext | None:
    """What connections are encrypted with; ``None`` if they are not. Raises `WorldError`."""
    block = cast(HttpBlock, trigger.block).tls
    if block is UNSET:
        return None
    return _context(trigger, block)


def _context(trigger: Trigger, block: TlsBlock) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    cert = trigger.folder / block.cert
    key = cert if block.key is UNSET else trigger.folder / block.key
    try:
        context.load_cert_chain(cert, key)
        if block.client_ca is not UNSET:
            context.load_verify_locations(trigger.folder / block.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        place = trigger.at("tls")
        reason = getattr(error, "strerror", None) or error
        raise WorldError(f"{place}: cannot use the certificate '{cert}': {reason}") from error
    return context
