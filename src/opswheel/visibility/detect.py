"""From facts to signals: prepare, observe, cut. One broken detector is a recorded result, not the end of a run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import ibis

from ..core.contracts import COSTS, INBOUND, OBSERVATIONS, SIGNALS, Contract
from ..core.contracts.observations import OBSERVED
from ..core.contracts.prepared import BASELINES, CHANNELS, CUTS, LISTING_NOW, RATE_PRIORS, STOCK_NOW
from ..core.detector import AT_ONCE, Detector, Facts
from ..core.engine import Engine
from ..core.threshold import MONEY, eased
from . import facts as prepared
from .facts import sales, since
from .facts.common import KEY, PLACE, left, newest, shaped
from .facts.stock import supply_days

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

_SUBJECT = ["kind", "subject_key", *KEY]
_LINE = [*_SUBJECT, "name"]
_MEASURES = ("observed", "baseline", "share_lost", "loss_per_day", "stock_value", "amount_at_risk")

OBSERVED_NOW = Contract(
    name="observed_now",
    kind="prepared",
    grain="one row per kind and listing above the loose floor, in this run",
    writer="visibility",
    key=("kind", "subject_key", "sku"),
    columns=(*OBSERVED, next(c for c in OBSERVATIONS.columns if c.name == "detector_version")),
)


@dataclass(frozen=True)
class Observed:
    """What one detector did in a run."""

    kind: str
    rows: int
    seconds: float
    error: str | None = None


def prepare(engine: Engine, fit: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """Make every prepared table. `fit` turns group statistics into rate priors; it is prioritization's."""
    facts = Facts()
    for build in prepared.SCAN_STEPS:
        engine.make(build.__name__, build.__name__, partial(build, facts))
    groups = engine.fetch("rate_groups", lambda: prepared.rate_groups(facts)).to_pylist()
    engine.register(RATE_PRIORS.name, RATE_PRIORS.arrow_table(fit(groups)))
    for build in prepared.BASELINE_STEPS:
        engine.make(build.__name__, build.__name__, partial(build, facts))


def observe(engine: Engine, detectors: Sequence[Detector]) -> list[Observed]:
    """Let every detector look; its rows land in `observed_now`."""
    facts = Facts()
    engine.register(OBSERVED_NOW.name, OBSERVED_NOW.arrow_table([]))
    found = []
    for detector in detectors:
        began = time.perf_counter()
        try:
            rows = engine.append(
                OBSERVED_NOW.name,
                f"observe {detector.kind} {detector.version}",
                partial(_look, detector, facts),
            )
            found.append(Observed(detector.kind, rows, time.perf_counter() - began))
        except Exception as failed:  # a rule is a plug-in: whatever it raises belongs in the record
            message = f"{type(failed).__name__}: {str(failed).splitlines()[0] if str(failed) else ''}"
            found.append(Observed(detector.kind, 0, time.perf_counter() - began, message[:300]))
    return found


def _look(detector: Detector, facts: Facts) -> ir.Table:
    """What a rule sees, under its own kind whatever it says, and without rows that speak of nothing."""
    rows = detector.observe(facts)
    if lacking := [c.name for c in OBSERVED if c.name not in rows.columns]:
        raise TypeError(f"its answer lacks {', '.join(lacking[:3])}: shape it with core.detector.observed")
    rows = rows.filter(rows.account.notnull() & rows.channel.notnull() & rows.subject_key.notnull())
    rows = rows.mutate(kind=ibis.literal(detector.kind), detector_version=ibis.literal(detector.version))
    return shaped(rows, OBSERVED_NOW)


def cut(engine: Engine, *, run_id: int, as_of: Any, remembered: bool) -> None:
    """Apply the cut lines: `signals` holds what passed all of its detector's, `verdicts` each comparison.

    `remembered` says that stored observations are mounted, from which an issue that once fired is held until
    it passes its release level.
    """
    import pyarrow as pa

    engine.register(
        "this_run", pa.table({"run_id": pa.array([run_id], pa.int64()), "as_of": pa.array([as_of], pa.timestamp("us"))})
    )
    facts = Facts()
    engine.make("verdicts", "verdicts", lambda: _verdicts(facts))
    if remembered:
        engine.make("held", "held", _held)
    engine.make("signals", f"signals {remembered}", lambda: _signals(facts, remembered=remembered))
    engine.make("observations", "observations", lambda: _observations())


