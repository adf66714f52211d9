"""A stock plan's move is an issue of its own only where no other issue tells the loss it would save."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opswheel.core.contracts import INTENT, LISTINGS, RATES, STOCK, STOCK_HEALTH, SUPPLY

from ...factory import Scene, ago, days
from ..looking import CA, US, Looked, listed, look

SHOP = "shopify:main"
MOVES: dict[str, tuple[str, float, str]] = {
    # SKU: action, what it saves, the issue that tells it
    "lies in our warehouse": ("send_in", 80.0, "stock_misplaced"),
    "worth half an hour": ("send_in", 15.0, "stock_misplaced"),
    "worth less": ("send_in", 14.99, ""),
    "sells better at home": ("remove", 60.0, "stock_misplaced"),
    "out at the marketplace": ("send_in", 80.0, "out_of_stock"),
    "runs out there": ("send_in", 80.0, "stockout_ahead"),
    "too many there": ("remove", 60.0, "overstock"),
    "is to be ended": ("send_in", 80.0, ""),
    "could be shipped by us": ("offer", 40.0, "stock_misplaced"),
    "out, and could be": ("offer", 40.0, "out_of_stock"),
    "shipped at a loss": ("withdraw", 30.0, "stock_misplaced"),
}
HELD = {"out at the marketplace": 0, "runs out there": 5, "out, and could be": 0}


def move(sku: str, action: str, saves: float, **more: Any) -> dict[str, Any]:
    """A move of the last plan: into the marketplace's pool, or out of it."""
    here, home = f"{US}/{sku}", f"{SHOP}/{sku}"
    into, out_of, channel = (here, home, US) if action in ("send_in", "offer") else (home, here, SHOP)
    out_of = into if action == "withdraw" else out_of
    row = {"account": "main", "channel": channel, "pool": into, "source_pool": out_of, "action": action, "skus": sku}
    return {**row, "made_day": ago(1), "units": 40, "by_day": None, "lacking_days": None, "runs_out_day": None,
            "saves": saves, **more}  # fmt: skip


def the_shop(*, planned: bool = True) -> Scene:
    scene = Scene()
    for sku in (*MOVES, "neighbour"):
        for channel in (US, SHOP):
            listed(scene, sku, channel=channel)
            scene.sells(sku, 1, days=days(42, 1), channel=channel)
            scene.add(STOCK, [{"channel": channel, "sku": sku, "sellable_units": HELD.get(sku, 500)}])
            scene.add(SUPPLY, [{"channel": channel, "sku": sku, "lead_time_days": 20, "receive_days": 3}])
    listed(scene, *MOVES, channel=CA, currency="CAD")
    scene.add(RATES, [{"day": ago(1), "currency": "CAD", "to_currency": "USD", "rate": 0.75}])
    scene.add(STOCK, [{"channel": CA, "sku": sku, "sellable_units": 500} for sku in MOVES])
    full = {"available_units": 500, "age_0_90_units": 500, "storage_minor": 10000}
    scene.add(STOCK_HEALTH, [{"sku": "too many there", **full}])
    scene.add(INTENT, [{"sku": "is to be ended", "intent": "discontinued"}])
    if planned:
        scene.rows["planned"] += [move(sku, action, saves) for sku, (action, saves, _) in MOVES.items()]
    return scene


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def places(looked: Looked, kind: str) -> dict[str, str]:
    return {r["sku"]: r["channel"] for r in looked.signals if r["kind"] == kind}


def test_a_move_is_told_once_and_by_the_issue_of_the_loss_it_saves(looked: Looked) -> None:
    assert looked.errors == []
    own = {sku for sku, (_, _, kind) in MOVES.items() if kind == "stock_misplaced"}
    assert set(places(looked, "stock_misplaced")) == own
    for kind in ("out_of_stock", "stockout_ahead", "overstock"):
        told = {r["sku"] for r in looked.signals if r["kind"] == kind and json.loads(r["evidence"]).get("recommended")}
        assert told == {sku for sku, (_, _, named) in MOVES.items() if named == kind}


