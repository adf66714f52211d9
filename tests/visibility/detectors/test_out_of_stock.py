"""Nothing left to sell: one issue per pool of stock, a row for every listing that draws on it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from opswheel.core.contracts import INTENT, STOCK

from ...factory import Scene, ago, days
from ..looking import US, Looked, abroad, listed, look, sold_in_28_days

MORNINGS: dict[str, tuple[int | None, int | None, int | None, int | None]] = {
    # SKU: sellable units 6, 4, 2 and 0 days ago; None where the report does not name it
    "neighbour": (900, 900, 900, 900),
    "last unit": (9, 4, 2, 1),
    "sold out": (5, 0, 0, 0),
    "on and off": (5, 0, 5, 0),
    "always out": (0, 0, 0, 0),
    "oversold": (5, 3, 1, -3),
    "back in": (0, 0, 0, 500),
    "no longer told": (5, 0, 0, None),
    "in transfer": (5, 5, 0, 0),
    "drafted only": (5, 5, 0, 0),
    "twin A": (5, 5, 0, 0),
    "twin B": (5, 5, 5, 0),
    "mixed A": (5, 5, 0, 0),
    "mixed B": (5, 5, 5, 600),
    "1.00 a day": (5, 5, 5, 0),
    "0.96 a day": (5, 5, 5, 0),
    "transfer 1.02 a day": (5, 5, 5, 0),
    "transfer 0.99 a day": (5, 5, 5, 0),
    "never sold": (0, 0, 0, 0),
    "sold through": (5, 5, 5, 0),
    "discontinued": (5, 5, 5, 0),
    "inactive": (5, 5, 5, 0),
}
MORE: dict[str, dict[str, Any]] = {
    "in transfer": {"transfer_units": 40},
    "drafted only": {"inbound_working_units": 40},
    "twin A": {"fnsku": "X1"},
    "twin B": {"fnsku": "X1", "inbound_shipped_units": 7},
    "mixed A": {"fnsku": "X2"},
    "mixed B": {"fnsku": "X2"},
    "transfer 1.02 a day": {"transfer_units": 4},
    "transfer 0.99 a day": {"transfer_units": 4},
}
OUT = ["out_of_stock"]
EXPECTED = {
    "neighbour": [],
    "last unit": ["stockout_ahead"],
    "sold out": OUT,
    "on and off": OUT,
    "always out": OUT,
    "oversold": OUT,
    "back in": [],
    "no longer told": [],
    "in transfer": OUT,
    "drafted only": OUT,
    "twin A": OUT,
    "twin B": OUT,
    "mixed A": [],
    "mixed B": [],
    "1.00 a day": OUT,
    "0.96 a day": [],
    "transfer 1.02 a day": OUT,
    "transfer 0.99 a day": [],
    "never sold": OUT,
    "sold through": [],
    "discontinued": [],
    "inactive": OUT,
    "merchant without units": OUT,
    "merchant with units": [],
    "merchant and a stock list": [],
    "own warehouse full": OUT,
}
PRICED = {
    "1.00 a day": (28, 1.0),
    "0.96 a day": (27, 1.0),
    "transfer 1.02 a day": (28, 3.40),
    "transfer 0.99 a day": (28, 3.30),
}


def the_shop() -> Scene:
    scene = Scene()
    merchant = [s for s in EXPECTED if s.startswith("merchant")]
    listed(scene, *[s for s in EXPECTED if s not in (*merchant, "inactive")])
    listed(scene, "inactive", status="inactive")
    for sku, offered in zip(merchant, (0, 600, 0), strict=True):
        listed(scene, sku, fulfillment="merchant", quantity_units=offered)
    for sku in EXPECTED:
        if sku in PRICED:
            sold_in_28_days(scene, sku, PRICED[sku][0], price=PRICED[sku][1], until=3)
        elif sku != "never sold":
            scene.sells(sku, 1, days=days(42, 1) if EXPECTED[sku] != OUT else days(42, 3))
    for sku, told in MORNINGS.items():
        for n, units in zip((6, 4, 2, 0), told, strict=True):
            if units is not None:
                more = MORE.get(sku, {}) if n == 0 or "fnsku" in MORE.get(sku, {}) else {}
                scene.add(STOCK, [{"sku": sku, "day": ago(n), "sellable_units": units, **more}])
    own = {"sku": "merchant and a stock list", "fulfillment": "merchant", "sellable_units": 400}
    scene.add(STOCK, [own])
    for n, left in zip((6, 4, 2, 0), (9, 0, 0, 0), strict=True):
        theirs = {"report": "amazon_fba_inventory", "fulfillment": "marketplace", "sellable_units": left}
        ours = {"fulfillment": "merchant", "sellable_units": 50}
        scene.add(STOCK, [{"sku": "own warehouse full", "day": ago(n), **told} for told in (theirs, ours)])
    scene.add(INTENT, [{"sku": "sold through", "intent": "sell_through"}])
    scene.add(INTENT, [{"sku": "discontinued", "intent": "discontinued"}])
    return abroad(scene)


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


@pytest.mark.parametrize("sku", EXPECTED)
def test_a_listing_is_out_where_its_whole_pool_is_empty(looked: Looked, sku: str) -> None:
    assert looked.fired(sku) == EXPECTED[sku]


def test_the_same_skus_abroad_stay_quiet(looked: Looked) -> None:
    assert looked.errors == []
    assert {r["channel"] for r in looked.observed} == {US}


@pytest.mark.parametrize(
    ("sku", "onset", "last_good"),
    [
        ("sold out", ago(4), ago(6)),
        ("on and off", ago(0), ago(2)),
        ("always out", ago(6), None),
        ("oversold", ago(0), ago(2)),
        ("twin A", ago(0), ago(2)),
        ("twin B", ago(0), ago(2)),
        ("merchant without units", ago(0), None),
        ("own warehouse full", ago(4), ago(6)),
    ],
)
def test_it_begins_on_the_first_morning_without_units_after_the_last_with_some(
    looked: Looked, sku: str, onset: date, last_good: date | None
) -> None:
    row = looked.signal("out_of_stock", sku)
    assert (row["onset_day"], row["last_good_day"]) == (onset, last_good)


def test_listings_that_share_their_units_share_one_issue(looked: Looked) -> None:
    rows = [looked.signal("out_of_stock", s) for s in ("twin A", "twin B", "sold out")]
    assert [(r["subject_type"], r["subject_key"]) for r in rows] == [
        ("stock_pool", "main|amazon:US/X1"),
        ("stock_pool", "main|amazon:US/X1"),
        ("stock_pool", "main|amazon:US/sold out"),
    ]


def test_units_in_transfer_lose_a_part_and_drafts_are_no_units(looked: Looked) -> None:
    for sku, state, loss in (("in transfer", "transfer_only", 6.0), ("drafted only", "out_of_stock", 20.0)):
        row = looked.signal("out_of_stock", sku)
        assert (row["share_state"], row["loss_per_day"]) == (state, pytest.approx(loss)), sku
    assert looked.said("out_of_stock", "in transfer") == "Only units in transfer left"
    assert looked.said("out_of_stock", "drafted only") == "Out of stock"


@pytest.mark.parametrize(
    ("sku", "loss"),
    [
        ("1.00 a day", 1.0),
        ("0.96 a day", 27 / 28),
        ("transfer 1.02 a day", 0.3 * 3.40),
        ("transfer 0.99 a day", 0.3 * 3.30),
    ],
)
def test_the_floor_is_a_dollar_a_day(looked: Looked, sku: str, loss: float) -> None:
    row = looked.saw("out_of_stock", sku)
    assert row is not None and row["loss_per_day"] == pytest.approx(loss)


def test_a_negative_quantity_is_no_stock_and_is_told(looked: Looked) -> None:
    row = looked.signal("out_of_stock", "oversold")
    assert row["observed"] == 0.0
    assert '"sellable": 0' in row["evidence"] and '"oversold": true' in row["evidence"]
    assert '"oversold": false' in looked.signal("out_of_stock", "sold out")["evidence"]


def test_what_never_sold_goes_into_the_batch_however_small(looked: Looked) -> None:
    assert looked.signal("out_of_stock", "never sold")["intent"] == "dead"
