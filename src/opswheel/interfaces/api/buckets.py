"""How often somebody may ask: a token bucket for each person, token or address, in this process."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from ...core.errors import TooMany

MOST = 10_000
"""The most askers kept in mind; the longest silent one is forgotten, whose bucket is full again anyway."""


class Buckets:
    """Each holds a minute's worth of requests and fills steadily."""

    def __init__(self, per_minute: int) -> None:
        self._per_second = per_minute / 60
        self._most = float(per_minute)
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, asker: str, at: float | None = None) -> None:
        """Take one; raises TooMany with the seconds until there is one again."""
        now = time.monotonic() if at is None else at
        with self._lock:
            left, since = self._held.pop(asker, (self._most, now))
            left = min(self._most, left + (now - since) * self._per_second)
            self._held[asker] = (left - 1 if left >= 1 else left, now)
            if len(self._held) > MOST:
                self._held.popitem(last=False)
        if left < 1:
            seconds = int((1 - left) / self._per_second) + 1
            raise TooMany(
                f"More than {self._most:.0f} requests in a minute.", f"Wait {seconds} seconds.", seconds=seconds
            )
