"""Forecast models: a re-choice of what a segment's forecasts are made from is a decision like any other.

Planning chooses models by a rolling back-test and keeps every choice; forecasts go by the one put in force last. The
first choice of a channel is in force without asking. A later one is proposed where it forecasts better on months it has
not seen; until somebody accepts it the choice in force stays.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from scipy import stats

from ..core.contracts import FORECAST_ACCURACY, FORECAST_MODELS
from ..core.errors import Conflict
from ..core.money import round6
from ..core.settings.decisions import DecisionSettings

KIND = "forecast_model"
LEAST_ORIGINS = 3
"""Months of the past that must be forecast by both: assumed."""
LEAST_ITEMS = 10
LEAST_GAIN = 0.01
"""A smaller part of the error is not worth a change whose reason people must read: assumed."""
BEFORE_DAYS = 90
CYCLE_DAYS = 28
"""Forecasts made within so many days of each other speak of the same days to come: they count as one."""


def proposals(
    place: tuple[str, str], compared: Sequence[Mapping[str, Any]], settings: DecisionSettings
) -> list[dict[str, Any]]:
    """One proposal or refusal per segment of a channel that has listings.

    `compared` has, for each segment: items, origins, error before and after (weighted RMSSE), `change` of it as a share
    (mean, p10, p90), `chance` that the new one is better, the models of both in words, and when each was chosen.
    """
    found = []
    for row in compared:
        if not row["items"]:
            continue
        one = {
            "kind": KIND,
            "subject": "|".join((*place, row["segment"])),
            "from": _side(place, row, "now"),
            "to": _side(place, row, "then"),
        }
        told = {k: row[k] for k in ("items", "origins", "error_before", "error_after", "change", "chance")}
        told |= {"bias_before": row["bias_before"], "bias_after": row["bias_after"], "label": "back-test"}
        why = _cannot(row, settings)
        if why:
            found.append({**one, "to": {}, "status": "refused", "backtest": {}, "why": why, "gain_a_year": None})
        else:
            found.append({**one, "status": "open", "backtest": told, "why": _why(place, row), "gain_a_year": None})
    return found


def _side(place: tuple[str, str], row: Mapping[str, Any], side: str) -> dict[str, Any]:
    here = {"account": place[0], "channel": place[1], "segment": row["segment"]}
    return {**here, "models": row[f"models_{side}"], "chosen_at": row[f"chosen_{side}"].isoformat()}


def _cannot(row: Mapping[str, Any], settings: DecisionSettings) -> str | None:
    if row["origins"] < LEAST_ORIGINS:
        return f"the back-test reaches back {row['origins']} months; {LEAST_ORIGINS} are needed"
    if row["items"] < LEAST_ITEMS:
        return f"the back-test knows {row['items']} listings of this kind; {LEAST_ITEMS} are needed"
    change = row["change"]
    if row["chance"] < settings.sure or change["mean"] > -LEAST_GAIN:
        return (
            f"on months it has not seen the new choice is off by {-change['mean']:+.1%} less than the one in force, "
            f"{row['chance']:.0%} sure; {LEAST_GAIN:.0%} and {settings.sure:.0%} are asked for"
        )
    return None


def _why(place: tuple[str, str], row: Mapping[str, Any]) -> str:
    change = row["change"]
    return (
        f"Listings of {place[1]} that sell {row['segment']}: forecasts from {row['models_then']} instead of "
        f"{row['models_now']} are off by {-change['mean']:.1%} less ({-change['p90']:.1%} to {-change['p10']:.1%}) on "
        f"{row['origins']} months they had not seen, {row['items']} listings. What that is worth cannot be told."
    )


def _row(connection: sa.Connection, side: Mapping[str, Any]) -> Any:
    """(the condition that names a stored choice, the choice or None)."""
    table = FORECAST_MODELS.sql_table()
    at = datetime.fromisoformat(side["chosen_at"])
    here = sa.and_(*(table.c[n] == side[n] for n in ("account", "channel", "segment")), table.c.chosen_at == at)
    return here, connection.execute(sa.select(table).where(here)).one_or_none()


def in_force(connection: sa.Connection, side: Mapping[str, Any]) -> str | None:
    """When the choice in force of a segment was made; None where there is none."""
    table = FORECAST_MODELS.sql_table()
    here = (table.c[n] == side[n] for n in ("account", "channel", "segment"))
    row = connection.execute(
        sa.select(table.c.chosen_at)
        .where(*here, table.c.in_force_at.is_not(None))
        .order_by(table.c.in_force_at.desc(), table.c.chosen_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else row.chosen_at.isoformat()


def put_in_force(connection: sa.Connection, before: Mapping[str, Any], to: Mapping[str, Any], *, at: datetime) -> None:
    """Forecasts go by the new choice from the next one on. Raises Conflict where another choice is in force by now."""
    if in_force(connection, before) != before["chosen_at"]:
        raise Conflict("Another choice is in force since this was proposed.", "The next look proposes anew.")
    here, row = _row(connection, to)
    if row is None:
        raise Conflict("The choice proposed is kept no more.", "The next look proposes anew.")
    connection.execute(FORECAST_MODELS.sql_table().update().where(here).values(in_force_at=at))


def take_back(connection: sa.Connection, before: Mapping[str, Any], after: Mapping[str, Any], number: int) -> None:
    """The choice from before is in force again. Raises Conflict where a later one is."""
    if in_force(connection, after) != after["chosen_at"]:
        raise Conflict(f"Another choice came into force after decision {number}.", "Roll that back first.")
    here, _ = _row(connection, after)
    connection.execute(FORECAST_MODELS.sql_table().update().where(here).values(in_force_at=None))
    if in_force(connection, before) is None:
        raise Conflict("The choice from before is kept no more.", "`opswheel forecast --choose` proposes another.")


def measure(connection: sa.Connection, decision: Any, as_of: datetime) -> dict[str, Any]:
    """How far forecasts of the segment were off before and after, over whole cycles: observational."""
    side = json.loads(decision.to_value)
    before = _cycles(connection, side, decision.at - timedelta(days=BEFORE_DAYS + CYCLE_DAYS), decision.at)
    after = _cycles(connection, side, decision.at, as_of)
    n = {"before": len(before), "after": len(after)}
    told: dict[str, Any] = {"label": "observational", "cycles": n}
    if min(n.values()) < 2:
        why = f"{n['before']} cycles of {CYCLE_DAYS} days before and {n['after']} after are over; 2 of each are needed"
        return {**told, "verdict": "cannot_tell", "why": why}
    a, b = np.array(before), np.array(after)
    parts = [x.var(ddof=1) / len(x) for x in (a, b)]
    error = float(np.sqrt(sum(parts)))
    free = sum(parts) ** 2 / max(sum(p**2 / (len(x) - 1) for p, x in zip(parts, (a, b), strict=True)), 1e-30)
    change = float(b.mean() - a.mean())
    wide = float(stats.t.ppf(0.9, max(free, 1.0))) * error
    verdict = "closer" if change + wide < 0 else "farther" if change - wide > 0 else "cannot_tell"
    return {
        **told,
        "verdict": verdict,
        "wape": {"before": round6(float(a.mean())), "after": round6(float(b.mean()))},
        "wape_change": {"p10": round6(change - wide), "p90": round6(change + wide)},
        "why": f"off by {a.mean():.0%} a listing before, {b.mean():.0%} after",
    }


def _cycles(connection: sa.Connection, side: Mapping[str, Any], first: datetime, last: datetime) -> list[float]:
    """Σ |sold − forecast| ÷ Σ sold of each stretch of 28 days in which forecasts were made, where they are over."""
    table = FORECAST_ACCURACY.sql_table()
    here = [table.c[n] == side[n] for n in ("account", "channel", "segment")]
    rows = connection.execute(
        sa.select(table).where(
            *here, table.c.made_at >= first, table.c.made_at < last, table.c.inside.is_not(None), table.c.sold_units > 0
        )
    )
    found: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for r in rows:
        # what was forecast before a change says nothing of it, though its days may end after it
        stretch = int((r.made_at - first).days // CYCLE_DAYS)
        found[stretch].append((float(r.wape) * r.sold_units, r.sold_units))
    return [sum(e for e, _ in v) / sum(s for _, s in v) for _, v in sorted(found.items())]
