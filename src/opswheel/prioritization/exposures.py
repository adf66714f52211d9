"""The money of every signal row as columns of the contract `exposures`, with the words that go with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.money import Floats, round6_all
from .dates import Timing
from .estimates import quantiles, squared_cv, with_dead
from .inputs import Rows, floats, texts
from .shares import Shares

CASH_CV2, CHANCE_CV2 = 0.3**2, 1.0
"""Squared coefficients of variation of amounts lost at one stroke: cash is known from bills and prices to about a
third, sales by chance only in their order of magnitude. Assumed."""


@dataclass(frozen=True)
class Exposures:
    """The money of every signal row, as numpy columns; `columns` follow the contract `exposures`.

    `margin` marks rows that give margin away, `precedence` their place in the causal chain; `listing` and `kind`
    number the listings and kinds; `pace_cv2` and `share_cv2` are squared coefficients of variation, for sums;
    `contribution` is the listing's contribution margin, NaN where no cost is loaded; `reachable` marks causes
    that can be mended today, unlike stock that takes weeks. `at_once` marks amounts lost at one stroke, `cash` those
    of them that are no sales.
    """

    columns: dict[str, Any]
    urgency: Floats
    margin: np.ndarray
    precedence: np.ndarray
    listing: np.ndarray
    kind: np.ndarray
    pace_cv2: Floats
    share_cv2: Floats
    contribution: Floats
    reachable: np.ndarray
    at_once: np.ndarray
    cash: np.ndarray

    def __len__(self) -> int:
        return len(self.urgency)


@dataclass(frozen=True)
class Money:
    """Sums over days per row, filled block by block; `first`, `last` and `changeable` are days from today (day 1)."""

    exposure: Floats
    risk: Floats
    avoidable: Floats
    committed: Floats
    expected: Floats
    lost: Floats
    alone: Floats
    left: Floats
    loss_days: Floats
    saved_days: Floats
    urgency: Floats
    first: Floats
    last: Floats
    changeable: Floats

    @classmethod
    def nothing(cls, n: int) -> Money:
        """Room for `n` rows."""
        return cls(*(np.zeros(n) for _ in cls.__dataclass_fields__))

    def note(self, block: np.ndarray, time: Timing, taken: Floats, share: Floats) -> None:
        """Keep what a block's timing says beside its money."""
        today = share * time.alive[:, 0]
        self.left[block] = np.divide(taken[:, 0], today, out=np.ones(len(block)), where=today > 0)
        self.loss_days[block] = np.einsum("nd,nd->n", time.alive, time.risk)
        self.saved_days[block] = np.einsum("nd,nd->n", time.alive, time.saved)
        self.urgency[block] = time.urgency()
        for name in ("first", "last", "changeable"):
            getattr(self, name)[block] = getattr(time, name)


def gather(  # noqa: PLR0913
    rows: Rows,
    money: Money,
    share: Shares,
    doubt: np.ndarray,
    *,
    price: Floats,
    kept: Floats,
    contribution: Floats,
) -> Exposures:
    """One row of `exposures` per signal row, rounded to six significant digits before anything is ranked."""
    signals, margin = rows.table, rows.margin
    sold = np.maximum(floats(signals, "sold_whole", 0.0), 1.0)
    alive = np.divide(1.0, rows.shape, out=np.zeros(len(rows)), where=rows.shape > 0)
    pace = np.where(rows.at_once, np.where(rows.cash, CASH_CV2, CHANCE_CV2), np.where(margin, 1 / sold, alive))
    dead = np.where(margin | rows.at_once, 0.0, rows.dead)
    share_cv2 = np.where(margin, 0.0, squared_cv(share.mean, share.sd))
    columns: dict[str, Any] = {
        "kind": rows.kind,
        "account": texts(signals, "account"),
        "channel": texts(signals, "channel"),
        "subject_key": rows.subject,
        "sku": [sku or "" for sku in texts(signals, "sku")],
        "velocity": round6_all(rows.velocity),
        "velocity_sd": round6_all(rows.velocity * np.sqrt(with_dead(alive, rows.dead))),
        "velocity_source": texts(signals, "velocity_source"),
        "price": round6_all(price),
        "price_source": texts(signals, "price_source"),
        "share_lost": round6_all(share.mean),
        "share_lost_sd": round6_all(share.sd),
        "share_source": share.source,
        "left_share": round6_all(money.left),
        "kept_share": round6_all(kept),
        "loss_days": round6_all(money.loss_days),
        "saved_days": round6_all(money.saved_days),
        "committed": round6_all(money.committed),
        "alone_per_day": round6_all(money.alone),
        "expected_loss": round6_all(money.expected),
        "lost_to_date": round6_all(money.lost),
        "units_since": rows.units,
        "days_since": rows.days,
        "doubt": _doubts(rows, doubt, money.exposure),
        "unavoidable": _unavoidable(rows, money),
    }
    factors = quantiles((1 + pace) * (1 + share_cv2) - 1, dead)
    for name, mean in (("exposure", money.exposure), ("risk", money.risk), ("avoidable", money.avoidable)):
        columns[f"{name}_mean"] = round6_all(mean)
        for part, factor in zip(("p10", "p50", "p90"), factors, strict=True):
            columns[f"{name}_{part}"] = round6_all(mean * factor)
    return Exposures(
        columns=columns,
        urgency=money.urgency,
        margin=margin,
        precedence=rows.precedence,
        listing=rows.listing,
        kind=rows.tie,
        pace_cv2=with_dead(pace, dead),
        share_cv2=share_cv2,
        contribution=contribution,
        reachable=money.changeable <= 1,
        at_once=rows.at_once,
        cash=rows.cash,
    )


def _doubts(rows: Rows, doubt: np.ndarray, exposure: Floats) -> list[str | None]:
    words: list[str | None] = [None] * len(rows)
    for i in np.flatnonzero(doubt):
        words[i] = f"still selling: {rows.units[i]:.0f} units since onset"
    for i in np.flatnonzero(rows.state == "map_breach"):
        words[i] = "no sale is lost: cost 0; the risk is the brand's answer, up to an end of supply"
    for i in np.flatnonzero(rows.state == "unknown"):
        words[i] = "nobody said how much is lost"
    for i in np.flatnonzero(rows.margin & (exposure <= 0)):
        words[i] = "no sale seen at this price yet"
    return words


def _unavoidable(rows: Rows, money: Money) -> list[str | None]:
    """Why acting now saves nothing, the day it ends by itself, and what still helps."""
    words: list[str | None] = [None] * len(rows)
    stuck = (money.risk > 0) & (money.avoidable <= 0) & np.isfinite(money.first)
    for i in np.flatnonzero(stuck & (money.changeable <= 1)):
        words[i] = "mending it saves nothing while another cause lasts that nothing done today can change"
    for i in np.flatnonzero(stuck & (money.changeable > 1)):
        begin, end, soonest = (
            rows.today[i] + np.timedelta64(int(getattr(money, name)[i]) - 1, "D")
            for name in ("first", "last", "changeable")
        )
        words[i] = (
            f"lost from {begin} to {end}, and nothing ordered today sells before {soonest}; "
            "a higher price, fewer ads, an offer shipped by ourselves or faster transport still help"
        )
    return words
