"""The examples as a user runs them: the commands of their first page, and exactly what these print."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HELLO = "examples/01-hello/salutations.yaml"
COMMANDS = "examples/01-hello/commands.yaml"
NESTED = "examples/02-nested/host.yaml"
DESCRIBE = "examples/03-describe/describe.yaml"
LOG = "examples/04-log/log.yaml"
ALMANAC = "examples/05-almanac/almanac.yaml"  # tested in test_almanac.py
ROOT = Path(__file__).parents[2]

#: Building and compiling take their time where the machine is busy.
pytestmark = pytest.mark.timeout(600)

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def wasmflow(built_examples: Path, compiled_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a clone whose examples are built."""
    monkeypatch.setenv("WASMFLOW_CACHE", str(compiled_cache))

    def run(*arguments: str, stdin: Any = subprocess.DEVNULL) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "wasmflow", *arguments],
            cwd=built_examples,
            stdin=stdin,
            capture_output=True,
            text=True,
        )

    return run


def test_there_is_an_example_for_each_folder_tested_here() -> None:
    tested = {Path(path).parent.name for path in (HELLO, NESTED, DESCRIBE, LOG, ALMANAC)}
    assert tested == {folder.name for folder in (ROOT / "examples").iterdir() if folder.is_dir()}


def test_plain_functions_become_components(wasmflow: Run) -> None:
    inspected = json.loads(wasmflow("inspect", "--json", "examples/01-hello/text.wasm").stdout)
    names = [component["name"] for component in inspected["components"]]
    assert names == ["concat", "greet", "change-case", "stats", "find"]
    greet = inspected["components"][1]
    assert greet["description"] == "Greet somebody."
    assert [port["name"] for port in greet["inputs"]] == ["salutation", "name"]


def test_components_are_commands(wasmflow: Run, built_examples: Path) -> None:
    greeted = wasmflow("run", COMMANDS, "greet", "--", "Jane")
    assert (greeted.returncode, greeted.stdout, greeted.stderr) == (0, "Hello Jane", "")
    source = built_examples / "examples/01-hello/text.py"
    with source.open() as stdin:
        shouted = wasmflow("run", COMMANDS, "shout", stdin=stdin)
    assert (shouted.returncode, shouted.stdout) == (0, source.read_text().upper())


def test_what_a_component_imports_is_shown_and_not_granted(wasmflow: Run) -> None:
    inspected = json.loads(wasmflow("inspect", "--json", "examples/01-hello/text.wasm").stdout)
    assert {each["status"] for each in inspected["imports"]} == {"available, nothing granted"}


@pytest.mark.parametrize(
    "manifest", sorted(ROOT.glob("examples/*/*.yaml")), ids=lambda path: path.name
)
def test_no_example_has_problems(wasmflow: Run, manifest: Path) -> None:
    done = wasmflow("check", str(manifest.relative_to(ROOT)))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("manifest", "component", "instances"),
    [
        (HELLO, "hello", ["join", "greet"]),
        (NESTED, "good-day", ["hello", "wish"]),
        (DESCRIBE, "describe", ["title", "licence", "classify", "card", "columns"]),
    ],
)
def test_every_instance_is_drawn(
    wasmflow: Run, manifest: str, component: str, instances: list[str]
) -> None:
    drawn = wasmflow("graph", manifest, component)
    assert drawn.returncode == 0
    assert all(f"─ {instance} ─" in drawn.stdout for instance in instances)


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        (f"{HELLO} hello -- --first-name=Jane --last-name=Doe", "Hello Jane Doe"),
        (f"{HELLO} hello -- --first_name=Jane --last_name=Doe", "Hello Jane Doe"),
        (
            f"{NESTED} good-day -- --first_name=Jane --last_name=Doe",
            "Hello Jane Doe, have a great day",
        ),
    ],
)
def test_people_are_greeted(wasmflow: Run, command: str, printed: str) -> None:
    done = wasmflow("invoke", *command.split())
    assert (done.returncode, done.stdout, done.stderr) == (0, f'{{"output":"{printed}"}}\n', "")


def test_somebody_without_a_name_is_not_greeted(wasmflow: Run) -> None:
    done = wasmflow("invoke", NESTED, "good-day", "--", "--first_name=", "--last_name=")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "good-day: exception at hello/greet: ValueError: there is nobody to greet (text.py:"
    )


