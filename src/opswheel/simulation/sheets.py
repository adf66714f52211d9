"""What the reports of one morning say, before anybody writes or loads them: a sheet per report and channel.

A sheet's columns are the fact table's, as the report's reader would give them. Both ways into a workspace start here:
`reports` writes them as the files sellers get, `direct` puts them into the lake.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from ..core.clock import day_start
from ..core.identity import EVERYWHERE
from ..core.marketplaces import find_marketplace
from .catalog import Flags, Ints
from .market import OFF_KINDS, REMOVAL_DAYS, DaySales, Market

SELLING_HOURS = 22
"""Hours of a channel's day over which its orders are spread; every day has them, also when clocks change."""
ANSWER_DAYS = 7
"""The API is asked about removed listings, and so long after about those that came back."""
REASONS = {
    "data_missing": ("Missing info", "A required value is not supplied."),
    "data_invalid": ("Invalid info", "A value is not accepted."),
    "image": ("Image", "The main image does not meet the requirements."),
    "compliance_document": ("Compliance", "A compliance document is required."),
    "hazmat_safety": ("Safety", "Dangerous goods information is required."),
    "price_rule": ("Pricing", "The price is outside the allowed range."),
}
OTHER_REASON = ("Other", "See the listing.")
MAY_BE_EMPTY = ("amazon_suppressed_listings", "amazon_stranded")
"""Lists of exceptions: one without a row says that all is well."""
REPORTS = (
    "amazon_all_listings",
    "amazon_fba_inventory",
    "amazon_suppressed_listings",
    "amazon_stranded",
    "amazon_orders",
    "amazon_sales_and_traffic",
)
"""Reports that may come late or cut short; the team's own lists and the API's answers always come."""


Column = list[Any] | np.ndarray
"""The values of one column: whole numbers and texts as arrays where there are many."""


@dataclass
class Sheet:
    """Rows of one report of one channel: `columns` by name, all of one length. `day` is the day of export.

    Period sheets speak of `of_day`; the others of the morning of `day`.
    """

    report: str
    channel: str
    day: date
    columns: dict[str, Column]
    of_day: date | None = None

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))

    def cut(self, share: float) -> Sheet:
        """The first rows only, as a file that broke off and was closed neatly."""
        n = math.ceil(len(self) * share)
        return Sheet(self.report, self.channel, self.day, {k: v[:n] for k, v in self.columns.items()}, self.of_day)


def zone_of(channel: str) -> str:
    """The channel's time zone."""
    known = find_marketplace(channel)
    return known.zone if known else "UTC"


def morning_sheets(market: Market, sales: DaySales | None) -> list[Sheet]:
    """Everything that can be exported on the market's morning; `sales` are yesterday's."""
    found: list[Sheet] = []
    told = _Told(market)
    for number, channel in enumerate(market.catalog.channels):
        mine = market.catalog.channel == number
        found += [told.listings(channel, mine), told.stock(channel, mine), told.suppressed(channel, mine)]
        found += [told.stranded(channel, mine), told.answers(channel, mine)]
        if sales is not None:
            found += sales_sheets(market, sales, number)
        found += [told.supply(channel, mine), told.inbound(channel, mine)]
        found += [told.promotions(channel, mine), told.intent(channel, mine)]
    found.append(told.rates())
    return [s for s in found if len(s) or s.report in MAY_BE_EMPTY]


def sales_sheets(market: Market, sales: DaySales, number: int) -> list[Sheet]:
    """Orders and traffic of one channel's day, exported the morning after."""
    catalog, channel = market.catalog, market.catalog.channels[number]
    of_day = catalog.date(sales.day)
    export = of_day + timedelta(days=1)
    mine = np.flatnonzero(catalog.channel == number)
    return [
        Sheet("amazon_orders", channel, export, _order_lines(market, sales, mine, channel, of_day), of_day),
        Sheet("amazon_sales_and_traffic", channel, export, _traffic(market, sales, mine, number), of_day),
        Sheet("amazon_sales_and_traffic_by_date", channel, export, _totals(market, sales, mine, number), of_day),
    ]


def _order_lines(market: Market, sales: DaySales, mine: Ints, channel: str, of_day: date) -> dict[str, Column]:
    """One order a unit, spread evenly over the channel's day in an order that looks like chance."""
    catalog, units = market.catalog, sales.units[mine]
    who = np.repeat(mine, units)
    n = len(who)
    start = day_start(of_day, zone_of(channel))
    step = SELLING_HOURS * 3600 / max(1, n)
    place = np.argsort((np.arange(n) * 2_654_435_761) % 4_294_967_291, kind="stable")
    at = np.datetime64(start, "us") + (place * step).astype(np.int64) * np.timedelta64(1_000_000, "us")
    currency = catalog.currency[int(catalog.channel[mine[0]])] if len(mine) else "USD"
    return {
        "order": [f"{market.seed}-{channel}-{of_day:%Y%m%d}-{i:06d}" for i in range(n)],
        "sku": catalog.sku[who],
        "item_id": catalog.item_id[who],
        "at": at,
        "units": np.ones(n, int),
        "currency": np.full(n, currency, object),
        "line_minor": sales.price_minor[who],
    }


