"""Which sockets are opened, kept and closed, and why one cannot be had."""

from __future__ import annotations

import socket

import pytest

from wasmflow.errors import WorldError
from wasmflow.service.sockets import Door, bind, close_unused, open_doors
from wasmflow.triggers.address import Address, parse_address

FREE = Address("127.0.0.1", 0)


def test_a_free_port_is_found_and_nobody_can_connect_yet() -> None:
    (found,) = bind(FREE)
    with found, socket.socket() as client:
        assert found.getsockname()[1] > 0
        with pytest.raises(ConnectionRefusedError):
            client.connect(found.getsockname())


def test_clients_can_connect_when_a_door_listens() -> None:
    doors = open_doors({"web": FREE})
    doors["web"].listen()
    (address,) = doors["web"].bound
    socket.create_connection((address.host, address.port)).close()
    doors["web"].close()


def test_a_door_that_is_wanted_again_stays_open() -> None:
    before = open_doors({"a": FREE, "b": FREE})
    after = open_doors({"a": FREE, "c": FREE}, before.values())
    close_unused(before.values(), after.values())
    assert after["a"].sockets == before["a"].sockets
    assert before["b"].sockets[0].fileno() == -1
    assert after["c"].bound != after["a"].bound
    close_unused(after.values(), ())
    assert after["a"].sockets[0].fileno() == -1


def test_an_address_may_change_its_name() -> None:
    found = open_doors({"x": FREE})["x"]
    (free,) = found.bound
    before = {"a": Door("a", free, found.sockets)}
    after = open_doors({"b": free}, before.values())
    assert after["b"].sockets == before["a"].sockets
    after["b"].close()


def test_where_one_address_cannot_be_had_none_is_opened() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = Address("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(WorldError, match="another program listens there"):
            open_doors({"free": FREE, "taken": where})


def test_somebody_who_was_quicker_is_noticed_when_it_listens() -> None:
    (slow,) = bind(FREE)
    door = open_doors({"x": Address("127.0.0.1", slow.getsockname()[1])})["x"]
    with slow:
        slow.listen()
        with pytest.raises(WorldError, match="another program listens there"):
            door.listen()
    door.close()


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("192.0.2.1:8080", "this machine has no such address"),
        ("nobody.invalid:8080", "there is no host 'nobody.invalid'"),
        (f"{'x' * 64}.invalid:1", "there is no host"),
    ],
)
def test_what_is_not_here_is_told(address: str, why: str) -> None:
    with pytest.raises(WorldError) as caught:
        bind(parse_address(address))
    assert str(caught.value).startswith(f"cannot listen on {address}: {why}")
