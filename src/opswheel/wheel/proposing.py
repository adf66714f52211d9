"""Once a week, after a run: what closes and stored observations say should be done otherwise. Nothing changes silently.

Proposals wait for a person. Only where a lead named a kind in `[decisions] automatic` is the first cut proposal of
that kind put into force by the wheel itself, within the same bounds, as a decision like any other.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..core.contracts import OBSERVATIONS, OUTCOMES, RUNS
from ..core.engine import Engine, Selection
from ..core.money import show_money
from ..decisions import backtest, catalog_rules, cuts, judging, prevention, price_paths, record, reviews, thresholds
from ..decisions.cuts import Known
from ..decisions.standing import standing
from ..learning import labels, posteriors, repeats
from ..storage.lake import files_at, manifest_version
from . import attributes, teaching
from .compute import Computed, Parameters

if TYPE_CHECKING:
    from .run import Wheel

_log = logging.getLogger("opswheel.run")
WEEKS = 26
CAPACITY_DAYS = 28
WORKING_DAYS = 5
ENOUGH_ENDS = 20
"""Natural ends from which a kind's own life counts."""


def look_back(wheel: Wheel, computed: Computed) -> teaching.Lessons | str | None:
    """The weekly look while the engine is open; None on other days. A look that fails is told, and stops no run."""
    try:
        return teaching.look(wheel.ledger, wheel.lake, computed)
    except Exception as failed:  # the run's own answer stands, whatever goes wrong here
        return _reason(failed)


def rules_broken(wheel: Wheel, computed: Computed) -> list[dict[str, Any]] | None:
    """Listings that break a catalog rule in force this morning; None where the look fails: the last one stays."""
    as_of = computed.morning.as_of
    try:
        with wheel.ledger.read() as connection:
            held = standing(connection, catalog_rules.KIND)
        places = [r["from"] | r["to"] | {"id": r["id"]} for r in held]
        return attributes.breaks(computed.engine, places, as_of)
    except Exception:  # the run's own answer stands, whatever goes wrong here
        _log.exception("which listings break a catalog rule could not be told; the last list stays")
        return None


