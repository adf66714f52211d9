"""A clock whose hands a test moves."""

from __future__ import annotations

from datetime import datetime, timedelta


class Hands:
    """Business and machine time, the same until somebody sets them apart."""

    def __init__(self, at: datetime = datetime(2026, 11, 23, 9), *, pinned: bool = False) -> None:
        self.at = at
        self.pinned = pinned

    def now(self) -> datetime:
        return self.at

    def wall(self) -> datetime:
        return self.at

    def on(self, **by: float) -> None:
        """Let time pass, or turn it back."""
        self.at += timedelta(**by)
