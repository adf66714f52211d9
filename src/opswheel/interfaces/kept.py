"""What was read or drawn once and is kept in memory, a bounded number of them, for any number of threads."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """At most `most` values by key; the one put in longest ago leaves first.

    A key names everything its value depends on, so that a value is never stale: it is only asked for no more.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[K, V] = {}
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """The value of a key, or None."""
        with self._lock:
            return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep a value."""
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                del self._values[next(iter(self._values))]

    def of(self, key: K, make: Callable[[], V]) -> V:
        """The kept value, made first where there is none. Two threads may make the same one; either is right."""
        found = self.get(key)
        if found is None:
            found = make()
            self.put(key, found)
        return found
