"""What the growth wheel reads of a workspace: all loaded history of one channel, as sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...core.contracts import COVERAGE, DELIVERIES, FACTS, TRAFFIC
from ...core.detector import Facts
from ...core.engine import Engine
from ...core.errors import NotFound, WrongUse, there_are
from ...growth import weekly_facts
from ...growth.weekly import Drivers
from ...growth.wheel import Wheel
from ...storage.lake import files_at, manifest_version
from ...visibility import facts as prepared
from ...visibility.selection import arrivals_of
from ...wheel.inputs import Morning, see
from ..wiring import Workspace

if TYPE_CHECKING:
    import ibis.expr.types as ir

_STEPS = (
    *("listing_now", "messages", "answers", "states_told", "listing_state"),
    *("stock_now", "ledger_kept", "ledger_out", "out_days", "off_days", "order_days"),
)
"""Visibility's steps that weekly drivers and key figures stand on."""


@dataclass(frozen=True)
class History:
    """An engine that holds all facts ever loaded, and the place that is asked about."""

    engine: Engine
    seen: Morning
    account: str
    channel: str

    def rows(self, name: str, build: Callable[[], ir.Table]) -> list[dict[str, Any]]:
        """What a question answers about this place."""
        found = self.engine.fetch(f"growth {name}", build).to_pylist()
        return [r for r in found if (r["account"], r["channel"]) == (self.account, self.channel)]


def whole_history(workspace: Workspace) -> Morning:
    """A morning that sees every delivery, however old: a run looks back 200 days, a wheel turns over years."""
    as_of = workspace.clock.now()
    with workspace.ledger.read() as connection:
        version = manifest_version(connection)
        deliveries, coverage = DELIVERIES.sql_table(), COVERAGE.sql_table()
        found = connection.execute(sa.select(deliveries).where(deliveries.c.version <= version)).all()
        covered = connection.execute(sa.select(coverage)).all()
        files = files_at(connection, version, [c.name for c in FACTS])
    named = {r.report for r in workspace.readers}
    known = [d for d in found if d.report in named]
    arrivals = arrivals_of(known, covered, version=version, as_of=as_of)
    return see(arrivals, workspace.settings, as_of=as_of, version=version, files=files, readers=workspace.readers)


def places_of(seen: Morning, channel: str | None) -> list[tuple[str, str]]:
    """Every (account, channel) with facts, or those of one channel; NotFound names what there is."""
    known = sorted(seen.today)
    if not known:
        raise NotFound(
            "Nothing is loaded yet.", "Load reports (opswheel load PATH), or give a CSV of weeks: --data FILE."
        )
    chosen = [place for place in known if channel in (None, place[1])]
    if not chosen:
        names = sorted({place[1] for place in known})
        raise NotFound(f"Nothing is loaded of {channel}.", there_are(names))
    return chosen


@contextmanager
def history(workspace: Workspace) -> Iterator[Callable[[str, str], History]]:
    """All loaded facts in an engine, and a way to ask it about a place."""
    seen = whole_history(workspace)
    with workspace.mounted(seen) as engine:
        engine.register(weekly_facts.GROWTH_DAYS.name, weekly_facts.GROWTH_DAYS.arrow_table(_day_rows(seen)))
        facts = Facts()
        for build in prepared.SCAN_STEPS:
            if build.__name__ in _STEPS:
                engine.make(build.__name__, build.__name__, partial(build, facts))
        for name, make in weekly_facts.STEPS.items():
            engine.make(name, f"growth {name}", partial(make, facts))
        yield lambda account, channel: History(engine, seen, account, channel)


def _day_rows(seen: Morning) -> list[dict[str, Any]]:
    """Every settled day with daily traffic of each channel; rows by child item win over rows by SKU."""
    readers = seen.readers
    days: dict[tuple[str, str, Any], str] = {}
    for arrival in seen.selected.of(TRAFFIC):
        today = seen.today[arrival.place]
        for level, first, last in arrival.periods:
            settled = (today - first).days > readers[arrival.report].settles_days
            if first == last and level != "parent" and settled and days.get((*arrival.place, first)) != "child":
                days[(*arrival.place, first)] = level
    return [{"account": a, "channel": c, "day": day, "level": level} for (a, c, day), level in sorted(days.items())]


def drivers_of(workspace: Workspace, wheel: Wheel, channel: str | None) -> Drivers:
    """The weekly drivers of one channel from everything loaded; WrongUse where several channels could be meant."""
    if wheel.period != "week":
        raise WrongUse(
            f"The {wheel.name} wheel turns by the {wheel.period}; loaded facts are summed by the week.",
            "Give a CSV of months: --data FILE.",
        )
    with history(workspace) as ask:
        places = places_of(ask("", "").seen, channel)
        if len(places) > 1:
            raise WrongUse(
                f"There are {len(places)} channels, and a wheel is that of one.",
                f"Say which: --channel {' or '.join(sorted({p[1] for p in places}))}.",
            )
        here = ask(*places[0])
        rows: dict[str, Sequence[dict[str, Any]]] = {
            name: here.rows(name, build) for name, build in weekly_facts.QUESTIONS.items()
        }
    return weekly_facts.drivers(rows, wheel)