def _by_item(market: Market, values: Ints, mine: Ints) -> tuple[Ints, Ints]:
    """(items, sums) of a channel's listings."""
    items, inverse = np.unique(market.catalog.item[mine], return_inverse=True)
    return items, np.bincount(inverse, values[mine], len(items)).astype(np.int64)


def _traffic(market: Market, sales: DaySales, mine: Ints, number: int) -> dict[str, Column]:
    """Items that were looked at; the featured share is rounded to a hundredth of a per cent, as the report does."""
    _, views = _by_item(market, sales.views, mine)
    first = mine[np.unique(market.catalog.item[mine], return_index=True)[1]]
    sums = {
        "units": _by_item(market, sales.units, mine)[1],
        "sales_minor": _by_item(market, sales.units * sales.price_minor, mine)[1],
        "featured": _by_item(market, sales.featured_views, mine)[1],
    }
    seen = views > 0
    views = views[seen]
    percent = np.round(100.0 * sums["featured"][seen] / views, 2)
    return {
        "item_id": market.catalog.item_id[first[seen]],
        "sessions": np.ceil(views / 1.2).astype(int),
        "page_views": views,
        "featured_percent": percent,
        "units": sums["units"][seen],
        "sales_minor": sums["sales_minor"][seen],
        "currency": np.full(int(seen.sum()), market.catalog.currency[number], object),
    }


def _totals(market: Market, sales: DaySales, mine: Ints, number: int) -> dict[str, Column]:
    """The channel's own totals of the day."""
    views = int(sales.views[mine].sum())
    return {
        "units": [int(sales.units[mine].sum())],
        "sales_minor": [int((sales.units * sales.price_minor)[mine].sum())],
        "currency": [market.catalog.currency[number]],
        "sessions": [math.ceil(views / 1.2)],
        "page_views": [views],
        "refunded_units": [0],
    }


