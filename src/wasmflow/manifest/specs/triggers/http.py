"""What a manifest may say of a trigger that is a web server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType, field

from wasmflow.manifest.specs.limits import Size
from wasmflow.manifest.specs.triggers.trigger import (
    ComponentName,
    Constants,
    Part,
    TriggerBlock,
    TriggerSeconds,
)

Origin: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^(\*|[a-z][a-z0-9+.-]*://[^/\s]+)$",
        extra={
            "noun": "origin",
            "wanted": "a scheme, a host and perhaps a port, as https://example.org",
        },
    ),
]


class TlsBlock(Part, frozen=True):
    """The certificate that it shows."""

    noun = "the block 'tls'"

    cert: Annotated[str, Meta(description="A file in PEM form, with the chain.")]
    key: Annotated[
        str | UnsetType,
        Meta(description="The private key in PEM form, where it is not in the same file."),
    ] = UNSET
    client_ca: Annotated[
        str | UnsetType,
        Meta(description="Certificates, of one of which clients must show one of theirs."),
    ] = UNSET


class CorsBlock(Part, frozen=True):
    """What pages of other origins may ask for."""

    noun = "the block 'cors'"

    origins: Annotated[
        list[Origin],
        Meta(description="The origins that may; `*` for all.", examples=[["https://example.org"]]),
    ]
    methods: Annotated[
        list[str] | UnsetType, Meta(description="The methods that they may use; all if left out.")
    ] = UNSET
    headers: Annotated[
        list[str] | UnsetType,
        Meta(description="The request headers that they may send; all if left out."),
    ] = UNSET
    expose: Annotated[
        list[str], Meta(description="The response headers that they may read besides the usual.")
    ] = field(default_factory=list)
    credentials: Annotated[bool, Meta(description="Whether cookies and passwords are sent.")] = (
        False
    )
    max_age: Annotated[
        int, Meta(ge=0, le=86_400, description="Seconds that a browser may remember this.")
    ] = 600


class AuthBlock(Part, frozen=True):
    """Who may ask: anybody who has one of these."""

    noun = "the block 'auth'"
    advice: ClassVar[Mapping[str, str]] = {
        "users": "write basic: {NAME: PASSWORD}",
        "token": "write bearer: [TOKEN]",
    }

    basic: Annotated[
        dict[str, str],
        Meta(
            description="Users to their passwords, or to what `wasmflow hash` makes of these; write "
            "variables for passwords.",
            examples=[{"jane": "${JANES_PASSWORD}"}],
        ),
    ] = field(default_factory=dict)
    bearer: Annotated[
        dict[str, str],
        Meta(
            description="Names, which are logged, to tokens; write variables for these.",
            examples=[{"ci": "${CI_TOKEN}"}],
        ),
    ] = field(default_factory=dict)
    realm: Annotated[str, Meta(description="What a browser says that it asks a password for.")] = (
        "wasmflow"
    )


class MiddlewareBlock(Part, frozen=True):
    """Components that see each request before, and each response after, what answers a route."""

    noun = "the block 'middleware'"

    request: Annotated[
        list[ComponentName],
        Meta(
            description="In this order. Each may change the request, or answer it by sending a `status`."
        ),
    ] = field(default_factory=list)
    response: Annotated[
        list[ComponentName],
        Meta(
            description="In this order. Each may change the response, which may be a problem document; "
            "one that must have an input `problem` is asked for these only."
        ),
    ] = field(default_factory=list)


class ServerLimitsBlock(Part, frozen=True):
    """What clients may do."""

    noun = "the block 'limits' of a server"

    body: Annotated[
        Size, Meta(description="The body of a request that is read as a whole.", examples=["1MiB"])
    ] = "16MiB"
    line: Annotated[Size, Meta(description="A line, chunk or message of a stream.")] = "1MiB"
    headers: Annotated[Size, Meta(description="The first line and the headers of a request.")] = (
        "64KiB"
    )
    connections: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Connections that each worker has at one time.")
    ] = 10_000
    header_seconds: Annotated[
        TriggerSeconds,
        Meta(description="The time for a handshake of TLS, and to send the headers of a request."),
    ] = 10.0
    body_seconds: Annotated[
        TriggerSeconds,
        Meta(description="The time in which a client sends or takes nothing before it is left."),
    ] = 30.0
    idle_seconds: Annotated[
        TriggerSeconds, Meta(description="How long a connection is kept for the next request.")
    ] = 60.0
    rate: Annotated[
        Annotated[float, Meta(ge=0.001, le=1_000_000)] | UnsetType,
        Meta(
            description="Requests per second that each worker takes from one address; others are answered "
            "with 429. Left out, there is no limit.",
            examples=[20],
        ),
    ] = UNSET
    burst: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | UnsetType,
        Meta(
            description="Requests that may come at once after a pause, with `rate`; if left out, those of "
            "one second."
        ),
    ] = UNSET


class ResponseBlock(Part, frozen=True):
    """What of a component's outputs becomes what of the response."""

    noun = "the block 'response'"

    body: Annotated[
        str | UnsetType,
        Meta(
            description="The output port that is the body: text and bytes as they are, all else as "
            "JSON. Left out, the body is the JSON object of the outputs that are not named here."
        ),
    ] = UNSET
    status: Annotated[
        str | int | UnsetType,
        Meta(
            description="The output port that is the status, or a number. Without a body it is 204.",
            examples=["status", 201],
        ),
    ] = UNSET
    headers: Annotated[
        str | dict[str, str] | UnsetType,
        Meta(
            description="The output port that is an object of headers, or headers with their values."
        ),
    ] = UNSET
    type: Annotated[
        str | UnsetType,
        Meta(description="The content type of the body.", examples=["text/html; charset=utf-8"]),
    ] = UNSET
    exceptions: Annotated[
        dict[str, Annotated[int, Meta(ge=400, le=599)]],
        Meta(
            description="The status for an exception with this case as its payload, or of this class in "
            "Python; `*` for all others, which are 422 without it.",
            examples=[{"not-found": 404, "KeyError": 404, "*": 500}],
        ),
    ] = field(default_factory=dict)


