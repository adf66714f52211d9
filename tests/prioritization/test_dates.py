"""On which days a loss falls, and what acting now can still save of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opswheel.prioritization.dates import DAYS, Pool, dated, stock_loss

from ..factory import TODAY, ago
from .rows import coming, in_days, money, pool, queue, ranked, signal

OUT = {"velocity": 3.0, "onset_day": ago(2)}
V_P = 60.0


def out(fastest: int = 50, arrivals: tuple[tuple[int, float], ...] = (), **named: Any) -> dict[str, Any]:
    rows = [signal("out_of_stock", "A", **(OUT | named)), signal("listing_suppressed", "B")]
    stock, inbound = [pool("A", fastest_days=fastest)], [coming("A", *a) for a in arrivals]
    row = money(rows, stock=stock, inbound=inbound)["out_of_stock", "A"]
    lanes = dict(queue(ranked(rows, stock=stock, inbound=inbound), "kind", "lane"))
    return row | {"lane": lanes["out_of_stock"]}


@pytest.mark.parametrize("fastest", [0, 9, 50, 150, 365])
def test_out_of_stock_with_nothing_on_order_saves_the_whole_horizon_by_ordering(fastest: int) -> None:
    row = out(fastest)
    assert (row["exposure_mean"], row["risk_mean"], row["avoidable_mean"]) == (V_P, 30 * V_P, 30 * V_P)
    assert row["committed"] == min(fastest, 30) * V_P
    assert row["lane"] == "queue"


@pytest.mark.parametrize("fastest", [9, 20, 50])
def test_enough_on_order_and_nothing_faster_only_watches(fastest: int) -> None:
    row = out(fastest, ((9, 100),))
    assert (row["risk_mean"], row["avoidable_mean"], row["lane"]) == (9 * V_P, 0.0, "watch")
    assert row["committed"] == row["risk_mean"]


def test_a_faster_way_saves_the_days_it_is_faster() -> None:
    row = out(4, ((9, 100),))
    assert (row["risk_mean"], row["committed"], row["avoidable_mean"]) == (9 * V_P, 4 * V_P, 5 * V_P)
    assert row["lane"] == "queue"


def test_a_few_units_on_the_way_do_not_end_the_outage() -> None:
    row = out(20, ((9, 10),))  # ten units last three days and a third
    assert (row["risk_mean"], row["avoidable_mean"], row["lane"]) == (29 * V_P + 40, 30 * V_P, "queue")
    assert row["loss_days"] == pytest.approx(30 - 1 / 3, rel=1e-5)


@pytest.mark.parametrize(("units", "after"), [(87, False), (90, True)])
def test_an_outage_is_over_when_stock_lasts_for_the_horizon(units: int, after: bool) -> None:
    row = out(50, ((9, units),))
    assert (row["avoidable_mean"] == 0.0) == after


def test_stock_landing_in_three_days_sells_on_the_fourth() -> None:
    assert out(50, ((3, 500),))["risk_mean"] == 3 * V_P
    assert out(50, ((0, 500),))["risk_mean"] == 0.0
    assert out(50, ((-2, 500),))["risk_mean"] == 0.0


def test_what_the_report_says_is_coming_counts_unless_our_own_list_says_better() -> None:
    rows = [signal("out_of_stock", "A", **OUT)]
    shipped = pool("A", inbound_shipped_units=500, inbound_receiving_units=6)
    assert money(rows, stock=[shipped])["out_of_stock", "A"]["loss_days"] == 5 + (14 - 7)
    listed = money(rows, stock=[shipped], inbound=[coming("A", 2, 500)])
    assert listed["out_of_stock", "A"]["loss_days"] == 2
    later = money(rows, stock=[shipped], inbound=[coming("A", 20, 500)])
    assert later["out_of_stock", "A"]["loss_days"] == 20


def test_units_in_transfer_end_the_loss_when_they_have_moved() -> None:
    moving = signal("out_of_stock", "A", **OUT, share_state="transfer_only")
    row = money([moving], stock=[pool("A", transfer_units=500)], inbound=[coming("A", 40, 10)])["out_of_stock", "A"]
    assert (row["exposure_mean"], row["loss_days"]) == (pytest.approx(0.3 * V_P), 5.0)
    assert row["avoidable_mean"] == 0.0


def test_one_pool_sells_for_all_its_listings_and_its_units_count_once() -> None:
    shared = {"subject_key": "main|eu/X", "velocity": 2.0, "starts_day": in_days(2), "cause": "lead_time_told"}
    rows = [signal("stockout_ahead", sku, channel=c, **shared) for sku, c in (("A", "amazon:DE"), ("B", "amazon:FR"))]
    held = [pool(r["sku"], 12, channel=r["channel"], pool="eu/X", fastest_days=40) for r in rows]
    inbound = [coming("A", 9, 500) | {"channel": "amazon:DE"}]
    found = money(rows, stock=held, inbound=inbound)
    assert [r["loss_days"] for r in found.values()] == [6.0, 6.0]  # 12 units at 4 a day: out on days 4 to 9
    order = ranked(rows, stock=held, inbound=inbound)
    assert queue(order, "kind", "subject_type", "risk_mean") == [("stockout_ahead", "stock_pool", 2 * 6 * 40.0)]
    assert order.members == [[0, 1]]


def test_units_on_their_way_to_one_country_sell_in_no_other() -> None:
    rows = [signal("out_of_stock", "A", **OUT), signal("out_of_stock", "A", **OUT, channel="amazon:CA")]
    abroad = pool("A", channel="amazon:CA", pool="amazon:CA/A")
    found = ranked(rows, stock=[pool("A"), abroad], inbound=[coming("A", 3, 500)])
    assert queue(found, "channel", "risk_mean") == [("amazon:CA", 1800.0), ("amazon:US", 180.0)]


@pytest.mark.parametrize(("ahead", "urgency"), [(1, 1.0), (7, 1.0), (14, 0.5), (28, 0.25), (300, 7 / 300)])
def test_early_work_waits_its_turn_until_a_week_before_the_last_responsible_day(ahead: int, urgency: float) -> None:
    rows = [
        signal("listing_suppressed", "A", onset_day=in_days(ahead), starts_day=in_days(ahead)),
        signal("listing_suppressed", "B"),
    ]
    found = ranked(rows)
    assert [r[0] for r in queue(found, "avoidable_mean")] == [300.0, 300.0]
    ahead_row = found.columns["subject_key"].index("main|amazon:US|A")
    assert found.columns["urgency"][ahead_row] == pytest.approx(urgency, rel=1e-5)
    assert found.columns["score_revenue_at_risk"][ahead_row] == pytest.approx(300 * 0.8 * urgency, rel=1e-5)


def test_the_last_responsible_day_of_stock_is_the_last_day_to_order() -> None:
    rows = [signal("stockout_ahead", "A", velocity=3.0, starts_day=in_days(30), cause="lead_time_told")]
    for fastest, slack in ((30, 0), (10, 20), (2, 28)):
        found = ranked(rows, stock=[pool("A", 90, fastest_days=fastest)])
        assert found.columns["urgency"][0] == pytest.approx(min(1.0, 7 / max(1, slack)), rel=1e-5)
        assert found.columns["avoidable_mean"][0] == 1800.0


def test_an_exemption_that_ends_today_is_a_loss_today() -> None:
    rows = [signal("listing_suppressed", "A", starts_day=TODAY, onset_day=TODAY)]
    assert money(rows)["listing_suppressed", "A"]["exposure_mean"] == 10.0
    tomorrow = money([rows[0] | {"starts_day": in_days(1)}])["listing_suppressed", "A"]
    assert (tomorrow["exposure_mean"], tomorrow["risk_mean"]) == (0.0, 300.0)


def test_a_stock_signal_without_stock_rows_is_counted_for_the_horizon() -> None:
    assert money([signal("out_of_stock", "A", **OUT)])["out_of_stock", "A"]["risk_mean"] == 1800.0


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 60),
    st.floats(0.01, 30),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 200)), max_size=4),
    st.integers(0, 80),
    st.integers(1, 60),
)
def test_units_are_neither_made_nor_lost(
    units: int, pace: float, arrivals: list[tuple[int, int]], fastest: int, horizon: int
) -> None:
    loss = stock_loss([Pool(units, pace, tuple((d, float(u)) for d, u in arrivals), fastest)])
    sold = np.cumsum((1 - loss[0]) * pace)
    for day in range(DAYS):
        arrived = units + sum(u for d, u in arrivals if d <= day)
        assert sold[day] <= arrived + 1e-6
        if loss[0, day] > 0:  # an empty shelf has sold all there was
            assert sold[day] == pytest.approx(arrived, abs=1e-6)
    timing = dated(loss, np.array([1.0 + fastest]), horizon, begun=np.array([units == 0]))
    assert (timing.risk.sum() <= horizon) and (timing.saved.sum() <= horizon)
    assert not (timing.saved & ~(loss > 0)).any()
    late = np.arange(1, DAYS + 1) >= 1 + fastest
    assert not (timing.saved[0] & ~late).any()
    assert not (timing.committed()[0] & late).any()
    assert (timing.risk | ~timing.committed()).all()
