"""Choices, forecasts and plans as rows of the ledger, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from ..core.contracts import FORECAST_ACCURACY, FORECAST_ITEMS, FORECAST_MODELS
from .accuracy import Cycle
from .combine import Weights
from .forecast import Choice, Forecast, in_words
from .from_facts import Known
from .intervals import GRID, HIGH, LOW, MIDDLE, STRETCHES, Spread
from .models import NAMES
from .segments import SEGMENTS

KEPT_DAYS = 400
POINTS = 41
"""Percentiles kept of each stretch: enough to rebuild the intervals to a quarter of a percent."""
BACKTEST = "back-test"
NO_BACKTEST = "none: too few days are known for a back-test; every model counts alike (assumed)"


def model_rows(place: tuple[str, str], choice: Choice, at: datetime, *, in_force: bool = True) -> list[dict[str, Any]]:
    """One row per segment of a choice, with its evidence; forecasts go by it from `at` on if it is `in_force`."""
    told = {row["segment"]: row for row in choice.evidence}
    rows = []
    for i, segment in enumerate(SEGMENTS):
        seen: Mapping[str, Any] = told.get(segment, {})
        rivals = seen.get("rivals", {})
        weights = {
            "yearly": choice.weights.power(i),
            "weights": {n: round(float(w), 6) for n, w in zip(NAMES, choice.weights.by_segment[i], strict=True)},
            "v": [round(float(v), 6) for v in choice.spread.v[i]],
            "levels": [[round(float(x), 5) for x in _fewer(levels)] for levels in choice.spread.levels[i]],
        }
        rows.append(
            {
                "account": place[0],
                "channel": place[1],
                "segment": segment,
                "chosen_at": at,
                "models": in_words(choice.weights, i),
                "weights": json.dumps(weights),
                "items": int(seen.get("items", 0)),
                "origins": int(seen.get("origins", 0)),
                "error": seen.get("error"),
                "best_alone": min(rivals.values()) if rivals else None,
                "bias": seen.get("bias"),
                "evidence": json.dumps(rivals),
                "source": BACKTEST if choice.origins else NO_BACKTEST,
                "in_force_at": at if in_force else None,
            }
        )
    return rows


def _fewer(levels: Any) -> Any:
    return np.interp(np.linspace(0, 1, POINTS), GRID, levels)


def rows_in_force(connection: sa.Connection) -> list[Any]:
    """The stored choice each segment of each channel is forecast with."""
    table = FORECAST_MODELS.sql_table()
    query = sa.select(table).where(table.c.in_force_at.is_not(None))
    rows = connection.execute(query.order_by(table.c.in_force_at, table.c.chosen_at))
    return list({(r.account, r.channel, r.segment): r for r in rows}.values())


def last_look(connection: sa.Connection, place: tuple[str, str]) -> datetime | None:
    """When the models of a channel were last looked at, whatever came of it."""
    table = FORECAST_MODELS.sql_table()
    here = (table.c.account == place[0], table.c.channel == place[1])
    return connection.execute(sa.select(sa.func.max(table.c.chosen_at)).where(*here)).scalar()


def last_choice(connection: sa.Connection, place: tuple[str, str]) -> tuple[datetime, Choice] | None:
    """The choice in force of a channel, segment by segment, and when the newest of them was made."""
    found = {r.segment: r for r in rows_in_force(connection) if (r.account, r.channel) == place}
    if set(found) != set(SEGMENTS):
        return None
    told = [json.loads(found[s].weights) for s in SEGMENTS]
    if any(set(t["weights"]) != set(NAMES) for t in told):
        return None  # chosen by a version with other models: chosen anew
    powers = [float(t["yearly"]) for t in told]
    weights = Weights(
        np.array([[t["weights"][n] for n in NAMES] for t in told]),
        powers[0] if len(set(powers)) == 1 else np.array(powers),
    )
    levels = np.array([[np.interp(GRID, np.linspace(0, 1, POINTS), row) for row in t["levels"]] for t in told])
    spread = Spread(np.array([t["v"] for t in told]), levels, np.zeros((len(SEGMENTS), len(STRETCHES))))
    origins = max(r.origins for r in found.values())
    tested = any(r.source == BACKTEST for r in found.values())
    return max(r.chosen_at for r in found.values()), Choice(weights, spread, (), origins if tested else 0)


def item_rows(found: Forecast, told: Known, rows: Sequence[int], at: datetime) -> list[dict[str, Any]]:
    """What is known and expected of each listing over 28 days."""
    low, middle, high = (found.total(28, share) for share in (LOW, MIDDLE, HIGH))
    mean = found.expected(28).mean(axis=1)
    return [
        {
            **_place(key),
            "made_at": at,
            "from_day": found.days[0],
            "segment": SEGMENTS[int(found.segment[i])],
            "known_days": int(found.known_days[i]),
            "clean_days": int(found.clean_days[i]),
            "censored_days": int(found.censored_days[i]),
            "sold_units": round(float(found.sold[i])),
            "models": in_words(found.choice.weights, int(found.segment[i])),
            "per_day": _six(mean[i]),
            "total_p10": float(low[i]),
            "total_p50": float(middle[i]),
            "total_p90": float(high[i]),
            "former_sku": told.former[rows[i]],
        }
        for i, key in enumerate(found.keys)
    ]


def day_rows(found: Forecast, at: datetime) -> Iterator[list[dict[str, Any]]]:
    """The days of each listing, listing by listing."""
    for i, key in enumerate(found.keys):
        yield [
            {
                **_place(key),
                "day": day,
                "made_at": at,
                "mean": _six(found.mean[i, h]),
                "p10": float(found.low[i, h]),
                "p50": float(found.middle[i, h]),
                "p90": float(found.high[i, h]),
            }
            for h, day in enumerate(found.days[:28])
        ]


def _place(key: Any) -> dict[str, str]:
    return dict(zip(("account", "channel", "sku"), key, strict=True))


def _six(value: Any) -> float:
    return float(f"{float(value):.6g}")


def past_cycles(connection: sa.Connection, place: tuple[str, str], until: date) -> list[Cycle]:
    """Forecasts of this channel made before and not fully measured yet, oldest first."""
    items, told = FORECAST_ITEMS.sql_table(), FORECAST_ACCURACY.sql_table()
    here = (items.c.account == place[0], items.c.channel == place[1])
    oldest = until - timedelta(days=2 * 28)
    rows = connection.execute(
        sa.select(items).where(*here, items.c.from_day > oldest, items.c.from_day <= until).order_by(items.c.made_at)
    ).all()
    whole = connection.execute(
        sa.select(told.c.made_at).where(
            told.c.account == place[0], told.c.channel == place[1], told.c.inside.is_not(None)
        )
    )
    done = {r.made_at for r in whole}
    cycles: dict[datetime, Cycle] = {}
    for r in rows:
        if r.made_at not in done:
            one = cycles.setdefault(r.made_at, Cycle(r.made_at, r.from_day, {}))
            one.said[r.sku] = (r.segment, r.per_day, r.total_p10, r.total_p90)
    return list(cycles.values())
