"""From the bytes of a file to a tree of values with places; what YAML would let slip is a problem.

Scalars are read by the core schema of YAML 1.2, which is JSON's: ``no``, ``on``, ``1_000``, ``12:30``
and dates are text. What YAML 1.1 and 1.2 read as different numbers (``0777``) is refused, as is all
that a manifest has no use for and an accident may bring: doubled keys, keys that are not text,
merge keys, tags, several documents. An alias stands for its anchor, within the limits below.

The tree is built from parser events, one by one: PyYAML's own composer recurses in C, so that a
deeply nested file would end the process.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import yaml

from wasmflow.errors import ProblemsError
from wasmflow.manifest import tree
from wasmflow.manifest.problems import Problems
from wasmflow.manifest.scalars import Unclear, resolve
from wasmflow.manifest.syntax import syntax_problems
from wasmflow.manifest.tree import excerpt
from wasmflow.problem import Place, Problem

#: Bytes of a file. Ten thousand instances with their connections are one million.
MAX_BYTES: Final = 4 << 20
#: Values of a file, and characters of them; what an alias stands for is counted each time.
MAX_NODES: Final = 200_000
MAX_CHARACTERS: Final = MAX_BYTES
#: Lists and mappings inside one another, which later stages walk recursively.
MAX_DEPTH: Final = 100

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_COMMENT = re.compile(r"[ \t]+#")
#: What libyaml does not read, and what it alone takes for the end of a line (U+0085, U+2028, U+2029).
_CONTROL = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


def read_yaml(source: bytes, file: str) -> tuple[tree.Node | None, list[Problem]]:
    """The document in `source`, and what is wrong with it; ``None`` for an empty file.

    Raises `ProblemsError` where nothing can be made of the rest: a syntax error, a limit.
    """
    text = _decode(source, file)
    builder = _Builder(text, file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        found = syntax_problems(error, text, file)
        lines = {problem.place.line for problem in found}
        earlier = [each for each in builder.problems if each.place.line not in lines]
        raise ProblemsError(earlier + found) from error
    return builder.root, builder.problems


def _decode(source: bytes, file: str) -> str:
    if problem := _not_a_text(source):
        raise ProblemsError([problem.at(Place(file))])
    try:
        text = source.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        place = _place_after(source[: error.start].decode(), file)
        message, hint = "this is not UTF-8 text", "save the file as UTF-8"
        raise ProblemsError([Problem(message, hint, place)]) from None
    if control := _CONTROL.search(text):
        code = ord(control[0])
        message = f"the control character U+{code:04X} is not allowed"
        hint = f'remove it, or write it as an escape in double quotes: "\\u{code:04x}"'
        place = _place_after(text[: control.start()], file)
        raise ProblemsError([Problem(message, hint, place)])
    return text


def _not_a_text(source: bytes) -> Problem | None:
    """What is wrong with a file as a whole; it need not be read to say so."""
    if source.startswith(b"\0asm"):
        hint = "name it in the 'external' of a manifest"
        return Problem("this is WebAssembly, not a manifest", hint)
    if len(source) > MAX_BYTES:
        hint = "move components to manifests of their own, and name those in 'external'"
        return Problem(f"a manifest has at most {MAX_BYTES >> 20} MiB", hint)
    if source.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Problem("this is UTF-16 text, and manifests are UTF-8", "save the file as UTF-8")
    return None


def _place_after(text: str, file: str) -> Place:
    return Place(file, text.count("\n") + 1, len(text) - text.rfind("\n"))


@dataclass(slots=True)
class _Built:
    """A node with what the limits need to know of it."""

    node: tree.Node
    nodes: int = 1
    characters: int = 0
    depth: int = 0


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    place: Place
    anchor: str | None
    is_mapping: bool
    items: list[tree.Node] = field(default_factory=list)
    entries: dict[str, tree.Entry] = field(default_factory=dict)
    #: The key whose value comes next.
    key: tree.Scalar | None = None
    nodes: int = 1
    characters: int = 0
    depth: int = 1

    def close(self) -> _Built:
        node: tree.Node = (
            tree.Mapping(self.entries, self.place)
            if self.is_mapping
            else tree.Sequence(tuple(self.items), self.place)
        )
        return _Built(node, self.nodes, self.characters, self.depth)


class _Builder:
    """Makes the tree from the parser's events."""

    def __init__(self, text: str, file: str) -> None:
        self.root: tree.Node | None = None
        self.problems: list[Problem] = Problems()
        self._text = text
        self._file = file
        self._open: list[_Open] = []
        self._documents = 0
        self._nodes = 0
        self._characters = 0
        #: Anchor to what it stands for; ``None`` while that is still open.
        self._anchors: dict[str, _Built | None] = {}

    def take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                place = self._place(event)
                scalar = self._scalar(event, place)
                self._add(_Built(scalar, characters=len(scalar.raw)), event.anchor, place)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._begin(event)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                closed = self._open.pop()
                self._add(closed.close(), closed.anchor, closed.place)
            case yaml.AliasEvent():
                self._alias(event.anchor or "", self._place(event))
            case yaml.DocumentStartEvent():
                self._document(event)

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1)

    def _report(self, message: str, hint: str, place: Place) -> None:
        self.problems.append(Problem(message, hint, place))

    def _refuse(self, message: str, hint: str, place: Place) -> NoReturn:
        self._report(message, hint, place)
        raise ProblemsError(self.problems)

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            hint = "put the other document into a file of its own"
            self._refuse("a manifest is one YAML document", hint, self._place(event))
        if event.version not in (None, (1, 2)):
            self._report("manifests are YAML 1.2", "leave the %YAML line out", self._place(event))

    def _begin(self, event: Any) -> None:
        place = self._place(event)
        self._count(1, place)
        self._check_tag(event, place)
        if len(self._open) >= MAX_DEPTH:
            self._refuse_depth(place)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._open.append(_Open(place, event.anchor, isinstance(event, yaml.MappingStartEvent)))

    def _refuse_depth(self, place: Place) -> NoReturn:
        message = f"lists and mappings are nested more than {MAX_DEPTH} deep here"
        self._refuse(message, "keep such data outside the manifest", place)

    def _alias(self, name: str, place: Place) -> None:
        if name not in self._anchors:
            hint = "put quotes around text that begins with '*'"
            self._refuse(f"there is no anchor '&{excerpt(name)}' before this alias", hint, place)
        built = self._anchors[name]
        if built is None:
            hint = "write out what is meant"
            self._refuse(
                f"the alias '*{excerpt(name)}' stands inside what it stands for", hint, place
            )
        self._count(built.nodes, place, built.characters)
        parent = self._open[-1]
        if parent.is_mapping and parent.key is None:
            self._report("an alias cannot be a key", "write the key out", place)
            parent.key = tree.Scalar(None, place)
        else:
            self._add(built, None, place)

    def _count(self, nodes: int, place: Place, characters: int = 0) -> None:
        """The characters of what is no alias are within the limit of the file."""
        self._nodes += nodes
        self._characters += characters
        hint = "an alias counts as all that it stands for"
        if self._nodes > MAX_NODES:
            self._refuse(f"a manifest has at most {MAX_NODES:,} keys and values", hint, place)
        if self._characters > MAX_CHARACTERS:
            message = f"the values of a manifest have at most {MAX_CHARACTERS:,} characters"
            self._refuse(message, hint, place)

    def _add(self, built: _Built, anchor: str | None, place: Place) -> None:
        if len(self._open) + built.depth > MAX_DEPTH:
            self._refuse_depth(place)
        if anchor:
            self._anchors[anchor] = built
        if not self._open:
            self.root = built.node
            return
        parent = self._open[-1]
        parent.nodes += built.nodes
        parent.characters += built.characters
        parent.depth = max(parent.depth, built.depth + 1)
        self._put(parent, built.node)

    def _put(self, parent: _Open, node: tree.Node) -> None:
        if not parent.is_mapping:
            parent.items.append(node)
        elif parent.key is None:
            parent.key = self._key(node)
        else:
            key, parent.key = parent.key, None
            self._enter(parent.entries, key, node)

    def _enter(self, entries: dict[str, tree.Entry], key: tree.Scalar, value: tree.Node) -> None:
        if not isinstance(key.value, str):
            return
        if earlier := entries.get(key.value):
            hint = f"the other one is at {earlier.place}; keep one of them"
            self._report(f"the key '{excerpt(key.value)}' is there twice", hint, key.place)
            return
        entries[key.value] = tree.Entry(key.value, key.place, value)

    def _key(self, node: tree.Node) -> tree.Scalar:
        """The key itself, or null after saying why it cannot be one."""
        if isinstance(node, tree.Scalar) and isinstance(node.value, str):
            if node.quotes or node.value != "<<":
                return node
            hint = "write the shared keys out where they are needed"
            self._report("merge keys ('<<') are not part of YAML 1.2", hint, node.place)
        elif isinstance(node, tree.Scalar) and not node.raw:
            self._report("a key is missing here", "", node.place)
        elif isinstance(node, tree.Scalar):
            hint = f"put quotes around it: '{excerpt(node.raw)}'"
            self._report(f"the key {excerpt(node.raw)} is not text", hint, node.place)
        else:
            what = "list" if isinstance(node, tree.Sequence) else "mapping"
            hint = "put quotes around the key if it is meant as text"
            self._report(f"a {what} cannot be a key", hint, node.place)
        return tree.Scalar(None, node.place)

    def _scalar(self, event: Any, place: Place) -> tree.Scalar:
        self._count(1, place)
        self._check_tag(event, place)
        raw = self._text[event.start_mark.index : event.end_mark.index]
        if event.style:
            return tree.Scalar(event.value, place, raw, event.style)
        comment = _COMMENT.match(self._text, event.end_mark.index) is not None
        value = resolve(event.value)
        if isinstance(value, Unclear):
            hint = "write the number as JSON does, or put quotes around it if it is text"
            self._report(value.reason, hint, place)
            value = event.value
        return tree.Scalar(value, place, raw, "", comment)

    def _check_tag(self, event: Any, place: Place) -> None:
        if event.tag is not None:
            hint = "leave the tag out; put quotes around text that begins with '!'"
            self._report("manifests have no YAML tags", hint, place)
