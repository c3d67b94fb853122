"""Completion in a shell: commands, options, files, and the components and ports of an artifact.

The shell asks by the variable `VARIABLE` for what could follow on its line. Manifests and notes in
binaries are read for that, but nothing is compiled, nothing is written but the answer, and it takes
a bounded time: whoever presses a key waits.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final

from click.shell_completion import (
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    split_arg_string,
)

from wasmflow.cli.known import Known, KnownPort, known_components
from wasmflow.cli.output import one_line, put
from wasmflow.naming import canonical, lookup, same
from wasmflow.types import model as wit

VARIABLE: Final = "_WASMFLOW_COMPLETE"

#: Seconds after which there is no answer.
PATIENCE: Final = 2.0

#: Files of one folder that are looked at.
MOST_FILES: Final = 1000


def answer(instruction: str) -> int:
    """Answer a shell: ``bash_complete`` and so on. Says nothing of what goes wrong."""
    shell, _, what = instruction.partition("_")
    if shell not in SHELLS or what != "complete":
        return 1
    try:
        with _limited_time():
            put(_completer(shell).complete() + "\n")
    except Exception:
        return 1
    return 0


def script(shell: str) -> str:
    """What a shell has to read so that it completes, with how to do that at the end."""
    where = "".join(f"# {line}\n" for line in INSTRUCTIONS[shell].splitlines())
    return f"{_completer(shell).source()}\n{where}"


def _completer(shell: str) -> ShellComplete:
    from wasmflow.cli.main import PROGRAM

    return SHELLS[shell](PROGRAM, {}, "wasmflow", VARIABLE)


@contextmanager
def _limited_time() -> Iterator[None]:
    """Ends the process, without a word, if nobody waits any longer."""
    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda _number, _frame: os._exit(1))
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class _PortsToo(ShellComplete):
    """Completes what follows ``--``: in `invoke`, where only the artifact knows the flags, and in `run`.

    What comes from strangers is shown on one line, and commands no terminal.
    """

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        items: Iterable[CompletionItem[str]]
        if args[:1] == ["invoke"] and "--" in args:
            end = args.index("--")
            items = port_items(_component(args[1:end]), args[end + 1 :], incomplete)
        elif args[:1] == ["run"] and "--" in args:
            items = [CompletionItem(incomplete, type="file")]
        else:
            items = super().get_completions(args, incomplete)
        return [
            CompletionItem(item.value, item.type, _description(item.help))
            for item in items
            if item.value.isprintable()
        ]


def _description(text: str | None) -> str | None:
    return one_line(text or "").replace(" | ", " ") or None


class Zsh(_PortsToo, ZshComplete):
    """Zsh reads three lines for each item: its type, its value, and its description or ``_``.

    As a file in ``$fpath`` the script is itself the function `_wasmflow`, until it is called first.
    """

    source_template: ClassVar[str] = """\
#compdef %(prog_name)s

