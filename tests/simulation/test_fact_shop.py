"""The second light shop plants what its facts show, adds what only looks wrong, and is judged by what it planted."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from opswheel.interfaces.bench.fact_rules import ALL, KINDS, ON, _morning, judge_truth, untouched
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
    nothing = {(kind, what) for (kind, what), dollars in made.truth.items() if dollars <= 0}
    errors = {what for kind, what in nothing if kind == "forecast_drift"}
    assert all(what.endswith("error") for what in errors)
    assert {kind for kind, _ in nothing} <= {"forecast_drift", "customer_experience_drop", "item_stars_drop"}
    again = shop()
    assert again.truth == made.truth and [len(s) for s in again.sheets] == [len(s) for s in made.sheets]
    well = shop(planted=False).truth
    assert {kind for kind, _ in well} <= {"customer_experience_drop"}  # called poor by chance, and at risk all the same
    assert not any(well.values())


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


def test_orders_go_badly_more_often_only_where_it_is_planted_and_stars_move_only_with_new_ratings(
    made: FactShop,
) -> None:
    lines = told(made, "customer_experience_csv", "sku")
    worse = {
        what.rpartition("|")[2] for (kind, what), d in made.truth.items() if kind == "customer_experience_drop" and d
    }

    def rate(rows: list[dict[str, Any]]) -> float:
        return sum(r["negative_orders"] for r in rows) / sum(r["orders"] for r in rows)

    last, first = ([list(rows[part]) for rows in lines.values()] for part in (slice(-2, None), slice(0, 8)))
    ill = [i for i, sku in enumerate(lines) if sku in worse]
    well = [i for i, sku in enumerate(lines) if sku not in worse]
    assert rate([r for i in ill for r in last[i]]) > 1.5 * rate([r for i in ill for r in first[i]])
    assert 0.7 < rate([r for i in well for r in last[i]]) / rate([r for i in well for r in first[i]]) < 1.4
    for rows in told(made, "item_ratings_csv", "sku").values():
        assert all(a["stars"] == b["stars"] for a, b in pairwise(rows) if a["ratings"] == b["ratings"])
        assert all(1 <= r["stars"] <= 5 for r in rows)


@pytest.mark.long
def test_forecasts_nobody_took_up_are_told_of_and_those_somebody_claimed_are_not() -> None:
    assert untouched(1, touched=0) == (True, True)
    assert untouched(1, touched=ALL) == (False, False)