def turn(
    wheel: Wheel,
    parameters: Parameters,
    lessons: teaching.Lessons | str | None,
    as_of: datetime,
    broken: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    """Store what was learned and what is proposed, after the run was published; what is None stays as it is."""
    if broken is not None:
        with wheel.ledger.write() as connection:
            attributes.keep(connection, broken)
    if lessons is None:
        return
    try:
        if isinstance(lessons, str):
            raise RuntimeError(lessons)
        made = propose(wheel, parameters, lessons, as_of)
    except Exception as failed:
        made = {"threshold": [_failed(_reason(failed))]}
    with wheel.ledger.write() as connection:
        for kind, rows in made.items():
            numbers = record.put(connection, kind, rows, as_of=as_of)
            if kind == "threshold":
                _automatic(connection, wheel, rows, numbers, as_of)
        judging.judge_due(connection, as_of, None if isinstance(lessons, str) else lessons.named)


def _reason(failed: Exception) -> str:
    words = str(failed).splitlines()[0] if str(failed) else ""
    return f"{type(failed).__name__}: {words}"[:300]


def _failed(reason: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": "threshold",
        "subject": "the weekly look",
        "status": "refused",
        "from": {},
        "to": {},
    }
    return told | {"backtest": {}, "why": f"it failed, and is tried again next week: {reason}", "gain_a_year": None}


def propose(
    wheel: Wheel, parameters: Parameters, lessons: teaching.Lessons, as_of: datetime
) -> dict[str, list[dict[str, Any]]]:
    """This week's proposals by kind; also stores repeats, grades, missed losses and what is put up for a look."""
    settings = parameters.settings
    minutes = {kind: c.minutes for kind, c in parameters.confidence.items()}
    with wheel.ledger.read() as connection:
        found = repeats.count(repeats.closes(connection, as_of, minutes), as_of)
        backlog = repeats.backlog(found)
        decided = {(p["root_cause"], p["kind"]) for p in prevention.planned(connection)}
        owners = prevention.owners(connection)
        routes = reviews.routes(connection, as_of, minutes, settings.decisions.wage_per_hour)
        more = _of_facts(connection, wheel, parameters, lessons, as_of)
    threshold, below = _cut_proposals(wheel, parameters, lessons, as_of)
    weekly = settings.team.operators * settings.team.hours_per_day * 60 * WORKING_DAYS
    chosen = labels.choose(below, settings.decisions.exploration, weekly, as_of.date().isoformat())
    with wheel.ledger.write() as connection:
        repeats.keep(connection, found)
        teaching.keep(connection, lessons, as_of)
        labels.put_up(connection, chosen, seen_at=as_of)
    causes = prevention.proposals(
        [r for r in backlog if (r["root_cause"], r["kind"]) not in decided],
        wage=settings.decisions.wage_per_hour,
        hours=settings.decisions.prevention_hours,
        margin=settings.money.contribution_margin,
        currency=settings.money.reporting_currency,
        owners=owners,
    )
    return {"threshold": threshold, "prevention": causes, "route": routes, **more}


def _of_facts(
    connection: sa.Connection, wheel: Wheel, parameters: Parameters, lessons: teaching.Lessons, as_of: datetime
) -> dict[str, list[dict[str, Any]]]:
    """Catalog rules and price paths, from what facts and closes say together."""
    settings = parameters.settings
    margin, currency = settings.money.contribution_margin, settings.money.reporting_currency
    paths = {d["subject"]: d["to"] for d in standing(connection, price_paths.KIND)}
    own = {d.kind: margin if d.loss == "sales" else 1.0 for d in wheel.detectors}
    rules = catalog_rules.proposals(
        lessons.named or catalog_rules.Named(),
        catalog_rules.closes(connection, as_of),
        [d["subject"] for d in standing(connection, catalog_rules.KIND)],
        settings.decisions,
        as_of=as_of,
        margin=margin,
        currency=currency,
    )
    return {
        catalog_rules.KIND: rules,
        price_paths.KIND: price_paths.proposals(
            lessons.moves, paths, settings.decisions, margin=own, currency=currency
        ),
    }


def _cut_proposals(
    wheel: Wheel, parameters: Parameters, lessons: teaching.Lessons, as_of: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(proposals and refusals, what was seen below the cuts this morning)."""
    versions = parameters.thresholds
    with wheel.ledger.read() as connection:
        before = thresholds.in_force(connection, as_of - thresholds.QUARTER)
    found, refused = cuts.segments(wheel.detectors, versions, lessons.dollar, before)
    out: list[dict[str, Any]] = []
    below: list[dict[str, Any]] = []
    for loss in sorted({d.loss for d in wheel.detectors if d.tunable}):
        kinds = {d.kind for d in wheel.detectors if d.tunable and d.loss == loss}
        own = [s for s in found if s.kind in kinds]
        if not own:
            continue
        margin = parameters.settings.money.contribution_margin if loss == "sales" else 1.0
        engine = wheel.make_engine()
        try:
            weeks = _mounted(wheel, engine, own, parameters, lessons, as_of)
            with wheel.ledger.read() as connection:
                known = _known(connection, parameters, margin, lessons.dollar, as_of)
            out += cuts.propose(engine, own, known, weeks)
            below += backtest.below(engine).to_pylist()
        finally:
            engine.close()
    out.sort(key=lambda p: (p["status"] != "open", -(p["gain_a_year"] or 0.0), p["subject"]))
    return out + [_refused(kind, why) for kind, why in refused], below


def _refused(kind: str, why: str) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": "threshold", "subject": kind, "status": "refused", "from": {}, "to": {}}
    return told | {"backtest": {}, "why": why, "gain_a_year": None}


def _mounted(  # noqa: PLR0913
    wheel: Wheel,
    engine: Engine,
    found: Sequence[cuts.Segment],
    parameters: Parameters,
    lessons: teaching.Lessons,
    as_of: datetime,
) -> float:
    """Make the back-test's tables; returns how many weeks of runs stand behind them."""
    since = as_of - timedelta(weeks=WEEKS)
    with wheel.ledger.read() as connection:
        stored = files_at(connection, manifest_version(connection), [OBSERVATIONS.name])
        said = labels.worked(connection, as_of, since)
        runs = RUNS.sql_table()
        first = connection.execute(
            sa.select(sa.func.min(runs.c.as_of)).where(runs.c.finished_at.is_not(None), runs.c.as_of >= since)
        ).scalar()
    paths = tuple(wheel.lake.root / f.path for f in stored if f.to_day is None or f.to_day >= since.date())
    engine.mount(OBSERVATIONS, "observations_stored", Selection(paths))
    lives = {s.kind: _life(parameters, s.kind) for s in found}
    engine.register("listing_tiers", lessons.tiers)
    engine.register("cut_axes", cuts.ladder(found, lives))
    engine.register("cut_pairs", cuts.pairs_table(found, cuts.pairs(found, parameters.settings.decisions)))
    engine.register("worked", backtest.table(backtest.WORKED, said))
    days = {"newest": as_of.date(), "oldest": since.date()}
    engine.register("last_day", backtest.table(backtest.LAST_DAY, [days]))
    backtest.collapse(engine)
    return 0.0 if first is None else (as_of - first).total_seconds() / 86_400 / 7


def _life(parameters: Parameters, kind: str) -> float:
    """Days a problem of a kind lasts if ignored: learned from enough natural ends, else the policy horizon."""
    horizon = float(parameters.settings.horizon.days)
    row = next(
        (p for p in parameters.record["posteriors"] if (p["parameter"], p["kind"]) == ("natural_life", kind)), None
    )
    return min(horizon, float(row["mean"])) if row is not None and row["n"] >= 20 and row["mean"] > 0 else horizon


def _known(connection: sa.Connection, parameters: Parameters, margin: float, dollar: float, as_of: datetime) -> Known:
    settings = parameters.settings
    weekly = settings.team.operators * settings.team.hours_per_day * 60 * WORKING_DAYS
    used = _minutes_used(connection, as_of)
    spare = {kind: weekly - sum(m for k, m in used.items() if k != kind) for kind in parameters.confidence}
    return Known(
        settings=settings.decisions,
        margin=margin,
        currency=settings.money.reporting_currency,
        dollar=dollar,
        minutes={kind: c.minutes for kind, c in parameters.confidence.items()},
        precision={kind: a / (a + b) for kind, (a, b) in posteriors.PRECISION_PRIORS.items()},  # labels come on top
        lives={},
        spare=spare,
    )


def _minutes_used(connection: sa.Connection, as_of: datetime) -> Mapping[str, float]:
    """Minutes a week people spent on each kind over the last four."""
    outcomes = OUTCOMES.sql_table()
    since = as_of - timedelta(days=CAPACITY_DAYS)
    rows = connection.execute(
        sa.select(outcomes.c.kind, sa.func.sum(outcomes.c.minutes))
        .where(outcomes.c.at > since, outcomes.c.at <= as_of)
        .group_by(outcomes.c.kind)
    )
    return {row[0]: float(row[1] or 0.0) / (CAPACITY_DAYS / 7) for row in rows}


def _automatic(
    connection: sa.Connection,
    wheel: Wheel,
    made: Sequence[Mapping[str, Any]],
    numbers: Sequence[int],
    as_of: datetime,
) -> None:
    """The first open cut proposal of a kind a lead switched on is accepted; one a week."""
    settings = wheel.settings.decisions
    for number, one in zip(numbers, made, strict=True):
        if one["status"] == "open" and one["subject"].partition("@")[0] in settings.automatic:
            currency = wheel.settings.money.reporting_currency
            why = f"[decisions] automatic names this kind; worth {show_money(one['gain_a_year'], currency)} a year"
            record.accept(connection, number, settings, by="opswheel", at=as_of, why=why, automatic=True)
            return