class RouteBlock(Part, frozen=True):
    """What answers a route: a component, files, or another server."""

    noun = "a route"
    advice: ClassVar[Mapping[str, str]] = {
        "path": "the path is the key of the route, as in: GET /users/{id}",
        "method": "the method is in the key of the route, as in: GET /users/{id}",
        "methods": "the method is in the key of the route, as in: GET /users/{id}",
    }

    component: ComponentName | UnsetType = UNSET
    files: Annotated[
        str | UnsetType,
        Meta(
            description="A folder, relative to this manifest; the path ends with `*`.",
            examples=["./www"],
        ),
    ] = UNSET
    proxy: Annotated[
        str | UnsetType,
        Meta(description="The address of another server.", examples=["http://127.0.0.1:9000"]),
    ] = UNSET
    description: Annotated[str, Meta(description="What it does, for the API's description.")] = ""

    inputs: Annotated[
        dict[str, str],
        Meta(
            description="Input ports to parts of the request: `path.NAME`, `query.NAME`, `header.NAME`, "
            "`cookie.NAME`, `body`, `body.NAME`, `query`, `headers`, `cookies`, `method`, `path`, `url`, "
            "`client`, `user`. Left out, path and query parameters and the fields of the body go "
            "to the inputs of their names.",
            examples=[{"session": "cookie.session", "text": "body"}],
        ),
    ] = field(default_factory=dict)
    with_: Constants = field(default_factory=dict, name="with")
    response: Annotated[
        ResponseBlock, Meta(description="What of its outputs becomes what of the response.")
    ] = field(default_factory=ResponseBlock)
    timeout: Annotated[
        TriggerSeconds | UnsetType,
        Meta(
            description="Seconds that a transaction, or another server until it answers, may take."
        ),
    ] = UNSET

    index: Annotated[str, Meta(description="The file that stands for its folder.")] = "index.html"
    fallback: Annotated[
        str | UnsetType,
        Meta(description="The file for paths of no file, as applications of one page have it."),
    ] = UNSET
    max_age: Annotated[
        int,
        Meta(
            ge=0,
            le=31_536_000,
            description="Seconds that a file may be cached before it is asked for again.",
        ),
    ] = 0
    hidden: Annotated[
        bool,
        Meta(description="Whether files and folders are served whose names begin with a dot."),
    ] = False

    strip: Annotated[
        bool, Meta(description="Whether the part of the path before `*` is left out for the proxy.")
    ] = False

    auth: Annotated[
        AuthBlock | Literal["none"] | UnsetType, Meta(description="In place of that of the server.")
    ] = UNSET
    cors: Annotated[
        CorsBlock | Literal["none"] | UnsetType, Meta(description="In place of that of the server.")
    ] = UNSET
    middleware: Annotated[
        MiddlewareBlock | UnsetType, Meta(description="After that of the server.")
    ] = UNSET


