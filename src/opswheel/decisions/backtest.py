"""What other cut lines would have caught, from the observations every run stored: sums only, made in the engine.

An *episode* is one subject seen by one rule without a gap of more than a week. Its *strength* is the strictest step
of a fixed ladder of cuts it ever passed on both axes, percent and floor. A candidate cut, whose floor a slope may ease,
catches it on the first day it passes. What an episode puts at stake is its loss a day times the days it lasts if nobody
acts: the days it was seen, where it ended by itself; else the kind's life.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from ..core.contracts import OBSERVATIONS
from ..core.detector import AT_ONCE
from ..core.engine import Engine
from ..core.threshold import eased

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

RATIO = 1.5**0.5
"""Neighbouring steps of the ladder of cuts differ by this factor."""
BELOW, STEPS = 4, 17
"""The cut in force stands on step `BELOW` of `STEPS`, counted from 0: the ladder reaches from 0.44 to 11 times it."""
GAP_DAYS = 7
OPEN_DAYS = 7
"""An episode seen within so many days of the last run may go on."""
SUBJECT = ["kind", "account", "channel", "subject_key", "sku"]
_MEASURES = ("observed", "baseline", "share_lost", "stock_value", "amount_at_risk")

AXES = {
    "kind": "string",
    "tier": "int64",
    "segment": "string",
    **{f"{axis}_{name}": kind for axis in "ab" for name, kind in (("measures", "string"), ("sign", "float64"))},
    **{f"{axis}_days": "int64" for axis in "ab"},
    **{f"{axis}{n}": "float64" for axis in "ab" for n in range(STEPS)},
    "life_days": "float64",
}
"""One row per kind and tier: which columns its cuts compare, the ladder of each, how long it lasts if ignored."""
LAST_DAY = {"newest": "date", "oldest": "date"}
PAIRS = {
    **{"segment": "string", "i": "int64", "j": "int64", "k": "int64"},
    **{"line": "float64", "above": "boolean", "floor": "float64", "slope": "float64"},
}
"""One row per segment and candidate cut: its steps on both ladders, its step of slope, and the values they come to.
`floor` is null where the rule has no second cut line."""
TIERS = {"account": "string", "channel": "string", "sku": "string", "listed_tier": "int64"}
WORKED = {
    "kind": "string",
    "account": "string",
    "channel": "string",
    "subject_key": "string",
    "from_day": "date",
    "to_day": "date",
    "label": "float64",
    "fixed": "boolean",
    "by": "string",
    "weekday": "int64",
}
"""What people said of alarms: 1 right, 0 wrong, null cannot tell; `fixed` where somebody ended it."""


def collapse(engine: Engine) -> None:
    """Make `test_days`, `episodes` and `catches` from `observations_stored`, `listing_tiers`, `cut_axes`,
    `cut_pairs`, `worked` and `last_day`."""
    engine.make("test_days", "backtest days", _days)
    engine.make("test_episodes", "backtest episodes", _episodes)
    engine.make("catches", "backtest catches", _catches)


def cells(engine: Engine) -> pa.Table:
    """Per segment, candidate cut (i, j, k), strength and label: how many episodes it catches, and dollars saved.

    Rows with i = j = −1 hold all episodes and what is at stake.
    """
    return engine.fetch("backtest cells", _cells)


def arrivals(engine: Engine) -> pa.Table:
    """Per segment, the cut line's own week, and strength on the first axis: how many episodes began."""
    return engine.fetch("backtest arrivals", _arrivals)


def labelled(engine: Engine) -> pa.Table:
    """Every labelled episode: segment, strength, label, who said so, on which weekday."""
    return engine.fetch("backtest labels", _labelled)


def _value(rows: ir.Table, axis: str) -> Any:
    """What an observation shows on an axis."""
    named = rows[f"{axis}_measures"]
    return ibis.cases(*[(named == c, rows[c]) for c in _MEASURES], else_=rows.loss_per_day).cast("float64")


