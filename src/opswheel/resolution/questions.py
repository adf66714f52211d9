"""The questions behind a page of the queue, put together once for each shape: that costs more than asking them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..core.contracts import FILTERS, RANKS
from ..core.errors import WrongUse
from .lifecycle import OPEN

if TYPE_CHECKING:
    from .queue import Wanted


@dataclass(frozen=True)
class Shape:
    """What makes one page's questions differ from another's but for the values asked for."""

    names: tuple[str, ...]
    open: bool
    accounts: bool
    incident: bool
    breached: bool
    unowned: bool
    snoozed: bool
    folds: bool
    rule: str | None
    after: bool
    aside: bool
    apart: bool

    @staticmethod
    def of(wanted: Wanted, now: datetime | None, *, aside: bool, apart: bool) -> Shape:
        """The shape of what is wanted; `aside` where some are put aside, `apart` where some stand on top."""
        return Shape(
            names=tuple(name for name in FILTERS if getattr(wanted, name) is not None),
            open=wanted.state is None or wanted.state in OPEN,
            accounts=bool(wanted.accounts),
            incident=wanted.incident is not None,
            breached=wanted.breached,
            unowned=wanted.unowned,
            snoozed=wanted.snoozed,
            folds=_folds(wanted),
            rule=wanted.rule,
            after=bool(wanted.after),
            aside=aside,
            apart=apart,
        ).at(now)

    def at(self, now: datetime | None) -> Shape:
        """Without a moment no promise is known to be broken."""
        return self if now is not None or not self.breached else replace(self, breached=False)


@dataclass(frozen=True)
class Questions:
    """The questions behind a page, put together once for each shape: its rows, those on top, and how many."""

    rows: Any
    top: Any
    beyond: Any
    count: Any


@lru_cache(maxsize=500)
def questions(shape: Shape) -> Questions:
    """The questions of a shape; the values come by name."""
    ranks = RANKS.sql_table()
    matching = _filtered(ranks, shape)
    shown = [*matching]
    if shape.snoozed:
        shown.append(ranks.c.issue_id.in_(many("aside")))
    elif shape.aside:
        shown.append(ranks.c.issue_id.not_in(many("aside")))
    if shape.folds:
        shown.append(ranks.c.folded.is_not(True))
    rows = sa.select(ranks).where(*shown)
    if shape.apart:
        rows = rows.where(ranks.c.issue_id.not_in(many("seen")))
    # Few promises are broken: their own index finds them, and must not lose to the one that ends in the order.
    beyond = sa.select(ranks.c.position).where(*matching)
    beyond = beyond if shape.breached else beyond.order_by(ranks.c.position)
    return Questions(
        rows=_in_order(rows, ranks, shape).limit(sa.bindparam("rows", type_=sa.Integer)),
        top=sa.select(ranks).where(*shown, ranks.c.issue_id.in_(many("pinned"))).order_by(ranks.c.position),
        beyond=beyond.offset(sa.bindparam("skipped", type_=sa.Integer)).limit(1),
        count=sa.select(sa.func.count()).select_from(ranks).where(*matching),
    )


def is_open(state: Any) -> Any:
    """Whether a state is one of those in the queue; written out, so that the question is ready as it is."""
    return state.in_([sa.literal_column(f"'{name}'", sa.Text) for name in OPEN])


def many(name: str) -> Any:
    """A list of values of any length, by its name."""
    return sa.bindparam(name, expanding=True)


def _in_order(query: Any, ranks: sa.Table, shape: Shape) -> Any:
    """The rows after those the asker has seen, in the order asked for."""
    after = sa.bindparam("after", type_=sa.Integer)
    if shape.rule is not None:
        score = _score(ranks, shape.rule)
        if shape.after:  # not by counting: an issue that leaves meanwhile must shift no other
            same = ranks.alias()
            seen = (same.c.run_id == sa.bindparam("run"), same.c.position == after)
            last = sa.select(same.c[score.name]).where(*seen).scalar_subquery()
            query = query.where(sa.or_(score < last, sa.and_(score == last, ranks.c.position > after)))
        return query.order_by(score.desc(), ranks.c.position)
    order = ranks.c.position + 0 if shape.breached else ranks.c.position
    return query.where(ranks.c.position > after).order_by(order)


def _folds(wanted: Wanted) -> bool:
    """Whether one row stands for an incident: not where a filter could leave that row out and the others in."""
    apart = wanted.owner or wanted.unowned or wanted.tier or wanted.state or wanted.breached
    return wanted.incident is None and not apart


def _filtered(ranks: sa.Table, shape: Shape) -> list[Any]:
    """What a row must be to match, whether it is shown or not."""
    found = [ranks.c.run_id == sa.bindparam("run"), ranks.c.open.is_(shape.open)]
    found += [ranks.c[name] == sa.bindparam(name) for name in shape.names]
    if shape.accounts:
        found.append(ranks.c.account.in_(many("accounts")))
    if shape.incident:
        found.append(ranks.c.incident_id == sa.bindparam("incident"))
    if shape.unowned:
        found.append(ranks.c.owner.is_(None))
    if shape.breached:
        found.append(ranks.c.sla_due <= sa.bindparam("now"))
    return found


def _score(ranks: sa.Table, rule: str) -> Any:
    name = f"score_{rule}"
    if name not in ranks.c:
        known = ", ".join(c.removeprefix("score_") for c in ranks.c.keys() if c.startswith("score_"))  # noqa: SIM118
        raise WrongUse(f"{rule!r} is no ranking rule.", f"One of: {known}.")
    return ranks.c[name]