def _this_run() -> ir.Table:
    return ibis.table({"run_id": "int64", "as_of": "timestamp(6)"}, name="this_run")


def _observed() -> ir.Table:
    return OBSERVED_NOW.ibis_table()


def _verdicts(facts: Facts) -> ir.Table:
    """One row per observation and cut line, the most specific version: passed, or held back, or in between.

    Money that cannot be converted is below no cut line: the listing is withheld for its missing rate, not unseen.
    """
    rows = _observed()
    known = facts.table(BASELINES).select(*KEY, "category", "tier")
    rows = rows.select(*_SUBJECT, "onset_day", *_MEASURES)
    rows = left(rows, known, KEY)
    rows = rows.join(facts.table(CHANNELS).select(*PLACE, "today", "unit_rate"), PLACE)
    cuts = facts.table(CUTS)
    pairs = rows.join(
        cuts,
        [
            rows.kind == cuts.kind,
            cuts.account.isnull() | (cuts.account == rows.account),
            cuts.channel.isnull() | (cuts.channel == rows.channel),
            cuts.category.isnull() | (cuts.category == rows.category),
            cuts.tier.isnull() | (cuts.tier == rows.tier),
        ],
        rname="cut_{name}",
    )
    best = ibis.row_number().over(
        group_by=[*(pairs[k] for k in _SUBJECT), pairs.name],
        order_by=[pairs.specific.desc(), pairs.threshold_id.desc()],
    )
    pairs = _sloped(pairs.mutate(_n=best).filter(ibis._["_n"] == 0))
    measured, line = _measured(pairs), _lines(pairs)
    above = pairs.fires == "at or above"
    passed = above.ifelse(measured >= line.value, measured <= line.value).fill_null(False)
    passed |= pairs.unit_rate.isnull() & pairs.measures.isin(MONEY)
    old = pairs.today.delta(pairs.onset_day, unit="day").fill_null(0).clip(lower=0) >= pairs.for_days
    kept = above.ifelse(measured >= line.release, measured <= line.release).fill_null(False)
    return pairs.select(
        *_SUBJECT,
        "name",
        "threshold_id",
        "ordinal",
        "value",
        "release",
        "for_days",
        "fires",
        "measures",
        *_SLOPED,
        floor=line.value,
        measured=measured,
        passed=passed & old,
        kept=(passed | kept) & old,
    )


def _sloped(rows: ir.Table) -> ir.Table:
    """Every cut line of a subject with the slope in force and the sign its floor is eased by: the rule's first line."""

    slope, first = rows.measures == "slope", rows.ordinal == 0
    sign = {f"sign_{name}": rows[name].max(where=first) for name in ("measures", "fires", "value", "release")}
    whole = rows.group_by(_SUBJECT).agg(slope=rows.value.max(where=slope).fill_null(0.0), **sign)
    return rows.filter(~slope).join(whole, _SUBJECT)


@dataclass(frozen=True)
class _Line:
    """What an observation is held against: the cut, and where it lets go."""

    value: Any
    release: Any


def _lines(rows: ir.Table) -> _Line:
    """A cut line as it holds for each observation: a floor in money is eased by how strong the sign is.

    Such a floor lets go with its sign: once passed it is held while the loss reaches what a sign judged by its release
    level would have to. Where a sign never lets go by itself, the floor has no release of its own.
    """
    sign, above = _measured(rows, "sign_measures"), rows.sign_fires == "at or above"
    sloped = rows.measures.isin(MONEY) & (rows.slope > 0)
    slope = sloped.ifelse(rows.slope, 0.0)
    whole = sloped.ifelse(eased(sign, rows.sign_value, above, slope), 1.0)
    held = sloped.ifelse(eased(sign, rows.sign_release, above, slope), 1.0)
    own = (sloped & (rows.sign_release > 0)).ifelse(rows.value * held, ibis.null())
    return _Line(rows.value * whole, ibis.coalesce(rows.release * whole, own))


def _measured(rows: ir.Table, by: str = "measures") -> Any:
    """The column of an observation that its cut line compares."""
    columns = [name for name in _MEASURES if name != "loss_per_day"]
    return ibis.cases(*[(rows[by] == c, rows[c]) for c in columns], else_=rows.loss_per_day)


