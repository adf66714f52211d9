"""From signals to dollars, on one page. docs/concepts/money-at-risk.md is the same page in words.

    velocity    v  units a day the listing would sell if healthy      Gamma–Poisson, clean days before onset
    price       p  recent own net price                               the right one, where the price asked is wrong
    share lost  f  share of those sales the problem prevents          by state, then by the listing's own sales
    kept        k  1 − what our other offers of the item recapture    measured since onset, else assumed
    exposure    e  = v · p · k · f, of what the causes ahead of it in the chain left over
    at risk     R  = Σ e(t) over the life if ignored                  dated where facts are dated
    avoidable   A  = the part of R that acting now can still save

Selling when we should not stands outside the chain and its bound: e = units sold a day · (right price − price).
So does what is lost at one stroke, cash or sales that are no listing's daily ones: R = A = the amount, once.

Rows are signals per listing; everything is vectorised; the result is one row of `exposures` per signal row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.detector import Detector
from ..core.money import Floats
from . import shares, timing
from .chain import attribute, mendable, places, split_past
from .dates import URGENT_DAYS
from .exposures import Exposures, Money, gather
from .inputs import Rows, days, floats, read
from .margins import contribution_margin
from .natural_life import Curve
from .pools import pools
from .recapture import kept

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Exposures", "Learned", "expose"]


@dataclass(frozen=True)
class Learned:
    """What closed issues have taught: natural lives by kind, shares by state; empty at first.

    `survival(kind, tier, age_days, horizon)` gives S(a + t) ÷ S(a) for t = 0 … horizon − 1;
    `ends_after(kind, horizon)` the chance that an issue is still open on each coming day as this team works.
    """

    survival: Curve | None = None
    share: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    ends_after: Callable[[str, int], Floats | None] | None = None


def expose(  # noqa: PLR0913
    signals: pa.Table,
    detectors: Mapping[str, Detector],
    *,
    stock: Sequence[Mapping[str, Any]],
    inbound: Sequence[Mapping[str, Any]],
    horizon: int,
    learned: Learned,
) -> Exposures:
    """The exposure, revenue at risk and avoidable loss of every signal row."""
    rows = read(signals, detectors)
    v, p = rows.velocity, prices(rows)
    f, doubt = shares.lost(rows, floats(signals, "share_lost"), learned.share)
    k = kept(rows, f.mean)
    given = given_away(rows)

    worth = np.where(rows.margin, given, v * np.nan_to_num(p) * k)
    share = np.where(rows.margin, 1.0, np.where(rows.in_chain, f.mean, 0.0))
    alone = len(rows) + np.arange(len(rows))  # outside the chain every row is a listing of its own
    listing = np.where(rows.in_chain, rows.listing, alone)
    order = places(listing, rows.precedence, rows.tie)
    blocks = timing.blocks(rows, listing, pools(rows, stock, inbound), horizon=horizon, survival=learned.survival)

    money = Money.nothing(len(rows))
    for block, time in blocks:
        charged = attribute(listing[block], order[block], share[block], time.alive)
        e, per_unit = charged.taken, worth[block]
        money.exposure[block] = per_unit * e[:, 0]
        money.alone[block] = per_unit * charged.alone
        money.risk[block] = per_unit * _sum(e, time.risk)
        can = e * mendable(listing[block], share[block][:, None] * time.alive, time.changeable)
        money.avoidable[block] = per_unit * _sum(can, time.saved)
        money.committed[block] = per_unit * (_sum(e, time.risk) - _sum(can, time.risk & ~time.committed()))
        money.expected[block] = per_unit * _sum(e * _still_open(rows, block, e.shape[1], learned, horizon), time.risk)
        money.note(block, time, charged.taken, share[block])

    at_once(rows, money, floats(signals, "amount_at_risk", 0.0))
    since = split_past(listing, order, share, np.where(rows.in_chain, floats(signals, "lost_units", 0.0), 0.0))
    money.lost[:] = np.where(rows.margin, given * floats(signals, "days_whole", 0.0), since * np.nan_to_num(p) * k)
    return gather(rows, money, f, doubt, price=p, kept=k, contribution=contribution_margin(signals, p))


def prices(rows: Rows) -> Floats:
    """The price of each listing's sales, NaN where none is known.

    Where a listing is sold at a wrong price, its other causes are computed at the right one: if the sales behind
    its price lie nearer the wrong price than the right one, they were made at the wrong one.
    """
    price = floats(rows.table, "price")
    wrong = np.flatnonzero(rows.margin)
    if not len(wrong):
        return price
    right, gap = floats(rows.table, "baseline"), floats(rows.table, "loss_per_day")
    target = np.full(int(rows.listing.max()) + 1, -np.inf)
    half = np.full(len(target), -np.inf)
    np.fmax.at(target, rows.listing[wrong], right[wrong])
    np.fmax.at(half, rows.listing[wrong], (right - gap / 2)[wrong])
    return np.where(price < half[rows.listing], target[rows.listing], price)


def given_away(rows: Rows) -> Floats:
    """Margin given away a day: units sold a day since onset · (right price − price asked), per row that does."""
    sold, days = floats(rows.table, "sold_whole", 0.0), floats(rows.table, "days_whole", 0.0)
    pace = np.divide(sold, days, out=np.zeros(len(rows)), where=days > 0)
    return np.where(rows.margin, pace * np.maximum(floats(rows.table, "loss_per_day", 0.0), 0.0), 0.0)


def at_once(rows: Rows, money: Money, amount: Floats) -> None:
    """Put in the money of what is lost at one stroke: nothing a day, all of it by its deadline.

    The last responsible day is the deadline itself: before it the score counts A · min(1, 7 ÷ days to it).
    """
    once = rows.at_once
    whole = np.maximum(amount[once], 0.0)
    money.risk[once] = money.avoidable[once] = money.expected[once] = whole
    for nothing in (money.exposure, money.alone, money.committed, money.loss_days, money.saved_days):
        nothing[once] = 0.0
    left = (days(rows.table, "deadline_at") - rows.today) / np.timedelta64(1, "D")
    money.urgency[once] = np.minimum(1.0, URGENT_DAYS / np.fmax(1.0, np.nan_to_num(left[once], nan=1.0)))


def _sum(per_day: Floats, counted: np.ndarray) -> Floats:
    """Σ over the days that count, line by line."""
    return np.asarray(np.einsum("nd,nd->n", per_day, counted))


def _still_open(rows: Rows, block: np.ndarray, columns: int, learned: Learned, horizon: int) -> Floats:
    """Chance that each issue is still open on each coming day as this team works; 1 until closes have taught it."""
    if learned.ends_after is None:
        return np.ones((1, 1))
    kinds = [rows.kind[i] for i in block]
    chance = {}
    for kind in set(kinds):
        curve = learned.ends_after(kind, horizon)
        whole = np.ones(columns) if curve is None else np.zeros(columns)
        if curve is not None:
            whole[: len(curve)] = curve[:columns]
        chance[kind] = whole
    return np.stack([chance[kind] for kind in kinds])
