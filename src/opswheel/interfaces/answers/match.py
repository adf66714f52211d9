"""Does it match? Our sums beside the marketplace's own figures: told, never a gate."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import ibis

from ...core.contracts import CHANNEL_SALES, MATCHES, ORDERS, TRAFFIC
from ...core.contracts.prepared import CALENDAR, LISTING_NOW, STOCK_NOW
from ...core.detector import Facts
from ...core.errors import NotFound, WrongUse, there_are
from ...core.money import minor_per_unit
from ...storage.lake import manifest_version
from ...visibility import facts as prepared
from ...visibility.facts.common import KEY, PLACE
from ...visibility.facts.sales import order_lines
from ...visibility.facts.stock import disagreements
from ...wheel.inputs import Morning, morning
from ..wiring import Workspace

if TYPE_CHECKING:
    import ibis.expr.types as ir

Rows = dict[str, list[dict[str, Any]]]
"""The engine's answers by what was asked."""

FIGURES = {
    "units": "units sold",
    "sales": "sales",
    "live": "live listings",
    "inactive": "inactive listings",
    "suppressed": "suppressed listings",
    "stock_units": "sellable units in stock",
    "unmapped_skus": "SKUs sold but not listed",
    "stock_disagrees": "SKUs whose stock reports differ",
    "days_without_data": "days without sales data",
}
"""What is compared, in words."""
PERIOD_DAYS = 30
AGREES = 0.98
"""Less than this asks for a look: what is missing moves every loss the same way."""
_STEPS = ("listing_now", "messages", "answers", "states_told", "listing_state", "stock_now", "order_days")


def match_answer(  # noqa: PLR0913
    workspace: Workspace,
    channel: str | None,
    first: date | None,
    last: date | None,
    units: int | None,
    sales: float | None,
) -> dict[str, Any]:
    """Ours and theirs for each channel, and how far they agree; what was compared is remembered."""
    _check_period(first, last)
    _check_figures(units, sales)
    with workspace.ledger.read() as connection:
        seen = morning(
            connection,
            workspace.settings,
            as_of=workspace.clock.now(),
            version=manifest_version(connection),
            readers=workspace.readers,
        )
    known = sorted({place[1] for place in seen.today})
    if channel is not None and known and channel not in known:
        raise NotFound(f"Nothing is loaded of {channel}.", there_are(known))
    if channel is None and len(known) > 1 and (units is not None or sales is not None):
        raise WrongUse("Figures belong to one channel.", f"Say which channel: --channel {' or '.join(known)}.")
    today = max(seen.today.values(), default=None)
    if last is not None and today is not None and last > today:
        raise WrongUse(
            f"The period ends on {last}, and today is {today}.", "Compare days that have passed: --period FROM..TO."
        )
    with workspace.mounted(seen) as engine:
        facts = Facts()
        for build in prepared.SCAN_STEPS:
            if build.__name__ in _STEPS:
                engine.make(build.__name__, build.__name__, partial(build, facts))
        rows = {name: engine.fetch(f"match {name}", build).to_pylist() for name, build in _ASKED.items()}
        found = [
            _channel(_of(rows, place), seen, place, first, last, units, sales)
            for place in sorted(seen.today)
            if channel in (None, place[1])
        ]
    _remember(workspace, found)
    return {"channels": found}


def _check_period(first: date | None, last: date | None) -> None:
    if first is not None and last is not None and first > last:
        raise WrongUse(
            f"The period ends on {last}, before it begins on {first}.", f"Say the earlier day first: {last}..{first}."
        )


def _check_figures(units: int | None, sales: float | None) -> None:
    for name, value in (("units", units), ("sales", sales)):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise WrongUse(f"--{name} {value} cannot be meant.", "Type the figure the marketplace shows, 0 or more.")


def _channel(  # noqa: PLR0913
    rows: Rows,
    seen: Morning,
    place: tuple[str, str],
    first: date | None,
    last: date | None,
    units: int | None,
    sales: float | None,
) -> dict[str, Any]:
    covered = sorted(seen.days.get(place, {}))
    end = last or (covered[-1] if covered else seen.today[place] - timedelta(days=1))
    start = first or end - timedelta(days=PERIOD_DAYS - 1)
    currency = next(p.currency for p in seen.places if (p.account, p.channel) == place)
    ours = _ours(rows, start, end, currency)
    days = {start + timedelta(days=i) for i in range((end - start).days + 1)}
    ours["days_without_data"] = len(days - set(covered))
    loaded = _theirs(rows, start, end, currency)
    theirs = dict(loaded)
    if units is not None:
        theirs["units"] = units
    if sales is not None:
        theirs["sales"] = {"minor": round(sales * minor_per_unit(currency)), "currency": currency}
    told = sorted(set(loaded) - {name for name, value in (("units", units), ("sales", sales)) if value is not None})
    agreement = _agreement(ours, theirs)
    return {
        "account": place[0],
        "channel": place[1],
        "from": start.isoformat(),
        "to": end.isoformat(),
        "ours": ours,
        "theirs": theirs,
        "agreement": agreement,
        "words": _words(agreement, theirs, told, ours["days_without_data"], len(days)),
    }


def _of(rows: Rows, place: tuple[str, str]) -> Rows:
    """What was asked of every channel, of one."""
    return {name: [r for r in found if (r["account"], r["channel"]) == place] for name, found in rows.items()}


