"""One morning computed: facts → signals → exposures → order. Reads everything, writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.contracts import OBSERVATIONS
from ..core.contracts.prepared import BASELINES, CUTS
from ..core.detector import Detector
from ..core.engine import Engine, Selection
from ..core.identity import subject_key
from ..core.money import Estimate
from ..core.settings import Settings
from ..decisions.thresholds import cuts
from ..prioritization import ranking
from ..prioritization.momentum import FollowOn
from ..prioritization.ranking import Capacity, Confidence, Extra, Ranked
from ..prioritization.revenue_at_risk import Exposures, Learned, expose
from ..prioritization.totals import total
from ..prioritization.velocity import fit_groups
from ..storage.lake import LakeFile
from ..visibility import detect, freshness
from ..visibility.freshness import Blind
from .inputs import Morning, missing_rates, mount

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

MakeEngine = Callable[[], Engine]
LeftOut = Callable[["pa.Table"], Collection[str]]
"""Which fingerprints, given the signals, nobody is to work: closed as accepted, or said fixed and not yet due."""
HEADLINE_LANES = ("deadlines", "queue", "watch")
"""Lanes whose sales count in open revenue at risk; the others are told apart."""
GUARD_SHARE, GUARD_LISTINGS = 0.05, 500


@dataclass(frozen=True)
class Parameters:
    """Everything besides facts that a run's answer depends on; recorded with the run so that it can be replayed."""

    settings: Settings
    thresholds: Sequence[dict[str, Any]]
    confidence: Mapping[str, Confidence]
    capacity: Capacity
    learned: Learned
    record: Mapping[str, Any]
    follow_on: FollowOn = field(default_factory=dict)


@dataclass
class Computed:
    """The answer of one morning. `engine` still holds its tables, for whoever writes them."""

    morning: Morning
    signals: pa.Table
    exposures: Exposures
    ranked: Ranked
    detectors: list[detect.Observed]
    blind: list[Blind]
    missing_rates: Mapping[str, str]
    risk: Estimate
    avoidable: Estimate
    given_away: Estimate
    n_open: int
    engine: Engine


def look(  # noqa: PLR0913
    engine: Engine,
    seen: Morning,
    root: Path,
    detectors: Sequence[Detector],
    thresholds: Sequence[dict[str, Any]],
    *,
    run_id: int,
    history: Sequence[LakeFile] = (),
    runs: Sequence[datetime] = (),
) -> list[detect.Observed]:
    """Facts to signals, in the engine. `history` are stored observations, for hysteresis."""
    mount(engine, seen, root)
    dollars = seen.rates.get("USD") or 1.0
    engine.register(CUTS.name, CUTS.arrow_table(cuts(thresholds, detectors, dollars)))
    detect.prepare(engine, fit_groups)
    found = detect.observe(engine, detectors)
    if history:
        engine.mount(OBSERVATIONS, "observations_before", Selection(tuple(root / f.path for f in history)))
        engine.register("runs_before", _runs_before(runs))
    detect.cut(engine, run_id=run_id, as_of=seen.as_of, remembered=bool(history))
    return found


def _runs_before(runs: Sequence[datetime]) -> pa.Table:
    import pyarrow as pa

    return pa.table({"run_as_of": pa.array(list(runs), pa.timestamp("us"))})


