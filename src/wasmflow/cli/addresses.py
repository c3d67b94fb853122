"""The options that take addresses: where a server listens, as a person types it."""

from __future__ import annotations

from typing import Any

import click

from wasmflow.triggers.address import NoAddress, parse_address


class ListenAddress(click.ParamType[str]):
    """``:PORT``, ``HOST:PORT`` or ``[IPV6]:PORT``."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            parse_address(value)
        except NoAddress as error:
            self.fail(str(error), param, ctx)
        return str(value)


class NamedAddress(click.ParamType[tuple[str, str]]):
    """An address, perhaps with the name of a trigger and ``=`` before it."""

    name = "address"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        name, _, address = value.rpartition("=")
        return name, ListenAddress().convert(address, param, ctx)
