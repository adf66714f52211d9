"""One morning from facts to order, under the flat prior of the worked numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from opswheel.core.contracts import ORDERS, THRESHOLDS
from opswheel.core.contracts.prepared import CUTS
from opswheel.decisions import thresholds
from opswheel.prioritization.ranking import Capacity, Ranked, rank, withhold
from opswheel.prioritization.revenue_at_risk import Learned, expose
from opswheel.visibility import detect
from opswheel.visibility.detectors import DETECTORS

from ..factory import MORNING, Scene
from .rows import BY_KIND, CONFIDENCE

Fit = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


@dataclass(frozen=True)
class Seen:
    """What a morning gave: the money by (kind, SKU), and the order."""

    money: dict[tuple[str, str], dict[str, Any]]
    ranked: Ranked


def flat(_groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """No prior: every listing's own days decide alone."""
    return []


def morning(scene: Scene, *, fit: Fit = flat) -> Seen:
    """Facts → prepared → detectors → signals → exposures → order, with the detectors' own cut lines."""
    engine = scene.engine()
    engine.register(CUTS.name, CUTS.arrow_table(_cuts()))
    detect.prepare(engine, fit)
    assert [o.error for o in detect.observe(engine, DETECTORS) if o.error] == []
    detect.cut(engine, run_id=1, as_of=scene.as_of, remembered=False)
    detect.look_closer(engine)
    signals = detect.signal_rows(engine)
    exposures = expose(
        signals,
        BY_KIND,
        stock=detect.stock_rows(engine).to_pylist(),
        inbound=detect.inbound_rows(engine).to_pylist(),
        horizon=scene.settings.horizon.days,
        learned=Learned(),
    )
    keep, told = withhold(signals, exposures, {})
    found = rank(
        signals,
        exposures,
        keep,
        BY_KIND,
        confidence=CONFIDENCE,
        capacity=Capacity(None, 360.0),
        contribution_margin=0.25,
        day_revenue=1000.0,
        as_of=scene.as_of,
        rule="revenue_at_risk",
    )
    found.withheld = told + found.withheld
    columns = exposures.columns
    money = {
        (columns["kind"][i], columns["sku"][i]): {name: values[i] for name, values in columns.items()}
        for i in range(len(exposures))
    }
    engine.close()
    return Seen(money, found)


def _cuts() -> list[dict[str, Any]]:
    ledger = sa.create_engine("sqlite://")
    with ledger.begin() as connection:
        THRESHOLDS.sql_table().create(connection)
        thresholds.seed(connection, DETECTORS)
        return thresholds.cuts(thresholds.in_force(connection, MORNING), DETECTORS, 1.0)


def sold(scene: Scene, sku: str, units: int, days: Iterable[date], *, price: float = 20.0) -> Scene:
    """One shipped order line of `units` on each of these days."""
    return scene.add(
        ORDERS,
        [
            {
                "sku": sku,
                "order_hash": f"{sku} {day}",
                "day": day,
                "at": datetime.combine(day, time(18)),
                "updated_at": datetime.combine(day, time(19)),
                "units": units,
                "line_minor": round(units * price * 100),
            }
            for day in days
        ],
    )