Route: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^(([A-Z]+(\|[A-Z]+)*) )?/\S*$",
        extra={"noun": "route", "wanted": "a path, perhaps behind a method: GET /users/{id}"},
    ),
]


class HttpBlock(TriggerBlock, frozen=True, tag="http"):
    """A web server."""

    noun = "a trigger of kind http"
    advice: ClassVar[Mapping[str, str]] = {
        **TriggerBlock.advice,
        "routers": "write routes: {GET /path: component}",
        "port": "write address: 127.0.0.1:PORT",
        "host": "write address: HOST:PORT",
        "component": "write routes: {/path: component}, or components: true for all",
    }
    variable = (
        ("address",),
        ("tls", "*"),
        ("auth", "basic", "*"),
        ("auth", "bearer", "*"),
        ("cors", "origins", "*"),
        ("routes", "*", "files"),
        ("routes", "*", "proxy"),
        ("routes", "*", "auth", "basic", "*"),
        ("routes", "*", "auth", "bearer", "*"),
        ("routes", "*", "cors", "origins", "*"),
    )

    address: Annotated[
        str,
        Meta(
            description="Where it listens: `:PORT` on this machine only, or `HOST:PORT`.",
            examples=[":8080", "0.0.0.0:8080", "[::1]:8080"],
        ),
    ] = ":8080"
    routes: Annotated[
        dict[Route, Annotated[str, Meta(description="A component.")] | RouteBlock],
        Meta(
            description="Methods and paths to what answers them. A path may have parameters: `{name}`, "
            "`{name:type}`, and at its end `*` or `{name*}` for all that follows.",
            examples=[{"GET /users/{id:u32}": "user", "/*": {"files": "./www"}}],
        ),
    ] = field(default_factory=dict)
    components: Annotated[
        bool | UnsetType,
        Meta(
            description="Whether every component is served under /components/NAME, with a page to try "
            "them at /. Left out, they are if there are no routes."
        ),
    ] = UNSET
    openapi: Annotated[
        bool | UnsetType,
        Meta(
            description="Whether /openapi.json is served, which describes the routes that are components; "
            "left out, it is if there are any."
        ),
    ] = UNSET
    headers: Annotated[
        dict[str, str],
        Meta(
            description="Headers of all answers, problems and files as well, that do not say them "
            "themselves.",
            examples=[{"content-security-policy": "default-src 'self'"}],
        ),
    ] = field(default_factory=dict)
    metrics: Annotated[
        bool | UnsetType,
        Meta(description="Whether /metrics is served; left out, only to this machine."),
    ] = UNSET
    tls: Annotated[
        TlsBlock | UnsetType, Meta(description="Its certificate; without, nothing is encrypted.")
    ] = UNSET
    auth: Annotated[
        AuthBlock | UnsetType, Meta(description="Who may ask; everybody if left out.")
    ] = UNSET
    cors: Annotated[
        CorsBlock | UnsetType,
        Meta(description="What pages of other origins may ask for; nothing if left out."),
    ] = UNSET
    middleware: Annotated[
        MiddlewareBlock,
        Meta(description="Components before and behind what answers each of its routes."),
    ] = field(default_factory=MiddlewareBlock)
    limits: Annotated[
        ServerLimitsBlock, Meta(description="What clients may do to it, in sizes and seconds.")
    ] = field(default_factory=ServerLimitsBlock)
