"""The certificate that a server shows, and those that it wants to see."""

from __future__ import annotations

import ssl
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

from msgspec import UNSET

from wasmflow.errors import WorldError
from wasmflow.manifest.specs.triggers.http import HttpBlock, TlsBlock
from wasmflow.manifest.triggers import Trigger
from wasmflow.problem import Problem

#: Bits of a file's mode with which anybody on the machine reads or changes it.
_OPEN: Final = stat.S_IROTH | stat.S_IWOTH


def tls_context(trigger: Trigger) -> ssl.SSLContext | None:
    """What connections are encrypted with; ``None`` if they are not. Raises `WorldError`."""
    block = cast(HttpBlock, trigger.block).tls
    if block is UNSET:
        return None
    try:
        return _context(trigger.folder, block)
    except _Unusable as unusable:
        raise WorldError(str(unusable.problem(trigger))) from unusable


def check_tls(trigger: Trigger) -> Iterator[Problem]:
    """What is wrong with the files of a server's block `tls`."""
    block = cast(HttpBlock, trigger.block).tls
    if block is UNSET:
        return
    try:
        _context(trigger.folder, block)
    except _Unusable as unusable:
        yield unusable.problem(trigger)
    name, key = _key(trigger.folder, block)
    if key.exists() and key.stat().st_mode & _OPEN:
        message = f"everybody on this machine may read the key '{key}', or change it"
        yield Problem(message, f"chmod 600 {key}", trigger.at("tls", name), warning=True)


def _key(folder: Path, block: TlsBlock) -> tuple[str, Path]:
    """The key under which the private key is named, and its file."""
    return ("cert", folder / block.cert) if block.key is UNSET else ("key", folder / block.key)


class _Unusable(Exception):
    """A file that cannot be used, by the key that names it."""

    def __init__(self, name: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.name = name
        self.hint = hint

    def problem(self, trigger: Trigger) -> Problem:
        return Problem(str(self), self.hint, trigger.at("tls", self.name))


def _context(folder: Path, block: TlsBlock) -> ssl.SSLContext:
    """TLS 1.2 and newer, with the ciphers that Python takes for safe. Raises `_Unusable`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols(["http/1.1"])
    _show(context, folder, block)
    if block.client_ca is not UNSET:
        _ask(context, folder / block.client_ca)
    return context


def _show(context: ssl.SSLContext, folder: Path, block: TlsBlock) -> None:
    cert, (name, key) = folder / block.cert, _key(folder, block)
    _check_readable("cert", "the certificate", cert)
    _check_readable(name, "the key", key)
    try:
        context.load_cert_chain(cert, key, _no_password)
    except _Unusable:
        raise
    except ssl.SSLError as error:
        raise _Unusable(*_explained(error, cert, key, name)) from error


def _explained(
    error: ssl.SSLError, cert: Path, key: Path, name: str
) -> tuple[str, str] | tuple[str, str, str]:
    if error.reason == "KEY_VALUES_MISMATCH":
        return name, f"the key '{key}' is not that of the certificate '{cert}'"
    # OpenSSL does not say which of the two files it could not read.
    if "-----BEGIN CERTIFICATE-----" not in cert.read_text(errors="replace"):
        return "cert", f"there is no certificate in PEM form in '{cert}'"
    if "PRIVATE KEY-----" not in key.read_text(errors="replace"):
        hint = "name its file under 'key'" if name == "cert" else ""
        return name, f"there is no private key in PEM form in '{key}'", hint
    reason = (error.reason or str(error)).lower().replace("_", " ")
    return "cert", f"cannot use the certificate '{cert}' with the key '{key}': {reason}"


def _ask(context: ssl.SSLContext, path: Path) -> None:
    """Have clients show a certificate that one of these has signed."""
    _check_readable("client_ca", "the certificates of clients", path)
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        message = f"there is no certificate in PEM form in '{path}'"
        raise _Unusable("client_ca", message) from error
    context.verify_mode = ssl.CERT_REQUIRED


def _check_readable(name: str, what: str, path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise _Unusable(name, f"cannot read {what} '{path}': {error.strerror}") from error


def _no_password() -> str:
    """Instead of asking at a terminal, where nobody may sit."""
    hint = "write it without: openssl pkey -in KEY -out NEW_KEY"
    raise _Unusable("key", "the key is encrypted with a password", hint)
