"""Maturity of each workflow, six levels, scored from what the system saw; a person may set one for a while.

A level is reached when it and all before it are. What the next one asks for is told with how far it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..core.contracts import MATURITY_OVERRIDES
from ..core.errors import WrongUse
from .evidence import Evidence
from .stall import CLASSIFIED
from .work import Work
from .workflows import BY_HAND, Workflows

LEVELS = (
    "Tribal knowledge",
    "Documentation",
    "Process",
    "Automation",
    "Software",
    "Operational intelligence",
)
FEWEST = 10
"""Closes of a workflow in thirty days below which their shares are not told."""
BY_HAND_MOST, PASSED_MOST, BY_RULE_LEAST = 0.2, 0.1, 0.9


@dataclass(frozen=True)
class Level:
    """What a level asks for: whether it is there, how far (0…1), and in words. None: cannot be told."""

    number: int
    title: str
    reached: bool
    share: float | None
    words: str


@dataclass(frozen=True)
class Maturity:
    """A workflow's level by evidence, the one a person set, and what the next one asks for."""

    workflow: str
    level: int
    by_evidence: int
    levels: tuple[Level, ...]
    next_step: str
    override: dict[str, Any] | None
    n: int

    def as_json(self) -> dict[str, Any]:
        """The public JSON form."""
        told = asdict(self)
        told["next"] = told.pop("next_step")
        told["title"] = LEVELS[self.level - 1] if self.level else "not seen"
        return told


@dataclass(frozen=True)
class Known:
    """What the rest of the system says: kinds with a playbook, owners by route (kinds), links out of workflows."""

    playbooks: frozenset[str]
    routed: Mapping[str, tuple[int, int]]
    links: frozenset[str]
    repeats_fall: bool | None


def maturity(
    e: Evidence, work: Work, flows: Workflows, known: Known, set_: Mapping[str, dict[str, Any]]
) -> list[Maturity]:
    """Every workflow with issues, in the usual order."""
    kinds = sorted({*work.open_by_kind, *work.found, *(k for _, k in e.closed)} - {BY_HAND})
    found = []
    for name in flows.names(kinds):
        of = frozenset(k for k in kinds if flows.of(k) == name)
        levels = _levels(e, work, of, known, name)
        reached = next((x.number - 1 for x in levels if not x.reached), len(LEVELS))
        override = set_.get(name)
        step = "" if reached == len(LEVELS) else levels[reached].words
        n = sum(work.found.get(k, (0, 0))[0] for k in of) + sum(work.open_by_kind.get(k, 0) for k in of)
        level = override["level"] if override else reached
        found.append(Maturity(name, level, reached, levels, step, override, n))
    return found


def _levels(e: Evidence, work: Work, kinds: frozenset[str], known: Known, name: str) -> tuple[Level, ...]:
    period = e.window.slots(e.window.period)
    closed = e.closes(period, kinds)
    written = len([k for k in kinds if k in known.playbooks])
    with_owner = sum(known.routed.get(k, (0, 0))[0] for k in kinds)
    all_open = sum(known.routed.get(k, (0, 0))[1] for k in kinds)
    by_hand = work.found.get(BY_HAND, (0, 0))[0]
    found = sum(n for kind, (n, _) in work.found.items() if kind != BY_HAND)
    ranked = [work.ranked[k] for k in kinds if k in work.ranked]
    told, passed = sum(r.told for r in ranked), sum(r.passed for r in ranked)
    tuned = [d for d in work.decided() if d.kind == "threshold" and d.about in kinds]
    classified = closed.classified / closed.n if closed.n >= FEWEST else None
    owned = with_owner / all_open if all_open else None
    automatic = found / (found + by_hand) if found + by_hand else None
    followed = 1 - passed / told if told >= FEWEST else None
    six = [bool(tuned), known.repeats_fall is True, name in known.links]
    three = None if classified is None or owned is None else min(classified, owned)
    return (
        Level(1, LEVELS[0], True, 1.0, "issues are seen"),
        Level(
            2,
            LEVELS[1],
            written == len(kinds),
            _part(written, len(kinds)),
            f"{written} of {len(kinds)} kinds have a playbook",
        ),
        Level(
            3,
            LEVELS[2],
            three is not None and three >= CLASSIFIED,
            None if three is None else min(1.0, three / CLASSIFIED),
            f"owners by rule {_percent(owned)}, closes that say why {_percent(classified)}; both need {CLASSIFIED:.0%}",
        ),
        Level(
            4,
            LEVELS[3],
            automatic is not None and automatic > 1 - BY_HAND_MOST,
            None if automatic is None else min(1.0, automatic / (1 - BY_HAND_MOST)),
            f"issues rules found, of all: {_percent(automatic)}; more than {1 - BY_HAND_MOST:.0%} is asked for",
        ),
        Level(
            5,
            LEVELS[4],
            followed is not None and followed >= 1 - PASSED_MOST,
            None if followed is None else min(1.0, followed / (1 - PASSED_MOST)),
            f"closes in the queue's order {_percent(followed)}; {1 - PASSED_MOST:.0%} is asked for",
        ),
        Level(
            6,
            LEVELS[5],
            all(six),
            sum(six) / len(six),
            f"cut lines changed in 30 days: {len(tuned)}; repeats falling: {_yes(known.repeats_fall)}; "
            f"changes another workflow: {_yes(name in known.links)}",
        ),
    )


def _part(n: int, of: int) -> float | None:
    return n / of if of else None


def _percent(value: float | None) -> str:
    return "not told" if value is None else f"{value:.0%}"


def _yes(value: bool | None) -> str:
    return "not told" if value is None else "yes" if value else "no"


def set_level(  # noqa: PLR0913
    connection: sa.Connection, workflow: str, level: int, *, note: str, until: date, by: str, at: datetime
) -> None:
    """Put a person's word in the place of the evidence until a day; raises WrongUse where it lacks reason or end."""
    if not 0 <= level <= len(LEVELS):
        raise WrongUse(f"{level} is no level.", "Say 1 to 6; 0 takes an earlier word back.")
    if not note.strip():
        raise WrongUse("Why is it another level than the evidence says?", 'Say --why "…".')
    if until <= at.date():
        raise WrongUse(f"{until} is not ahead.", "Say --until and a day to come.")
    table = MATURITY_OVERRIDES.sql_table()
    row = {"workflow": workflow, "at": at, "level": level, "note": note.strip(), "until_day": until, "by": by}
    connection.execute(table.delete().where(table.c.workflow == workflow, table.c.at == at))
    connection.execute(table.insert(), row)


def overrides(connection: sa.Connection, end: datetime) -> dict[str, dict[str, Any]]:
    """The levels people set that hold at a moment."""
    table = MATURITY_OVERRIDES.sql_table()
    rows: Sequence[Any] = connection.execute(sa.select(table).where(table.c.at <= end).order_by(table.c.at)).all()
    newest = {r.workflow: r for r in rows}
    return {
        name: {"level": r.level, "note": r.note, "until": r.until_day.isoformat(), "by": r.by}
        for name, r in newest.items()
        if r.level and r.until_day >= end.date()
    }