_SLOPED = {
    "slope": "float64",
    "sign_measures": "string",
    "sign_fires": "string",
    "sign_value": "float64",
    "sign_release": "float64",
}


VERDICTS = {
    "kind": "string",
    "subject_key": "string",
    "account": "string",
    "channel": "string",
    "sku": "string",
    "name": "string",
    "threshold_id": "string",
    "ordinal": "int64",
    "value": "float64",
    "release": "float64",
    "for_days": "int64",
    "fires": "string",
    "measures": "string",
    **_SLOPED,
    "floor": "float64",
    "measured": "float64",
    "passed": "boolean",
    "kept": "boolean",
}


def _held() -> ir.Table:
    """Cut lines between release and cut that an observation passed on a stored day and never let go of since.

    Computed from stored observations and the list of stored runs, never from what the last run remembered: a
    run without an observation of the subject saw it healthy, which lets go.
    """
    verdicts = ibis.table(VERDICTS, name="verdicts")
    band = verdicts.filter(~verdicts.passed & verdicts.kept)
    band = band.select(*_LINE, "value", "release", "for_days", "fires", "measures", *_SLOPED)
    stored = ibis.table(OBSERVATIONS.schema(), name="observations_before")
    seen = stored.select(*_SUBJECT, "as_of", "onset_day", *_MEASURES).join(band, _SUBJECT)
    measured, line, above = _measured(seen), _lines(seen), seen.fires == "at or above"
    old = seen.as_of.date().delta(seen.onset_day, unit="day").fill_null(0).clip(lower=0) >= seen.for_days
    fired = above.ifelse(measured >= line.value, measured <= line.value).fill_null(False) & old
    kept = above.ifelse(measured >= line.release, measured <= line.release).fill_null(False)
    seen = seen.mutate(fired=fired, kept=kept)
    last = seen.group_by(_LINE).agg(last_fired=seen.as_of.max(where=seen.fired)).filter(ibis._.last_fired.notnull())
    seen = seen.join(last, _LINE)
    since_fired = seen.group_by([*_LINE, "last_fired"]).agg(
        kept_runs=(seen.kept & (seen.as_of > seen.last_fired)).sum()
    )
    runs = ibis.table({"run_as_of": "timestamp(6)"}, name="runs_before")
    later = since_fired.join(runs, since_fired.last_fired < runs.run_as_of)
    counted = later.group_by([*_LINE, "kept_runs"]).agg(runs_since=later.count())
    released = counted.filter(counted.kept_runs < counted.runs_since).select(*_LINE)
    return since_fired.select(*_LINE).anti_join(released, _LINE)


def _signals(facts: Facts, *, remembered: bool) -> ir.Table:
    verdicts = ibis.table(VERDICTS, name="verdicts")
    failed = verdicts.filter(~verdicts.passed)
    if remembered:
        failed = failed.anti_join(ibis.table(dict.fromkeys(_LINE, "string"), name="held"), _LINE)
    first = verdicts.filter(verdicts.ordinal == 0).select(*_SUBJECT, "threshold_id")
    unsettled = facts.table(BASELINES).filter(ibis._.intent.isin(["dead", "unknown"]))
    batch = _observed().filter(ibis._.share_state.isin(["not_buyable", "hidden", "out_of_stock"]))
    batch = batch.filter(ibis._.starts_day.isnull()).semi_join(unsettled, KEY)  # gathered, however small
    failed = failed.anti_join(batch, _SUBJECT)
    rows = _observed().anti_join(failed, _SUBJECT)
    rows = left(rows, first, _SUBJECT)
    known = facts.table(BASELINES).select(*KEY, "category", "title", "tier", "intent")
    rows = left(rows, facts.table(LISTING_NOW).select(*KEY, "brand"), KEY)
    rows = left(rows, known, KEY).cross_join(_this_run())
    cheap = (rows.share_state == "price_gap") & rows.intent.notnull()
    own_money = rows.share_state.isin(AT_ONCE) | (rows.sku == "")  # what is not meant to sell may still cost cash
    return shaped(rows.filter((rows.intent != "off") | cheap | own_money), SIGNALS)


def _observations() -> ir.Table:
    return shaped(_observed().cross_join(_this_run()), OBSERVATIONS)