def _step(rows: ir.Table, axis: str) -> Any:
    """How many steps of an axis's ladder an observation passes; 0 while its trouble is too young for the cut."""
    named = rows[f"{axis}_measures"]
    signed = _value(rows, axis) * rows[f"{axis}_sign"]
    passed: Any = ibis.literal(0)
    for n in range(STEPS):
        passed = passed + (signed >= rows[f"{axis}{n}"] * rows[f"{axis}_sign"]).fill_null(False).cast("int64")
    whole = (named == "").ifelse(STEPS, passed)
    return _old(rows, axis).ifelse(whole, 0)


def _old(rows: ir.Table, axis: str) -> Any:
    """Whether the trouble is old enough for an axis's cut."""
    return rows.as_of.date().delta(rows.onset_day, unit="day").fill_null(0).clip(lower=0) >= rows[f"{axis}_days"]


def _days() -> ir.Table:
    seen = ibis.table(OBSERVATIONS.schema(), name="observations_stored")
    tiers, axes = ibis.table(TIERS, name="listing_tiers"), ibis.table(AXES, name="cut_axes")
    place = ["account", "channel", "sku"]
    rows = seen.left_join(tiers, place, rname="_r_{name}").drop(*(f"_r_{k}" for k in place))
    rows = rows.cross_join(ibis.table(LAST_DAY, name="last_day"))
    rows = rows.filter(rows.as_of.date() >= rows.oldest)
    rows = rows.mutate(tier=rows.listed_tier.fill_null(3))
    rows = rows.join(axes, ["kind", "tier"])
    once = rows.share_state.isin(AT_ONCE).fill_null(False)
    rows = rows.select(
        "segment",
        "life_days",
        **{k: rows[k].fill_null("") for k in SUBJECT},
        day=rows.as_of.date(),
        a=_step(rows, "a"),
        b=_step(rows, "b"),
        sign=_old(rows, "a").ifelse(_value(rows, "a"), ibis.null()),
        money=_old(rows, "b").ifelse(_value(rows, "b"), ibis.null()),
        loss=rows.loss_per_day.fill_null(0.0).clip(lower=0.0),
        amount=once.ifelse(rows.amount_at_risk, ibis.null()).cast("float64"),
    )
    before = rows.day.lag().over(group_by=SUBJECT, order_by="day")
    fresh = (before.isnull() | (rows.day.delta(before, unit="day") > GAP_DAYS)).cast("int64")
    rows = rows.mutate(fresh=fresh)
    number = rows.fresh.sum().over(group_by=SUBJECT, order_by=[rows.day, rows.fresh.desc()], rows=(None, 0))
    return rows.mutate(episode=number).drop("fresh")


_DAYS = {
    **dict.fromkeys(SUBJECT, "string"),
    "segment": "string",
    "life_days": "float64",
    "day": "date",
    "a": "int64",
    "b": "int64",
    "sign": "float64",
    "money": "float64",
    "loss": "float64",
    "amount": "float64",
    "episode": "int64",
}


def _episodes() -> ir.Table:
    days = ibis.table(_DAYS, name="test_days")
    one = days.group_by([*SUBJECT, "episode"]).agg(
        segment=days.segment.max(),
        life=days.life_days.max(),
        first=days.day.min(),
        last=days.day.max(),
        loss=days.loss.mean(),
        amount=days.amount.max(),
        pi=days.a.max(),
        pj=days.b.max(),
    )
    worked = ibis.table(WORKED, name="worked")
    keys = ["kind", "account", "channel", "subject_key"]
    near = one.join(
        worked,
        [
            *((one[k] == worked[k]) for k in keys),
            worked.from_day <= one["last"] + ibis.interval(days=GAP_DAYS),
            worked.to_day >= one["first"],
        ],
        rname="w_{name}",
    )
    said = near.group_by([*SUBJECT, "episode"]).agg(
        label=near.label.max(), fixed=near.fixed.any(), by=near.by.max(), weekday=near.weekday.max()
    )
    own = [*SUBJECT, "episode"]
    rows = one.left_join(said, own, rname="_r_{name}").drop(*(f"_r_{k}" for k in own))
    newest = ibis.table(LAST_DAY, name="last_day")
    rows = rows.cross_join(newest)
    lasted = rows["last"].delta(rows["first"], unit="day") + 1
    going = rows.fixed.fill_null(False) | (rows.newest.delta(rows["last"], unit="day") <= OPEN_DAYS)
    life = going.ifelse(ibis.greatest(lasted, rows.life), lasted).cast("float64")
    return rows.mutate(life=life, stake=rows.amount.fill_null(rows.loss * life)).drop("newest", "oldest")


