"""The routes of a server: what its manifest says of them, checked against the components there are.

Pure: `plan` finds everything that is wrong; `routes` makes handlers of a plan in which nothing is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any, Final, cast

from msgspec import UNSET, structs

from wasmflow.component import Port, Signature
from wasmflow.errors import UsageError
from wasmflow.host.host import Host, edge_signature
from wasmflow.manifest.specs.triggers.http import HttpBlock, ResponseBlock, RouteBlock
from wasmflow.manifest.triggers import Trigger
from wasmflow.naming import lookup, suggestion
from wasmflow.packet import EMPTY
from wasmflow.problem import Place, Problem
from wasmflow.triggers.address import NoAddress, parse_address
from wasmflow.triggers.http.answers import ResponseForm, answers_with_stream, is_header
from wasmflow.triggers.http.around import auth_of
from wasmflow.triggers.http.auth import auth_kinds
from wasmflow.triggers.http.files import check_files
from wasmflow.triggers.http.headers import check_headers
from wasmflow.triggers.http.inputs import FACTS, Binding
from wasmflow.triggers.http.operation import Answer, Operation, Part, Source
from wasmflow.triggers.http.pattern import BadPattern, Pattern, Routes, parse_pattern
from wasmflow.triggers.http.proxy import check_proxy
from wasmflow.types import model as wit
from wasmflow.types.json import input_decoder

#: Methods whose requests have no body, so that inputs are parameters of the query.
_BODILESS: Final = frozenset(("GET", "HEAD", "DELETE", "OPTIONS"))
_PARTS: Final = {
    "path": Part.PATH,
    "query": Part.QUERY,
    "header": Part.HEADER,
    "cookie": Part.COOKIE,
    "body": Part.FIELD,
}


#: Keys of a route with the kinds of route that they say something of.
_KEYS: Final = {
    **dict.fromkeys(("inputs", "with_", "response"), ("component",)),
    **dict.fromkeys(("index", "fallback", "max_age", "hidden"), ("files",)),
    "strip": ("proxy",),
    "timeout": ("component", "proxy"),
}


@dataclass(frozen=True)
class PlannedRoute:
    """A route of a manifest, or one of those that a server has by itself."""

    key: str
    pattern: Pattern
    block: RouteBlock
    #: Of a component; ``None`` for files and other servers.
    binding: Binding | None = None
    form: ResponseForm = field(default_factory=ResponseForm)
    #: How whoever asks says who it is: `auth.auth_kinds`.
    auth: tuple[str, ...] = ()

    @property
    def operations(self) -> list[Operation]:
        """What is said of it in the description of the API."""
        if self.binding is None:
            return []
        operation = Operation(
            "", self.pattern.path, self.binding.signature, self.binding.sources, _answer(self),
            self.block.description, self.auth, strict=self.binding.strict,
        )  # fmt: skip
        methods = self.pattern.methods or (("GET",) if not self._has_body else ("POST",))
        return [
            replace(operation, method=method, inputs=_asked_with(method, operation.inputs))
            for method in methods
        ]

    @property
    def _has_body(self) -> bool:
        sources = self.binding.sources.values() if self.binding else ()
        return any(source.part in (Part.FIELD, Part.BODY) for source in sources)


@dataclass(frozen=True)
class Plan:
    """All routes of a server."""

    trigger: Trigger
    routes: list[PlannedRoute] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def block(self) -> HttpBlock:
        return cast(HttpBlock, self.trigger.block)

    @property
    def components(self) -> bool:
        """Whether every component is served."""
        said = self.block.components
        return not self.block.routes if said is UNSET else said is True

    @property
    def described(self) -> bool:
        """Whether the description of its API is served: if it has one, unless the manifest says otherwise."""
        said = self.block.openapi
        if said is UNSET:
            return any(route.binding is not None for route in self.routes)
        return said is True

    @property
    def metrics(self) -> bool:
        """Whether metrics are shown: to this machine, unless the manifest says otherwise."""
        said = self.block.metrics
        return is_loopback(self.block.address) if said is UNSET else said is True


def _asked_with(method: str, sources: Mapping[str, Source]) -> Mapping[str, Source]:
    """Where inputs stand in requests with a method: fields of a body may come in the query, too."""
    if method not in _BODILESS:
        return sources
    return {
        name: source._replace(part=Part.QUERY) if source.part is Part.FIELD else source
        for name, source in sources.items()
    }


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach an address; one without a host is on it."""
    host = address.rpartition(":")[0].strip("[]")
    try:
        return host in ("", "localhost") or ip_address(host).is_loopback
    except ValueError:  # a name, that may be anybody's
        return False