def _ours(rows: Rows, start: date, end: date, currency: str) -> dict[str, Any]:
    inside = [r for r in rows["days"] if start <= r["day"] <= end]

    def count(name: str, column: str) -> int:
        return int(rows[name][0][column] or 0) if rows[name] else 0

    return {
        "units": int(sum(r["units"] or 0 for r in inside)),
        "sales": {"minor": int(sum(r["minor"] or 0 for r in inside)), "currency": currency},
        "live": count("listings", "live"),
        "inactive": count("listings", "inactive"),
        "suppressed": count("listings", "suppressed"),
        "stock_units": count("stock", "units"),
        "unmapped_skus": count("unmapped", "skus"),
        "stock_disagrees": count("apart", "skus"),
    }


def _sold() -> ir.Table:
    """Units and gross sales per channel and day, as a person reads them: orders as ordered, else traffic."""
    facts = Facts()
    days = facts.table(CALENDAR).select(*PLACE, "day", "source", "level")
    lines = order_lines(facts).filter((ibis._.status != "cancelled") & ~ibis._.external)
    orders = lines.join(days.filter(days.source == "orders"), [*PLACE, "day"])
    orders = orders.group_by([*PLACE, "day"]).agg(units=orders.units.sum(), minor=orders.line_minor.fill_null(0).sum())
    rows = facts.table(TRAFFIC)
    rows = rows.filter(rows.from_day == rows.to_day).mutate(day=rows.from_day)
    told = days.filter(days.source == "traffic")
    traffic = rows.join(told, [*PLACE, "day", "level"])
    traffic = traffic.group_by([*PLACE, "day"]).agg(
        units=traffic.units.sum(), minor=traffic.sales_minor.fill_null(0).sum()
    )
    return orders.union(traffic)


def _counts() -> ir.Table:
    facts = Facts()
    rows = facts.table(LISTING_NOW)
    state = ibis.table({**dict.fromkeys(KEY, "string"), "state": "string"}, name="listing_state")
    held = state.filter(state.state.isin(["suppressed", "hidden", "removed"])).select(*KEY).distinct()
    held = held.group_by(PLACE).agg(suppressed=held.count())
    listed = rows.group_by(PLACE).agg(live=(rows.status == "active").sum(), inactive=(rows.status != "active").sum())
    joined = listed.left_join(held, PLACE, rname="_r_{name}")
    return joined.select(*PLACE, "live", "inactive", suppressed=joined.suppressed.fill_null(0))


def _stock() -> ir.Table:
    rows = STOCK_NOW.ibis_table()
    pools = rows.group_by([*PLACE, "pool"]).agg(units=rows.sellable_units.max())
    return pools.group_by(PLACE).agg(units=pools.units.sum())


def _unmapped() -> ir.Table:
    facts = Facts()
    sold = facts.table(ORDERS).select(*KEY).distinct()
    lost = sold.anti_join(facts.table(LISTING_NOW), KEY)
    return lost.group_by(PLACE).agg(skus=lost.count())


def _apart() -> ir.Table:
    rows = disagreements(Facts())
    return rows.group_by(PLACE).agg(skus=rows.count())


_ASKED: dict[str, Callable[[], ir.Table]] = {
    "days": _sold,
    "listings": _counts,
    "stock": _stock,
    "unmapped": _unmapped,
    "apart": _apart,
    "theirs": CHANNEL_SALES.ibis_table,
}
"""What is asked of the engine, once for all channels."""


def _theirs(rows: Rows, start: date, end: date, currency: str) -> dict[str, Any]:
    """The marketplace's own totals, where a loaded report tells them for every day of the period."""
    days = [r for r in rows["theirs"] if r["from_day"] == r["to_day"]]
    mine = {r["from_day"]: r for r in days if start <= r["from_day"] <= end}
    if len(mine) < (end - start).days + 1:
        return {}
    return {
        "units": int(sum(r["units"] or 0 for r in mine.values())),
        "sales": {"minor": int(sum(r["sales_minor"] or 0 for r in mine.values())), "currency": currency},
    }


def _agreement(ours: dict[str, Any], theirs: dict[str, Any]) -> float | None:
    """Smaller ÷ larger of the figure that agrees least; None where nothing was compared."""
    shares = []
    for name, value in theirs.items():
        a, b = (v["minor"] if isinstance(v, dict) else v for v in (ours[name], value))
        shares.append(1.0 if a == b else min(a, b) / max(a, b) if max(a, b) > 0 and min(a, b) >= 0 else 0.0)
    return round(min(shares), 4) if shares else None


def _words(agreement: float | None, theirs: dict[str, Any], told: list[str], missing: int, days: int) -> str:
    """How far it agrees, on what; which figures a loaded report tells, and what to look at where they differ."""
    if agreement is None:
        return "not checked: type in what Seller Central shows, with --units and --sales"
    words = f"{agreement:.1%} agreement on {' and '.join(sorted(theirs))}"
    if told:
        whose = "" if len(told) == len(theirs) else f"{' and '.join(told)} "
        words += f", {whose}from the loaded sales and traffic report"
    if agreement < AGREES:
        lacking = f"{missing} of {days} {'day has' if days == 1 else 'days have'} no sales data here"
        words += f"; compare the days and whether orders or traffic are missing: {lacking}"
    return words


def _remember(workspace: Workspace, found: list[dict[str, Any]]) -> None:
    table, now = MATCHES.sql_table(), workspace.clock.now()
    rows = [
        {
            "account": f["account"],
            "channel": f["channel"],
            "at": now,
            "from_day": date.fromisoformat(f["from"]),
            "to_day": date.fromisoformat(f["to"]),
            "agreement": f["agreement"],
            "detail": json.dumps({"ours": f["ours"], "theirs": f["theirs"]}),
        }
        for f in found
        if f["agreement"] is not None
    ]
    if not rows:
        return
    with workspace.ledger.write() as connection:
        connection.execute(table.delete().where(table.c.at == now))
        connection.execute(table.insert(), rows)
