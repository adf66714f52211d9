"""Weekly drivers out of loaded facts: one filtered aggregate per table, by ISO week of one channel.

Sales = sessions · buyable share · featured share · conversion, item day by item day: hours out of stock are inside a
marketplace's own units per session, so conversion here counts only sessions that could have bought.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis

from ..core.contracts import ADS, CHANNEL_SALES, SUPPRESSIONS, TRAFFIC
from ..core.contracts.base import PLACE as PLACE_COLUMNS
from ..core.contracts.base import Contract, day, text
from ..core.contracts.prepared import ARRIVALS, LISTING_NOW
from ..core.detector import Facts
from .weekly import Drivers, complete
from .wheel import Wheel

if TYPE_CHECKING:
    import ibis.expr.types as ir

PLACE = ["account", "channel"]
KEY = [*PLACE, "sku"]
ITEM = [*PLACE, "item_id"]
WEEK_DAYS = 7

GROWTH_DAYS = Contract(
    name="growth_days",
    kind="prepared",
    grain="one row per channel and settled day with daily traffic, as far back as anything is loaded",
    writer="wheel",
    key=("account", "channel", "day"),
    columns=(
        *PLACE_COLUMNS,
        day("day", "the day", required=True),
        text("level", "traffic rows that count", required=True),
    ),
)
_SPAN = {**dict.fromkeys(KEY, "string"), "from_day": "date", "to_day": "date"}


def _spans(name: str) -> ir.Table:
    """Stretches of days of listings that a step of visibility made."""
    return ibis.table(_SPAN, name=name)


def unbuyable_days(_facts: Facts) -> ir.Table:
    """Item days on which none of our listings could be bought: off, or nothing to sell."""
    listing = LISTING_NOW.ibis_table().select(*KEY, "item_id")
    spans = _spans("out_days").union(_spans("off_days")).join(listing, KEY)
    bad = _days_in(spans).select(*KEY, "item_id", "day").distinct()
    ours = listing.group_by(ITEM).agg(offers=listing.count())
    bad = bad.group_by([*ITEM, "day"]).agg(off=bad.count()).join(ours, ITEM)
    return bad.filter(bad.off >= bad.offers).select(*ITEM, "day")


def flawed_spans(facts: Facts) -> ir.Table:
    """Stretches of days with an open content issue: the marketplace lists the listing as suppressed."""
    rows = facts.table(SUPPRESSIONS).join(ARRIVALS.ibis_table().select("delivery_id", "next_day"), "delivery_id")
    until = (rows.next_day - ibis.interval(days=1)).cast("timestamp").cast("date")
    return rows.select(*KEY, from_day=ibis.coalesce(rows.since_day, rows.day), to_day=until)


def flawed_days(_facts: Facts) -> ir.Table:
    """Item days on which one of our listings had an open content issue."""
    spans = _spans("flawed_spans").join(LISTING_NOW.ibis_table().select(*KEY, "item_id"), KEY)
    return _days_in(spans).select(*ITEM, "day").distinct()


def _days_in(spans: ir.Table) -> ir.Table:
    """Each stretch once for every day it covers."""
    days = GROWTH_DAYS.ibis_table().select(*PLACE, "day")
    same = [spans.account == days.account, spans.channel == days.channel]
    return spans.join(days, [*same, days.day >= spans.from_day, days.day <= spans.to_day])


def item_days(facts: Facts) -> ir.Table:
    """Daily traffic of each item, with whether it could be bought and whether its content was in order."""
    rows, days = facts.table(TRAFFIC), GROWTH_DAYS.ibis_table()
    rows = rows.filter(rows.from_day == rows.to_day)
    same = [rows.account == days.account, rows.channel == days.channel, rows.from_day == days.day]
    rows = rows.join(days, [*same, rows.level == days.level])
    rows = rows.group_by([*ITEM, "day"]).agg(
        sessions=rows.sessions.sum().fill_null(0),
        page_views=rows.page_views.sum().fill_null(0),
        featured=rows.featured_view_hundredths.sum(),
        units=rows.units.sum().fill_null(0),
        sales_minor=rows.sales_minor.sum().fill_null(0),
    )
    for name in ("unbuyable_days", "flawed_days"):
        marks = marked_days(name).mutate(**{name: ibis.literal(1, type="int64")})
        rows = rows.left_join(marks, [*ITEM, "day"], rname="_r_{name}").drop(
            "_r_account", "_r_channel", "_r_item_id", "_r_day"
        )
    return rows.mutate(
        buyable=rows.unbuyable_days.isnull().ifelse(rows.sessions, 0),
        in_order=rows.flawed_days.isnull().ifelse(rows.sessions, 0),
        seen=rows.unbuyable_days.isnull().ifelse(rows.page_views, 0),
        seen_ours=rows.unbuyable_days.isnull().ifelse(rows.featured, 0),
    )


def marked_days(name: str) -> ir.Table:
    """Item days that a step marked."""
    return ibis.table({**dict.fromkeys(ITEM, "string"), "day": "date"}, name=name)


def growth_item_days() -> ir.Table:
    """The table `item_days` made."""
    types = {**dict.fromkeys(ITEM, "string"), "day": "date"}
    names = ("sessions", "page_views", "featured", "units", "sales_minor", "buyable", "in_order", "seen", "seen_ours")
    return ibis.table({**types, **dict.fromkeys(names, "int64")}, name="growth_item_days")


def _week(day: Any) -> Any:
    return day.truncate("W").cast("timestamp").cast("date")


def weeks() -> ir.Table:
    """Sums per channel and week, with how many days stand behind them."""
    rows = growth_item_days()
    rows = rows.mutate(week=_week(rows.day))
    names = ("sessions", "units", "sales_minor", "buyable", "in_order", "seen", "seen_ours")
    return rows.group_by([*PLACE, "week"]).agg(
        days=rows.day.nunique(), **{n: rows[n].sum().cast("float64") for n in names}
    )


def prices() -> ir.Table:
    """Log price of the same items against their own mean, per week: a change of mix is no change of price.

    Each item weighs with its units over all weeks, so the weights do not move with the price.
    """
    rows = growth_item_days()
    rows = rows.filter((rows.units > 0) & (rows.sales_minor > 0)).mutate(week=_week(rows.day))
    rows = rows.group_by([*ITEM, "week"]).agg(units=rows.units.sum(), minor=rows.sales_minor.sum())
    rows = rows.mutate(log=(rows.minor / rows.units).ln())
    item = ibis.window(group_by=[rows.account, rows.channel, rows.item_id])
    rows = rows.mutate(apart=rows.log - rows.log.mean().over(item), weight=rows.units.sum().over(item))
    sums = rows.group_by([*PLACE, "week"]).agg(
        top=(rows.apart * rows.weight).sum(),
        weight=rows.weight.sum(),
        minor=rows.minor.sum().cast("float64"),
        units=rows.units.sum().cast("float64"),
    )
    return sums.select(*PLACE, "week", apart=sums.top / sums.weight, minor=sums.minor, units=sums.units)


def refunds() -> ir.Table:
    """Units ordered and refunded per channel and week, from the channel's own daily totals."""
    rows = CHANNEL_SALES.ibis_table()
    rows = rows.filter((rows.from_day == rows.to_day) & rows.refunded_units.notnull()).mutate(week=_week(rows.from_day))
    return rows.group_by([*PLACE, "week"]).agg(
        days=rows.from_day.nunique(),
        units=rows.units.sum().cast("float64"),
        refunded=rows.refunded_units.sum().cast("float64"),
    )