def plan(trigger: Trigger, host: Host) -> Plan:
    """What the routes of a server mean on this host, and what is wrong with them."""
    planned = Plan(trigger)
    try:
        parse_address(planned.block.address)
    except NoAddress as error:
        planned.problems.append(Problem(str(error), place=trigger.at("address")))
    for name, message, hint in check_headers(planned.block.headers):
        planned.problems.append(Problem(message, hint, trigger.at("headers", name)))
    seen: Routes[str] = Routes()
    for key, said in planned.block.routes.items():
        planning = _Planning(trigger, host, key, said, planned.problems)
        route = planning.route()
        if route is None:
            continue
        if other := seen.add(route.pattern, key):
            message = (
                f"another route is for the same requests: {' '.join(other.methods)} {other.route}"
            )
            planned.problems.append(Problem(message, place=trigger.at("routes", key)))
        planned.routes.append(route)
    if planned.components:
        planned.routes.extend(_component_routes(host))
    planned.routes[:] = [
        replace(route, auth=auth_kinds(auth_of(planned.block, route.block)))
        for route in planned.routes
    ]
    return planned


def _component_routes(host: Host) -> list[PlannedRoute]:
    """``POST /components/NAME`` for each; ``GET`` too for what only sends streams, as browsers ask."""
    routes = []
    for name, definition in host.collection.definitions.items():
        signature = edge_signature(definition)
        sources = {port.name: Source(Part.FIELD, port.name) for port in signature.inputs}
        pattern = Pattern(("POST",), ("components", name))
        block = RouteBlock(component=name)
        routes.append(PlannedRoute("", pattern, block, Binding(signature, sources)))
        if is_source(signature):
            query = {port.name: Source(Part.QUERY, port.name) for port in signature.inputs}
            pattern = Pattern(("GET",), ("components", name))
            routes.append(PlannedRoute("", pattern, block, Binding(signature, query)))
    return routes


def is_source(signature: Signature) -> bool:
    """Whether it sends streams, and takes none."""
    takes = any(port.stream for port in signature.inputs)
    return not takes and any(port.stream for port in signature.outputs)


def _answer(route: PlannedRoute) -> Answer:
    form = route.form
    aside = {form.status, form.headers, form.type}
    return Answer(
        status=form.status if isinstance(form.status, int) else None,
        body=form.body,
        aside=frozenset(name for name in aside if isinstance(name, str)),
        type=form.fixed.get("content-type", ""),
        exceptions=route.block.response.exceptions,
    )


