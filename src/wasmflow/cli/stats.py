"""`invoke --stats`: how long components have worked, by instance, over all transactions.

It listens as `trace` does. Time of a processor is what is counted: waiting is not, nor what the flow
itself takes.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator

from wasmflow.cli.output import Terminal, err, note, printable
from wasmflow.engine.events import TransactionBegan, TransactionEnded
from wasmflow.types.model import Json

#: Instances that are shown; the others are summed up.
MOST_SHOWN = 30


class Stats:
    """Adds up what transactions tell. To be called with every event of theirs."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._began: float | None = None
        self._ended = 0.0
        self._transactions = 0
        #: Nanoseconds by the path of an instance.
        self._worked: Counter[tuple[str, ...]] = Counter()

    def __call__(self, event: object) -> None:
        if isinstance(event, TransactionBegan):
            self._transactions += 1
            if self._began is None:
                self._began = self._ended = self._clock()
        elif isinstance(event, TransactionEnded):
            self._ended = self._clock()
            self._worked.update(event.transaction.spent)

    @property
    def seconds(self) -> float:
        """From the beginning of the first transaction to the end of the last."""
        return 0.0 if self._began is None else self._ended - self._began

    def lines(self, component: str, terminal: Terminal) -> Iterator[str]:
        """For people. `component` is what was invoked: it has no instance's name."""
        total = self._worked.total()
        count = f"{self._transactions} transaction{'s' * (self._transactions != 1)}"
        yield f"{count} in {_shown(self.seconds)}; components worked {_shown(total / 1e9)}"
        rows = [("/".join(path) or component, spent) for path, spent in self._worked.most_common()]
        if rest := rows[MOST_SHOWN:]:
            others = sum(spent for _, spent in rest)
            rows = [*rows[:MOST_SHOWN], (f"{len(rest)} others", others)]
        width = max((len(name) for name, _ in rows), default=0)
        for name, spent in rows:
            part = f"{spent / total:4.0%}" if total else ""
            shown = terminal.bold(printable(name).ljust(width))
            yield f"  {shown}  {_shown(spent / 1e9):>8} {part}"

    def json(self, component: str) -> Json:
        """For machines. Times are in seconds."""
        return {
            "transactions": self._transactions,
            "seconds": self.seconds,
            "worked": {
                "/".join(path) or component: spent / 1e9
                for path, spent in self._worked.most_common()
            },
        }

    def tell(self, component: str, *, as_json: bool) -> None:
        """Write it to standard error, if there is anything to tell."""
        from wasmflow.types.json import dumps

        if not self._transactions:
            return
        lines = (
            [dumps({"stats": self.json(component)})] if as_json else self.lines(component, err())
        )
        for line in lines:
            note(line)


def _shown(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.2f} s"
