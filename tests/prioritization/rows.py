"""Signal rows as tests write them: what matters is named, the rest is a healthy default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from opswheel.core.contracts import SIGNALS
from opswheel.core.contracts.prepared import BASELINES
from opswheel.prioritization.exposures import Exposures
from opswheel.prioritization.ranking import Capacity, Confidence, Ranked, rank, withhold
from opswheel.prioritization.revenue_at_risk import Learned, expose
from opswheel.visibility.detectors import DETECTORS

from ..factory import MORNING, TODAY, ago

BY_KIND = {d.kind: d for d in DETECTORS}
CONFIDENCE = {kind: Confidence(0.8, 0.9, 30.0) for kind in BY_KIND}
STATES = {
    "item_removed": "not_buyable",
    "listing_suppressed": "not_buyable",
    "stranded_stock": "not_buyable",
    "listing_inactive": "not_buyable",
    "search_suppressed": "hidden",
    "out_of_stock": "out_of_stock",
    "stockout_ahead": "out_of_stock",
    "price_too_low": "price_gap",
    "price_outside_rules": "price_gap",
    "featured_offer_lost": "measured",
    "featured_offer_none": "no_featured_offer",
    "featured_offer_ineligible": "measured",
    "reported_by_team": "told",
}
POOLED = ("out_of_stock", "stockout_ahead")

_SINCE = {
    "units_since": pa.float64(),
    "days_since": pa.int64(),
    "healthy_since": pa.float64(),
    "lost_units": pa.float64(),
    "sold_whole": pa.float64(),
    "days_whole": pa.int64(),
    "others": pa.int64(),
    "extra_units": pa.float64(),
    "others_featured": pa.bool_(),
    "today": pa.date32(),
    "unit_cost": pa.float64(),
}
SCHEMA = pa.schema(
    {
        **{f.name: f.type for f in BASELINES.arrow_schema()},
        **{f.name: f.type for f in SIGNALS.arrow_schema()},
        **_SINCE,
    }
)


def signal(kind: str, sku: str, **named: Any) -> dict[str, Any]:
    """One signal row: sold 14 units of 20.00 on 28 clean days, began yesterday and sold nothing since."""
    row: dict[str, Any] = {
        "kind": kind,
        "account": "main",
        "channel": "amazon:US",
        "sku": sku,
        "item_id": sku,
        "share_state": STATES.get(kind),
        "velocity": 0.5,
        "dead": 0.0,
        "price": 20.0,
        "price_source": "net price of recent sales",
        "velocity_source": "clean days",
        "intent": "sell",
        "tier": 2,
        "today": TODAY,
        "onset_day": TODAY if kind == "stockout_ahead" else ago(1),
        "run_id": 1,
        "as_of": MORNING,
    }
    row |= named
    place = f"{row['account']}|{row['channel']}"
    key = f"{row['account']}|{row['channel']}/{sku}" if kind in POOLED else f"{place}|{sku}"
    pooled = "stock_pool" if kind in POOLED else "listing"
    onset = row["onset_day"]
    whole = max(0, (row["today"] - onset).days) if onset is not None else 0
    usual = {
        "subject_type": pooled,
        "subject_key": key,
        "shape": row["velocity"] * 28,
        "rate": 28.0,
        "units_since": 0.0,
        "days_whole": whole,
        "days_since": max(whole - 1, 0),
    }
    row = usual | row
    row.setdefault("healthy_since", (row["velocity"] or 0.0) * row["days_since"])
    row.setdefault("sold_whole", row["units_since"])
    row.setdefault("lost_units", max(0.0, (row["velocity"] or 0.0) * row["days_whole"] - row["sold_whole"]))
    return row


def table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Signal rows as the engine hands them over."""
    return pa.Table.from_pylist([dict(r) for r in rows], schema=SCHEMA)


def pool(sku: str, units: float = 0, **named: Any) -> dict[str, Any]:
    """A row of stock: no lead time told, nothing on its way."""
    return {
        "account": "main",
        "channel": "amazon:US",
        "sku": sku,
        "pool": f"amazon:US/{sku}",
        "sellable_units": units,
        "transfer_units": 0,
        "inbound_shipped_units": 0,
        "inbound_receiving_units": 0,
        "shipped_arrives_days": 14,
        "receiving_arrives_days": 5,
        "fastest_days": 50,
        "lead_told": False,
        **named,
    }


def coming(sku: str, in_days: int, units: float) -> dict[str, Any]:
    """A row of our own list of inbound units."""
    return {"account": "main", "channel": "amazon:US", "sku": sku, "in_days": in_days, "units": units}


def exposed(
    rows: Iterable[Mapping[str, Any]],
    *,
    stock: Iterable[Mapping[str, Any]] = (),
    inbound: Iterable[Mapping[str, Any]] = (),
    horizon: int = 30,
    learned: Learned | None = None,
) -> Exposures:
    """The exposures of these rows."""
    return expose(
        table(rows),
        BY_KIND,
        stock=list(stock),
        inbound=list(inbound),
        horizon=horizon,
        learned=learned or Learned(),
    )


def money(rows: Iterable[Mapping[str, Any]], **options: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """The columns of each row's exposure, by (kind, SKU)."""
    found = exposed(rows, **options)
    names = [n for n in found.columns if n not in ("kind", "sku")]
    keys = zip(found.columns["kind"], found.columns["sku"], strict=True)
    return {key: {n: found.columns[n][i] for n in names} for i, key in enumerate(keys)}


def ranked(
    rows: Iterable[Mapping[str, Any]],
    *,
    rule: str = "revenue_at_risk",
    closes: float | None = None,
    minutes: float = 360.0,
    day_revenue: float = 1000.0,
    missing: Mapping[str, str] | None = None,
    confidence: Mapping[str, Confidence] | None = None,
    contribution_margin: float = 0.25,
    extras: Iterable[Any] = (),
    pooled: bool = False,
    **options: Any,
) -> Ranked:
    """The order of these rows, with everything withheld told."""
    rows = list(rows)
    signals, exposures = table(rows), exposed(rows, **options)
    keep, told = withhold(signals, exposures, missing or {})
    found = rank(
        signals,
        exposures,
        keep,
        BY_KIND,
        confidence=confidence or CONFIDENCE,
        capacity=Capacity(closes, minutes),
        contribution_margin=contribution_margin,
        day_revenue=day_revenue,
        as_of=MORNING,
        rule=rule,
        missing=missing,
        extras=tuple(extras),
        pooled=pooled,
    )
    found.withheld = told + found.withheld
    return found


def queue(found: Ranked, *columns: str) -> list[tuple[Any, ...]]:
    """Chosen columns of a ranking, in order."""
    values = [v.tolist() if isinstance(v, np.ndarray) else v for v in (found.columns[c] for c in columns)]
    return list(zip(*values, strict=True))


def names(found: Ranked) -> list[tuple[str, str]]:
    """(kind, last part of the subject) of every issue, in order."""
    keys = [k.rpartition("|")[2].rpartition("/")[2] for k in found.columns["subject_key"]]
    return list(zip(found.columns["kind"], keys, strict=True))


def in_days(n: int) -> Any:
    """The day `n` days ahead of TODAY."""
    return TODAY + timedelta(days=n)