_%(prog_name)s() {
    local type value description
    local -a plain partial described response
    response=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT - 1)) \\
        %(complete_var)s=zsh_complete "${words[1]}" 2>/dev/null)}")
    for type value description in $response; do
        case $type in
            file) _path_files -f ;;
            dir) _path_files -/ ;;
            plain)
                if [[ $description != _ ]]; then
                    described+=("$value:$description")
                elif [[ $value == */ ]]; then
                    partial+=("$value")
                else
                    plain+=("$value")
                fi ;;
        esac
    done
    if (( $#described )); then _describe -V unsorted described -U; fi
    if (( $#partial )); then compadd -U -V unsorted -S '' -a partial; fi
    if (( $#plain )); then compadd -U -V unsorted -a plain; fi
}

if [[ $funcstack[1] == _%(prog_name)s ]]; then
    _%(prog_name)s "$@"
else
    compdef _%(prog_name)s %(prog_name)s
fi
"""


class Fish(_PortsToo, FishComplete):
    """Fish reads a line for each item: its type, a comma, its value, a tab, and its description."""

    source_template: ClassVar[str] = """\
function %(complete_func)s
    for item in (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) \\
            COMP_CWORD=(commandline -t) %(prog_name)s 2>/dev/null)
        set -l parts (string split --max 1 , -- $item)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case plain
                printf '%%s\\n' $parts[2]
        end
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class Bash(_PortsToo):
    """Bash cuts words at ``=``, ``@`` and ``:``, so the whole line is read and the cut is made again."""

    name = "bash"
    source_template: ClassVar[str] = """\
%(complete_func)s() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            file,*) compopt -o default 2>/dev/null ;;
            dir,*) compopt -o dirnames 2>/dev/null ;;
            plain,*/) compopt -o nospace 2>/dev/null; COMPREPLY+=("${line#*,}") ;;
            plain,*) COMPREPLY+=("${line#*,}") ;;
        esac
    done < <(COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null ||
    complete -F %(complete_func)s %(prog_name)s
"""

    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ["COMP_LINE"]
        words = split_arg_string(line)
        complete = not words or (line[-1:].isspace() and not words[-1].endswith(line[-1:]))
        return (words[1:], "") if complete else (words[1:-1], words[-1])

    def format_completion(self, item: CompletionItem[str]) -> str:
        breaks = "" if item.type != "plain" else os.environ.get("COMP_WORDBREAKS", "")
        _args, incomplete = self.get_completion_args()
        last = max((incomplete.rfind(each) for each in breaks), default=-1)
        start = (
            last if incomplete[last:].startswith("@") else last + 1
        )  # @ begins a word of its own
        return f"{item.type},{_quoted(item.value[start:])}"


def _quoted(text: str) -> str:
    """As one word of a shell; a tilde and a trailing slash stay what they are."""
    return text if re.fullmatch(r"[\w@%+=:,./~<>-]*", text) else shlex.quote(text)


SHELLS: Final[Mapping[str, type[ShellComplete]]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}

INSTRUCTIONS: Final[Mapping[str, str]] = {
    "bash": """\
To complete in every new shell:
    mkdir -p ~/.local/share/bash-completion/completions
    wasmflow completion bash > ~/.local/share/bash-completion/completions/wasmflow
In this shell only:
    eval "$(wasmflow completion bash)\"""",
    "zsh": """\
To complete in every new shell, in a folder that is in $fpath before compinit runs:
    wasmflow completion zsh > "${fpath[1]}/_wasmflow"
In this shell only, after autoload -U compinit && compinit:
    eval "$(wasmflow completion zsh)\"""",
    "fish": """\
To complete in every new shell:
    wasmflow completion fish > ~/.config/fish/completions/wasmflow.fish
In this shell only:
    wasmflow completion fish | source""",
}


def _component(own: list[str]) -> Known:
    """What is known of the component that `invoke` is given before ``--``."""
    from wasmflow.cli.commands.invoke import invoke

    params = invoke.make_context("invoke", own, resilient_parsing=True).params
    components = known_components(params.get("artifact") or "")
    name = params.get("component")
    if name is None and len(components) == 1:
        return next(iter(components.values()))
    return (lookup(name, components) if name else None) or Known()


def port_items(
    component: Known, given: list[str], incomplete: str
) -> Iterator[CompletionItem[str]]:
    """What could follow `given` among the flags and values of ports."""
    name, equals, text = incomplete.partition("=")
    if name.startswith("--") and equals:
        values = _values(_port(component, name), text)
        return (CompletionItem(f"{name}={value}") for value in values)
    if given and _wants_value(given[-1]) and not incomplete.startswith("--"):
        values = _values(_port(component, given[-1]), incomplete)
        return (CompletionItem(value) for value in values)
    return _flags(component, given, incomplete)


def _wants_value(argument: str) -> bool:
    return argument.startswith("--") and "=" not in argument


def _port(component: Known, flag: str) -> KnownPort:
    return lookup(flag.removeprefix("--"), component.inputs) or KnownPort()


def _flags(component: Known, given: list[str], incomplete: str) -> Iterator[CompletionItem[str]]:
    taken = [argument[2:].partition("=")[0] for argument in given if argument.startswith("--")]
    for name, port in component.inputs.items():
        free = not any(same(name, other) for other in taken)
        if free and canonical(f"--{name}").startswith(canonical(incomplete)):
            yield CompletionItem(f"--{name}", help=port.description or None)


def _values(port: KnownPort, text: str) -> Iterable[str]:
    """The values that a port could take, or files after ``@``."""
    if text.startswith("@"):
        return (f"@{path}" for path in _paths(text[1:]))
    if port.type is wit.BOOL:
        values: tuple[str, ...] = ("true", "false")
    else:
        values = port.type.cases if isinstance(port.type, wit.Enum) else ()
    return (value for value in values if value.startswith(text))


def _paths(text: str) -> Iterator[str]:
    """Files and folders whose path begins with this, hidden ones only if it says so."""
    folder, slash, start = text.rpartition("/")
    try:
        entries = sorted(Path(folder + slash or ".").expanduser().iterdir())
    except OSError:
        return
    for entry in entries[:MOST_FILES]:
        if entry.name.startswith(start) and (start or not entry.name.startswith(".")):
            yield f"{folder}{slash}{entry.name}{'/' if entry.is_dir() else ''}"
