"""Web servers in Python that do the work of `bench.web`: `python -m bench.peers.web NAME WORKERS`.

Each prints its port. They run as ours does: uvicorn with uvloop and httptools, without a log of requests.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

import uvicorn
from uvicorn.supervisors import Multiprocess

_ANSWER: Final = b'{"output":"ab"}'
_START: Final = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"15")],
}
_BODY: Final = {"type": "http.response.body", "body": _ANSWER}


async def bare(
    _scope: object, _receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    """The ceiling: it reads nothing, and answers always the same."""
    await send(_START)
    await send(_BODY)


def fastapi() -> Any:
    """An application that calls a plain function with what a model of pydantic has checked."""
    from fastapi import FastAPI
    from pydantic import create_model

    texts_model = create_model("Texts", left=(str, ...), right=(str, ...))
    joined_model = create_model("Joined", output=(str, ...))

    # With `async`, since FastAPI takes others to a thread, which costs more than the work.
    async def answer(texts: Any) -> Any:
        return joined_model(output=concat(texts.left, texts.right))

    answer.__annotations__ = {"texts": texts_model, "return": joined_model}
    app = FastAPI()
    app.post("/concat")(answer)
    return app


def concat(left: str, right: str) -> str:
    """The work."""
    return left + right


APPS: Final = {"bare": "bench.peers.web:bare", "fastapi": "bench.peers.web:fastapi"}


def main(name: str, workers: int) -> None:
    bound = socket.create_server(("127.0.0.1", 0), backlog=2048)
    bound.set_inheritable(True)
    config = uvicorn.Config(
        APPS[name],
        factory=name == "fastapi",
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="error",
        workers=workers,
    )
    print(bound.getsockname()[1], flush=True)
    if workers > 1:
        Multiprocess(config, sockets=[bound]).run()
    else:
        uvicorn.Server(config).run(sockets=[bound])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
