"""Makes the log that the example reads: what a busy web server wrote, the same in every run.

python examples/04-log/make_log.py [MEGABYTES] > examples/04-log/access.log
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

PATHS = (
    "/",
    "/search",
    "/orders",
    "/orders/{}",
    "/users/{}",
    "/login",
    "/assets/app.js",
    "/health",
)
STATUSES = (200,) * 80 + (304,) * 10 + (404,) * 6 + (403,) * 2 + (500,) * 2
NAMES = ("jane", "ada", "grace", "linus", "edsger", "barbara", "donald", "radia")


def lines(size: int) -> Iterator[str]:
    """Lines of about so many bytes in all."""
    chance = random.Random(2026)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    while size > 0:
        moment += timedelta(milliseconds=chance.randrange(400))
        line = broken(chance) if chance.random() < 0.001 else entry(chance, moment)
        size -= len(line) + 1
        yield line


def entry(chance: random.Random, moment: datetime) -> str:
    address = ".".join(str(chance.randrange(1, 255)) for _ in range(4))
    user = f"{chance.choice(NAMES)}@example.org" if chance.random() < 0.3 else "-"
    path = chance.choice(PATHS).format(chance.randrange(10_000))
    if path == "/login" and user != "-":
        path += f"?token={chance.getrandbits(64):016x}"
    status, size = chance.choice(STATUSES), chance.randrange(100, 50_000)
    return (
        f'{address} - {user} [{moment:%d/%b/%Y:%H:%M:%S %z}] "GET {path} HTTP/1.1" {status} {size}'
    )


def broken(chance: random.Random) -> str:
    """What stands in every real log, too."""
    return "".join(chance.choices("\\x16\\x03 aZ09", k=chance.randrange(5, 60)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the log of a busy web server.")
    parser.add_argument(
        "megabytes", nargs="?", type=float, default=30, help="how large it is to be; otherwise 30"
    )
    for line in lines(int(parser.parse_args().megabytes * 1_000_000)):
        print(line)