@pytest.mark.parametrize(
    ("sku", "kind", "words"),
    [
        ("out at the marketplace", "out_of_stock", "move 40 from shopify:main/{} to amazon:US/{}"),
        ("runs out there", "stockout_ahead", "move 40 from shopify:main/{} to amazon:US/{}"),
        ("too many there", "overstock", "take 40 from amazon:US/{} to shopify:main/{}"),
        ("lies in our warehouse", "stock_misplaced", "move 40 from shopify:main/{} to amazon:US/{}"),
        ("could be shipped by us", "stock_misplaced", "offer 40 shipped by yourself from shopify:main/{} meanwhile"),
        ("out, and could be", "out_of_stock", "offer 40 shipped by yourself from shopify:main/{} meanwhile"),
        ("shipped at a loss", "stock_misplaced", "stop selling from shopify:main/{}: each sale loses money"),
    ],
)
def test_the_issue_says_what_to_move(looked: Looked, sku: str, kind: str, words: str) -> None:
    (row,) = [r for r in looked.signals if (r["kind"], r["sku"]) == (kind, sku) and "recommended" in r["evidence"]]
    assert json.loads(row["evidence"])["recommended"] == words.format(sku, sku)


def test_its_money_is_the_profit_of_the_move_and_it_stands_where_units_are_lacking(looked: Looked) -> None:
    row = looked.signal("stock_misplaced", "lies in our warehouse")
    assert (row["amount_at_risk"], row["share_state"], row["observed"]) == (80.0, "cash", 40.0)
    assert row["subject_key"] == "main|amazon:US/lies in our warehouse"
    assert places(looked, "stock_misplaced")["sells better at home"] == SHOP
    assert looked.said("stock_misplaced", "lies in our warehouse") == (
        "Send 40 from shopify:main/lies in our warehouse to amazon:US/lies in our warehou"
    )


def test_a_move_that_pays_for_less_than_half_an_hour_is_seen_and_cut(looked: Looked) -> None:
    row = looked.saw("stock_misplaced", "worth less")
    assert row is not None and row["amount_at_risk"] == 14.99


def test_without_a_plan_nothing_is_recommended() -> None:
    found = look(the_shop(planned=False))
    assert not [r for r in found.observed if r["kind"] == "stock_misplaced"]
    assert not [r for r in found.observed if json.loads(r["evidence"]).get("plan_saves")]
    assert found.fired("runs out there") == ["stockout_ahead"]


def test_the_same_sku_of_another_account_is_no_source_of_it() -> None:
    scene = the_shop(planned=False)
    scene.add(LISTINGS, [{"account": "other", "sku": "neighbour", "item_id": "neighbour"}])
    scene.add(STOCK, [{"account": "other", "sku": "neighbour", "sellable_units": 0}])
    scene.rows["planned"] += [move("neighbour", "send_in", 80.0)]
    assert places(look(scene), "stock_misplaced") == {"neighbour": US}


def test_of_two_skus_that_share_a_stock_only_the_one_the_plan_names_is_taken_out() -> None:
    scene = Scene()
    for sku in ("named", "twin"):
        listed(scene, sku)
        scene.sells(sku, 1, days=days(42, 1))
        scene.add(STOCK, [{"sku": sku, "fnsku": "X9", "sellable_units": 900}])
        scene.add(STOCK_HEALTH, [{"sku": sku, "available_units": 900, "age_0_90_units": 900, "storage_minor": 10000}])
    scene.rows["planned"] += [move("named", "remove", 60.0, source_pool=f"{US}/X9")]
    looked = look(scene)
    assert json.loads(looked.signal("overstock", "named")["evidence"])["recommended"].startswith("take 40 from")
    assert "recommended" not in json.loads(looked.signal("overstock", "twin")["evidence"])


def test_an_offer_beside_a_move_stands_in_the_row_of_the_move() -> None:
    scene = the_shop(planned=False)
    both = [move("neighbour", "send_in", 80.0), move("neighbour", "offer", 40.0)]
    scene.rows["planned"] += both
    looked = look(scene)
    assert looked.said("stock_misplaced", "neighbour").startswith("Send 40 from")
    said = json.loads(looked.signal("stock_misplaced", "neighbour")["evidence"])["recommended"]
    assert said.startswith("move 40 from") and said.endswith(
        "shipped by yourself from shopify:main/neighbour meanwhile"
    )