class _Told:
    """What this morning's snapshots say."""

    def __init__(self, market: Market) -> None:
        self._market, self._catalog, self._plan = market, market.catalog, market.plan
        self._day = market.catalog.date(market.day)
        self._there = market.catalog.opened <= market.day
        self._off = market.listings_with(*OFF_KINDS, "closed_on_purpose")
        self._price = market.prices_asked()

    def _rows(self, which: Flags) -> Ints:
        return np.flatnonzero(which & self._there)

    def _sheet(self, report: str, channel: str, **columns: Column) -> Sheet:
        return Sheet(
            report,
            channel,
            self._day,
            {k: v.tolist() if isinstance(v, np.ndarray) else list(v) for k, v in columns.items()},
        )

    def listings(self, channel: str, mine: Flags) -> Sheet:
        """Every listing but those removed from the catalog of the marketplace."""
        c, at = self._catalog, self._rows(mine)
        return self._sheet(
            "amazon_all_listings",
            channel,
            sku=c.sku[at],
            item_id=c.item_id[at],
            title=c.title[at],
            status=np.where(self._off[at], "inactive", "active").astype(object),
            price_minor=self._price[at],
            currency=np.array(c.currency, dtype=object)[c.channel[at]],
            opened_on=np.datetime64(c.first_morning) + c.opened[at],
        )

    def stock(self, channel: str, mine: Flags) -> Sheet:
        """Units by SKU; listings of one pool tell the same units."""
        c, at, supply = self._catalog, self._rows(mine), self._market.supply
        coming = supply.on_order()
        return self._sheet(
            "amazon_fba_inventory",
            channel,
            sku=c.sku[at],
            fnsku=c.fnsku[at],
            item_id=c.item_id[at],
            sellable_units=supply.on_hand[c.pool[at]],
            inbound_shipped_units=coming[c.pool[at]],
        )

    def suppressed(self, channel: str, mine: Flags) -> Sheet:
        """Suppressed and hidden listings, and rows the marketplace forgot to take out."""
        rows = self._faults(mine, "suppressed", "hidden", "ghost_row")
        reasons = [REASONS.get(self._plan.root_cause[f], OTHER_REASON) for f in rows]
        kinds = [self._plan.kinds[self._plan.kind[f]] for f in rows]
        return self._sheet(
            "amazon_suppressed_listings",
            channel,
            **self._named(rows),
            state=["suppressed" if k == "suppressed" else "search_suppressed" for k in kinds],
            reason=[r for r, _ in reasons],
            issue_text=[t for _, t in reasons],
            since_day=[self._catalog.date(int(self._plan.onset[f])) for f in rows],
        )

    def stranded(self, channel: str, mine: Flags) -> Sheet:
        """Stranded units with the day the marketplace will remove them."""
        onset, c = self._plan.onset, self._catalog
        on_hand = self._market.supply.on_hand
        rows = [f for f in self._faults(mine, "stranded") if on_hand[c.pool[self._plan.listing[f]]] > 0]
        at = [int(self._plan.listing[f]) for f in rows]
        return self._sheet(
            "amazon_stranded",
            channel,
            **self._named(rows),
            fnsku=c.fnsku[at],
            stranded_day=[c.date(int(onset[f])) for f in rows],
            reason=["Listing error"] * len(rows),
            sellable_units=on_hand[c.pool[at]].tolist() if at else [],
            price_minor=self._price[at].tolist() if at else [],
            auto_removal_day=[c.date(int(onset[f]) + REMOVAL_DAYS) for f in rows],
        )

    def answers(self, channel: str, mine: Flags) -> Sheet:
        """The API's answers about removed listings, and about those that came back within a week."""
        plan, c, day = self._plan, self._catalog, self._market.day
        kind = plan.kinds.index("removed")
        known = self._market.began & (plan.kind == kind) & (self._market.ends > day - ANSWER_DAYS)
        at = sorted({int(i) for i in plan.listing[known] if mine[i]})
        down = self._market.listings_with("removed")
        return self._sheet(
            "amazon_listings_items",
            channel,
            sku=c.sku[at],
            item_id=c.item_id[at],
            title=c.title[at],
            buyable=[not bool(self._off[i]) for i in at],
            action=["CATALOG_ITEM_REMOVED" if down[i] else None for i in at],
            price_minor=self._price[at].tolist() if at else [],
            currency=np.array(c.currency, dtype=object)[c.channel[at]],
        )

    def _faults(self, mine: Flags, *names: str) -> list[int]:
        """Open faults of these kinds on this channel's listings, a listing once, in the order of its SKU."""
        found: dict[int, int] = {}
        for name in names:
            for f in self._market.open_faults(name).tolist():
                at = int(self._plan.listing[f])
                if mine[at] and self._there[at]:
                    found.setdefault(at, f)
        return [found[at] for at in sorted(found)]

    def _named(self, faults: Sequence[int]) -> dict[str, Column]:
        at = [int(self._plan.listing[f]) for f in faults]
        c = self._catalog
        return {
            "sku": c.sku[at].tolist(),
            "item_id": c.item_id[at].tolist(),
            "title": c.title[at].tolist(),
        }

    def supply(self, channel: str, mine: Flags) -> Sheet:
        """The team's list of lead times, once a month: the usual way, and the fast one."""
        c, told = self._catalog, self._market.world.stock
        at: list[int] = self._rows(mine & c.told_lead).tolist() if self._market.day % 28 == 0 else []
        rows: list[tuple[str, int, str, int]] = []
        for i in at:
            rows.append((c.sku[i], int(c.lead_days[i]), "usual", told.receive_days))
            rows.append((c.sku[i], told.fast_lead_days, "fast", 0))
        return self._sheet(
            "supply_csv",
            channel,
            sku=[r[0] for r in rows],
            lead_time_days=[r[1] for r in rows],
            mode=[r[2] for r in rows],
            receive_days=[r[3] for r in rows],
        )

    def inbound(self, channel: str, mine: Flags) -> Sheet:
        """The team's list of orders on their way; where the day told has passed, the supplier was asked again."""
        c, orders = self._catalog, self._market.supply.orders
        at = np.unique(c.pool, return_index=True)[1][orders.pool]
        here = mine[at] & self._there[at]
        told = np.where(orders.eta > self._market.day, orders.eta, orders.lands)[here]
        return self._sheet(
            "inbound_csv",
            channel,
            sku=c.sku[at[here]],
            units=orders.units[here],
            eta=np.datetime64(c.first_morning) + told,
            reference=[f"PO-{number}" for number in orders.number[here].tolist()],
        )

    def promotions(self, channel: str, mine: Flags) -> Sheet:
        """The deals somebody wrote down."""
        c = self._catalog
        told = sorted({(int(a), int(b), int(e)) for a, b, e in zip(*self._market.deals_told(), strict=True) if mine[a]})
        return self._sheet(
            "promotions_csv",
            channel,
            sku=[c.sku[a] for a, _, _ in told],
            from_day=[c.date(b) for _, b, _ in told],
            to_day=[c.date(e) for _, _, e in told],
        )

    def intent(self, channel: str, mine: Flags) -> Sheet:
        """Listings closed on purpose that somebody named."""
        share = self._market.world.lists.told_purpose
        named = [f for f in self._faults(mine, "closed_on_purpose") if self._plan.luck[f] < share]
        skus = self._named(named)["sku"]
        return self._sheet("intent_csv", channel, sku=skus, intent=["discontinued"] * len(skus))

    def rates(self) -> Sheet:
        """Exchange rates of this morning for every currency but the dollar."""
        c = self._catalog
        others = [(code, float(c.to_dollars[i])) for i, code in enumerate(c.currency) if code != "USD"]
        return self._sheet(
            "rates_csv",
            EVERYWHERE,
            day=[self._day] * len(others),
            currency=[code for code, _ in others],
            to_currency=["USD"] * len(others),
            rate=[rate for _, rate in others],
        )
