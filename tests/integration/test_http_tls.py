"""Encrypted connections: who is trusted, who is not, and who does not even try."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from tests.fakes import FakeComponent, never
from tests.integration.curl import curl
from tests.integration.service import ECHO, served
from tests.triggers.doors import host, signature, surroundings, trigger, typed
from wasmflow.triggers.http.server import HttpServer
from wasmflow.triggers.kinds import check_triggers, open_trigger


@dataclass(frozen=True)
class Pems:
    """Files of certificates, and clients that trust who has signed them."""

    folder: Path
    authority: trustme.CA
    #: Signs nothing that anybody here trusts.
    stranger: trustme.CA

    def issue(self) -> None:
        """A new certificate for the server."""
        leaf = self.authority.issue_cert("localhost")
        leaf.private_key_and_cert_chain_pem.write_to_path(str(self.folder / "site.pem"))
        (self.folder / "site.pem").chmod(0o600)

    def client(
        self, trusted: trustme.CA | None = None, shown: trustme.CA | None = None
    ) -> ssl.SSLContext:
        """A client that trusts one authority, and shows a certificate of one, or none."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        (trusted or self.authority).configure_trust(context)
        if shown:
            shown.issue_cert("jane@example.org").configure_cert(context)
        return context


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> Pems:
    made = Pems(tmp_path_factory.mktemp("pems"), trustme.CA(), trustme.CA())
    made.authority.cert_pem.write_to_path(str(made.folder / "ca.pem"))
    made.issue()
    (made.folder / "large.bin").write_bytes(b"0123456789" * 300_000)
    return made


