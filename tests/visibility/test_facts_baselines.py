"""What a listing sells when healthy: units, days and price from before its trouble, never from inside it."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import pytest

from opswheel.core.contracts import (
    INBOUND,
    INTENT,
    LISTING_STATUS,
    ORDERS,
    PRICE_RULES,
    PROMOTION_RESULTS,
    PROMOTIONS,
    RATES,
    REPORTED,
    STOCK,
    STRANDED,
    SUPPRESSIONS,
    TRAFFIC,
)

from ..factory import Scene, ago, days
from .looking import US, facts_of, listed, look

Table = dict[Any, dict[str, Any]]


# units and days ---------------------------------------------------------------------------------------------


def _history() -> Scene:
    """Every listing sold 4 a day until 29 days ago and 2 a day since, unless it says otherwise below."""
    skus = ("healthy", "suppressed", "out for a week", "promoted", "hidden for a week", "stranded before", "off lately")
    more = ("not featured", "reported", "reported without share", "out for three weeks", "half a year old", "new")
    scene = Scene()
    for sku in (*skus, *more):
        opened = ago(10) if sku == "new" else ago(900)
        listed(scene, sku, opened_on=opened, category=None if sku == "healthy" else "unsteady")
        scene.sells(sku, 4, days=days(120, 29) if sku != "new" else [])
    for sku in (
        "healthy",
        "reported without share",
        "promoted",
        "hidden for a week",
        "stranded before",
        "half a year old",
    ):
        scene.sells(sku, 2, days=days(28, 1))
    scene.sells("suppressed", 2, days=days(28, 11)).sells("suppressed", 0, days=days(10, 1))
    scene.add(SUPPRESSIONS, [{"sku": "suppressed", "state": "suppressed", "since_day": ago(10)}])
    scene.sells("out for a week", 2, days=[*days(28, 15), *days(7, 1)])
    scene.sells("out for three weeks", 2, days=[*days(28, 27), *days(5, 1)])
    for n in range(120, -1, -1):
        for sku, out in (("out for a week", 8 <= n <= 14), ("out for three weeks", 6 <= n <= 26)):
            scene.add(STOCK, [{"sku": sku, "day": ago(n), "sellable_units": 0 if out else 900}])
    scene.rows["traffic"] = [r for r in scene.rows["traffic"] if not _dealt(r)]
    scene.sells("promoted", 50, days=days(9, 5))
    scene.add(PROMOTIONS, [{"sku": "promoted", "from_day": ago(9), "to_day": ago(5)}])
    for n in range(20, -1, -1):
        found = not 12 <= n <= 18
        scene.add(LISTING_STATUS, [{"sku": "hidden for a week", "day": ago(n), "buyable": True, "discoverable": found}])
    scene.add(STRANDED, [{"sku": "stranded before", "day": ago(n), "sellable_units": 9} for n in (20, 18)])
    scene.delivered(STRANDED, ago(16), ago(0))
    for n in (30, 6, 4, 2, 0):
        listed(scene, "off lately", day=ago(n), status="inactive" if n == 4 else "active")
    scene.sells("off lately", 2, days=[*days(28, 5), *days(2, 1)])
    scene.sells("not featured", 2, days=days(28, 9)).sells("not featured", 9, days=days(8, 1), share=0.1)
    scene.sells("reported", 2, days=days(28, 7)).sells("reported", 0, days=days(6, 1))
    scene.add(REPORTED, [{"sku": "reported", "what": "?", "share_lost": 0.9, "since_day": ago(6)}])
    scene.add(REPORTED, [{"sku": "reported without share", "what": "?", "since_day": ago(6)}])
    scene.sells("new", 3, days=days(10, 1))
    return scene


def _dealt(row: dict[str, Any]) -> bool:
    return row["item_id"] == "promoted" and row["from_day"] in days(9, 5)


@pytest.fixture(scope="module")
def found() -> Table:
    return facts_of(_history(), "baselines")["baselines"]


@pytest.mark.parametrize(
    ("sku", "units", "clean_days", "window"),
    [
        ("healthy", 56, 28, 28),
        ("half a year old", 56, 28, 28),
        ("suppressed", 18 * 2 + 10 * 4, 28, 28),
        ("out for a week", 42, 21, 28),
        ("out for three weeks", 7 * 2 + 56 * 4, 63, 84),
        ("promoted", 46, 23, 28),
        ("hidden for a week", 42, 21, 28),
        ("stranded before", 48, 24, 28),
        ("off lately", 52, 26, 28),
        ("not featured", 20 * 2 + 8 * 4, 28, 28),
        ("reported", 22 * 2 + 6 * 4, 28, 28),
        ("reported without share", 56, 28, 28),
        ("new", 30, 10, 28),
    ],
)
def test_clean_days_are_those_before_the_trouble_on_which_nothing_was_wrong(
    found: Table, sku: str, units: int, clean_days: int, window: int
) -> None:
    row = found[sku]
    assert (row["clean_units"], row["clean_days"], row["window_days"]) == (units, clean_days, window)
    assert row["velocity"] == pytest.approx(units / clean_days * row["season_factor"])


def test_days_of_our_deals_and_coupons_are_not_clean() -> None:
    """Five days of the window, told by item: for each of its listings. What runs for four weeks is how it sells."""
    five = {"from_day": ago(9), "to_day": ago(5)}
    told: dict[str, list[dict[str, Any]]] = {
        "deal": [{**five, "kind": "best_deal", "state": "approved"}],
        "coupon": [{**five, "kind": "coupon"}],
        "not approved": [{**five, "state": "pending_approval", "units": 0}],
        "called off": [{**five, "state": "canceled"}],
        "called off late": [{**five, "state": "canceled", "units": 3}],
        "cut short": [{**five, "day": ago(8)}, {**five, "to_day": ago(7), "day": ago(3)}],
        "told long ago": [{**five, "day": ago(30)}],
        "27 days": [{"from_day": ago(27), "to_day": ago(1)}],
        "28 days": [{"from_day": ago(28), "to_day": ago(1)}],
        "still running": [{"from_day": ago(3), "to_day": ago(-3)}],
        "neighbour": [],
    }
    scene = Scene().sells("SHARED", 2, days=days(80, 1))
    for item, rows in told.items():
        scene.sells(item, 2, days=days(80, 1))
        listed(scene, item)
        usual = {"promotion_id": f"P {item}", "item_id": item, "kind": "price_discount", "day": ago(1)}
        scene.add(PROMOTION_RESULTS, [{**usual, **row} for row in rows])
        listed(scene, item, channel="amazon:CA").sells(item, 2, days=days(80, 1), channel="amazon:CA")
    listed(scene, "one of two", "the other", item_id="SHARED")
    scene.add(PROMOTION_RESULTS, [{"promotion_id": "P", "item_id": "SHARED", "kind": "coupon", "day": ago(1), **five}])
    found = facts_of(scene, "baselines")["baselines"]
    assert {s: r["clean_days"] for s, r in found.items()} == {
        "deal": 23,
        "coupon": 23,
        "not approved": 28,
        "called off": 28,
        "called off late": 23,
        "cut short": 25,
        "told long ago": 23,
        "27 days": 80 - 27,
        "28 days": 28,
        "still running": 25,
        "neighbour": 28,
        "one of two": 23,
        "the other": 23,
    }
    abroad = facts_of(scene, "baselines", channel="amazon:CA")["baselines"]
    assert {r["clean_days"] for r in abroad.values()} == {28}


def test_the_window_says_in_words_where_it_lies(found: Table) -> None:
    words = {s: found[s]["velocity_source"] for s in ("healthy", "out for three weeks")}
    assert words == {
        "healthy": "clean days among the 28 settled ones before it began",
        "out for three weeks": "clean days among the 84 settled ones before it began",
    }
    assert (found["suppressed"]["anchor_day"], found["healthy"]["anchor_day"]) == (ago(10), ago(0))


def test_the_day_it_went_off_is_no_full_day_and_a_sale_shows_that_it_was_still_on() -> None:
    scene = Scene()
    for sku in ("MUG-1", "MUG-2", "MUG-3"):
        listed(scene, sku, day=ago(9)).sells(sku, 2, days=days(40, 10))
        listed(scene, sku, status="active" if sku == "MUG-3" else "inactive")
    scene.sells("MUG-1", 1, days=[ago(9)]).sells("MUG-2", 2, days=days(9, 4)).sells("MUG-3", 2, days=days(9, 1))
    found = facts_of(scene, "baselines")["baselines"]
    assert {s: (r["anchor_day"], r["velocity"]) for s, r in found.items()} == {
        "MUG-1": (ago(9), 2.0),
        "MUG-2": (ago(4), 2.0),
        "MUG-3": (ago(0), 2.0),
    }


def test_units_of_an_item_are_split_over_our_offers_that_are_meant_to_sell() -> None:
    scene = listed(Scene(), "A", "B", "C", item_id="MUG").sells("MUG", 6, days=days(40, 1))
    listed(scene, "D").sells("D", 6, days=days(40, 1)).add(INTENT, [{"sku": "C", "intent": "discontinued"}])
    found = facts_of(scene, "baselines")["baselines"]
    assert {s: r["velocity"] for s, r in found.items()} == {"A": 3.0, "B": 3.0, "C": 0.0, "D": 6.0}


def test_a_season_lifts_what_an_outage_would_have_sold_in_it() -> None:
    """Toys sell three times as much since a month; the toy that was off all that month would have, too."""
    scene = Scene()
    for sku, category in (("toy", "toys"), ("sold out toy", "toys"), ("mug", "mugs"), ("sold out mug", "mugs")):
        listed(scene, sku, category=category).sells(sku, 100, days=days(84, 29))
    scene.sells("toy", 300, days=days(28, 1)).sells("mug", 100, days=days(28, 1))
    gone = {"state": "suppressed", "since_day": ago(28)}
    scene.add(SUPPRESSIONS, [{"sku": s, **gone} for s in ("sold out toy", "sold out mug")])
    found = facts_of(scene, "baselines")["baselines"]
    usual = (56 * 100 + 28 * 300) / 84
    factor = (300 + 20) / (100 + 20)
    assert found["sold out toy"]["season_factor"] == pytest.approx(factor)
    assert found["sold out toy"]["usual_level"] == pytest.approx((100 + 20) / (usual + 20))
    assert found["sold out toy"]["velocity"] == pytest.approx(100 * factor)
    assert [found[s]["velocity"] for s in ("mug", "sold out mug", "toy")] == [100.0, 100.0, 300.0]


# price ------------------------------------------------------------------------------------------------------


def line(sku: str, n: int, **named: Any) -> dict[str, Any]:
    """A shipped order line of one unit at 20.00, `n` days ago."""
    day = ago(n)
    usual = {"order_hash": f"{sku} {n}", "day": day, "at": datetime.combine(day, time(18)), "units": 1}
    usual |= {"updated_at": datetime.combine(day, time(19)), "line_minor": 2000}
    return {"sku": sku, **usual, **named}


PRICED: dict[str, list[dict[str, Any]]] = {
    "plain": [line("plain", 3)],
    "two units": [line("two units", 3, units=2, line_minor=4400)],
    "promoted": [line("promoted", 3, line_minor=2000, promotion_minor=500)],
    "taxed": [line("taxed", 3, line_minor=2380, tax_minor=380)],
    "weighted": [line("weighted", 3, units=3, line_minor=3000), line("weighted", 4, line_minor=2000)],
    "pending": [line("pending", 3, line_minor=9900, status="pending"), line("pending", 4)],
    "no price yet": [line("no price yet", 3, line_minor=None), line("no price yet", 4)],
    "cancelled": [line("cancelled", 3, line_minor=9900, status="cancelled"), line("cancelled", 4)],
    "elsewhere": [line("elsewhere", 3, line_minor=9900, external=True), line("elsewhere", 4)],
    "corrected": [
        line("corrected", 3, line_minor=9900),
        line("corrected", 3, line_minor=2100, updated_at=datetime.combine(ago(2), time(19))),
    ],
    "long ago": [line("long ago", 40, line_minor=1500), line("long ago", 3, line_minor=None)],
    "never": [],
}


def _priced(channel: str, currency: str) -> Scene:
    scene = Scene()
    for sku, rows in PRICED.items():
        listed(scene, sku, channel=channel, price_minor=2500, currency=currency)
        scene.add(ORDERS, [{"channel": channel, "currency": currency, **row} for row in rows])
    scene.add(ORDERS, [line("unlisted", n, channel=channel) for n in range(42, 0, -1)])
    return scene


NET = {
    "plain": 20.0,
    "two units": 22.0,
    "promoted": 15.0,
    "taxed": 23.8,
    "weighted": 12.5,
    "pending": 20.0,
    "no price yet": 20.0,
    "cancelled": 20.0,
    "elsewhere": 20.0,
    "corrected": 21.0,
    "long ago": 15.0,
    "never": 25.0,
}


def test_the_price_is_what_shipped_lines_brought_net_of_promotion() -> None:
    found = facts_of(_priced(US, "USD"), "baselines")["baselines"]
    assert {s: round(r["price"], 6) for s, r in found.items()} == NET
    assert found["never"]["price_source"] == "price asked (no priced sale loaded)"
    assert found["plain"]["price_source"] == "net price of recent sales"
    assert "84 settled days" in found["long ago"]["price_source"]
    assert {s: r["clean_units"] for s, r in found.items() if s in ("cancelled", "elsewhere", "pending")} == {
        "cancelled": 1.0,
        "elsewhere": 1.0,
        "pending": 2.0,
    }


def test_where_prices_include_tax_it_is_taken_off_and_money_is_converted() -> None:
    rate = {"day": ago(1), "currency": "EUR", "to_currency": "USD", "rate": 1.1}
    scene = _priced("amazon:DE", "EUR").add(RATES, [rate])
    found = facts_of(scene, "baselines", channel="amazon:DE")["baselines"]
    assert {s: round(r["price"], 6) for s, r in found.items()} == {
        s: round((20.0 if s == "taxed" else p) * 1.1, 6) for s, p in NET.items()
    }


@pytest.mark.parametrize(("age", "known"), [(1, True), (7, True), (8, False)])
def test_a_rate_older_than_a_week_is_no_rate(age: int, known: bool) -> None:
    rate = {"day": ago(age), "currency": "EUR", "to_currency": "USD", "rate": 1.1}
    scene = _priced("amazon:DE", "EUR").add(RATES, [rate])
    price = facts_of(scene, "baselines", channel="amazon:DE")["baselines"]["plain"]["price"]
    assert (price is not None) is known


def test_prices_paid_in_an_outage_of_the_price_are_not_the_price() -> None:
    """A price over its maximum since ten days: what it sold for before counts."""
    scene = listed(Scene(), "MUG-1", "MUG-2", day=ago(11), price_minor=2000)
    listed(scene, "MUG-1", price_minor=4000).add(PRICE_RULES, [{"sku": "MUG-1", "max_minor": 3000}])
    listed(scene, "MUG-2", price_minor=2000)
    for sku, price in (("MUG-1", 40.0), ("MUG-2", 20.0)):
        scene.sells(sku, 3, days=days(42, 11)).sells(sku, 1 if price > 20 else 3, days=days(10, 1), price=price)
    found = facts_of(scene, "baselines")["baselines"]
    assert {s: (r["price"], r["velocity"]) for s, r in found.items()} == {"MUG-1": (20.0, 3.0), "MUG-2": (20.0, 3.0)}


# ranges -----------------------------------------------------------------------------------------------------


def _range(sku: str, first: int, last: int, units: int, **named: Any) -> dict[str, Any]:
    stretch = {"from_day": ago(first), "to_day": ago(last), "level": "child", "report": "amazon_business_report"}
    views = {"page_views": 900, "sessions": 900, "featured_view_hundredths": 90_000}
    return {"item_id": sku, "units": units, "sales_minor": units * 1000, **stretch, **views, **named}


def test_ranges_feed_baselines_where_nothing_daily_is_loaded() -> None:
    scene = listed(Scene(), "steady", "suppressed", "not named", price_minor=2500)
    scene.add(TRAFFIC, [_range("steady", 62, 33, 60), _range("suppressed", 62, 33, 90)])
    scene.add(TRAFFIC, [_range("steady", 32, 3, 60), _range("suppressed", 32, 3, 3)])
    scene.add(SUPPRESSIONS, [{"sku": "suppressed", "state": "suppressed", "since_day": ago(32)}])
    found = facts_of(scene, "baselines", "focus_days")
    rows = found["baselines"]
    assert {s: (r["clean_units"], r["clean_days"], r["velocity"], r["price"]) for s, r in rows.items()} == {
        "steady": (120.0, 60, 2.0, 10.0),
        "suppressed": (90.0, 30, 3.0, 10.0),
        "not named": (0.0, 60, 0.0, 25.0),
    }
    assert rows["steady"]["velocity_source"] == "loaded ranges of days before it began"
    assert rows["steady"]["price_source"] == "sales ÷ units of the loaded ranges"
    assert found["focus_days"] == {}


def test_the_month_without_its_last_week_counts_no_day_twice() -> None:
    scene = listed(Scene(), "MUG-1", "MUG-2")
    scene.add(TRAFFIC, [_range("MUG-1", 30, 1, 53), _range("MUG-2", 30, 1, 30)])
    scene.add(TRAFFIC, [_range("MUG-1", 7, 1, 7), _range("MUG-2", 7, 1, 7)])
    scene.add(SUPPRESSIONS, [{"sku": "MUG-1", "state": "suppressed", "since_day": ago(7)}])
    found = facts_of(scene, "baselines")["baselines"]
    assert {s: (r["clean_units"], r["clean_days"]) for s, r in found.items()} == {
        "MUG-1": (46.0, 23),
        "MUG-2": (30.0, 30),
    }


def test_a_range_tells_no_featured_share() -> None:
    scene = listed(Scene(), "MUG-1")
    scene.add(TRAFFIC, [_range("MUG-1", 60, 31, 60), _range("MUG-1", 30, 3, 30, featured_view_hundredths=0)])
    assert look(scene).observed == []


# intent and tier --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loaded", [42, 20])
def test_what_nobody_said_is_inferred_from_sales_stock_orders_and_age(loaded: int) -> None:
    scene = Scene().sells("neighbour", 1, days=days(loaded, 1))
    listed(scene, "neighbour", "sold lately", "ordered", "held", "empty", "off, long", "off, held", "closed, shelf")
    listed(scene, "opened lately", opened_on=ago(90))
    listed(scene, "opened before", opened_on=ago(91))
    for sku in ("off, long", "off, held", "closed, shelf"):
        scene.rows["listings"] = [r for r in scene.rows["listings"] if r["sku"] != sku]
        way: dict[str, Any] = {"fulfillment": "merchant", "quantity_units": 5} if sku == "closed, shelf" else {}
        listed(scene, sku, status="inactive", **way)
    scene.sells("sold lately", 1, days=[ago(loaded)])
    scene.add(INBOUND, [{"sku": "ordered", "units": 5, "eta": ago(-5)}])
    scene.add(STOCK, [{"sku": "held", "sellable_units": 5}, {"sku": "off, held", "sellable_units": 5}])
    scene.add(STOCK, [{"sku": "empty", "sellable_units": 0}])
    rows = facts_of(scene, "baselines")["baselines"]
    old = "dead" if loaded >= 28 else "unknown"
    assert {s: r["intent"] for s, r in rows.items()} == {
        "neighbour": "sell",
        "sold lately": "sell",
        "ordered": "sell",
        "held": "sell",
        "empty": old,
        "off, long": old,
        "off, held": "dead" if loaded >= 28 else "sell",
        "closed, shelf": old,
        "opened lately": "sell",
        "opened before": "unknown",
    }


@pytest.mark.parametrize(("last_sale", "intent"), [(90, "sell"), (91, "unknown"), (180, "unknown"), (181, "dead")])
def test_a_listing_that_sold_in_ninety_days_is_never_dead(last_sale: int, intent: str) -> None:
    scene = listed(Scene(), "neighbour", "MUG-1").sells("neighbour", 1, days=days(199, 1))
    listed(scene, "MUG-1", day=ago(60), status="inactive").sells("MUG-1", 1, days=[ago(last_sale)])
    scene.rows["listings"] = [r for r in scene.rows["listings"] if (r["sku"], r["status"]) != ("MUG-1", "active")]
    listed(scene, "MUG-1", status="inactive")
    row = facts_of(scene, "baselines")["baselines"]["MUG-1"]
    assert (row["intent"], row["last_sale_day"]) == (intent, ago(last_sale))


def test_tiers_follow_the_share_of_revenue_and_a_fall_waits_a_week() -> None:
    scene = listed(Scene(), "hero", "second", "third", "tail", "nothing", "fell", "fell long ago", "pinned")
    for sku, units in (("hero", 70), ("second", 30), ("third", 10), ("tail", 10), ("pinned", 1)):
        scene.sells(sku, units, days=days(120, 1))
    scene.sells("fell", 60, days=days(120, 21)).sells("fell long ago", 60, days=days(120, 95))
    settings = scene.settings.model_validate({"tiers": {"pinned": {f"{US}/pinned": 1}}})
    scene.settings = settings
    found = facts_of(scene, "baselines")["baselines"]
    assert {s: r["tier"] for s, r in found.items()} == {
        "hero": 1,
        "second": 2,
        "third": 3,
        "tail": 3,
        "nothing": 3,
        "fell": 1,
        "fell long ago": 3,
        "pinned": 1,
    }
