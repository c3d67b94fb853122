"""Components for attacks, as text: a few lines of core code in what every component has around it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_WAT: Final = Path(__file__).parent / "wat"


def plain(
    code: str,
    *,
    core: str = "",
    type_: str = "",
    declare: str = "",
    options: str = "",
    memory: str = "(memory 1)",
    before: str = "",
) -> str:
    """A component that imports nothing, whose `attack` is this code.

    `core` are declarations of its core module; `type_` is its component type, of which named types
    come in `declare`; `options` are those with which it is lifted, `before` are modules before its own.
    """
    return f"""(component {before}
      (core module $m
        {_exported(memory)}
        {core}
        (func (export "attack") {code}))
      (core instance $i (instantiate $m))
      {declare}
      (func (export "attack") {type_} (canon lift (core func $i "attack") {options})))"""


def _exported(memory: str) -> str:
    return memory.replace("(memory ", '(memory (export "memory") ', 1)


#: The option of whatever passes values through the memory.
MEMORY: Final = '(memory (core memory $i "memory"))'
#: The option of whatever is given values through the memory.
REALLOC: Final = f'{MEMORY} (realloc (core func $i "realloc"))'


def returning(type_: str, code: str, *, declare: str = "", core: str = "") -> str:
    """A component whose `attack` returns what it writes to address 16."""
    return plain(
        f"(result i32) {code} (i32.const 16)",
        core=core,
        type_=f"(result {type_})",
        declare=declare,
        options=MEMORY,
        memory="(memory 400)",
    )


def stored(*words: int) -> str:
    """Code that writes 32-bit words from address 16 on."""
    return " ".join(
        f"(i32.store (i32.const {16 + 4 * i}) (i32.const {w}))" for i, w in enumerate(words)
    )


def named(definition: str) -> str:
    """The declaration of a type that is called `$t` from then on."""
    return f"(type $t' {definition}) (export $t \"t\" (type $t'))"


def given(realloc: str, *, core: str = "") -> str:
    """A component that is given numbers, for which it makes room with this code."""
    return plain(
        "(param i32 i32)",
        core=f"""{core}
        (func $realloc (export "realloc") (param i32 i32 i32 i32) (result i32) {realloc})""",
        type_='(param "numbers" (list u64))',
        options=REALLOC,
    )


def worldly(code: str, *, core: str = "", memory: int = 2) -> str:
    """A component whose `attack` is this code, which may call what `wat/world.wat` imports."""
    text = (_WAT / "world.wat").read_text()
    return text % {"attack": code, "core": core, "pages": memory}


def streaming(
    *,
    constructor: str = "(call $new (i32.const 0))",
    push: str = "(local.get 1)",
    finish: str = "",
    emits: str = "u32",
    core: str = "",
) -> str:
    """A transducer of numbers whose methods are this code. What it emits is a list or a number."""
    options = MEMORY if emits.startswith("(list") else ""
    return _resource(
        constructor,
        f"""(func (export "push") (param i32 i32) (result i32) {push})
        (func (export "finish") (param i32) {finish})
        {core}""",
        f"""(func (export "[method]attack.push") (param "self" (borrow $r)) (param "x" u32)
        (result {emits}) (canon lift (core func $i "push") {options}))
      (func (export "[method]attack.finish") (param "self" (borrow $r))
        (canon lift (core func $i "finish")))""",
    )


def source(code: str, *, constructor: str = "(call $new (i32.const 0))", of: str = "u32") -> str:
    """A source whose `next` is this code, which returns the address of an option."""
    return _resource(
        constructor,
        f'(func (export "next") (param i32) (result i32) {code})',
        f"""(func (export "[method]attack.next") (param "self" (borrow $r)) (result (option {of}))
        (canon lift (core func $i "next") {MEMORY}))""",
    )


def _resource(constructor: str, core: str, methods: str) -> str:
    return f"""(component
      (core module $d (func (export "drop") (param i32) unreachable))
      (core instance $d (instantiate $d))
      (type $r' (resource (rep i32) (dtor (core func $d "drop"))))
      (export $r "attack" (type $r'))
      (type $other (resource (rep i32)))
      (core func $new (canon resource.new $r'))
      (core func $new-other (canon resource.new $other))
      (core func $drop (canon resource.drop $r'))
      (core module $m
        (import "" "new" (func $new (param i32) (result i32)))
        (import "" "new-other" (func $new-other (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (memory (export "memory") 100)
        (func (export "attack") (result i32) {constructor})
        {core})
      (core instance $i (instantiate $m (with "" (instance
        (export "new" (func $new))
        (export "new-other" (func $new-other))
        (export "drop" (func $drop))))))
      (func (export "[constructor]attack") (result (own $r))
        (canon lift (core func $i "attack")))
      {methods})"""
