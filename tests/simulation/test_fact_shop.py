"""The second light shop plants what its facts show, adds what only looks wrong, and is judged by what it planted."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest

from opswheel.interfaces.bench.fact_rules import KINDS, ON, _morning, judge_truth
from opswheel.simulation.fact_changes import make_change_shop
from opswheel.simulation.fact_sheets import TODAY, FactShop, subject
from opswheel.simulation.fact_shop import make_fact_shop
from opswheel.simulation.parameters import read_world
from opswheel.visibility.detectors.promotion_not_live import NOT_LIVE

LISTINGS = 150


def shop(*, planted: bool = True) -> FactShop:
    return make_fact_shop(read_world(), listings=LISTINGS, seed=2, key="simulated 2", planted=planted)


@pytest.fixture(scope="module")
def made() -> FactShop:
    return shop()


def told(made: FactShop, report: str, key: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of a report by one column, oldest first."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for sheet in sorted((s for s in made.sheets if s.report == report), key=lambda s: s.day):
        for values in zip(*sheet.columns.values(), strict=True):
            row = dict(zip(sheet.columns, values, strict=True)) | {"list_day": sheet.day}
            found[row[key]].append(row)
    return found


def true(made: FactShop, kind: str) -> set[str]:
    """What is true of a rule, by the last part of its subject."""
    return {what.rpartition("|")[2] for k, what in made.truth if k == kind}


def test_every_rule_judged_here_has_faults_that_cost_something_and_come_again_with_the_seed(made: FactShop) -> None:
    changes = make_change_shop(read_world(), listings=LISTINGS, seed=2, key="simulated 2")
    assert {kind for kind, _ in (made.truth | changes.truth)} == set(KINDS)
    nothing = {key for key, dollars in made.truth.items() if dollars <= 0}
    assert {kind for kind, _ in nothing} <= {"forecast_drift"} and all(key.endswith("error") for _, key in nothing)
    again = shop()
    assert again.truth == made.truth and [len(s) for s in again.sheets] == [len(s) for s in made.sheets]
    assert shop(planted=False).truth == {}


def test_a_held_purchase_is_still_on_the_list_past_its_day_and_a_short_shipment_is_closed(made: FactShop) -> None:
    lines, loads = told(made, "inbound_csv", "reference"), told(made, "inbound_shipments_csv", "shipment_id")
    late, short = true(made, "inbound_late"), true(made, "shipment_short")
    assert all(lines[name][0]["eta"] < TODAY for name in late if name.startswith("PO"))
    now = {name: [r for r in rows if r["list_day"] == TODAY] for name, rows in loads.items()}
    open_ = [r for name in late if name.startswith("FBA") for r in now[name]]
    assert open_ and {r["status"] for r in open_} <= {"shipped", "receiving"}
    closed = [r for name in short for r in now[name]]
    assert closed and {r["status"] for r in closed} == {"closed"}
    assert all(any(r["received_units"] < r["expected_units"] for r in now[name]) for name in short)
    well = [rows for name, rows in now.items() if name not in short and rows[0]["status"] == "closed"]
    whole = [all(r["received_units"] == r["expected_units"] for r in rows) for rows in well]
    assert 0.8 < sum(whole) / len(whole) < 1.0  # some healthy ones look short


def test_who_is_undercut_is_told_of_another_seller_below_us_and_flashes_pass(made: FactShop) -> None:
    messages = told(made, "amazon_offer_notifications", "item_id")
    price = {sku: int(p) for sku, p in zip(made.sku, made.price_minor, strict=True)}
    for sku in true(made, "competitor_undercut") | true(made, "map_broken"):
        last = max(messages[sku], key=lambda r: r["at"])
        assert last["featured_by"] == "other" and last["featured_price_minor"] < price[sku]
    well = {sku for sku, role in zip(made.sku, made.role, strict=True) if not role}
    flashes = [r for sku in well for r in messages.get(sku, ()) if r["featured_price_minor"] < price[sku]]
    last_of = [max(messages[sku], key=lambda r: r["at"])["featured_by"] for sku in well if sku in messages]
    assert len(flashes) > 5 and last_of.count("us") / len(last_of) > 0.8


def test_deals_held_back_are_told_so_and_some_drafts_are_not_a_fault(made: FactShop) -> None:
    deals = told(made, "amazon_deals", "promotion_id")
    wrong = true(made, "promotion_not_live")
    assert wrong and all(deals[name][-1]["state"] in NOT_LIVE for name in wrong)
    looks = [name for name, rows in deals.items() if rows[-1]["state"] in NOT_LIVE and rows[-1]["to_day"] >= TODAY]
    assert set(looks) > wrong


def test_a_launch_that_counts_as_stuck_is_between_two_weeks_and_two_months_old(made: FactShop) -> None:
    age = dict(zip(made.sku, made.age.tolist(), strict=True))
    assert all(14 <= age[sku] <= 60 for sku in true(made, "launch_stuck"))
    (sheet,) = [s for s in made.sheets if s.report == "amazon_all_listings"]
    assert list(sheet.columns["opened_on"]) == [TODAY - timedelta(days=age[sku]) for sku in made.sku]


def test_a_row_is_true_of_what_was_planted_and_a_fall_of_our_share_tells_an_undercut_too() -> None:
    a, b, c = (subject(sku) for sku in ("a", "b", "c"))
    truth = {
        ("competitor_undercut", a): 10.0,
        ("competitor_undercut", b): 5.0,
        ("map_broken", c): 2.0,
        ("forecast_drift", subject("group 1", "error")): 0.0,
    }
    seen = {
        ("competitor_undercut", a),
        ("featured_offer_lost", b),
        ("map_broken", a),
        ("out_of_stock", c),
        ("forecast_drift", subject("group 1", "error")),
    }
    rows: dict[str, list[bool]] = defaultdict(list)
    taken: dict[str, Any] = defaultdict(list)
    judge_truth(truth, seen, rows, taken)
    assert dict(rows) == {"competitor_undercut": [True], "map_broken": [False], "forecast_drift": [True]}
    assert dict(taken) == {"competitor_undercut": [(10.0, 10.0), (5.0, 5.0)], "map_broken": [(2.0, 0.0)]}


@pytest.mark.long
def test_a_shop_without_faults_hears_of_few_things_and_one_with_faults_of_many(made: FactShop) -> None:
    well = shop(planted=False)
    heard = [
        {(r["kind"], r["subject_key"]) for r in _morning(s.sheets, LISTINGS, 2, ON, s.accuracy) if r["kind"] in KINDS}
        for s in (well, made)
    ]
    assert len(heard[0]) < 0.1 * LISTINGS
    assert len(heard[1] & set(made.truth)) > 0.6 * len([d for d in made.truth.values() if d])
