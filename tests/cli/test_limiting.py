"""The option --limit."""

from __future__ import annotations

import click
import pytest

from wasmflow.cli.limiting import NAMES, Limit


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("memory=64MiB", ("memory", 64 << 20)),
        ("call-seconds=250ms", ("call_seconds", 0.25)),
        ("transaction_output_packets=7", ("transaction_output_packets", 7)),
        ("transaction_seconds=48h", ("transaction_seconds", 172_800)),
    ],
)
def test_a_limit_is_set_by_its_name(text: str, limit: tuple[str, float]) -> None:
    assert Limit().convert(text, None, None) == limit


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("memry=1", "there is no limit 'memry'; did you mean 'memory'?"),
        ("=1", "there is no limit ''"),
        ("memory", "write, for example, memory=256MiB"),
        ("memory=lots", "'memory=lots' is no value for a limit; write, for example, memory=256MiB"),
        ("stores=0", "write, for example, stores=1000"),
        ("transaction_output_bytes=-1", "write, for example, transaction_output_bytes=1000B"),
        ("memory=5GiB", "'memory' can be 4 GiB at most"),
        ("stores=2000", "'stores' can be 1000 at most"),
    ],
)
def test_what_sets_no_limit_is_told(text: str, message: str) -> None:
    with pytest.raises(click.BadParameter) as raised:
        Limit().convert(text, None, None)
    assert message in raised.value.message


def test_shells_complete_their_names() -> None:
    context = click.Context(click.Command("c"))
    found = Limit().shell_complete(context, click.Option(["--limit"]), "call_o")
    assert [each.value for each in found] == ["call_output_bytes=", "call_output_packets="]
    assert len(Limit().shell_complete(context, click.Option(["--limit"]), "")) == len(NAMES)
