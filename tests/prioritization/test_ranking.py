"""From money to one order: lanes, deadlines, bundles, the cut line, and what the queue withholds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from opswheel.core.ranking_rule import score
from opswheel.prioritization.ranking import Confidence, headline_rows
from opswheel.prioritization.rules import RULES
from opswheel.prioritization.totals import total

from ..factory import MORNING, ago
from .rows import BY_KIND, CONFIDENCE, coming, exposed, in_days, names, pool, queue, ranked, signal


def down(sku: str, a_day: float = 10.0, **named: Any) -> dict[str, Any]:
    """A suppressed listing that loses `a_day`."""
    return signal("listing_suppressed", sku, **({"velocity": a_day / 20.0} | named))


def due(hours: float) -> datetime:
    return MORNING + timedelta(hours=hours)


# Lanes --------------------------------------------------------------------------------------------------------

CHEAP = {"baseline": 20.0, "loss_per_day": 18.0, "days_whole": 2}


def test_every_lane_in_its_order() -> None:
    rows = [
        signal("stockout_ahead", "WAIT", velocity=9.0, starts_day=in_days(1), cause="lead_time_told"),
        signal("stockout_ahead", "GUESS", velocity=9.0, starts_day=in_days(1), cause="lead_time_assumed"),
        signal("price_outside_rules", "MAP", share_state="map_breach", velocity=9.0),
        signal("reported_by_team", "TOLD", share_state="unknown", velocity=9.0),
        down("BIG", 400.0),
        down("DATED", 500.0, deadline_at=due(40)),
        signal("price_too_low", "CHEAP", sold_whole=6.0, **CHEAP),
    ]
    stock = [pool("WAIT", 9, fastest_days=60), pool("GUESS", 9)]
    found = ranked(rows, stock=stock, inbound=[coming("WAIT", 3, 400)])
    assert queue(found, "lane", "rank") == [
        ("stop_selling", 1),
        ("deadlines", 2),
        ("queue", 3),
        ("verify", 4),
        ("verify", 5),
        ("verify", 6),
        ("watch", 7),
    ]
    assert [sku for _, sku in names(found)] == ["CHEAP", "DATED", "BIG", "GUESS", "MAP", "TOLD", "WAIT"]
    assert [r[0] for r in queue(found, "why_lane")][3:6] == [
        "lead time assumed: load supply.csv to be sure",
        "no sale is lost: cost 0; the risk is the brand's answer, up to an end of supply",
        "nobody said how much is lost",
    ]
    held = [(w["reason"], w["n"]) for w in found.withheld]
    assert held == [("verify", 3), ("watch", 1)]
    assert found.withheld[0]["revenue_at_risk"] == 30 * 9 * 20.0


def test_a_listing_without_a_known_price_is_asked_about_not_lost() -> None:
    found = ranked([signal("listing_suppressed", "A", price=None), down("B")])
    assert queue(found, "lane", "why_lane", "risk_mean") == [
        ("queue", None, 300.0),
        ("verify", "no sale or no price is known: its money cannot be told", 0.0),
    ]


def test_a_price_that_is_too_low_stops_selling_only_once_somebody_bought() -> None:
    for units, lane in ((0.0, "verify"), (1.0, "stop_selling")):
        found = ranked([signal("price_too_low", "A", sold_whole=units, **CHEAP), down("B")])
        row = dict(zip([n for _, n in names(found)], queue(found, "lane", "why_lane"), strict=True))["A"]
        assert row[0] == lane
    assert row[1] == "sales go on at this price"


def test_a_price_over_its_maximum_loses_sales_and_is_worked_in_the_queue_with_what_it_costs() -> None:
    rows = [
        signal("price_outside_rules", "A", share_state="over_max", velocity=10.0),
        signal("featured_offer_lost", "A", share_lost=0.5, velocity=10.0),
        down("B", 90.0),
    ]
    found = ranked(rows)
    assert queue(found, "kind", "lane", "rank", "exposure_mean") == [
        ("price_outside_rules", "queue", 1, 60.0),
        ("featured_offer_lost", "queue", None, 70.0),
        ("listing_suppressed", "queue", 2, 90.0),
    ]
    assert found.columns["bundle_exposure"][0] == 130.0


@pytest.mark.parametrize(("doubted", "lane"), [("A", "verify"), ("B", "queue")])
def test_a_pool_is_doubted_if_most_of_its_money_is(doubted: str, lane: str) -> None:
    rows = [
        signal("out_of_stock", s, subject_key="main|X", velocity=v, onset_day=ago(6), units_since=9.0 * (s == doubted))
        for s, v in (("A", 9.0), ("B", 2.0))
    ]
    held = [pool(s, pool="X", fastest_days=2) for s in "AB"]
    found = ranked(rows, stock=held)
    assert queue(found, "lane") == [(lane,)]


# Margin given away --------------------------------------------------------------------------------------------


def test_selling_under_price_costs_what_is_given_away_outside_the_bound() -> None:
    rows = [
        signal("price_too_low", "A", velocity=1.0, sold_whole=90.0, **CHEAP),
        signal("search_suppressed", "A", velocity=1.0),
    ]
    found = exposed(rows).columns
    assert found["exposure_mean"].tolist() == [45 * 18.0, 12.0]
    assert (found["risk_mean"][0], found["avoidable_mean"][0], found["lost_to_date"][0]) == (24300.0, 24300.0, 1620.0)
    assert exposed(rows).margin.tolist() == [True, False]


@pytest.mark.parametrize(("price", "used"), [(1.99, 20.0), (4.0, 20.0), (18.5, 18.5), (20.0, 20.0), (23.0, 23.0)])
def test_other_causes_are_computed_at_the_right_price(price: float, used: float) -> None:
    rows = [
        signal("price_too_low", "A", price=price, sold_whole=9.0, **CHEAP),
        down("A", price=price, velocity=1.0),
        down("B", price=price, velocity=1.0),
    ]
    assert exposed(rows).columns["exposure_mean"].tolist()[1:] == [used, price]


def test_margin_compares_with_revenue_through_the_contribution_margin() -> None:
    rows = [signal("price_too_low", "A", sold_whole=2.0, **CHEAP), down("B")]
    found = ranked(rows, contribution_margin=0.2)
    assert queue(found, "into_revenue") == [(5.0,), (1.0,)]
    assert found.columns["score_revenue_at_risk"][0] == pytest.approx(18.0 * 30 * 0.8 * 5)


def test_a_listings_own_costs_set_its_margin() -> None:
    from opswheel.prioritization.margins import contribution_margin

    from .rows import table

    rows = [down(s, unit_cost=c) for s, c in (("A", 15.0), ("B", 21.0), ("C", None))] + [down("D", price=None)]
    price = np.array([20.0, 20.0, 20.0, np.nan])
    margins = contribution_margin(table(rows), price)
    assert margins[:2].tolist() == [0.25, 0.05]
    assert np.isnan(margins[2:]).all()
    assert np.isnan(contribution_margin(table(rows).drop(["unit_cost"]), price)).all()
    given = [signal("price_too_low", s, sold_whole=2.0, **CHEAP, unit_cost=c) for s, c in (("A", 12.0), ("B", None))]
    found = ranked([*given, down("C", unit_cost=19.0)], contribution_margin=0.2)
    assert queue(found, "into_revenue") == [(5.0,), (2.5,), (1.0,)]


# Deadlines ----------------------------------------------------------------------------------------------------


def test_a_deadline_jumps_the_queue_if_it_is_worth_the_last_issue_done_today() -> None:
    rows = [
        down("FIRST", 100.0),
        down("CUT", 50.0),
        down("AFTER", 40.0),
        down("DEAR", 50.0, deadline_at=due(200)),
        down("MID", 45.0, deadline_at=due(200)),
        down("CENTS", 0.02, deadline_at=due(5)),
        down("LASTDAY", 2.0, deadline_at=due(20)),
        down("PAST", 90.0, deadline_at=due(-1)),
    ]
    found = ranked(rows, closes=3.0)
    assert [sku for _, sku in names(found)] == ["DEAR", "LASTDAY", "FIRST", "PAST", "CUT", "MID", "AFTER", "CENTS"]
    assert [r[0] for r in queue(found, "lane")] == ["deadlines"] * 2 + ["queue"] * 6


def test_a_cause_inherits_the_deadline_of_what_hangs_under_it() -> None:
    rows = [down("A"), signal("stranded_stock", "A", deadline_at=due(12)), down("B", 90.0)]
    found = ranked(rows, closes=1.0)
    assert queue(found, "kind", "lane", "deadline_at") == [
        ("listing_suppressed", "deadlines", due(12)),
        ("stranded_stock", "deadlines", due(12)),
        ("listing_suppressed", "queue", None),
    ]


def test_what_stops_selling_uses_up_the_day_first() -> None:
    rows = [
        signal("price_too_low", "S", sold_whole=2.0, **CHEAP),
        down("A", 30.0),
        down("B", 20.0, deadline_at=due(99)),
    ]
    assert [r[0] for r in queue(ranked(rows, closes=3.0), "lane")] == ["stop_selling", "deadlines", "queue"]
    assert [r[0] for r in queue(ranked(rows, closes=2.0), "lane")] == ["stop_selling", "queue", "queue"]


# Bundles ------------------------------------------------------------------------------------------------------


def test_a_cause_ranks_with_the_symptoms_it_inhibits() -> None:
    rows = [
        signal("search_suppressed", "A", velocity=5.0),
        signal("featured_offer_none", "A", velocity=5.0),
        down("B", 70.0),
        down("C", 95.0),
    ]
    found = ranked(rows)
    assert queue(found, "kind", "rank", "avoidable_mean", "bundle_avoidable", "bundle_minutes") == [
        ("listing_suppressed", 1, 2850.0, 2850.0, 30.0),
        ("search_suppressed", 2, 1800.0, 2760.0, 60.0),
        ("featured_offer_none", None, 960.0, 960.0, 30.0),
        ("listing_suppressed", 3, 2100.0, 2100.0, 30.0),
    ]
    assert found.columns["root"] == [0, 1, 1, 3]
    assert found.columns["position"] == [1, 2, 3, 4]


def test_a_shared_outage_hangs_under_nothing_while_one_of_its_listings_has_no_other_cause() -> None:
    rows = [signal("out_of_stock", s, subject_key="main|X", velocity=2.0) for s in "AB"] + [down("A", 40.0)]
    held = [pool(s, pool="X", fastest_days=2) for s in "AB"]
    assert [r[0] for r in queue(ranked(rows, stock=held), "rank")] == [1, 2]
    both = ranked([*rows, down("B", 40.0, velocity=2.0)], stock=held)
    assert [r[0] for r in queue(both, "rank")] == [1, None, 2]
    assert sorted(both.columns["kind"]) == ["listing_suppressed", "listing_suppressed", "out_of_stock"]


def test_stock_that_runs_out_next_week_is_no_symptom_of_todays_trouble() -> None:
    ahead = signal("stockout_ahead", "A", velocity=3.0, starts_day=in_days(7), cause="lead_time_told")
    hidden = signal("search_suppressed", "A", velocity=3.0)
    held = [pool("A", 21, fastest_days=3)]
    found = ranked([ahead, hidden], stock=held)
    assert queue(found, "kind", "rank", "avoidable_mean") == [
        ("stockout_ahead", 1, 1800.0),
        ("search_suppressed", 2, 252.0),
    ]
    longer = ranked([ahead, down("A", velocity=3.0)], stock=held)  # seven of its days lie beyond the other's horizon
    assert queue(longer, "kind", "rank", "risk_mean") == [
        ("listing_suppressed", 1, 1800.0),
        ("stockout_ahead", 2, 420.0),
    ]
    shut = ranked([ahead, down("A", velocity=3.0)], stock=held, inbound=[coming("A", 9, 300)])
    assert queue(shut, "kind", "rank", "risk_mean") == [
        ("listing_suppressed", 1, 1800.0),
        ("stockout_ahead", None, 0.0),
    ]


def test_what_can_be_worked_hangs_under_nothing_that_only_waits() -> None:
    rows = [
        signal("out_of_stock", "A", velocity=2.0),
        signal("search_suppressed", "A", velocity=2.0),
        signal("featured_offer_none", "A", velocity=2.0),
    ]
    found = ranked(rows, stock=[pool("A")], inbound=[coming("A", 9, 300)])
    assert queue(found, "kind", "lane", "rank") == [
        ("search_suppressed", "queue", 1),
        ("featured_offer_none", "queue", None),
        ("out_of_stock", "watch", 2),
    ]


# Order --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_parts_of_a_score_multiply_to_it(rule: Any) -> None:
    rows = [
        signal("price_too_low", "S", sold_whole=2.0, **CHEAP),
        signal("listing_suppressed", "A", starts_day=in_days(30), onset_day=in_days(30)),
        signal("search_suppressed", "B", velocity=5.0),
        signal("featured_offer_none", "B", velocity=5.0),
    ]
    found = ranked(rows, rule=rule.name)
    product = np.prod([part.factor(found.columns) for part in rule.parts], axis=0)
    assert product == pytest.approx(found.columns[f"score_{rule.name}"], rel=1e-5)
    assert score(rule, found.columns) == pytest.approx(product)


def test_cheap_work_goes_first_by_the_hour_and_uncertain_work_last() -> None:
    rows = [down("A", 100.0), signal("listing_inactive", "B", velocity=4.5), signal("item_removed", "C", velocity=4.5)]
    sure = CONFIDENCE | {
        "listing_inactive": Confidence(0.4, 0.9, 30.0),
        "item_removed": Confidence(0.8, 0.9, 10.0),
    }
    assert [k for k, _ in names(ranked(rows, confidence=sure))] == [
        "listing_suppressed",
        "item_removed",
        "listing_inactive",
    ]
    hourly = ranked(rows, rule="value_per_hour", confidence=sure)
    assert [k for k, _ in names(hourly)] == ["item_removed", "listing_suppressed", "listing_inactive"]
    assert hourly.columns["score_value_per_hour"][0] == pytest.approx(2700 * 0.8 * 0.9 * 6)


def test_tier_and_age_move_nobody() -> None:
    rows = [down("A", 90.0, tier=1, onset_day=ago(1)), down("B", 100.0, tier=3, onset_day=ago(80))]
    assert [sku for _, sku in names(ranked(rows))] == ["B", "A"]


def test_several_accounts_are_ranked_within_each_unless_they_are_pooled() -> None:
    rows = [down("A", 10.0, account="acme"), down("B", 90.0, account="zeta"), down("C", 50.0, account="acme")]
    assert queue(ranked(rows), "account", "rank") == [("acme", 1), ("acme", 2), ("zeta", 1)]
    assert queue(ranked(rows, pooled=True), "account", "rank") == [("zeta", 1), ("acme", 2), ("acme", 3)]


def test_an_empty_morning_has_an_empty_queue() -> None:
    found = ranked([])
    assert (len(found), found.withheld, found.cut_line["of"], found.cut_line["share"]) == (0, [], 0, 1.0)


# Cut line -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "n", "share"),
    [
        ({"closes": 2.2}, 2, 0.75),
        ({"closes": 0.2}, 1, 0.5),
        ({"closes": 40.0}, 4, 1.0),
        ({"minutes": 95.0}, 3, 0.9),
        ({"minutes": 20.0}, 0, 0.0),
    ],
)
def test_the_cut_line_says_what_the_first_issues_of_the_day_hold(options: dict[str, Any], n: int, share: float) -> None:
    rows = [down(s, a) for s, a in (("A", 50.0), ("B", 25.0), ("C", 15.0), ("D", 10.0))]
    asked = signal("reported_by_team", "TOLD", share_state="unknown", velocity=9.0)
    line = ranked([*rows, asked], **options).cut_line
    assert (line["issues"], line["of"], line["share"]) == (n, 4, pytest.approx(share))


# Totals -------------------------------------------------------------------------------------------------------


def test_the_headline_counts_lost_sales_once_and_no_batch() -> None:
    rows = [
        down("A", 50.0),
        down("B", 25.0, intent="dead"),
        signal("price_too_low", "C", sold_whole=2.0, **CHEAP),
        signal("search_suppressed", "A", velocity=2.5),
    ]
    found, exposures = ranked(rows), exposed(rows)
    counted = headline_rows(found, exposures)
    assert sorted(counted) == [0, 3]
    assert total(exposures, counted, "risk", "USD").mean == 1500.0
    assert headline_rows(found, exposures, ("watch",)) == []


def test_errors_of_a_share_add_up_within_a_kind_and_paces_average_out() -> None:
    def width(rows: list[dict[str, Any]]) -> float:
        found = exposed(rows)
        whole = total(found, range(len(rows)), "risk", "USD")
        return (whole.p90 - whole.p10) / whole.mean

    sharp = {"shape": 1e6}
    paces = [down(f"S{n}", shape=4.0) for n in range(25)]
    shares = [signal("search_suppressed", f"S{n}", **sharp) for n in range(25)]
    assert width(paces) < 0.3 * width(paces[:1])
    assert width(shares) == pytest.approx(width(shares[:1]), rel=0.02)
    mixed = [signal("search_suppressed" if n % 2 else "featured_offer_none", f"S{n}", **sharp) for n in range(24)]
    assert width(mixed) < 0.8 * width(shares)


def test_two_causes_of_one_listing_share_the_error_of_its_pace() -> None:
    rows = [signal(k, "A", shape=4.0, velocity=5.0) for k in ("search_suppressed", "featured_offer_none")]
    apart = [rows[0], rows[1] | {"sku": "B", "subject_key": "main|amazon:US|B"}]
    spread = []
    for each in (rows, apart):
        whole = total(exposed(each), range(2), "risk", "USD")
        spread.append((whole.p90 - whole.p10) / whole.mean)
    assert spread[0] > 1.1 * spread[1]


def test_a_pools_percentiles_come_from_its_listings_and_a_single_listings_are_its_own() -> None:
    rows = [signal("out_of_stock", s, subject_key="main|X", velocity=2.0, shape=3.0) for s in "ABC"] + [
        down("D", shape=3.0)
    ]
    found = ranked(rows, stock=[pool(s, pool="X") for s in "ABC"])
    money = exposed(rows, stock=[pool(s, pool="X") for s in "ABC"]).columns
    assert found.columns["risk_mean"][0] == 3600.0
    assert found.columns["risk_p90"][1] == money["risk_p90"][3]
    assert found.columns["risk_p90"][0] / 3600.0 < money["risk_p90"][0] / 1200.0
    assert found.columns["risk_p10"][0] < found.columns["risk_p50"][0] < found.columns["risk_p90"][0]


def test_an_issue_shows_its_most_valuable_listing() -> None:
    rows = [
        signal("out_of_stock", s, subject_key="main|X", velocity=v) for s, v in (("A", 1.0), ("B", 9.0), ("C", 2.0))
    ]
    found = ranked(rows, stock=[pool(s, pool="X") for s in "ABC"])
    assert (found.columns["first"].tolist(), found.members) == ([1], [[0, 1, 2]])


def test_every_detector_has_a_place_in_the_chain_or_outside_it() -> None:
    order = ["item_removed", "listing_suppressed", "out_of_stock", "search_suppressed", "featured_offer_lost"]
    assert [BY_KIND[k].precedence for k in order] == sorted({BY_KIND[k].precedence for k in order})
