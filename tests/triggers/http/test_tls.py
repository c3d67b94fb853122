"""The certificate that a server shows."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from tests.triggers.doors import host, trigger
from wasmflow.errors import WorldError
from wasmflow.manifest.triggers import Trigger
from wasmflow.triggers.http.server import check
from wasmflow.triggers.http.tls import tls_context


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with certificates of one authority, and what is none."""
    folder = tmp_path_factory.mktemp("pems")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    for name in ("one", "other"):
        leaf = authority.issue_cert("localhost")
        leaf.private_key_pem.write_to_path(str(folder / f"{name}.key"))
        leaf.cert_chain_pems[0].write_to_path(str(folder / f"{name}.pem"))
        leaf.private_key_and_cert_chain_pem.write_to_path(str(folder / f"{name}-both.pem"))
    (folder / "text.pem").write_text("no certificate")
    (folder / "encrypted.key").write_bytes(encrypted(folder / "one.key"))
    for path in folder.iterdir():
        path.chmod(0o600)
    return folder


def encrypted(key: Path) -> bytes:
    from cryptography.hazmat.primitives import serialization

    private = serialization.load_pem_private_key(key.read_bytes(), None)
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"sesame"),
    )


def server(pems: Path, tls: str) -> Trigger:
    return replace(trigger(f"{{kind: http, tls: {{{tls}}}}}"), folder=pems)


def told(pems: Path, tls: str) -> list[str]:
    return [
        str(problem).replace(f"{pems}/", "").removeprefix("flow.yaml:4:")
        for problem in check(server(pems, tls), host())
    ]


@pytest.mark.parametrize(
    "tls",
    [
        "cert: one.pem, key: one.key",
        "cert: one-both.pem",
        "cert: one.pem, key: one.key, client_ca: ca.pem",
    ],
)
def test_a_certificate_with_its_key_is_shown(pems: Path, tls: str) -> None:
    assert told(pems, tls) == []
    context = tls_context(server(pems, tls))
    assert context is not None
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert (context.verify_mode is ssl.CERT_REQUIRED) == ("client_ca" in tls)


def test_without_one_nothing_is_encrypted() -> None:
    assert tls_context(trigger("{kind: http}")) is None


@pytest.mark.parametrize(
    ("tls", "problem"),
    [
        ("cert: none.pem", "30: cannot read the certificate 'none.pem': No such file or directory"),
        (
            "cert: one.pem, key: none.key",
            "44: cannot read the key 'none.key': No such file or directory",
        ),
        ("cert: text.pem, key: one.key", "30: there is no certificate in PEM form in 'text.pem'"),
        (
            "cert: one.pem",
            "30: there is no private key in PEM form in 'one.pem'. Hint: name its file",
        ),
        ("cert: one.pem, key: text.pem", "44: there is no private key in PEM form in 'text.pem'"),
        (
            "cert: one.pem, key: other.key",
            "44: the key 'other.key' is not that of the certificate 'one.pem'",
        ),
        (
            "cert: one.pem, key: encrypted.key",
            "44: the key is encrypted with a password. Hint: write it without: openssl pkey",
        ),
        (
            "cert: one-both.pem, client_ca: text.pem",
            "55: there is no certificate in PEM form in 'text.pem'",
        ),
        ("cert: one-both.pem, client_ca: x", "55: cannot read the certificates of clients 'x'"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(pems: Path, tls: str, problem: str) -> None:
    found = told(pems, tls)
    assert len(found) == 1
    assert found[0].startswith(problem)
    with pytest.raises(WorldError, match=r"flow\.yaml:4:"):
        tls_context(server(pems, tls))


def test_a_key_that_everybody_may_read_is_a_warning(pems: Path, tmp_path: Path) -> None:
    key = tmp_path / "open.key"
    key.write_bytes((pems / "one.key").read_bytes())
    key.chmod(0o644)
    found = told(pems, f"cert: one.pem, key: {key}")
    assert found == [
        f"44: warning: everybody on this machine may read the key '{key}', or change it. "
        f"Hint: chmod 600 {key}"
    ]
