"""Stored observations, labels and ladders as rows, and the engine that back-tests them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from opswheel.core.contracts import OBSERVATIONS
from opswheel.core.settings.decisions import DecisionSettings
from opswheel.core.threshold import Threshold
from opswheel.decisions import backtest, cuts, thresholds
from opswheel.decisions.cuts import Known
from opswheel.storage.duck import DuckEngine
from opswheel.visibility.detectors.base import Rule

NOW = datetime(2026, 11, 22, 16)


class Drop(Rule):
    """A rule with a percentage and a floor in money."""

    kind: ClassVar[str] = "drop"
    tunable: ClassVar[bool] = True
    thresholds: ClassVar[tuple[Threshold, ...]] = (
        Threshold("min_drop", 0.10, "", "at or above", "observed", "ten points"),
        Threshold("min_loss", 4.0, "US dollars", "at or above", "loss_per_day", "four dollars", money=True),
    )


DROP: Any = Drop()


def saw(sku: str, first: int, days: int, observed: float, loss: float, **more: Any) -> list[dict[str, Any]]:
    """Observations of one subject on `days` mornings in a row, the first `first` days before NOW."""
    out = []
    for n in range(days):
        at = NOW - timedelta(days=first - n)
        row = {"run_id": (at.date() - date(2026, 1, 1)).days, "as_of": at, "detector_version": "1", "kind": "drop"}
        row |= {"account": "main", "channel": "amazon:US", "subject_type": "listing", "sku": sku}
        row |= {"subject_key": f"main|amazon:US|{sku}", "observed": observed, "loss_per_day": loss}
        out.append(row | more)
    return out


def said(sku: str, first: int, label: float | None, **more: Any) -> dict[str, Any]:
    """What somebody said of an alarm that was open from `first` days before NOW."""
    day = (NOW - timedelta(days=first)).date()
    row = {"kind": "drop", "account": "main", "channel": "amazon:US", "subject_key": f"main|amazon:US|{sku}"}
    row |= {"from_day": day, "to_day": day, "label": label, "fixed": label == 1.0, "by": "ines", "weekday": 1}
    return row | more


def versions(**values: float) -> list[dict[str, Any]]:
    """The rule's cut lines in force, some with another value."""
    rows = [row for line in Drop.thresholds for row in thresholds._default_rows("drop", line)]
    return [{**r, "value": values.get(r["name"], r["value"])} for r in rows]


def known(**more: Any) -> Known:
    told: dict[str, Any] = {"settings": DecisionSettings(), "margin": 0.25, "currency": "USD", "dollar": 1.0}
    told |= {"minutes": {"drop": 20.0}, "precision": {}, "lives": {"drop": 30.0}, "spare": {}}
    return Known(**(told | more))


def backtested(observations: list[dict[str, Any]], labels: list[dict[str, Any]], **more: Any) -> Any:
    """(engine with the back-test's tables, segments)."""
    settings = more.get("settings", DecisionSettings())
    engine = DuckEngine(more["lake"])
    found, _ = cuts.segments([DROP], more.get("versions", versions()), 1.0, more.get("before", ()))
    engine.register("observations_stored", OBSERVATIONS.arrow_table(observations))
    engine.register("listing_tiers", backtest.table(backtest.TIERS, more.get("tiers", [])))
    engine.register("cut_axes", cuts.ladder(found, {"drop": 30.0}))
    engine.register("cut_pairs", cuts.pairs_table(found, cuts.pairs(found, settings)))
    engine.register("worked", backtest.table(backtest.WORKED, labels))
    engine.register("last_day", backtest.table(backtest.LAST_DAY, [{"newest": NOW.date(), "oldest": date(2026, 5, 1)}]))
    backtest.collapse(engine)
    return engine, found