def look_closer(engine: Engine) -> None:
    """Make `since_onset` and `siblings` for the signals, looking first at days nobody had asked for yet."""
    facts = Facts()
    engine.make("signals_now", "signals_now", lambda: since.signals_now(facts))
    more = engine.fetch("missing_focus", lambda: since.missing_focus(facts))
    if more.num_rows:
        engine.register("focus_keys", more)
        engine.append("focus_days", "focus_days", lambda: sales.focus_days(facts))
    engine.make("since_onset", "since_onset", lambda: since.since_onset(facts))
    engine.make("siblings", "siblings", lambda: since.siblings(facts))


def signal_rows(engine: Engine) -> pa.Table:
    """Every signal with all the sufficient statistics its money needs: the small result that leaves the engine."""
    return engine.fetch("signal_rows", _signal_rows)


def _signal_rows() -> ir.Table:
    facts = Facts()
    rows = facts.table(SIGNALS)
    known = facts.table(BASELINES).drop("category", "title", "tier", "intent", "item_id")
    rows = left(rows, known, KEY)
    for build in (since.since_onset, since.siblings):
        rows = left(rows, ibis.table(build(facts).schema(), name=build.__name__), [*KEY, "kind"])
    rows = left(rows, _unit_costs(facts), KEY)
    today = facts.table(CHANNELS).select(*PLACE, "today")
    rows = rows.join(today, PLACE).mutate(sku=rows.sku.nullif(""))
    return rows.order_by(["kind", "subject_key", *KEY])


def _unit_costs(facts: Facts) -> ir.Table:
    """What a unit costs in reporting currency, where the cost is told in the channel's own."""
    told = facts.now(COSTS)
    told = newest(told, told.day.desc())
    told = told.join(facts.table(CHANNELS).select(*PLACE, "unit_rate", place_currency="currency"), PLACE)
    told = told.filter(told.currency.isnull() | (told.currency == told.place_currency))
    minor = told.unit_cost_minor + told.unit_fees_minor.fill_null(0)
    return told.select(*KEY, unit_cost=minor * told.unit_rate)


def _of_pools(facts: Facts) -> ir.Table:
    """The listings whose pool has a signal."""
    signals = facts.table(SIGNALS)
    return signals.filter(signals.subject_type == "stock_pool").select(*KEY).distinct()


def stock_rows(engine: Engine) -> pa.Table:
    """Stock, fastest way to more, and reported inbound of every listing whose pool has a signal."""
    return engine.fetch("stock_rows", _stock_rows)


def _stock_rows() -> ir.Table:
    facts = Facts()
    told = supply_days(facts)
    rows = facts.table(STOCK_NOW).semi_join(_of_pools(facts), KEY)
    rows = left(rows, told.group_by(KEY).agg(fastest_days=told.days.min()), KEY)
    columns = ("assumed_lead_days", "assumed_receive_days", "shipped_arrives_days", "receiving_arrives_days")
    rows = rows.join(facts.table(CHANNELS).select(*PLACE, *columns), PLACE)
    return rows.select(
        *KEY,
        "pool",
        "sellable_units",
        "transfer_units",
        "inbound_shipped_units",
        "inbound_receiving_units",
        "shipped_arrives_days",
        "receiving_arrives_days",
        fastest_days=ibis.coalesce(rows.fastest_days, rows.assumed_lead_days + rows.assumed_receive_days),
        lead_told=rows.fastest_days.notnull(),
    ).order_by(["pool", *KEY])


def inbound_rows(engine: Engine) -> pa.Table:
    """Units on their way to those pools, by the day they arrive."""
    return engine.fetch("inbound_rows", _inbound_rows)


def _inbound_rows() -> ir.Table:
    facts = Facts()
    rows = facts.now(INBOUND).semi_join(_of_pools(facts), KEY)
    rows = rows.join(facts.table(CHANNELS).select(*PLACE, "today"), PLACE)
    rows = rows.mutate(in_days=rows.eta.delta(rows.today, unit="day"))
    return rows.select(*KEY, "in_days", "units").order_by([*KEY, "in_days", "units"])


def prepare_all(engine: Engine) -> None:
    """Every prepared table under a flat prior, for questions that need no velocity of similar listings."""
    prepare(engine, lambda _: [])
