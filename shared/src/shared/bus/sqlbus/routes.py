"""
Where a message goes: the queues whose binding takes its key.
"""

import functools
import sqlite3


class Routes:
    """
    Where keys lead, as bound at this moment.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._bindings = db.execute("SELECT exchange, pattern, queue FROM binding").fetchall()
        self._queues = {name for (name,) in db.execute("SELECT name FROM queue")}
        self._found: dict[tuple[str, str], list[str]] = {}

    def find(self, exchange: str, key: str) -> list[str]:
        """
        Return the queues a message with *key* goes to.
        """
        if (exchange, key) not in self._found:
            self._found[exchange, key] = self._look_up(exchange, key)
        return self._found[exchange, key]

    def _look_up(self, exchange: str, key: str) -> list[str]:
        if not exchange:
            return [key] if key in self._queues else []
        return sorted(
            {queue for at, pattern, queue in self._bindings if at == exchange and matches(pattern, key)}
        )


@functools.lru_cache(maxsize=4096)
def matches(pattern: str, key: str) -> bool:
    """
    Tell whether a topic *pattern* takes *key*: ``*`` is one word, ``#`` any number of words.
    """
    return _matches(pattern.split("."), key.split(".") if key else [])


def _matches(pattern: list[str], words: list[str]) -> bool:
    if not pattern:
        return not words
    first, rest = pattern[0], pattern[1:]
    if first == "#":
        return any(_matches(rest, words[skipped:]) for skipped in range(len(words) + 1))
    return bool(words) and first in ("*", words[0]) and _matches(rest, words[1:])
