"""What goes wrong with a request, and the problem document that tells of it.

Handlers raise `Refused` or let the errors of the host pass; the application answers with `problem`.
Source: RFC 9457, https://www.rfc-editor.org/rfc/rfc9457
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from wasmflow.codec.failures import TooLong, Where
from wasmflow.codec.failures import Unfit as UnfitPacket
from wasmflow.component import TransactionFailed
from wasmflow.errors import BusyError, UsageError, WasmflowError
from wasmflow.packet import EMPTY, Failure, Kind
from wasmflow.telemetry.telemetry import Outcome
from wasmflow.triggers.http.response import Headers, Response
from wasmflow.types.json import dumps
from wasmflow.types.model import Json, Misfit

CONTENT_TYPE: Final = b"application/problem+json"

#: Seconds after which whoever is refused since there is too much to do may come again.
RETRY_AFTER: Final = 1


class Refused(WasmflowError):
    """A request that is answered with an error before any component is asked."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Headers = (),
        **members: Json,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers
        #: What else the document says, such as ``errors``.
        self.members = members


class Unfit(Refused):
    """Inputs that a component does not take: of each port that is wrong, what is wrong with it."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        detail = "; ".join(reason for _, reason in errors[:MOST_TOLD])
        more = ["…"] * (len(errors) > MOST_TOLD)
        told = [{"port": port, "detail": reason} for port, reason in errors[:MOST_TOLD]]
        super().__init__(422, "; ".join([detail, *more]), port=errors[0][0], errors=told)


#: Ports that a document tells of. A body of any size can have a million wrong keys.
MOST_TOLD: Final = 20


class Stops(Refused):
    """The server stops, and with it what it was asked for."""

    def __init__(self) -> None:
        super().__init__(503, "the server stops", headers=[(b"retry-after", b"%d" % RETRY_AFTER)])


class Gone(WasmflowError):
    """Whoever asked has left: nobody reads the answer."""


class Placed(WasmflowError):
    """An error with what is known of it besides: what part of the input it is of, and others."""

    def __init__(
        self, error: WasmflowError, where: Where | None = None, also: Sequence[Json] = ()
    ) -> None:
        super().__init__(str(error) if where is None else f"{where}: {error}")
        self.error = error
        #: What the document says besides what it says of the error.
        self.members: dict[str, Json] = {where.unit: where.number} if where else {}
        if also:
            self.members["also"] = list(also)
        self.where = where

    @property
    def reason(self) -> str:
        """What strangers are told of it, in a line."""
        detail = str(_said(self.error)["detail"])
        return detail if self.where is None else f"{self.where}: {detail}"


def together(errors: Sequence[Placed]) -> Placed:
    """The first of several errors of one transaction, which tells of the others."""
    first, *others = errors
    also = [{**_said(each.error), **each.members} for each in others[:MOST_TOLD]]
    return Placed(first.error, first.where, also)


class Told(WasmflowError):
    """An error of which a body that is complete tells."""

    def __init__(self, error: WasmflowError) -> None:
        super().__init__(str(error))
        self.error = error


def _said(error: Exception) -> dict[str, Json]:
    """What is said of an error, or of one beside it."""
    return (
        _of_failure(error.failure)
        if isinstance(error, TransactionFailed)
        else {"detail": str(error)}
    )


def _of_failure(failure: Failure) -> dict[str, Json]:
    """What strangers are told of a failure: nothing of its diagnosis.

    Only what a component said or came to has a kind, so that it can be told from inputs that do not fit.
    """
    kind = "" if isinstance(failure, UnfitPacket) else failure.kind.value
    facts = {"kind": kind, "origin": failure.origin, "limit": failure.limit}
    payload = {} if failure.payload is EMPTY else {"payload": failure.payload}
    return {"detail": failure.message, **{k: fact for k, fact in facts.items() if fact}, **payload}


def status_of(failure: Failure, exceptions: Mapping[str, int]) -> int:
    """The status for a failure; `exceptions` has those of payloads by case or class, or of all others."""
    if isinstance(failure, UnfitPacket):
        long, wrong = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY
        return long if failure.too_long else wrong
    if failure.kind is Kind.EXCEPTION:
        others = exceptions.get(OTHERS, HTTPStatus.UNPROCESSABLE_ENTITY)
        return exceptions.get(_case(failure.payload), others)
    return _OF_LIMITS.get(failure.limit, HTTPStatus.INTERNAL_SERVER_ERROR)


#: Stands for all exceptions that have no status of their own.
OTHERS: Final = "*"
#: Limits that say that there was too little time.
_OF_LIMITS: Final = dict.fromkeys(
    ("transaction_seconds", "call_seconds"), HTTPStatus.GATEWAY_TIMEOUT
)


def _case(payload: Any) -> str:
    """The name of the case that the payload of an exception is; empty if it is none.

    What is raised in Python is a record with the name of its class; before that was so, it was a text
    that begins with it.
    """
    if isinstance(payload, dict):
        payload = next(iter(payload)) if len(payload) == 1 else payload.get("name")
    return payload.partition(":")[0] if isinstance(payload, str) else ""


def problem_response(
    error: Exception, *, component: str = "", trace: str = "", exceptions: Mapping[str, int] = {}
) -> Response:
    """The answer that tells of an error, which must be a `WasmflowError`."""
    status, _, headers = _told(error, exceptions)
    document = problem_document(error, component=component, trace=trace, exceptions=exceptions)
    return Response(status, [(b"content-type", CONTENT_TYPE), *headers], document)


def status_for(error: Exception, exceptions: Mapping[str, int]) -> int:
    """The status of the answer that tells of an error."""
    return _told(error, exceptions)[0]


def problem_document(
    error: Exception, *, component: str = "", trace: str = "", exceptions: Mapping[str, int] = {}
) -> bytes:
    """The document that tells of an error, which must be a `WasmflowError`."""
    status, members, _ = _told(error, exceptions)
    document = {
        "type": "about:blank",
        "title": _title(status),
        "status": status,
        "detail": str(error),
        **({"component": component} if component and _was_asked(error) else {}),
        **members,
        **({"trace": trace} if trace else {}),
    }
    return _text(document)


def _was_asked(error: Exception) -> bool:
    """Whether an error is of a component, or its inputs. Who is not let in is not told what there is."""
    if isinstance(error, Placed | Told):
        return _was_asked(error.error)
    return isinstance(error, Unfit) or not isinstance(error, Refused)


def _title(status: int) -> str:
    """What a status means. One that is not known is taken for the first of its class.

    Source: RFC 9110, section 15.
    """
    known = status in HTTPStatus.__members__.values()
    return HTTPStatus(status if known else status // 100 * 100).phrase


def _told(
    error: Exception, exceptions: Mapping[str, int]
) -> tuple[int, Mapping[str, Json], Headers]:
    """The status, and what a document says besides its detail."""
    if isinstance(error, Told):
        return _told(error.error, exceptions)
    if isinstance(error, Placed):
        status, members, headers = _told(error.error, exceptions)
        return status, {"detail": str(error.error), **members, **error.members}, headers
    if isinstance(error, Refused):
        return error.status, error.members, error.headers
    if isinstance(error, TransactionFailed):
        status = status_of(error.failure, exceptions)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR and error.failure.kind is Kind.EXCEPTION:
            return status, {"detail": FAILED}, ()
        return status, {**_said(error), **_also(error)}, ()
    if isinstance(error, TooLong):
        return 413, {}, ()
    if isinstance(error, BusyError):
        return 503, {}, [(b"retry-after", b"%d" % RETRY_AFTER)]
    return (422 if isinstance(error, UsageError) else 500), {}, ()


#: What is said of an exception that the manifest has taken for an error of the server. The log has its text.
FAILED: Final = "the component failed"


def _also(failed: TransactionFailed) -> dict[str, Json]:
    """The other failures of the same transaction. What one limit has ended is told once."""
    limit = failed.failure.limit
    others = [failure for failure in failed.also if not limit or failure.limit != limit]
    return {"also": [_of_failure(each) for each in others[:MOST_TOLD]]} if others else {}


def _text(document: dict[str, Json]) -> bytes:
    try:
        return dumps(document).encode()
    except Misfit:  # a guest's message or payload that is no JSON
        return dumps({**document, "detail": ascii(document["detail"]), "payload": None}).encode()


def outcome_of(error: Exception) -> Outcome:
    """How whoever watches is told that a transaction ended."""
    if isinstance(error, Placed | Told):
        return outcome_of(error.error)
    if isinstance(error, TransactionFailed):
        return Outcome.EXCEPTION if error.failure.kind is Kind.EXCEPTION else Outcome.ERROR
    if isinstance(error, BusyError):
        return Outcome.BUSY
    if isinstance(error, Gone | Stops):
        return Outcome.CANCELLED
    if isinstance(error, Refused) and error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome.ERROR
    return Outcome.REFUSED if isinstance(error, Refused | UsageError) else Outcome.ERROR
