"""A component that breaks its contract breaks its transaction and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes import FakeComponent, error, fake, ports, run_virtually, transaction
from wasmflow.component import Call, Outcome, Signature
from wasmflow.engine.call import guarded
from wasmflow.packet import Failure, Kind


def raising(exception: BaseException) -> Callable[..., Any]:
    def act(*_inputs: object) -> Any:
        raise exception

    return act


async def outcome_of(component: FakeComponent, path: tuple[str, ...] = ("a",)) -> Outcome:
    outcome = guarded(component, "test::it")((1,), Call(transaction(), path))
    return outcome if isinstance(outcome, Failure | tuple) else await outcome


@pytest.mark.parametrize("delay", [None, 0])
def test_an_outcome_comes_through(delay: float | None) -> None:
    assert run_virtually(outcome_of(fake(lambda x: x, delay=delay))) == (1,)
    assert run_virtually(outcome_of(fake(lambda _: error(), delay=delay))) == error()


@pytest.mark.parametrize("delay", [None, 0])
def test_a_component_that_raises_is_an_error_with_a_traceback_in_the_log(
    delay: float | None, caplog: pytest.LogCaptureFixture
) -> None:
    failure = run_virtually(outcome_of(fake(raising(KeyError("x")), delay=delay)))
    told = "a bug in 'test::it'"
    assert failure == Failure(Kind.ERROR, told, "a", diagnosis=f"{told}, KeyError: 'x'")
    (record,) = caplog.records
    assert record.exc_info
    assert "test::it" in record.getMessage()


@pytest.mark.parametrize("delay", [None, 0])
@pytest.mark.parametrize("wrong", [(), (1, 2), None, [1]])
def test_an_outcome_of_another_shape_is_an_error(delay: float | None, wrong: object) -> None:
    component = fake(lambda _: 0, delay=delay)
    component.act = lambda _inputs, _call: wrong
    failure = run_virtually(outcome_of(component))
    assert isinstance(failure, Failure)
    assert failure.kind is Kind.ERROR
    assert "'test::it'" in failure.message


@pytest.mark.parametrize("delay", [None, 0])
def test_what_is_no_ordinary_exception_passes(delay: float | None) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_virtually(outcome_of(fake(raising(KeyboardInterrupt()), delay=delay)))


def test_an_awaitable_need_not_be_a_coroutine() -> None:
    class Later:
        signature = Signature("later", ports("input"), ports("output"))

        def start(self, inputs: tuple[object, ...], _call: Call) -> asyncio.Future[Outcome]:
            future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(5, future.set_result, inputs)
            return future

    async def main() -> Outcome:
        outcome = guarded(Later(), "later")((1,), Call(transaction()))
        assert not isinstance(outcome, Failure | tuple)
        return await outcome

    assert run_virtually(main()) == (1,)


def test_a_component_that_cancels_itself_is_an_error_and_no_hang() -> None:
    component = fake(raising(asyncio.CancelledError()), delay=1)

    async def main() -> Outcome:
        async with asyncio.TaskGroup() as group:
            return await group.create_task(outcome_of(component))

    failure = run_virtually(main())
    assert isinstance(failure, Failure)
    assert failure.whole == "a bug in 'test::it', CancelledError"


def test_cancelling_a_call_cancels_the_component() -> None:
    component = fake(lambda x: x, delay=10)

    async def main() -> None:
        task = asyncio.create_task(outcome_of(component))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run_virtually(main())
    assert (component.cancelled, component.running) == (1, 0)
