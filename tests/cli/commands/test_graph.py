"""A flow, drawn in the terminal and in the formats of other tools."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.assembled import assemble, function, interface
from wasmflow.cli.commands.graph import FORMATS
from wasmflow.cli.main import run
from wasmflow.graph import render


@pytest.fixture(autouse=True)
def in_shop(shop: Path) -> None:
    """Every test stands beside ``shop.yaml``."""


def test_the_formats_are_those_that_there_are() -> None:
    assert FORMATS == render.FORMATS


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("component", ["card", "echo", "same", "pair", "refuse"])
def test_every_flow_is_drawn_in_every_format(
    component: str, format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["graph", "shop.yaml", component, "--format", format]) == 0
    captured = capsys.readouterr()
    assert captured.out.endswith("\n")
    assert captured.err == ""


def test_a_drawing_shows_instances_and_connections(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", "shop.yaml", "card"]) == 0
    drawn = capsys.readouterr().out
    assert drawn.startswith("card(first_name: string")
    assert "core::merge" in drawn
    assert "▶" in drawn


def test_a_program_reads_the_connections(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", "shop.yaml", "refuse", "-f", "json"]) == 0
    drawn = json.loads(capsys.readouterr().out)
    assert [node["component"] for node in drawn["nodes"]] == ["core::fail"]
    assert len(drawn["connections"]) == 3


def test_the_flow_is_needed_where_there_are_several(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", "shop.yaml"]) == 2
    assert "which component?" in capsys.readouterr().err


def test_a_component_of_its_own_is_no_flow(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "one.wasm").write_bytes(assemble(interface(function("one"))))
    assert run(["graph", "one.wasm"]) == 2
    assert "only the flows of a manifest can be drawn" in capsys.readouterr().err