def ads() -> ir.Table:
    """Ad spend per channel and week, with the first and last day that have any."""
    rows = ADS.ibis_table()
    rows = rows.filter(rows.from_day == rows.to_day).mutate(week=_week(rows.from_day))
    return rows.group_by([*PLACE, "week"]).agg(
        spend=rows.spend_minor.sum().cast("float64"), first=rows.from_day.min(), last=rows.from_day.max()
    )


QUESTIONS = {"weeks": weeks, "prices": prices, "refunds": refunds, "ads": ads}
"""What is asked of the engine, after the tables of STEPS are made."""
STEPS = {
    "unbuyable_days": unbuyable_days,
    "flawed_spans": flawed_spans,
    "flawed_days": flawed_days,
    "growth_item_days": item_days,
}
"""Tables made in order, on top of visibility's listing_now, stock_now, out_days and off_days."""

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def drivers(rows: Rows, wheel: Wheel) -> Drivers:
    """The drivers of `wheel` that one channel's sums give. Weeks with fewer than seven settled days are left out."""
    whole = {r["week"]: r for r in rows["weeks"] if r["days"] == WEEK_DAYS}
    if not whole:
        return Drivers((), {}, {}, None, {}, dict.fromkeys(wheel.names, "no whole week of daily traffic is loaded"))
    first, last = min(whole), max(whole)
    calendar = [first + timedelta(days=7 * i) for i in range((last - first).days // 7 + 1)]
    price = _prices({r["week"]: r for r in rows["prices"]})
    back = {r["week"]: r for r in rows["refunds"] if r["days"] == WEEK_DAYS}
    told = _levels(whole, price, back, calendar, featured="featured" in wheel.names)
    told["ads"] = (_spend(rows["ads"], calendar), "ad spend of the advertising report")
    levels = {n: values for n, (values, _) in told.items() if n in wheel.names and any(v is not None for v in values)}
    found = Drivers(
        tuple(calendar),
        levels,
        {},
        None,
        {n: words for n, (_, words) in told.items() if n in levels},
        {node.name: _why(node.name, node.unmeasured) for node in wheel.nodes if node.name not in levels},
    )
    return complete(found, wheel)


def _levels(
    whole: Mapping[date, Mapping[str, Any]],
    price: Mapping[date, float],
    back: Mapping[date, Mapping[str, Any]],
    calendar: Sequence[date],
    *,
    featured: bool,
) -> dict[str, tuple[list[float | None], str]]:
    def each(top: Any, bottom: Any = None) -> list[float | None]:
        found: list[float | None] = []
        for week in calendar:
            row = whole.get(week)
            below = 1.0 if bottom is None or row is None else float(bottom(row))
            found.append(None if row is None or below <= 0 else float(top(row)) / below)
        return found

    def could(row: Mapping[str, Any]) -> float:
        """Sessions that could have bought from us."""
        ours = row["seen_ours"] / 100 / row["seen"] if featured and row["seen"] else 1.0
        return float(row["buyable"]) * ours

    shared = "buyable and featured" if featured else "buyable"
    refunded = [back[w]["refunded"] / back[w]["units"] if w in back and back[w]["units"] else None for w in calendar]
    return {
        "traffic": (each(lambda r: r["sessions"]), "sessions of daily traffic"),
        "sales": (each(lambda r: r["units"]), "units ordered, of daily traffic"),
        "availability": (
            each(lambda r: r["buyable"], lambda r: r["sessions"]),
            "sessions while one could buy ÷ sessions",
        ),
        "conversion": (each(lambda r: r["units"], could), f"units ÷ {shared} sessions"),
        "featured": (
            each(lambda r: r["seen_ours"] / 100, lambda r: r["seen"]),
            "page views with our offer featured ÷ page views, while one could buy",
        ),
        "content": (each(lambda r: r["in_order"], lambda r: r["sessions"]), "sessions without an open content issue"),
        "price": ([price.get(w) for w in calendar], "price index of the same items"),
        "returns": (refunded, "units refunded ÷ units ordered, of the channel's totals"),
    }


def _spend(rows: Sequence[Mapping[str, Any]], calendar: Sequence[date]) -> list[float | None]:
    """Spend of each week that lies whole within the days told; of these a week without a row spent nothing."""
    if not rows:
        return [None] * len(calendar)
    first, last = min(r["first"] for r in rows), max(r["last"] for r in rows)
    spent = {r["week"]: float(r["spend"]) for r in rows}
    inside = [first <= week and week + timedelta(days=WEEK_DAYS - 1) <= last for week in calendar]
    return [spent.get(week, 0.0) if told else None for week, told in zip(calendar, inside, strict=True)]


def _prices(rows: Mapping[date, Mapping[str, Any]]) -> dict[date, float]:
    """The index of each week, on the level of the mean price of a unit over all weeks, in minor units."""
    from math import exp

    units = sum(r["units"] for r in rows.values())
    usual = sum(r["minor"] for r in rows.values()) / units if units else 1.0
    return {week: usual * exp(r["apart"]) for week, r in rows.items() if r["apart"] is not None}


_NOT_LOADED = {
    "ads": "no advertising report is loaded; it would be told by one, or by a column ads: --data FILE",
    "rank": "no report here carries rank; it would be, if a column rank is given: --data FILE",
    "reviews": "no report here carries the number of reviews; it would be, if a column reviews is given: --data FILE",
    "delivery": "no report here carries days to delivery; it would be, if a column delivery is given: --data FILE",
    "returns": "the channel's totals tell no refunds; they would, if sales and traffic by day is loaded",
}


def _why(name: str, unmeasured: str) -> str:
    return _NOT_LOADED.get(name) or unmeasured or f"no loaded report tells it; a column {name} would: --data FILE"
