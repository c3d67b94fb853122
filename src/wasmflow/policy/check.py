"""Whether an opened artifact keeps to a policy. Pure: from what collections say of themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wasmflow.component import About
from wasmflow.limits import Limits, format_limit
from wasmflow.manifest.model import Limit
from wasmflow.naming import nearest
from wasmflow.policy.model import SHA256, SHORT, Policy
from wasmflow.policy.write import can_be_said, limit_text
from wasmflow.problem import Problem
from wasmflow.yamltext import yaml_text


def violations(about: About, policy: Policy) -> list[Problem]:
    """All in which an artifact goes beyond a policy, each at the line that it goes beyond."""
    return [
        problem for path, each in about.tree() for problem in _of_collection(path, each, policy)
    ]


def _of_collection(path: str, about: About, policy: Policy) -> Iterator[Problem]:
    who = f"'{path}' ({about.origin})" if path else f"'{about.origin}'"
    allowed = policy.collections.get(path) if path else policy.artifact
    if allowed is None:
        yield _unlisted(path, who, about, policy)
        return
    if allowed.digest not in ("", about.digest):
        now = f"has the digest {about.digest[:SHORT]}…" if about.digest else "has no digest"
        message = f"{who} {now}, not {allowed.digest[:SHORT]}… as this policy says"
        hint = f"if you trust what it is now, write digest: {SHA256}{about.digest}"
        yield Problem(message, hint if about.digest else "", allowed.digest_place)
    if about.granted is not None and (more := about.granted.beyond(allowed.grant)):
        wide = allowed.grant.widened([more]).text(policy.folder)
        message = f"{who} is granted {more.text(policy.folder)}, which this policy does not allow"
        yield Problem(message, f"if it may have that, write grant: {wide}", allowed.grant_place)
    if about.limits is None:
        return
    yield from _limits(who, about.limits, allowed.limits, "{}")
    if not about.parts:  # what uses others hands its limits down to them
        usual = {name: each for name, each in policy.limits.items() if name not in allowed.limits}
        form = "limits: {{ {} }} in its entry" if path else "{}"
        yield from _limits(who, about.limits, usual, form)


def _unlisted(path: str, who: str, about: About, policy: Policy) -> Problem:
    digest = f"digest: {SHA256}{about.digest}" if about.digest else ""
    grant = f"grant: {about.granted.text(policy.folder)}" if about.granted else ""
    entry = f"{yaml_text(path)}: {{ {', '.join(filter(None, (digest, grant)))} }}"
    near = nearest(path, policy.collections.keys())
    meant = f"'{near}' is listed; or, " if near else ""
    hint = f"{meant}if you trust it, add it to 'collections': {entry}"
    return Problem(f"{who} is not listed in this policy", hint, policy.place)


def _limits(who: str, limits: Limits, most: Mapping[str, Limit], form: str) -> Iterator[Problem]:
    """`form` is what is written around a limit to allow it to just that collection."""
    for name, limit in most.items():
        value = getattr(limits, name)
        if value is None or value > limit.value:
            has, may = format_limit(name, value), format_limit(name, limit.value)
            message = f"'{name}' of {who} is {has}, and this policy allows {may}"
            yield Problem(message, f"if that may be, {_to_write(name, value, form)}", limit.place)


def _to_write(name: str, value: float | None, form: str) -> str:
    if value is None or not can_be_said(name, value):
        return f"leave {name} out"
    return "write " + form.format(f"{name}: {limit_text(name, value)}")