def compute(  # noqa: PLR0913
    make_engine: MakeEngine,
    seen: Morning,
    root: Path,
    detectors: Sequence[Detector],
    parameters: Parameters,
    *,
    run_id: int,
    history: Sequence[LakeFile] = (),
    runs: Sequence[datetime] = (),
    left_out: LeftOut = lambda _: (),
) -> Computed:
    """The whole answer of one morning."""
    engine = make_engine()
    found = look(engine, seen, root, detectors, parameters.thresholds, run_id=run_id, history=history, runs=runs)
    detect.look_closer(engine)
    signals = detect.signal_rows(engine)
    by_kind = {d.kind: d for d in detectors}
    exposures = expose(
        signals,
        by_kind,
        stock=detect.stock_rows(engine).to_pylist(),
        inbound=detect.inbound_rows(engine).to_pylist(),
        horizon=parameters.settings.horizon.days,
        learned=parameters.learned,
    )
    missing = missing_rates(seen)
    keep, withheld = ranking.withhold(signals, exposures, missing)
    revenue, listings = _channel_sums(engine)
    ranked = ranking.rank(
        signals,
        exposures,
        keep,
        by_kind,
        confidence=parameters.confidence,
        capacity=parameters.capacity,
        contribution_margin=parameters.settings.money.contribution_margin,
        day_revenue=sum(revenue.values()),
        as_of=seen.as_of,
        rule=parameters.settings.ranking.rule,
        missing=missing,
        extras=volume_guard(signals, by_kind, listings),
        pooled=parameters.settings.ranking.pooled,
        left_out=left_out(signals),
        follow_on=parameters.follow_on,
        by_hand=parameters.record.get("incidents", {}),
    )
    ranked.withheld = withheld + ranked.withheld
    currency = parameters.settings.money.reporting_currency
    rows = ranking.headline_rows(ranked, exposures, HEADLINE_LANES)
    blind = freshness.blind_sources(
        seen.selected, seen.readers, seen.today, detectors, expected_reports(parameters.settings, seen)
    )
    return Computed(
        morning=seen,
        signals=signals,
        exposures=exposures,
        ranked=ranked,
        detectors=found,
        blind=freshness.priced(blind, revenue),
        missing_rates=missing,
        risk=total(exposures, rows, "risk", currency),
        avoidable=total(exposures, rows, "avoidable", currency),
        given_away=total(
            exposures, ranking.headline_rows(ranked, exposures, ("stop_selling",), margin=True), "avoidable", currency
        ),
        n_open=sum(r is not None for r in ranked.columns["rank"]),
        engine=engine,
    )


def volume_guard(
    signals: pa.Table, detectors: Mapping[str, Detector], listings: Mapping[tuple[str, str], int]
) -> list[Extra]:
    """A row "is this cut right for you?" where a tunable rule fires on more than 5 % of at least 500 listings.

    It adds to the issues, it never takes one away. States such as out of stock have no cut to be wrong.
    """
    fired: dict[tuple[str, str, str], set[str]] = {}
    columns = (signals.column(c).to_pylist() for c in ("kind", "account", "channel", "sku"))
    for kind, account, channel, sku in zip(*columns, strict=True):
        if detectors[kind].tunable:
            fired.setdefault((kind, account, channel), set()).add(sku)
    found = []
    for (kind, account, channel), skus in sorted(fired.items()):
        meant = listings.get((account, channel), 0)
        if meant >= GUARD_LISTINGS and len(skus) > GUARD_SHARE * meant:
            sentence = f"Is this cut right for you? {detectors[kind].title}: {len(skus):,} of {meant:,} listings"
            key = subject_key(account, channel, kind)
            why = "a rule that fires this often may be cut wrong"
            found.append(Extra("volume_guard", account, channel, key, sentence, why))
    return found


def _channel_sums(engine: Engine) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], int]]:
    """Healthy revenue per day and number of listings of each channel, of listings meant to sell."""

    def build() -> ir.Table:
        rows = BASELINES.ibis_table()
        rows = rows.filter(rows.intent.isin(["sell", "sell_through"]))
        return rows.group_by(["account", "channel"]).agg(revenue=rows.revenue_per_day.sum(), listings=rows.count())

    rows = engine.fetch("channel sums", build).to_pylist()
    places = {(r["account"], r["channel"]): r for r in rows}
    revenue = {place: float(r["revenue"] or 0.0) for place, r in places.items()}
    return revenue, {place: int(r["listings"]) for place, r in places.items()}


def expected_reports(settings: Settings, seen: Morning) -> dict[tuple[str, str], tuple[str, ...]]:
    """The reports the settings list for each channel, so that one never loaded can be missed."""
    expected: dict[tuple[str, str], tuple[str, ...]] = {}
    for name, own in settings.channels.items():
        account, _, channel = name.rpartition("/")
        for place in seen.today:
            if place[1] == channel and account in ("", place[0]) and own.reports:
                expected[place] = own.reports
    return expected


def sentences(computed: Computed, detectors: Mapping[str, Detector]) -> list[str]:
    """What is wrong with each issue, in the detector's own words."""
    ranked, signals = computed.ranked, computed.signals
    needed = ("cause", "starts_day", "observed", "baseline", "evidence", "onset_day")
    columns = {name: signals.column(name).to_pylist() for name in needed}
    out = []
    for kind, first, told in zip(*(ranked.columns[c] for c in ("kind", "first", "sentence")), strict=True):
        row = {} if told else {name: columns[name][first] for name in needed}
        out.append((told or detectors[kind].sentence(row))[:120])
    return out
