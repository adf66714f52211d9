"""Who owns an issue: the first route that matches names exactly one person who is there.

A route names an owner and those who stand in. While the owner is away, the first backup who is there gets the issue;
while the owner holds as many open issues as their capacity, the first backup who is there does; and if none of them
is below capacity, the owner all the same: an issue with too busy an owner is better off than one without. Where
everybody a route names is away, the next route that matches decides. Where none does, nobody owns the issue, and the
run says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.settings import Route

FIELDS = ("kind", "account", "channel", "brand", "category", "tier")
"""What a route may ask for, in the order it is shown."""


@dataclass(frozen=True)
class Choice:
    """The person, and what the rule that chose them asks for."""

    owner: str
    route: str


def words(route: Route) -> str:
    """What a route asks for: `channel amazon:US, tier 1`, or `everything`."""
    asked = [f"{name} {getattr(route, name)}" for name in FIELDS if getattr(route, name)]
    return ", ".join(asked) or "everything"


def people(route: Route) -> tuple[str, ...]:
    """The owner, then those who stand in."""
    return (route.owner, *(name for part in route.backup.split(";") if (name := part.strip())))


class Roster:
    """The routes of a morning, who is away, and how many open issues each person holds.

    Choosing counts: a person given an issue holds one more.
    """

    def __init__(self, routes: Sequence[Route], *, away: Collection[str] = (), held: Mapping[str, int] | None = None):
        self.routes = tuple(routes)
        self.away = frozenset(away)
        self._held: Counter[str] = Counter(held or {})
        self._asked = [
            (
                route,
                [(name, getattr(route, name)) for name in FIELDS if getattr(route, name)],
                people(route),
                words(route),
            )
            for route in self.routes
        ]

    def choose(self, subject: Mapping[str, Any], *, now: str | None = None) -> Choice | None:
        """The owner of an issue with these `FIELDS`; None where no route matches, or nobody is there.

        Whoever has it `now` keeps it as long as the route that decides names them and they are there: a route that
        changes elsewhere, or an owner back from leave, hands nothing around.
        """
        for _, asked, team, told in self._asked:
            if any(subject.get(name) != wanted for name, wanted in asked):
                continue
            there = [name for name in team if name not in self.away]
            if not there:
                continue
            if now is not None and now in there:
                return Choice(now, told)
            owner = next((name for name in there if self._has_room(name)), there[0])
            self._held[owner] += 1
            return Choice(owner, told)
        return None

    def _has_room(self, person: str) -> bool:
        limits = [route.capacity for route in self.routes if route.owner == person and route.capacity]
        return not limits or self._held[person] < min(limits)
