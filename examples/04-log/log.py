"""Reads the log of a web server: entries, what is personal in them, and what they come to."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

LINE = re.compile(
    r"(?P<address>\S+) \S+ (?P<user>\S+) \[(?P<time>[^]]+)\] "
    r'"(?P<method>[A-Z]+) (?P<path>\S+) [^"]*" (?P<status>\d{3}) (?P<size>\d+|-)'
)
SECRET = re.compile(r"((?:token|password|key)=)[^&]+")


@dataclass
class Entry:
    """A request that was answered."""

    address: str
    user: str | None
    time: str
    method: str
    path: str
    status: int
    size: int


@dataclass
class Broken:
    """A line that is no entry."""

    line: str


@dataclass
class Summary:
    """What a log comes to."""

    requests: int
    bytes: int
    statuses: dict[str, int]
    #: The paths that were asked for most, without what follows a question mark.
    paths: list[tuple[str, int]]


class Parse:
    """Reads lines."""

    def push_many(self, lines: list[str]) -> list[Entry | Broken]:
        return [self._parsed(line) for line in lines]

    def _parsed(self, line: str) -> Entry | Broken:
        found = LINE.match(line)
        if found is None:
            return Broken(line)
        user, size = found["user"], found["size"]
        return Entry(
            found["address"],
            None if user == "-" else user,
            found["time"],
            found["method"],
            found["path"],
            int(found["status"]),
            0 if size == "-" else int(size),
        )


class Failed:
    """Keeps the requests that failed."""

    def __init__(self, least: int = 400) -> None:
        """
        Args:
            least: the smallest status that is a failure
        """
        self.least = least

    def push_many(self, entries: list[Entry]) -> list[Entry]:
        return [entry for entry in entries if entry.status >= self.least]


class Redact:
    """Takes out who asked, and secrets in paths."""

    def push_many(self, entries: list[Entry]) -> list[Entry]:
        return [
            replace(
                entry,
                address=re.sub(r"\.\d+\.\d+$", ".x.x", entry.address),
                user=None if entry.user is None else "somebody",
                path=SECRET.sub(r"\1…", entry.path),
            )
            for entry in entries
        ]


class Summarise:
    """Counts."""

    def __init__(self, paths: int = 5) -> None:
        """
        Args:
            paths: how many paths to name
        """
        self.most = paths
        self.requests = 0
        self.bytes = 0
        self.statuses: Counter[str] = Counter()
        self.paths: Counter[str] = Counter()

    def push_many(self, entries: list[Entry]) -> None:
        for entry in entries:
            self.requests += 1
            self.bytes += entry.size
            self.statuses[str(entry.status)] += 1
            self.paths[re.sub(r"\d+", "N", entry.path.partition("?")[0])] += 1

    def finish(self) -> Summary:
        statuses = dict(sorted(self.statuses.items()))
        return Summary(self.requests, self.bytes, statuses, self.paths.most_common(self.most))


class Count:
    """Counts lines that could not be read."""

    def __init__(self) -> None:
        self.count = 0

    def push_many(self, broken: list[Broken]) -> None:
        self.count += len(broken)

    def finish(self) -> int:
        return self.count
