"""The board out of loaded facts: conversion, order value, in-stock, featured share, TACoS, margin, returns, lost sales.

Figures speak of the last 28 settled days unless their note says otherwise. Days are the unit of every interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from .benchmarks import is_store
from .figures import Figure, Mark, Unit, unseen
from .intervals import mean_t, normal_quantile, ratio_t, wilson
from .satisfaction import from_stars

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
WINDOW_DAYS, TREND_DAYS = 28, 84
FEWEST_DAYS = 7
TENTHS = 1.2816
"""Standard errors between the median and the 90th percentile."""


def board(rows: Rows, channel: str, *, currency: str, minor: int, lost: Mapping[str, float] | None) -> list[Figure]:
    """Every figure the facts of one channel give, and for the others why not.

    `currency` is the channel's, `minor` its minor units per unit; `lost` is what the last run tells: `mean`, `p90`
    and `sold`, money a day, or None before a run.
    """
    return [
        conversion(rows["traffic_days"], channel),
        order_value(rows["order_values"], channel, currency, minor),
        repeats(rows["repeats"], channel),
        lost_sales(channel, lost),
        in_stock(rows["in_stock_days"], channel),
        hero_featured(rows["hero_days"], channel),
        tacos(rows["ad_days"], rows["traffic_days"], channel),
        margin(rows["margins"], channel),
        returns(rows["refund_days"], rows["return_days"], rows["traffic_days"], channel),
        cancellations(rows["cancelled"], channel),
        forecast_error(channel),
        ratings(rows["ratings"], channel),
    ]


def window(rows: Sequence[Mapping[str, Any]], days: int = WINDOW_DAYS, skip: int = 0) -> list[Mapping[str, Any]]:
    """Rows of the last so many days, after leaving out the latest `skip`."""
    if not rows:
        return []
    end: date = max(r["day"] for r in rows) - timedelta(days=skip)
    return [r for r in rows if end - timedelta(days=days) < r["day"] <= end]


def sold_per_day(traffic: Sequence[Mapping[str, Any]], orders: Sequence[Mapping[str, Any]]) -> float:
    """Sales a day of the last settled days in minor units: of traffic where it is told, else of orders, else 0."""
    if recent := window(traffic):
        return sum(float(r["sales_minor"]) for r in recent) / len(recent)
    recent = window(orders)
    return sum(float(r["total"]) for r in recent) / WINDOW_DAYS if recent else 0.0


def _ratio(  # noqa: PLR0913
    name: str,
    title: str,
    channel: str,
    tops: list[float],
    bottoms: list[float],
    *,
    note: str = "",
    unit: Unit = "share",
) -> Figure:
    value, low, high = ratio_t(tops, bottoms)
    method = "t over days, ratio"
    if not any(tops):  # nothing happened on any day: the days' spread says nothing, how much was counted does
        low, high, method = 0.0, wilson(0, round(sum(bottoms)))[1], "Wilson"
    return Figure(name, title, channel, unit, value, low, high, len(tops), "days", method, note=note)


def conversion(days: Sequence[Mapping[str, Any]], channel: str) -> Figure:
    """Units per session that could have bought. A marketplace is held against its own twelve weeks before."""
    name, title = "conversion", "Conversion rate"
    now = [r for r in window(days) if r["buyable"] > 0]
    if len(now) < FEWEST_DAYS:
        return unseen(
            name,
            title,
            channel,
            "share",
            because="no daily sessions are loaded",
            would_be="if sales and traffic by day are loaded",
        )
    found = _ratio(
        name,
        title,
        channel,
        [r["units"] for r in now],
        [r["buyable"] for r in now],
        note="units ÷ sessions while one could buy",
    )
    before = [r for r in window(days, TREND_DAYS, WINDOW_DAYS) if r["buyable"] > 0]
    if is_store(channel) or len(before) < WINDOW_DAYS:
        return found
    usual = sum(r["units"] for r in before) / sum(r["buyable"] for r in before)
    return found.against(Mark(usual, f"this channel's own {len(before)} days before; 2 to 4 % is for stores"))


def order_value(days: Sequence[Mapping[str, Any]], channel: str, currency: str, minor: int) -> Figure:
    """Mean net value of an order over all loaded days."""
    name, title = "average_order_value", "Average order value"
    n = sum(r["n"] for r in days)
    if n < 2:
        return unseen(
            name,
            title,
            channel,
            "money",
            because="no priced orders are loaded",
            would_be="if an order report is loaded",
        )
    total, squares = sum(r["total"] for r in days) / minor, sum(r["squares"] for r in days) / minor**2
    mean, low, high = mean_t(n, total, squares)
    first, last = min(r["day"] for r in days), max(r["day"] for r in days)
    return Figure(
        name,
        title,
        channel,
        "money",
        mean,
        low,
        high,
        n,
        "orders",
        "t",
        currency=currency,
        note=f"net of promotions, {first} to {last}",
    )


def repeats(found: Sequence[Mapping[str, Any]], channel: str) -> Figure:
    """The repeat purchase rate a marketplace tells item by item: a proxy; orders here carry no customer."""
    name, title = "repeat_purchase_rate", "Repeat purchase rate"
    customers = sum(int(r["customers"]) for r in found)
    if not customers:
        return unseen(
            name,
            title,
            channel,
            "share",
            because="orders are kept without anything that names the customer, and no repeat purchase report is loaded",
            would_be="if a file of orders with customers is given (--orders FILE), or a repeat purchase report loaded",
        )
    again = round(sum(float(r["again"]) for r in found))
    low, high = wilson(again, customers)
    return Figure(
        name,
        title,
        channel,
        "share",
        again / customers,
        low,
        high,
        customers,
        "customers of items",
        "Wilson",
        proxy="customers of an item who had bought that item before, as the marketplace counts them",
        note="item by item: who came back for another item is not in it",
    )


def lost_sales(channel: str, lost: Mapping[str, float] | None) -> Figure:
    """What open issues cost a day as a share of what would be sold without them, as of the last run."""
    name, title = "lost_sales_rate", "Lost sales rate"
    if lost is None or lost["sold"] <= 0:
        why = "no run has been made" if lost is None else "no sales of the last days are loaded"
        return unseen(name, title, channel, "share", because=why, would_be="after opswheel run, with sales loaded")
    half = normal_quantile() * (lost["p90"] - lost["mean"]) / TENTHS
    ends = [x / (lost["sold"] + x) for x in (max(0.0, lost["mean"] - half), lost["mean"], lost["mean"] + half)]
    return Figure(
        name,
        title,
        channel,
        "share",
        ends[1],
        ends[0],
        ends[2],
        int(lost["n"]),
        "open issues",
        "exposures of the last run",
        note="exposure a day of open issues ÷ (sales a day + exposure)",
    )


def in_stock(days: Sequence[Mapping[str, Any]], channel: str) -> Figure:
    """The share of usual revenue that could be bought, each item weighing what it usually sells."""
    name, title = "revenue_weighted_in_stock", "In stock, weighted by revenue"
    now = [r for r in window(days) if r["whole"] > 0]
    if len(now) < FEWEST_DAYS:
        return unseen(
            name,
            title,
            channel,
            "share",
            because="no daily sales by item are loaded",
            would_be="if sales and traffic by day, listings and stock are loaded",
        )
    shares = [1 - r["off"] / r["whole"] for r in now]
    mean, low, high = mean_t(len(shares), sum(shares), sum(s * s for s in shares))
    return Figure(
        name,
        title,
        channel,
        "share",
        mean,
        max(0.0, low),
        min(1.0, high),
        len(shares),
        "days",
        "t over days",
        note="weights are sales per day on which the item could be bought",
    )


def hero_featured(days: Sequence[Mapping[str, Any]], channel: str) -> Figure:
    """The featured-offer share of the items that make the first half of the revenue."""
    name, title = "hero_featured_share", "Hero featured-offer share"
    now = [r for r in window(days) if r["seen"] > 0]
    if len(now) < FEWEST_DAYS:
        return unseen(
            name,
            title,
            channel,
            "share",
            because="no daily page views with the featured share are loaded",
            would_be="if sales and traffic by day and item are loaded",
        )
    return _ratio(
        name,
        title,
        channel,
        [r["ours"] for r in now],
        [r["seen"] for r in now],
        note="items of the first half of revenue, a hundred at most; while they could be bought",
    )


def tacos(ads: Sequence[Mapping[str, Any]], days: Sequence[Mapping[str, Any]], channel: str) -> Figure:
    """Ad spend as a share of all sales, on days both tell."""
    name, title = "tacos", "TACoS: ad spend ÷ all sales"
    sold = {r["day"]: r["sales_minor"] for r in days}
    both = [(r["spend"], sold[r["day"]]) for r in window([r for r in ads if sold.get(r["day"])])]
    if len(both) < FEWEST_DAYS:
        return unseen(
            name,
            title,
            channel,
            "share",
            because="no ad spend by day is loaded beside sales",
            would_be="if an advertising report by day is loaded",
        )
    return _ratio(name, title, channel, [a for a, _ in both], [b for _, b in both])


def margin(days: Sequence[Mapping[str, Any]], channel: str) -> Figure:
    """What is left of net sales after landed cost and fees, for SKUs a cost list covers."""
    name, title = "contribution_margin", "Contribution margin"
    now = [r for r in window(days) if r["net"] > 0]
    if len(now) < FEWEST_DAYS:
        return unseen(
            name,
            title,
            channel,
            "share",
            because="no cost list covers SKUs that sold on a week of days",
            would_be="if costs (sku, unit cost, fees) and orders are loaded",
        )
    return _ratio(
        name,
        title,
        channel,
        [r["left"] for r in now],
        [r["net"] for r in now],
        note="net sales less landed cost and fees; ads are not in it",
    )


def returns(
    refunds: Sequence[Mapping[str, Any]],
    sent_back: Sequence[Mapping[str, Any]],
    days: Sequence[Mapping[str, Any]],
    channel: str,
) -> Figure:
    """Units that came back as a share of units ordered on the same days."""
    name, title = "return_rate", "Return rate"
    now = [r for r in window(refunds) if r["units"] > 0]
    note = "units refunded ÷ units ordered on the same days: what comes back was ordered earlier"
    if len(now) < FEWEST_DAYS:
        back = {r["day"]: r["refunded"] for r in sent_back}
        first = min(back, default=None)
        now = [
            {"units": r["units"], "refunded": back.get(r["day"], 0.0)}
            for r in window(days)
            if first is not None and r["day"] >= first and r["units"] > 0
        ]
        note = "units sent back ÷ units ordered on the same days: what comes back was ordered earlier"
    if len(now) < FEWEST_DAYS:
        return unseen(
            name,
            title,
            channel,
            "share",
            because="no refunds or returns are loaded",
            would_be="if sales and traffic by day, or a returns report, is loaded",
        )
    return _ratio(name, title, channel, [r["refunded"] for r in now], [r["units"] for r in now], note=note)


def cancellations(found: Sequence[Mapping[str, Any]], channel: str) -> Figure:
    """Cancelled lines as a share of the lines placed, over all loaded orders."""
    name, title = "cancellation_rate", "Cancellation rate"
    n = sum(int(r["n"]) for r in found)
    if not n:
        return unseen(
            name, title, channel, "share", because="no orders are loaded", would_be="if an order report is loaded"
        )
    hits = sum(int(r["cancelled"]) for r in found)
    low, high = wilson(hits, n)
    return Figure(name, title, channel, "share", hits / n, low, high, n, "order lines", "Wilson")


def forecast_error(channel: str) -> Figure:
    """How far forecasts were off; nothing here makes any yet."""
    return unseen(
        "forecast_error",
        "Forecast error",
        channel,
        "share",
        because="no forecast is recorded here",
        would_be="once forecasts are kept beside what was sold",
    )


def ratings(found: Sequence[Mapping[str, Any]], channel: str) -> Figure:
    """Seller ratings as a stand-in for a survey."""
    stars = [int(r["rating"]) for r in found for _ in range(int(r["n"]))]
    if not stars:
        return unseen(
            "net_promoter_score",
            "Net Promoter Score",
            channel,
            "points",
            because="no survey and no seller feedback are given",
            would_be="if answers from 0 to 10 are given: --surveys FILE",
        )
    return from_stars(channel, stars)