_EPISODES = {
    **dict.fromkeys(SUBJECT, "string"),
    "episode": "int64",
    "segment": "string",
    "life": "float64",
    "first": "date",
    "last": "date",
    "loss": "float64",
    "amount": "float64",
    "pi": "int64",
    "pj": "int64",
    "label": "float64",
    "fixed": "boolean",
    "by": "string",
    "weekday": "int64",
    "stake": "float64",
}


def _catches() -> ir.Table:
    """The first day each episode passes each candidate cut."""
    days, pairs = ibis.table(_DAYS, name="test_days"), ibis.table(PAIRS, name="cut_pairs")
    first = days.group_by([*SUBJECT, "episode", "segment", "sign", "money"]).agg(day=days.day.min())
    passed = first.join(pairs, "segment").filter(_passes)
    return passed.group_by([*SUBJECT, "episode", "i", "j", "k"]).agg(day=passed.day.min())


def _passes(rows: ir.Table) -> Any:
    """Whether an observation passes a candidate cut: as `visibility.detect` will judge it."""
    strong = rows.above.ifelse(rows.sign >= rows.line, rows.sign <= rows.line)
    dear = rows.money >= rows.floor * eased(rows.sign, rows.line, rows.above, rows.slope)
    return (strong & (rows.floor.isnull() | dear)).fill_null(False)


def _cells() -> ir.Table:
    rows = ibis.table(_EPISODES, name="test_episodes")
    caught = ibis.table(
        {**dict.fromkeys(SUBJECT, "string"), **dict.fromkeys(["episode", "i", "j", "k"], "int64"), "day": "date"},
        name="catches",
    )
    own = [*SUBJECT, "episode"]
    found = caught.join(rows, own)
    late = found.day.delta(found["first"], unit="day") / found.life
    found = found.mutate(dollars=found.stake * (1.0 - late).clip(lower=0.0))
    none = ibis.literal(-1).cast("int64")
    everything = rows.mutate(i=none, j=none, k=none * 0, dollars=rows.stake)
    return _summed(found).union(_summed(everything))


def _summed(rows: ir.Table) -> ir.Table:
    rows = rows.mutate(label=rows.label.fill_null(-1.0).cast("int64"))
    return rows.group_by(["segment", "i", "j", "k", "pi", "pj", "label"]).agg(
        n=rows.count(), dollars=rows.dollars.sum()
    )


def _arrivals() -> ir.Table:
    rows = ibis.table(_EPISODES, name="test_episodes").cross_join(ibis.table(LAST_DAY, name="last_day"))
    rows = rows.mutate(week=rows.newest.delta(rows["first"], unit="day") // 7)
    return rows.group_by(["segment", "week", "pi"]).agg(n=rows.count())


def below(engine: Engine) -> pa.Table:
    """What was seen on the newest day and is below the cut in force: what nobody is shown."""
    return engine.fetch("backtest below", _below)


def _below() -> ir.Table:
    days, newest = ibis.table(_DAYS, name="test_days"), ibis.table(LAST_DAY, name="last_day")
    rows = days.join(newest, days.day == newest.newest)
    pairs = ibis.table(PAIRS, name="cut_pairs")
    now = pairs.filter((pairs.i == BELOW + 1) & (pairs.j == BELOW + 1) & (pairs.k == 0))
    rows = rows.join(now, "segment").filter(lambda row: ~_passes(row))
    return rows.select(*SUBJECT, "segment", "a", "b", "loss")


def _labelled() -> ir.Table:
    rows = ibis.table(_EPISODES, name="test_episodes").filter(ibis._.label.notnull())
    return rows.select("segment", "pi", "pj", "label", "by", "weekday")


def table(schema: dict[str, str], rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a small Arrow table of one of the schemas above."""
    import pyarrow as pa

    kinds = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "date": pa.date32()}
    kinds |= {"boolean": pa.bool_()}
    return pa.Table.from_pylist(rows, schema=pa.schema([pa.field(n, kinds[k]) for n, k in schema.items()]))
