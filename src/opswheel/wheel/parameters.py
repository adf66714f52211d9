"""What a run's answer depends on besides facts: settings, cut lines, and what closes have taught."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..core.contracts import OUTCOMES
from ..core.detector import Detector
from ..core.settings import Settings
from ..core.spokes import spoke_of
from ..decisions import thresholds
from ..learning import posteriors
from ..prioritization import natural_life
from ..prioritization.issues import BATCH_KINDS
from ..prioritization.ranking import Capacity, Confidence
from ..prioritization.revenue_at_risk import Learned
from ..resolution import incidents
from ..resolution.playbook import load
from .compute import Parameters
from .rerouting import routes_in_force

WITHOUT_A_RULE = (*BATCH_KINDS, "volume_guard")
HELD_DAYS = 28
"""How far back a run looks at stored observations for hysteresis."""
CAPACITY_DAYS = 28
ENOUGH_CLOSES = 10


def current_parameters(  # noqa: PLR0913
    connection: sa.Connection,
    settings: Settings,
    detectors: Sequence[Detector],
    as_of: datetime,
    *,
    write: bool = True,
    playbooks: Path | None = None,
) -> Parameters:
    """The parameters in force at `as_of`; seeds the detectors' own cut lines where the ledger lacks them.

    `playbooks` is the folder of the pages the team wrote itself: the minutes they name are remembered with the run.
    """
    if write:
        thresholds.seed(connection, detectors)
    record = {
        "settings": settings.model_dump(mode="json"),
        "thresholds": [_plain(v) for v in thresholds.in_force(connection, as_of)],
        "posteriors": [_plain(v) for v in posteriors.newest(connection, as_of)],
        "capacity": _closes_per_day(connection, as_of),
        "routes": [r.model_dump() for r in routes_in_force(connection, settings)],
        "detectors": {d.kind: d.version for d in detectors},
        "minutes": {kind: load(kind, playbooks).minutes for kind in (*(d.kind for d in detectors), *WITHOUT_A_RULE)},
        "incidents": {i.fingerprint: n for n, members in incidents.by_hand(connection).items() for i in members},
    }
    if settings.growth.momentum:
        record["multipliers"] = _multipliers(connection, detectors, as_of, write=write)
    return _built(record, detectors)


def recorded_parameters(run: Any, detectors: Sequence[Detector]) -> Parameters:
    """The parameters a finished run recorded."""
    return _built(json.loads(run.parameters), detectors)


def _multipliers(
    connection: sa.Connection, detectors: Sequence[Detector], as_of: datetime, *, write: bool
) -> list[dict[str, Any]]:
    """Follow-on days by kind and age: literature's, kept from the first run on, where nothing was calibrated."""
    from ..growth import multipliers

    kinds = {d.kind: spoke_of(d) for d in detectors if d.loss == "sales"}
    if write:
        multipliers.seed(connection, kinds)
    found = multipliers.in_force(connection, as_of)
    known = {row["kind"] for row in found}
    return found + multipliers.rows({kind: spoke for kind, spoke in kinds.items() if kind not in known})


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()}


def _built(record: dict[str, Any], detectors: Sequence[Detector]) -> Parameters:
    settings = Settings.model_validate(record["settings"])
    learned = {(p["parameter"], p["kind"]): p for p in record["posteriors"] if not p["segment"]}
    kinds = [d.kind for d in detectors] + list(WITHOUT_A_RULE)
    team = settings.team
    return Parameters(
        settings=settings,
        thresholds=record["thresholds"],
        confidence=_confidences(kinds, record["posteriors"], learned, record.get("minutes", {})),
        capacity=Capacity(record["capacity"], team.operators * team.hours_per_day * 60),
        learned=_learned(record["posteriors"]),
        follow_on=_follow_on(record.get("multipliers", ())),
        record=record,
    )


def _confidences(
    kinds: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    learned: Mapping[tuple[str, str], Mapping[str, Any]],
    minutes: Mapping[str, float],
) -> dict[str, Confidence]:
    """By kind; and by `kind@tier=1` where closes of a tier say something of their own."""
    found = {kind: _confidence(kind, learned, minutes) for kind in kinds}
    names = {"precision": "p_real", "fix_works": "p_fix", "minutes": "minutes"}
    for row in rows:
        if row["segment"] and row["kind"] in found and row["parameter"] in names:
            key = f"{row['kind']}@{row['segment']}"
            found[key] = replace(found.get(key, found[row["kind"]]), **{names[row["parameter"]]: float(row["mean"])})
    return found


def _confidence(
    kind: str, learned: Mapping[tuple[str, str], Mapping[str, Any]], minutes: Mapping[str, float]
) -> Confidence:
    def mean(parameter: str, otherwise: float) -> float:
        row = learned.get((parameter, kind))
        return float(row["mean"]) if row else otherwise

    page = minutes.get(kind, load(kind).minutes)
    told = learned.get(("minutes", kind))
    learned_from = told["n"] if told else 0  # until a close tells, an edited page counts with the next run
    a, b = posteriors.PRECISION_PRIORS.get(kind, posteriors.PRECISION_PRIOR)
    fix_a, fix_b = posteriors.FIX_PRIOR
    return Confidence(
        p_real=mean("precision", a / (a + b)),
        p_fix=mean("fix_works", fix_a / (fix_a + fix_b)),
        minutes=mean("minutes", page) if learned_from else page,
    )


def _learned(rows: Sequence[Mapping[str, Any]]) -> Learned:
    lives = {r["kind"]: json.loads(r["detail"]).get("samples", []) for r in rows if r["parameter"] == "natural_life"}
    told = {r["kind"]: json.loads(r["detail"]) for r in rows if r["parameter"] == "life_as_worked"}
    return Learned(
        survival=natural_life.learn(lives),
        ends_after=natural_life.as_worked({k: (d.get("ended", []), d.get("open", [])) for k, d in told.items()}),
        share={r["kind"]: (r["mean"], r["var"]) for r in rows if r["parameter"] == "share_lost"},
    )


def _follow_on(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        found.setdefault(row["kind"], []).append((float(row["age_days"]), float(row["mean"])))
    return found


def _closes_per_day(connection: sa.Connection, as_of: datetime) -> float | None:
    """Closes by people a day over the last four weeks, once there are enough to mean something."""
    outcomes = OUTCOMES.sql_table()
    since = as_of - timedelta(days=CAPACITY_DAYS)
    n, first = connection.execute(
        sa.select(sa.func.count(), sa.func.min(outcomes.c.at)).where(outcomes.c.at > since, outcomes.c.at <= as_of)
    ).one()
    if n < ENOUGH_CLOSES:
        return None
    days: float = max(1.0, (as_of - first).total_seconds() / 86_400)
    return float(n) / days
