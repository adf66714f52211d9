"""The rows of an Arrow table as numpy arrays, nulls as NaN, None or NaT; and the signal rows the formula reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.detector import AT_ONCE, PRECEDENCE, Detector
from ..core.money import Floats
from .shares import STATES

if TYPE_CHECKING:
    import pyarrow as pa

OUTSIDE = PRECEDENCE["outside"]
_OUTSIDE_STATES = ("price_gap", "map_breach", "unknown", *AT_ONCE)
"""States that lose no share of daily sales: they stand outside the chain and its bound."""
_PRICE_IS_ITS_CAUSE = PRECEDENCE["featured_offer"] - 1
"""A price over its maximum comes right before the featured offer, which it costs."""


def floats(table: pa.Table, name: str, null: float = np.nan) -> Floats:
    """A numeric column as floats; anything that is no number counts as `null`."""
    values = table.column(name).cast("float64").to_numpy(zero_copy_only=False).astype(float)
    return np.where(np.isfinite(values), values, null)


def days(table: pa.Table, name: str) -> np.ndarray:
    """A column of days as `datetime64[D]`."""
    return np.asarray(table.column(name).to_numpy(zero_copy_only=False)).astype("datetime64[D]")


def texts(table: pa.Table, name: str) -> list[Any]:
    """A column as Python values."""
    return list(table.column(name).to_pylist())


def codes(*columns: pa.ChunkedArray) -> np.ndarray:
    """Equal rows of several text columns get equal numbers, 0 and up."""
    whole = np.zeros(len(columns[0]), int)
    for column in columns:
        encoded = column.combine_chunks().dictionary_encode()
        numbers = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
        _, whole = np.unique(whole * (len(encoded.dictionary) + 1) + numbers, return_inverse=True)
    return whole


@dataclass(frozen=True)
class Rows:
    """Signal rows as columns.

    `listing` numbers the listings, `item` the items; `precedence` is the place in the causal chain, smaller first,
    `OUTSIDE` for what stands outside it; `tie` orders causes of equal precedence whatever the order of the rows.
    """

    table: pa.Table
    kind: list[str]
    state: np.ndarray
    tier: list[Any]
    subject: list[str]
    listing: np.ndarray
    item: np.ndarray
    precedence: np.ndarray
    tie: np.ndarray
    velocity: Floats
    shape: Floats
    dead: Floats
    units: Floats
    days: Floats
    healthy: Floats
    today: np.ndarray
    onset: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def in_chain(self) -> np.ndarray:
        """Which rows are causes of lost sales."""
        return np.asarray(self.precedence != OUTSIDE)

    @property
    def margin(self) -> np.ndarray:
        """Which rows give margin away: the listing sells though it should not, at this price."""
        return np.asarray(self.state == "price_gap")

    @property
    def at_once(self) -> np.ndarray:
        """Which rows lose an amount at one stroke."""
        return np.isin(self.state, AT_ONCE)

    @property
    def cash(self) -> np.ndarray:
        """Which rows lose cash, not sales."""
        return np.asarray(self.state == "cash")


def read(signals: pa.Table, detectors: Mapping[str, Detector]) -> Rows:
    """The columns of `signals` that the formula reads."""
    import pyarrow.compute as pc

    kind, state = texts(signals, "kind"), _states(signals)
    account, channel, sku = (signals.column(name) for name in ("account", "channel", "sku"))
    item = pc.coalesce(signals.column("item_id"), sku)
    names = {name: i for i, name in enumerate(sorted(set(kind)))}
    return Rows(
        table=signals,
        kind=kind,
        state=state,
        tier=texts(signals, "tier"),
        subject=texts(signals, "subject_key"),
        listing=codes(account, channel, sku),
        item=codes(account, channel, item),
        precedence=_precedence(kind, state, detectors),
        tie=np.fromiter((names[k] for k in kind), int, len(kind)),
        velocity=floats(signals, "velocity", 0.0),
        shape=floats(signals, "shape", 0.0),
        dead=floats(signals, "dead", 0.0).clip(0.0, 1.0),
        units=floats(signals, "units_since", 0.0),
        days=floats(signals, "days_since", 0.0),
        healthy=floats(signals, "healthy_since", 0.0),
        today=days(signals, "today"),
        onset=days(signals, "onset_day"),
        starts=days(signals, "starts_day"),
    )


def _states(signals: pa.Table) -> np.ndarray:
    """The state of every row; one nobody defined counts as told where a share is given, else as unknown."""
    state = np.array(texts(signals, "share_state"), dtype=object)
    strange = ~np.isin(state, list(STATES))
    return np.where(strange, np.where(np.isnan(floats(signals, "share_lost")), "unknown", "told"), state)


def _precedence(kind: list[str], state: np.ndarray, detectors: Mapping[str, Detector]) -> np.ndarray:
    order = np.fromiter((detectors[k].precedence for k in kind), int, len(kind))
    order = np.where(np.isin(state, _OUTSIDE_STATES), OUTSIDE, order)
    return np.where(state == "over_max", _PRICE_IS_ITS_CAUSE, order)
