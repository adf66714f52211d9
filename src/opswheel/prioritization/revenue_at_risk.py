"""From signals to dollars, on one page. docs/concepts/money.md is the same page in words.

    velocity    v  units a day the listing would sell if healthy      Gamma–Poisson, clean days before onset
    price       p  recent own net price
    share lost  f  share of those sales the problem prevents          by state, then by the listing's own sales
    exposure    e  = v · p · f, after the causes ahead of it in the chain and what our other offers recapture
    at risk     R  = Σ e(t) over the life if ignored                  dated where facts are dated
    avoidable   A  = the part of R that acting now can still save

Rows are signals per listing; everything is vectorised; the result is one row of `exposures` per signal row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.detector import PRECEDENCE, Detector
from ..core.money import Floats, round6_all
from . import dates, shares
from .chain import attribute
from .dates import Pool, Timing
from .estimates import percentiles, relative_variance
from .inputs import codes, floats, texts

if TYPE_CHECKING:
    import pyarrow as pa

RECAPTURED = 0.8
"""What our other featured offer of the same item sells instead, until measured (assumed)."""
_OUTSIDE = ("price_gap", "map_breach", "unknown")


@dataclass(frozen=True)
class Learned:
    """What closed issues have taught: survival by (kind, tier, age) and shares by state; empty at first.

    `survival(kind, tier, age_days, horizon)` gives S(a + t) ÷ S(a) for t = 0 … horizon − 1.
    """

    survival: Any = None
    share: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    ends_after: Any = None


@dataclass(frozen=True)
class Exposures:
    """The money of every signal row, as numpy columns; `columns` follow the contract `exposures`."""

    columns: dict[str, Any]
    urgency: Floats
    margin: np.ndarray
    cv2: Floats

    def __len__(self) -> int:
        return len(self.urgency)


def expose(
    signals: pa.Table,
    detectors: Mapping[str, Detector],
    *,
    stock: Sequence[Mapping[str, Any]],
    inbound: Sequence[Mapping[str, Any]],
    horizon: int,
    learned: Learned,
) -> Exposures:
    """The exposure, revenue at risk and avoidable loss of every signal row."""
    kinds, states = texts(signals, "kind"), texts(signals, "share_state")
    velocity, shape, dead = (floats(signals, c, 0.0) for c in ("velocity", "shape", "dead"))
    price = floats(signals, "price")
    units, days = floats(signals, "units_since", 0.0), floats(signals, "days_since", 0.0)
    healthy = floats(signals, "healthy_since", 0.0)

    before = shares.prior(states, floats(signals, "share_lost"), learned.share)
    doubt = shares.contradicted(before.mean, units, days, healthy, shape)
    share = shares.updated(before, units, days, healthy, shape)

    timing = _timing(signals, kinds, stock, inbound, horizon, learned)
    outside = np.array([s in _OUTSIDE for s in states])
    listing, _ = codes(texts(signals, "account"), texts(signals, "channel"), texts(signals, "sku"))
    listing = np.where(outside, np.arange(len(listing)) + len(listing), listing)  # outside the chain: alone
    _, listing = np.unique(listing, return_inverse=True)
    order = np.array([_precedence(detectors[k], s) for k, s in zip(kinds, states, strict=True)])
    split = attribute(listing, order, share.mean, timing.alive)

    kept = _kept(signals, healthy, share.mean)
    worth = np.nan_to_num(velocity * price) * kept
    taken = split.taken
    exposure = worth * taken[:, 0]
    risk_days, saved_days = timing.risk_days(horizon), timing.saved_days(horizon)
    risk = worth * (taken * risk_days).sum(axis=1)
    avoidable = worth * (taken * saved_days).sum(axis=1)
    day = np.arange(1, dates.DAYS + 1)
    committed = worth * (taken * (risk_days & (day < timing.changeable[:, None]))).sum(axis=1)
    expected = worth * (taken * risk_days * _still_open(kinds, learned, horizon)).sum(axis=1)
    lost = np.nan_to_num(floats(signals, "lost_units", 0.0) * price) * kept

    margin = np.array([s == "price_gap" for s in states])
    given = _given_away(signals)
    exposure, risk = np.where(margin, given, exposure), np.where(margin, given * horizon, risk)
    avoidable, expected = np.where(margin, given * horizon, avoidable), np.where(margin, given * horizon, expected)
    lost = np.where(margin, given * floats(signals, "days_whole", 0.0), np.where(outside, 0.0, lost))

    cv2 = np.where(
        margin, 1 / np.maximum(floats(signals, "sold_whole", 0.0), 1), relative_variance(shape, share.mean, share.sd)
    )
    dead = np.where(margin, 0.0, dead)
    columns: dict[str, Any] = {
        "kind": kinds,
        "account": texts(signals, "account"),
        "channel": texts(signals, "channel"),
        "subject_key": texts(signals, "subject_key"),
        "sku": texts(signals, "sku"),
        "velocity": round6_all(velocity),
        "velocity_sd": round6_all(np.sqrt(np.maximum(_second_moment(velocity, shape, dead) - velocity**2, 0.0))),
        "velocity_source": texts(signals, "velocity_source"),
        "price": round6_all(price),
        "price_source": texts(signals, "price_source"),
        "share_lost": round6_all(share.mean),
        "share_lost_sd": round6_all(share.sd),
        "share_source": share.source,
        "left_share": round6_all(
            np.divide(
                taken[:, 0], share.mean, out=np.ones(len(share.mean)), where=(share.mean > 0) & (timing.alive[:, 0] > 0)
            )
        ),
        "kept_share": round6_all(kept),
        "loss_days": round6_all((timing.alive * risk_days).sum(axis=1)),
        "saved_days": round6_all((timing.alive * saved_days).sum(axis=1)),
        "committed": round6_all(committed),
        "alone_per_day": round6_all(np.where(margin, given, worth * split.alone)),
        "expected_loss": round6_all(expected),
        "lost_to_date": round6_all(lost),
        "units_since": units,
        "days_since": days,
        "doubt": _doubts(states, doubt, units, margin, given),
        "unavoidable": _unavoidable(avoidable, risk, timing),
    }
    for name, mean in (("exposure", exposure), ("risk", risk), ("avoidable", avoidable)):
        columns[f"{name}_mean"] = round6_all(mean)
        for part, values in zip(("p10", "p50", "p90"), percentiles(mean, cv2, dead), strict=True):
            columns[f"{name}_{part}"] = round6_all(values)
    return Exposures(columns, timing.urgency(), margin, cv2)


def _precedence(detector: Detector, state: str) -> int:
    return PRECEDENCE["content"] if state == "over_max" else detector.precedence


def _second_moment(mean: Floats, shape: Floats, dead: Floats) -> Floats:
    """E[v²] of (1 − dead) · Gamma: mean² · (1 + 1/shape) ÷ (1 − dead)."""
    spread = np.divide(1.0, shape, out=np.zeros_like(shape), where=shape > 0)
    return np.divide(mean**2 * (1 + spread), 1 - dead, out=np.zeros_like(mean), where=dead < 1)


def _kept(signals: pa.Table, healthy: Floats, share: Floats) -> Floats:
    """1 − what our other buyable offers of the item recapture: measured since onset, else 80 % if one is featured."""
    others = floats(signals, "others", 0.0) > 0
    featured = np.array([bool(x) for x in texts(signals, "others_featured")])
    recaptured = np.where(others & featured, RECAPTURED, 0.0)
    lost_units, extra = healthy * share, floats(signals, "extra_units", 0.0)
    measured = (
        others
        & (floats(signals, "days_since", 0.0) >= shares.SETTLED_DAYS_TO_LEARN)
        & (lost_units >= shares.UNITS_TO_CONTRADICT)
    )
    own = np.divide(extra, lost_units, out=np.zeros_like(extra), where=lost_units > 0).clip(0.0, 1.0)
    return 1.0 - np.where(measured, own, recaptured)


def _given_away(signals: pa.Table) -> Floats:
    """Margin given away a day: units sold a day since onset · (right price − price asked)."""
    sold, days = floats(signals, "sold_whole", 0.0), floats(signals, "days_whole", 0.0)
    return np.divide(sold, days, out=np.zeros_like(sold), where=days > 0) * floats(signals, "loss_per_day", 0.0)


def _timing(  # noqa: PLR0913
    signals: pa.Table,
    kinds: list[str],
    stock: Sequence[Mapping[str, Any]],
    inbound: Sequence[Mapping[str, Any]],
    horizon: int,
    learned: Learned,
) -> Timing:
    n = len(kinds)
    today = signals.column("today").to_numpy(zero_copy_only=False).astype("datetime64[D]")
    starts = signals.column("starts_day").to_numpy(zero_copy_only=False).astype("datetime64[D]")
    onset = signals.column("onset_day").to_numpy(zero_copy_only=False).astype("datetime64[D]")
    age = np.nan_to_num(_in_days(today - onset), nan=0.0)
    alive = dates.undated(_survival(kinds, texts(signals, "tier"), age, horizon, learned))
    changeable, dated = np.ones(n), np.zeros(n, bool)
    ahead = ~np.isnat(starts)
    alive[ahead] = dates.starting(np.maximum(1.0, _in_days(starts - today)[ahead] + 1))
    dated |= ahead
    of_stock = np.array([s in ("out_of_stock",) for s in texts(signals, "share_state")], bool)
    if of_stock.any():
        loss, fastest = _stock_dates(signals, of_stock, stock, inbound)
        alive[of_stock], changeable[of_stock] = loss, 1.0 + fastest
        dated |= of_stock
    return Timing(alive, changeable, dated)


def _in_days(delta: Any) -> Floats:
    out = delta.astype("timedelta64[D]").astype(float)
    return np.where(np.isnat(delta), np.nan, out)


def _survival(kinds: list[str], tiers: list[Any], age: Floats, horizon: int, learned: Learned) -> Floats:
    alive = np.ones((len(kinds), horizon))
    if learned.survival is not None:
        for i, kind in enumerate(kinds):
            curve = learned.survival(kind, tiers[i], age[i], horizon)
            if curve is not None:
                alive[i] = curve
    return alive


def _stock_dates(
    signals: pa.Table, rows: np.ndarray, stock: Sequence[Mapping[str, Any]], inbound: Sequence[Mapping[str, Any]]
) -> tuple[Floats, Floats]:
    """Per signal row: the loss days of its pool, and the days the fastest way to more stock takes."""
    pools = _pools(signals, stock, inbound)
    keys = [k for k, wanted in zip(texts(signals, "subject_key"), rows, strict=True) if wanted]
    names = sorted(set(keys))
    loss = dates.stock_loss([pools[name] for name in names])
    at = {name: i for i, name in enumerate(names)}
    index = np.array([at[k] for k in keys])
    fastest = np.array([pools[name].fastest_days for name in names], float)
    return loss[index], fastest[index]


def _pools(
    signals: pa.Table, stock: Sequence[Mapping[str, Any]], inbound: Sequence[Mapping[str, Any]]
) -> dict[str, Pool]:
    paces: dict[str, float] = defaultdict(float)
    counted: set[tuple[str, str, str, str]] = set()
    for key, account, channel, sku, pace, kind in zip(
        *(texts(signals, c) for c in ("subject_key", "account", "channel", "sku", "velocity", "subject_type")),
        strict=True,
    ):
        if kind == "stock_pool" and (key, account, channel, sku) not in counted:
            counted.add((key, account, channel, sku))
            paces[key] += pace or 0.0
    told: dict[tuple[str, str, str], list[tuple[int, float]]] = defaultdict(list)
    for row in inbound:
        told[(row["account"], row["channel"], row["sku"])].append((max(0, int(row["in_days"])), float(row["units"])))
    held: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in stock:
        held[f"{row['account']}|{row['pool']}"].append(row)
    return {key: _pool(rows, told, paces[key]) for key, rows in held.items()}


def _pool(
    rows: list[Mapping[str, Any]], told: Mapping[tuple[str, str, str], list[tuple[int, float]]], pace: float
) -> Pool:
    """One pool: units counted once, arrivals from our own list, else from what the report says is on its way."""
    arrivals = [a for r in rows for a in told.get((r["account"], r["channel"], r["sku"]), [])]
    best = max(rows, key=lambda r: r["sellable_units"])
    if not arrivals:
        reported = (
            (best["receiving_arrives_days"], best["inbound_receiving_units"] + best["transfer_units"]),
            (best["shipped_arrives_days"], best["inbound_shipped_units"]),
        )
        arrivals = [(int(days), float(units)) for days, units in reported if units > 0]
    fastest = min(int(r["fastest_days"]) for r in rows)
    return Pool(float(best["sellable_units"]), pace, tuple(arrivals), fastest)


def _still_open(kinds: list[str], learned: Learned, horizon: int) -> Floats:
    """Chance that an issue is still open on each coming day as this team works; 1 until closes have taught it."""
    chance = np.ones((len(kinds), dates.DAYS))
    if learned.ends_after is not None:
        for i, kind in enumerate(kinds):
            curve = learned.ends_after(kind, horizon)
            if curve is not None:
                chance[i, : len(curve)] = curve
                chance[i, len(curve) :] = 0.0
    return chance


def _doubts(states: list[str], doubt: np.ndarray, units: Floats, margin: np.ndarray, given: Floats) -> list[str | None]:
    words: list[str | None] = []
    for i, state in enumerate(states):
        if doubt[i]:
            words.append(f"still selling: {units[i]:.0f} units since onset")
        elif state == "map_breach":
            words.append("no sale is lost; the brand may answer")
        elif state == "unknown":
            words.append("nobody said how much is lost")
        elif margin[i] and given[i] <= 0:
            words.append("no sale seen at this price yet")
        else:
            words.append(None)
    return words


def _unavoidable(avoidable: Floats, risk: Floats, timing: Timing) -> list[str | None]:
    first = timing.first_loss()
    return [
        None
        if a > 0 or r <= 0
        else f"nothing ordered today arrives before day {timing.changeable[i]:.0f}; the loss begins on day {first[i]:.0f}"
        for i, (a, r) in enumerate(zip(avoidable, risk, strict=True))
    ]
