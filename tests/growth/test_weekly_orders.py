"""Orders by week: who is new, who came back, and nothing claimed of customers from before the file."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from opswheel.core.errors import WrongUse
from opswheel.growth import weekly_orders
from opswheel.growth.kpis.files import order_book
from opswheel.growth.templates import template

MONDAY = date(2024, 1, 1)
STORE, MARKET = template("store"), template("marketplace")


def _book(rows, **more):
    """Rows of (customer, week, amount), each on that week's Wednesday."""
    columns = {
        "customer": [r[0] for r in rows],
        "order": list(range(len(rows))),
        "day": [MONDAY + timedelta(days=7 * r[1] + 2) for r in rows],
        "amount": [float(r[2]) for r in rows],
    }
    return order_book("orders.csv", columns | more, "USD")


def _two_years():
    """Ann every week; in week 60 Bob comes, and in week 70 again. Weeks 0 and 103 are cut at their ends."""
    rows = [("ann", week, 10) for week in range(104)]
    return [*rows, ("bob", 60, 40), ("bob", 70, 40), (None, 80, 5)]


def test_new_and_returning_orders_are_told_apart_and_unknown_ones_are_neither():
    told = weekly_orders.drivers(_book(_two_years()), STORE, None)
    at = {week: i for i, week in enumerate(told.weeks)}

    def of(name, week):
        return told.levels[name][at[MONDAY + timedelta(days=7 * week)]]

    assert (of("new", 60), of("repeat", 60)) == (1.0, 1.0)
    assert (of("new", 70), of("repeat", 70)) == (0.0, 2.0)
    assert (of("new", 80), of("repeat", 80), of("sales", 80)) == (0.0, 1.0, 15.0)
    assert of("basket", 60) == pytest.approx(25.0)
    assert (of("base", 60), of("base", 61)) == (1.0, 2.0)


def test_customers_from_before_the_file_are_not_taken_for_new():
    told = weekly_orders.drivers(_book(_two_years()), STORE, None)
    assert told.levels["new"][:25] == [None] * 25
    assert told.levels["base"][:51] == [None] * 51
    assert told.levels["base"][-1] is not None
    assert told.levels["sales"][0] is not None


def test_weeks_that_are_not_whole_are_left_out():
    told = weekly_orders.drivers(_book([("a", 0, 10), ("a", 1, 10), ("a", 3, 10)]), STORE, None)
    assert told.weeks == (MONDAY + timedelta(days=7), MONDAY + timedelta(days=14))
    assert told.levels["sales"] == [10.0, 0.0]
    assert told.levels["basket"] == [10.0, None]


def test_sellers_and_products_are_a_marketplaces_own_drivers():
    rows = [("a", 0, 10), ("b", 1, 10), ("c", 1, 10), ("d", 2, 10), ("e", 3, 10)]
    told = weekly_orders.drivers(
        _book(rows, seller=["s1", "s1", "s2", "s1", None], product=["p1", "p1", "p1", "p2", None]), MARKET, None
    )
    assert told.levels["sellers"] == [2.0, 1.0]
    assert told.levels["selection"] == [1.0, 1.0]


def test_orders_of_two_channels_ask_which_one():
    book = _book([("a", 0, 1), ("a", 9, 1)], channel=["shopify:main", "amazon:US"])
    with pytest.raises(WrongUse, match="--channel amazon:US or shopify:main"):
        weekly_orders.drivers(book, STORE, None)