@pytest.mark.parametrize("flags", [[], ["--fresh"]])
def test_prose_is_described_by_its_words(wasmflow: Run, flags: list[str]) -> None:
    done = wasmflow("invoke", *flags, DESCRIBE, "describe", "--", "--text=@LICENSE")
    assert json.loads(done.stdout) == {
        "title": "Apache License",
        "licence": "Apache-2.0",
        "prose": {
            "counts": {"words": 1608, "sentences": 52, "minutes": 7.0},
            "frequent": [
                {"word": "license", "times": 35},
                {"word": "works", "times": 19},
                {"word": "derivative", "times": 18},
            ],
        },
    }


def test_a_table_is_described_by_its_columns(wasmflow: Run) -> None:
    text = "--text=@examples/03-describe/planets.csv"
    described = json.loads(wasmflow("invoke", DESCRIBE, "describe", "--", text).stdout)
    columns: dict[str, Any] = {column["name"]: column for column in described.pop("columns")}
    assert described["licence"] == "none that is known"
    assert set(described) == {"title", "licence"}
    assert [columns["class"][key] for key in ("kind", "filled", "distinct")] == ["text", 8, 3]
    assert [columns["moons"][key] for key in ("kind", "lowest", "highest")] == ["number", 0, 146]


def test_an_empty_text_has_no_title(wasmflow: Run) -> None:
    described = json.loads(wasmflow("invoke", DESCRIBE, "describe", "--", "--text=").stdout)
    assert "title" not in described
    assert described["prose"]["counts"] == {"words": 0, "sentences": 0, "minutes": 0.0}


def loaded(name: str) -> ModuleType:
    """A module of the example on logs, as Python has it."""
    spec = spec_from_file_location(name, ROOT / "examples/04-log" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_a_log_is_read_as_python_reads_it(wasmflow: Run, tmp_path: Path) -> None:
    log = loaded("log")
    lines = list(loaded("make_log").lines(100_000))
    path = tmp_path / "access.log"
    path.write_text("".join(f"{line}\n" for line in lines))
    with path.open() as given:
        ended = wasmflow("invoke", LOG, "failures", "--raw-in=lines", stdin=given)
    # Ports that are not in step come as they are ready.
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    (last,) = [line for line in told if "failed" not in line]
    failed = [line for line in told if "failed" in line]
    parsed = log.Parse().push_many(lines)
    entries = [each for each in parsed if isinstance(each, log.Entry)]
    expected = log.Redact().push_many(log.Failed().push_many(entries))
    assert [each["failed"] for each in failed] == [asdict(each) for each in expected]
    assert last == coming_to(log, lines)


def coming_to(log: ModuleType, lines: Iterable[str]) -> dict[str, Any]:
    """What a log comes to."""
    parse, summarise, count = log.Parse(), log.Summarise(), log.Count()
    for line in lines:
        (each,) = parse.push_many([line])
        (summarise if isinstance(each, log.Entry) else count).push_many([each])
    summary = asdict(summarise.finish())
    summary["statuses"] = [list(each) for each in summary["statuses"].items()]
    summary["paths"] = [list(each) for each in summary["paths"]]
    return {"summary": summary, "unread": count.finish()}


def test_what_the_page_of_the_log_shows_at_the_end_is_what_it_comes_to() -> None:
    page = (ROOT / "examples/04-log/README.md").read_text()
    (shown,) = (line for line in page.splitlines() if line.startswith('{"summary":'))
    assert json.loads(shown) == coming_to(loaded("log"), loaded("make_log").lines(30_000_000))


def test_who_asks_how_a_log_is_made_is_told() -> None:
    script = str(ROOT / "examples/04-log/make_log.py")
    for argument, code in (("--help", 0), ("much", 2)):
        done = subprocess.run([sys.executable, script, argument], capture_output=True, text=True)
        assert done.returncode == code
        assert (done.stdout + done.stderr).startswith("usage: make_log.py [-h] [megabytes]")


def test_the_picture_of_the_log_is_that_of_its_flow(wasmflow: Run) -> None:
    drawn = wasmflow("graph", LOG, "failures", "--format", "svg").stdout
    assert drawn == (ROOT / "examples/04-log/flow.svg").read_text()