@dataclass
class Site:
    server: HttpServer
    port: int
    waiting: FakeComponent
    pems: Pems

    async def connect(
        self, context: ssl.SSLContext | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        tls = context or self.pems.client()
        return await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=tls, server_hostname="localhost"
        )

    async def plainly(self, request: bytes) -> bytes:
        """What comes back for this, without a handshake."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    async def status(self, context: ssl.SSLContext | None = None) -> int:
        """That of one request; 0 if the connection is closed instead."""
        try:
            reader, writer = await self.connect(context)
        except (ssl.SSLError, ConnectionError):
            return 0
        writer.write(asked("GET /open"))
        try:
            return status(await reader.read())
        except (ssl.SSLError, ConnectionError):
            return 0
        finally:
            writer.close()


def asked(line: str, extra: str = "connection: close") -> bytes:
    return f"{line} HTTP/1.1\r\nhost: localhost\r\n{extra}\r\n\r\n".encode()


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


@asynccontextmanager
async def _site(pems: Pems, tls: str = "", limits: str = "{}") -> AsyncIterator[Site]:
    waiting = never("")
    ready = typed(signature("ready", "", "output: string"), lambda: "yes")
    routes = "GET /open: ready, POST /wait: wait, /files/*: {files: .}"
    block = f"tls: {{cert: site.pem{tls}}}, limits: {limits}, routes: {{{routes}}}"
    made = host(ready=ready, wait=waiting)
    described = replace(trigger(f"{{kind: http, {block}}}"), folder=pems.folder)
    assert [str(each) for each in check_triggers([described], made)] == []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        around = replace(surroundings(made), sockets=[listening])
        server = await open_trigger(described, around)
        assert isinstance(server, HttpServer)
        await server.start()
        try:
            yield Site(server, listening.getsockname()[1], waiting, pems)
        finally:
            await server.stop(1)


async def test_who_trusts_the_authority_is_answered(pems: Pems) -> None:
    async with _site(pems) as site:
        reader, writer = await site.connect()
        connection = writer.get_extra_info("ssl_object")
        assert connection.version() == "TLSv1.3"
        assert connection.selected_alpn_protocol() is None
        writer.write(asked("GET /open"))
        answer = await reader.read()
        writer.close()
        assert answer.endswith(b'{"output":"yes"}')


async def test_http_in_version_1_1_is_agreed_on(pems: Pems) -> None:
    context = pems.client()
    context.set_alpn_protocols(["h2", "http/1.1"])
    async with _site(pems) as site:
        _, writer = await site.connect(context)
        assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"
        writer.close()


async def test_a_large_file_arrives_whole(pems: Pems) -> None:
    async with _site(pems) as site:
        name = f"localhost:{site.port}"
        found = await curl(
            "--cacert", str(pems.folder / "ca.pem"), "--resolve", f"{name}:127.0.0.1",
            f"https://{name}/files/large.bin",
        )  # fmt: skip
    assert found == (0, (pems.folder / "large.bin").read_bytes())


async def test_who_does_not_trust_it_leaves_and_others_do_not_notice(
    pems: Pems, caplog: pytest.LogCaptureFixture
) -> None:
    async with _site(pems) as site:
        with pytest.raises(ssl.SSLCertVerificationError):
            await site.connect(pems.client(trusted=pems.stranger))
        assert await site.status() == 200
    assert caplog.records == []


async def test_clients_show_a_certificate_where_that_is_asked_for(
    pems: Pems, caplog: pytest.LogCaptureFixture
) -> None:
    async with _site(pems, ", client_ca: ca.pem") as site:
        assert await site.status(pems.client(shown=pems.authority)) == 200
        for context in (pems.client(), pems.client(shown=pems.stranger)):
            assert await site.status(context) == 0
        assert await site.status(pems.client(shown=pems.authority)) == 200
    assert caplog.records == []


@pytest.mark.parametrize(
    "request_",
    [asked("GET /open"), b"\x16\x03\x01\xff\xff" + b"\x00" * 99, b"\x00" * 70_000, b"\x16\x03"],
    ids=["http", "hello", "zeros", "half"],
)
async def test_who_speaks_no_tls_is_left_and_others_do_not_notice(
    pems: Pems, request_: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with _site(pems, limits="{header_seconds: 0.2}") as site:
        answer = await site.plainly(request_)
        assert b"HTTP" not in answer
        assert await site.status() == 200
    assert caplog.records == []


async def test_who_stalls_in_the_handshake_is_left(
    pems: Pems, caplog: pytest.LogCaptureFixture
) -> None:
    async with _site(pems, limits="{header_seconds: 0.2}") as site:
        for begun in (b"", hello(pems), hello(pems)[:50]):
            assert b"HTTP" not in await site.plainly(begun)
        assert await site.status() == 200
        await _until(lambda: site.server.connections == 0)
    assert caplog.records == []


async def test_handshakes_that_are_under_way_are_connections(
    pems: Pems, caplog: pytest.LogCaptureFixture
) -> None:
    async with _site(pems, limits="{connections: 3, header_seconds: 0.5}") as site:
        stalled = [await asyncio.open_connection("127.0.0.1", site.port) for _ in range(3)]
        await _until(lambda: site.server.connections == 3)
        assert await site.status() == 0
        for reader, writer in stalled:
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
            writer.close()
        await _until(lambda: site.server.connections == 0)
        assert await site.status() == 200
    assert caplog.records == []


async def test_a_handshake_that_is_under_way_is_waited_for_when_the_server_stops(
    pems: Pems,
) -> None:
    async with _site(pems) as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        await _until(lambda: site.server.connections == 1)
        stopping = asyncio.create_task(site.server.stop(5))
        await asyncio.sleep(0)
        await writer.start_tls(pems.client(), server_hostname="localhost")
        writer.write(asked("GET /open", "a: b"))
        rest = await reader.read()
        assert b'"yes"' in rest
        assert b"connection: close" in rest
        await stopping
        writer.close()


def hello(pems: Pems) -> bytes:
    """What a client sends first."""
    outgoing = ssl.MemoryBIO()
    client = pems.client().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


async def test_a_request_that_does_not_come_is_refused(pems: Pems) -> None:
    async with _site(pems, limits="{header_seconds: 0.2}") as site:
        reader, writer = await site.connect()
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n")
        assert status(await reader.read()) == 408
        writer.close()


async def test_who_leaves_ends_his_transaction(pems: Pems) -> None:
    async with _site(pems) as site:
        _, writer = await site.connect()
        writer.write(asked("POST /wait", "content-length: 0"))
        await _until(lambda: site.waiting.running == 1)
        writer.transport.abort()
        await _until(lambda: site.waiting.running == 0)
        assert site.waiting.cancelled == 1


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(4000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it has not come to that")


async def test_a_request_on_an_open_connection_is_answered_while_the_server_stops(
    pems: Pems,
) -> None:
    async with _site(pems) as site:
        reader, writer = await site.connect()
        writer.write(asked("GET /open", "a: b"))
        await reader.readuntil(b"yes")
        stopping = asyncio.create_task(site.server.stop(5))
        await asyncio.sleep(0)
        writer.write(asked("GET /open", "a: b"))
        rest = await reader.read()
        assert b"connection: close" in rest
        assert b'"yes"' in rest
        await stopping
        writer.close()


def serial(pems: Pems, port: int) -> str:
    """The number of the certificate that is shown there."""
    context = pems.client()
    with (
        socket.create_connection(("127.0.0.1", port), 60) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        shown = connection.getpeercert()
    assert shown is not None
    return str(shown["serialNumber"])


def test_a_reload_shows_the_certificate_that_is_there_by_then(pems: Pems, tmp_path: Path) -> None:
    mine = replace(pems, folder=tmp_path)
    mine.issue()
    artifact = tmp_path / "echo.yaml"
    web = 'triggers: {web: {kind: http, address: ":0", tls: {cert: site.pem}}}\n'
    artifact.write_text(ECHO + web)
    with served(artifact, "--workers=1") as service:
        url = service.event("serving")["places"][0]["url"]
        assert url.startswith("https://")
        port = urlsplit(url).port
        before = serial(mine, port)
        (tmp_path / "site.pem").write_text("nonsense")
        service.signal(signal.SIGHUP)
        service.event("reload_failed")
        assert serial(mine, port) == before
        mine.issue()
        service.signal(signal.SIGHUP)
        service.event("reloaded")
        assert serial(mine, port) != before
        assert service.stop() == 0