class _Planning:
    """One route that is being looked at."""

    def __init__(
        self,
        trigger: Trigger,
        host: Host,
        key: str,
        said: str | RouteBlock,
        problems: list[Problem],
    ) -> None:
        self._trigger = trigger
        self._host = host
        self._key = key
        self._block = RouteBlock(component=said) if isinstance(said, str) else said
        self._problems = problems

    def _at(self, *path: str) -> Place:
        return self._trigger.at("routes", self._key, *path)

    def _add(self, message: str, hint: str, *path: str) -> None:
        self._problems.append(Problem(message, hint, self._at(*path)))

    def route(self) -> PlannedRoute | None:
        try:
            pattern = parse_pattern(self._key)
        except BadPattern as bad:
            self._add(str(bad), "write a path, as in: GET /users/{id}")
            return None
        block = self._block
        kinds = {"component": block.component, "files": block.files, "proxy": block.proxy}
        given = [name for name, value in kinds.items() if value is not UNSET]
        if len(given) != 1:
            what = " and ".join(f"'{name}'" for name in given) or "none of them"
            hint = "give it one of 'component', 'files' and 'proxy'"
            self._add(f"what answers this route is not clear: it has {what}", hint)
            return None
        self._check_keys(given[0])
        if given != ["component"]:
            return self._elsewhere(pattern)
        return self._component(pattern, cast(str, block.component).removeprefix("self::"))

    def _check_keys(self, kind: str) -> None:
        """Find what is said of other kinds of route."""
        for key, kinds in _KEYS.items():
            if kind not in kinds and getattr(self._block, key) != getattr(RouteBlock(), key):
                written = key.removesuffix("_")
                of = " and ".join(kinds)
                hint = f"leave it out, or see 'wasmflow schema': it belongs to {of}"
                self._add(f"'{written}' says nothing of a route with '{kind}'", hint, written)

    def _elsewhere(self, pattern: Pattern) -> PlannedRoute | None:
        """A route of files, or of another server."""
        before = len(self._problems)
        if self._block.files is UNSET:
            found = check_proxy(pattern, self._block)
        else:
            found = check_files(pattern, self._block, self._trigger.folder)
            pattern = replace(pattern, methods=pattern.methods or ("GET",))
        for message, hint, path in found:
            self._add(message, hint, *path)
        if len(self._problems) > before:
            return None
        return PlannedRoute(self._key, pattern, self._block)

    def _component(self, pattern: Pattern, name: str) -> PlannedRoute | None:
        try:
            signature = self._host.signature(name)
        except UsageError as error:
            hint = (
                "a route names a component of this manifest; for another, write a flow of it here"
            )
            self._add(str(error), hint if "::" in name else "", "component")
            return None
        before = len(self._problems)
        binding = self._binding(pattern, signature)
        form = self._form(signature)
        if len(self._problems) > before:
            return None
        block = structs.replace(self._block, component=signature.name)
        return PlannedRoute(self._key, pattern, block, binding, form)

    # --- what goes in ---

    def _binding(self, pattern: Pattern, signature: Signature) -> Binding:
        constants = self._constants(signature)
        sources, facts = self._said(pattern, signature)
        used = {source.name for source in sources.values() if source.part is Part.PATH}
        for parameter in pattern.parameters.keys() - used - {"*"}:
            port = self._port(parameter, signature, "a parameter of the path")
            if port is not None:
                sources[port.name] = Source(Part.PATH, parameter)
        twice = constants.keys() & (sources.keys() | facts.keys())
        for name in twice:
            self._add(f"the input '{name}' is given twice", "", "with", name)
        rest = (
            Part.QUERY if set(pattern.methods) and set(pattern.methods) <= _BODILESS else Part.FIELD
        )
        if any(source.part is Part.BODY for source in sources.values()):
            rest = Part.QUERY
        for port in signature.inputs:
            if port.name not in sources and port.name not in facts and port.name not in constants:
                sources[port.name] = Source(rest, port.name)
        return Binding(signature, sources, facts, constants, strict=False)

    def _constants(self, signature: Signature) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, value in self._block.with_.items():
            port = self._port(name, signature, "a constant", "with", name)
            if port is None:
                continue
            try:
                decoded = input_decoder(port.type, optional=port.optional)(value)
            except wit.Misfit as misfit:
                self._add(f"the constant for '{port.name}': {misfit}", "", "with", name)
                continue
            if decoded is not EMPTY:
                values[port.name] = decoded
        return values

    def _said(
        self, pattern: Pattern, signature: Signature
    ) -> tuple[dict[str, Source], dict[str, str]]:
        sources: dict[str, Source] = {}
        facts: dict[str, str] = {}
        for name, text in self._block.inputs.items():
            port = self._port(name, signature, "a part of the request", "inputs", name)
            if port is None:
                continue
            part, dot, rest = text.partition(".")
            if text == "body":
                sources[port.name] = Source(Part.BODY)
            elif not dot and text in FACTS:
                facts[port.name] = text
            elif part not in _PARTS or not rest:
                known = [*(f"{each}.NAME" for each in _PARTS), "body", *FACTS]
                hint = f"there are {', '.join(known)}"
                self._add(f"'{text}' is no part of a request", hint, "inputs", name)
            elif part == "path" and rest not in pattern.parameters:
                hint = suggestion(rest, pattern.parameters, noun="the path")
                self._add(f"the path has no parameter '{rest}'", hint, "inputs", name)
            else:
                sources[port.name] = Source(_PARTS[part], rest)
        return sources, facts

    def _port(self, name: str, signature: Signature, what: str, *path: str) -> Port | None:
        index = signature.input(name)
        if index is not None:
            return signature.inputs[index]
        hint = suggestion(
            name, [port.name for port in signature.inputs], noun=f"'{signature.name}'"
        )
        self._add(f"'{signature.name}' has no input '{name}' for {what}", hint, *path)
        return None

    # --- what comes out ---

    def _form(self, signature: Signature) -> ResponseForm:
        said: ResponseBlock = self._block.response
        self._check_constants(said)
        fixed: dict[str, str] = {}
        headers = said.headers
        if isinstance(headers, dict):
            fixed.update({name.lower(): value for name, value in headers.items()})
        type_ = said.type
        if isinstance(type_, str) and "/" in type_:
            fixed["content-type"], type_ = type_, UNSET
        status = said.status
        form = ResponseForm(
            body=self._output(said.body, signature, "body"),
            status=status
            if isinstance(status, int)
            else self._output(status, signature, "status") or 200,
            headers=None
            if isinstance(headers, dict)
            else self._output(headers, signature, "headers"),
            type=self._output(type_, signature, "type"),
            fixed=fixed,
        )
        if answers_with_stream(signature, form):
            self._check_stream(form)
        return form

    def _check_constants(self, said: ResponseBlock) -> None:
        """Find what can be in no response."""
        if isinstance(said.status, int) and not 200 <= said.status <= 599:
            hint = "write one from 200 to 599"
            self._add(f"{said.status} is no status of a response", hint, "response", "status")
        headers = said.headers if isinstance(said.headers, dict) else {}
        for name, message, hint in check_headers(headers):
            self._add(message, hint, "response", "headers", name)
        if isinstance(said.type, str) and not is_header(b"content-type", said.type.encode()):
            message = "the content type has characters that none can have"
            self._add(message, "write it in one line", "response", "type")

    def _check_stream(self, form: ResponseForm) -> None:
        parts = {"status": form.status, "headers": form.headers, "type": form.type}
        for key, name in parts.items():
            if isinstance(name, str):
                message = f"the body is a stream, which is sent before '{name}' may have come"
                self._add(message, "write what it is here instead", "response", key)

    def _output(self, name: object, signature: Signature, key: str) -> str | None:
        if not isinstance(name, str):
            return None
        ports = {port.name: port for port in (*signature.outputs, *signature.parts)}
        found = lookup(name, {each: each for each in ports})
        if found is None:
            hint = suggestion(name, ports, noun=f"'{signature.name}'")
            self._add(f"'{signature.name}' has no output '{name}'", hint, "response", key)
        return found
