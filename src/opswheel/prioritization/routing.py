"""Who owns an issue: the first route that matches names exactly one person."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.settings import Route


def owner(  # noqa: PLR0913
    routes: Sequence[Route], *, kind: str, account: str, channel: str, brand: str, tier: int
) -> str | None:
    """The owner by rule; None where no route matches, which the run tells."""
    for route in routes:
        told = (
            (route.kind, kind),
            (route.account, account),
            (route.channel, channel),
            (route.brand, brand),
            (route.tier, tier),
        )
        if all(not wanted or wanted == found for wanted, found in told):
            return route.owner
    return None
