"""How a flow uses a template: what it connects, asks for and pins, and the signature that follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from wasmflow.component import Port, Signature, Template, Use
from wasmflow.graph.instances import Site
from wasmflow.graph.receivers import Receiver
from wasmflow.manifest import model
from wasmflow.manifest.model import Role
from wasmflow.manifest.term import ERROR
from wasmflow.naming import canonical
from wasmflow.problem import Problem
from wasmflow.types import model as wit
from wasmflow.types.parts import children

#: How large a type may get that templates make of other types: its parts, and how deep they lie.
#: A few dozen instances can make one of a billion parts.
LARGEST = 10_000
DEEPEST = 64


def asked_outputs(flow: model.Component) -> dict[str, tuple[str, ...]]:
    """The outputs that connections name, by canonical name of the instance; each once."""
    asked: dict[str, dict[str, str]] = {}
    for connection in flow.connections:
        end = connection.source
        if end.role is Role.INSTANCE and end.port is not None and end.port != ERROR:
            ports = asked.setdefault(canonical(end.instance), {})
            ports.setdefault(canonical(end.port), end.port)
    return {instance: tuple(ports.values()) for instance, ports in asked.items()}


def sketch(site: Site, receiver: Receiver, asked: tuple[str, ...]) -> Signature:
    """What can be said of the ports of an instance before types are known."""
    outline = site.outline or Signature(site.component)
    if site.template is None:
        return outline
    names = [receiver.find(name) or name for name in receiver.claims]
    signature = site.template.signature(Use(dict.fromkeys(names), site.constants, asked))
    return signature if isinstance(signature, Signature) else outline


def specialise(
    template: Template, use: Use, *, closed: bool
) -> tuple[Use, Signature | list[Problem]]:
    """The signature of a template in a use of it, and that use.

    In a `closed` flow nothing stays undetermined: it is `any`, and the use says so.
    """
    signature = template.signature(use)
    if closed and isinstance(signature, Signature) and _is_open(signature):
        use = replace(use, inputs={name: _or_any(type_) for name, type_ in use.inputs.items()})
        signature = template.signature(use)
    if not isinstance(signature, Signature):
        return use, signature
    if excess := next(filter(None, (_excess(port.type) for port in signature.outputs)), None):
        return use, [Problem(f"its result has a type {excess}")]
    return use, _close(signature) if closed else signature


def _or_any(type_: wit.Type | None) -> wit.Type:
    return wit.ANY if type_ is None else type_


def _is_open(signature: Signature) -> bool:
    return any(port.type is None for port in (*signature.inputs, *signature.outputs))


def _close(signature: Signature) -> Signature:
    if not _is_open(signature):
        return signature
    return replace(signature, inputs=_closed(signature.inputs), outputs=_closed(signature.outputs))


def _closed(ports: Iterable[Port]) -> tuple[Port, ...]:
    return tuple(replace(port, type=_or_any(port.type)) for port in ports)


def _excess(type_: wit.Type | None) -> str | None:
    """What keeps a type from being compared and compiled without much time or stack, if anything."""
    left, level = LARGEST, [type_]
    for _ in range(DEEPEST):
        left -= len(level)
        if left < 0:
            return f"of more than {LARGEST} parts"
        level = [part.type for each in level if each is not None for part in children(each)]
        if not level:
            return None
    return f"that is nested more than {DEEPEST} levels deep"
