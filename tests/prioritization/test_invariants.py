"""What must hold for any catalog: nothing is counted twice, and nothing but money moves the order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opswheel.core.money import round6
from opswheel.prioritization.chain import attribute, places, split_past
from opswheel.prioritization.revenue_at_risk import Learned
from opswheel.prioritization.totals import total

from ..factory import TODAY, ago
from .rows import coming, exposed, in_days, money, pool, queue, ranked, signal

CHAIN = (
    "item_removed",
    "listing_suppressed",
    "stranded_stock",
    "listing_inactive",
    "out_of_stock",
    "stockout_ahead",
    "search_suppressed",
    "featured_offer_lost",
    "featured_offer_none",
    "reported_by_team",
)
OUTSIDE = ("price_too_low",)
SMALL = settings(max_examples=60, deadline=None)


@st.composite
def listings(draw: st.DrawFn) -> dict[str, Any]:
    """Signals of some listings, with the stock behind them. No price, no sale and no date are among them."""
    rows, stock, inbound = [], [], []
    for sku in ("A", "B", "C"):
        velocity = draw(st.sampled_from([0.0, 0.03, 0.5, 3.0, 40.0]))
        facts = {
            "velocity": velocity,
            "price": draw(st.sampled_from([None, 0.99, 20.0, 350.0])),
            "dead": draw(st.sampled_from([0.0, 0.0, 0.4])),
            "intent": draw(st.sampled_from(["sell", "sell", "sell", "dead", "unknown"])),
            "item_id": draw(st.sampled_from(["I", sku])),
            "others": draw(st.sampled_from([None, 0, 1])),
            "others_featured": draw(st.booleans()),
            "extra_units": draw(st.sampled_from([None, -3.0, 2.0, 500.0])),
        }
        for kind in draw(st.sets(st.sampled_from((*CHAIN, *OUTSIDE)), min_size=1, max_size=4)):
            named: dict[str, Any] = {"onset_day": ago(draw(st.integers(0, 80)))}
            if kind in ("featured_offer_lost", "reported_by_team"):
                named["share_lost"] = draw(st.sampled_from([0.0, 0.1, 0.5, 1.0]))
            if kind == "stockout_ahead":
                named |= {"onset_day": TODAY, "starts_day": in_days(draw(st.integers(0, 60)))}
            if kind == "listing_suppressed" and draw(st.booleans()):
                named["starts_day"] = in_days(draw(st.integers(1, 400)))
            if kind in OUTSIDE:
                named |= {"baseline": 20.0, "loss_per_day": 8.0}
            units = draw(st.sampled_from([0.0, 0.0, 1.0, 4.0, 61.0]))
            rows.append(signal(kind, sku, **(facts | named | {"units_since": units})))
        stock.append(pool(sku, draw(st.integers(0, 90)), fastest_days=draw(st.sampled_from([0, 4, 30, 200, 400]))))
        if draw(st.booleans()):
            inbound.append(coming(sku, draw(st.integers(-3, 40)), draw(st.integers(0, 120))))
    return {"rows": rows, "stock": stock, "inbound": inbound}


@SMALL
@given(listings())
def test_a_listing_never_loses_more_than_it_sells(catalog: dict[str, Any]) -> None:
    found = exposed(**catalog)
    columns = found.columns
    worth: dict[str, float] = {}
    claimed: dict[str, float] = {}
    for i, kind in enumerate(columns["kind"]):
        if kind in OUTSIDE:
            continue
        sku = columns["sku"][i]
        worth[sku] = columns["velocity"][i] * np.nan_to_num(columns["price"][i])
        claimed[sku] = claimed.get(sku, 0.0) + columns["exposure_mean"][i]
    for sku, money_a_day in claimed.items():
        assert money_a_day <= worth[sku] * (1 + 1e-5)


@SMALL
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, 3),
            st.floats(0, 1),
            st.lists(st.sampled_from([0.0, 0.3, 1.0]), min_size=6, max_size=6),
        ),
        min_size=1,
        max_size=9,
    )
)
def test_on_no_coming_day_the_causes_of_a_listing_take_more_than_there_is(causes: list[Any]) -> None:
    listing, precedence, share = (np.array([c[n] for c in causes]) for n in range(3))
    alive = np.array([c[3] for c in causes])
    order = places(listing, precedence)
    taken = attribute(listing, order, share, alive).taken
    left = np.ones((3, 6))
    for i in np.lexsort((order, listing)):
        np.testing.assert_allclose(taken[i], left[listing[i]] * share[i] * alive[i], atol=1e-12)
        left[listing[i]] -= taken[i]
    assert (left >= -1e-12).all()


@SMALL
@given(listings())
def test_what_is_lost_already_is_split_and_never_counted_twice(catalog: dict[str, Any]) -> None:
    rows = [r for r in catalog["rows"] if r["kind"] not in OUTSIDE]
    catalog = catalog | {"rows": [r | {"others": 0} for r in rows]}
    columns = exposed(**catalog).columns
    for sku in {r["sku"] for r in rows}:
        mine = [r for r in rows if r["sku"] == sku]
        most = max(r["lost_units"] for r in mine) * (mine[0]["price"] or 0.0)
        lost = sum(x for x, s in zip(columns["lost_to_date"], columns["sku"], strict=True) if s == sku)
        assert lost == pytest.approx(most, rel=1e-5, abs=1e-9)


def test_what_was_lost_before_the_second_cause_began_belongs_to_the_first() -> None:
    listing, order = np.array([0, 0, 1]), np.array([0, 1, 0])
    share, since = np.array([1.0, 0.5, 0.6]), np.array([6.0, 10.0, 7.0])
    assert split_past(listing, order, share, since).tolist() == [6.0, 4.0, 7.0]
    assert split_past(listing, order, np.array([0.6, 0.5, 0.6]), since).tolist() == pytest.approx([4.5, 5.5, 7.0])


@SMALL
@given(listings())
def test_totals_are_the_sums_of_their_parts(catalog: dict[str, Any]) -> None:
    found = exposed(**catalog)
    for name in ("exposure", "risk", "avoidable"):
        whole = total(found, range(len(found)), name, "USD")
        assert whole.mean == pytest.approx(float(found.columns[f"{name}_mean"].sum()))
        assert whole.p10 <= whole.p50 <= whole.p90
    order = ranked(**catalog)
    assert order.columns["risk_mean"].sum() == pytest.approx(float(found.columns["risk_mean"].sum()), rel=1e-4)


@SMALL
@given(listings())
def test_percentiles_are_ordered_and_what_is_saved_is_never_more_than_is_at_risk(catalog: dict[str, Any]) -> None:
    columns = exposed(**catalog).columns
    for name in ("exposure", "risk", "avoidable"):
        low, mid, high, mean = (columns[f"{name}_{p}"] for p in ("p10", "p50", "p90", "mean"))
        assert (low <= mid).all() and (mid <= high).all() and (low >= 0).all()
        assert np.isfinite(mean).all() and np.isfinite(high).all()
        assert ((mean > 0) | (high == 0)).all()
    assert (columns["committed"] <= columns["risk_mean"] * (1 + 1e-5)).all()
    lonely = exposed([r for r in catalog["rows"] if r["kind"] == "listing_inactive"]).columns
    assert (lonely["avoidable_mean"] == lonely["risk_mean"]).all()


@pytest.mark.parametrize("uncertain", [{"dead": 0.4}, {"shape": 0.7}, {"share_state": "hidden"}])
def test_uncertainty_widens_an_estimate_around_its_mean(uncertain: dict[str, Any]) -> None:
    sure = money([signal("listing_suppressed", "A", velocity=5.0, shape=140.0)])["listing_suppressed", "A"]
    row = money([signal("listing_suppressed", "A", **({"velocity": 5.0, "shape": 140.0} | uncertain))])
    wide = row["listing_suppressed", "A"]
    share = 0.6 if "share_state" in uncertain else 1.0
    assert wide["risk_mean"] == pytest.approx(sure["risk_mean"] * share)
    assert wide["risk_p90"] / wide["risk_mean"] > sure["risk_p90"] / sure["risk_mean"]
    assert wide["risk_p10"] / wide["risk_mean"] < sure["risk_p10"] / sure["risk_mean"]


def test_the_percentiles_are_those_of_the_distribution() -> None:
    found = money([signal("search_suppressed", "A", velocity=2.0, shape=8.0, dead=0.2)])["search_suppressed", "A"]
    rng = np.random.default_rng(7)
    pace = rng.gamma(8.0, 2.0 / 0.8 / 8.0, 200_000) * (rng.random(200_000) > 0.2)
    drawn = pace * rng.beta(2.4, 1.6, 200_000) * 20.0
    assert found["exposure_mean"] == pytest.approx(drawn.mean(), rel=0.01)
    for part, level in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9)):
        assert found[f"exposure_{part}"] == pytest.approx(np.quantile(drawn, level), rel=0.06, abs=0.05)


@SMALL
@given(
    st.permutations(["listing_suppressed", "out_of_stock", "search_suppressed", "featured_offer_none"]),
    st.integers(1, 4),
)
def test_fixing_the_first_cause_moves_its_dollars_to_the_next(kinds: list[str], n: int) -> None:
    rows = [signal(k, "A", velocity=3.0, onset_day=ago(1)) for k in kinds[:n]]
    before = money(rows, stock=[pool("A")])
    rows.sort(key=lambda r: -before[r["kind"], "A"]["exposure_mean"])
    first = before[rows[0]["kind"], "A"]
    after = money(rows[1:], stock=[pool("A")])
    gained = sum(after[r["kind"], "A"]["exposure_mean"] - before[r["kind"], "A"]["exposure_mean"] for r in rows[1:])
    left = 1 - np.prod([1 - {"hidden": 0.6, "no_featured_offer": 0.8}.get(r["share_state"], 1.0) for r in rows[1:]])
    assert gained == pytest.approx(first["exposure_mean"] * left, rel=1e-5)
    assert first["alone_per_day"] == pytest.approx(first["exposure_mean"] - gained, abs=1e-4)


@SMALL
@given(listings(), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_the_rows(catalog: dict[str, Any], random: Any) -> None:
    shuffled = {name: random.sample(rows, len(rows)) for name, rows in catalog.items()}
    one, other = ranked(**catalog), ranked(**shuffled)
    names = [n for n in one.columns if n != "first"]
    assert queue(one, *names) == queue(other, *names)
    assert one.cut_line == other.cut_line
    assert one.withheld == other.withheld


@SMALL
@given(listings())
def test_the_same_morning_gives_the_same_queue(catalog: dict[str, Any]) -> None:
    one, again = ranked(**catalog), ranked(**catalog)
    assert queue(one, *one.columns) == queue(again, *again.columns)
    first, second = exposed(**catalog).columns, exposed(**catalog).columns
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


@SMALL
@given(listings())
def test_another_listing_changes_nobody_elses_money_or_order(catalog: dict[str, Any]) -> None:
    stranger = signal("listing_suppressed", "A", channel="walmart:US", velocity=0.7)
    one = ranked(**catalog)
    more = ranked(**(catalog | {"rows": [stranger, *catalog["rows"]]}))
    others = [i for i, c in enumerate(more.columns["channel"]) if c != "walmart:US"]
    rows = queue(more, "fingerprint", "lane", "score_revenue_at_risk", "risk_p90", "why_lane")
    assert [rows[i] for i in others] == queue(
        one, "fingerprint", "lane", "score_revenue_at_risk", "risk_p90", "why_lane"
    )


def test_equal_scores_stand_in_the_order_of_their_fingerprints() -> None:
    rows = [signal("listing_suppressed", sku) for sku in ("C", "A", "B")]
    assert [r[0][-1] for r in queue(ranked(rows), "fingerprint")] == ["A", "B", "C"]


@SMALL
@given(listings())
def test_money_is_rounded_before_it_is_ranked(catalog: dict[str, Any]) -> None:
    found, rows = ranked(**catalog), exposed(**catalog)
    scores = ("bundle_avoidable", "score_revenue_at_risk", "score_value_per_hour")
    values = [rows.columns[n] for n in ("exposure_mean", "risk_mean", "avoidable_mean", "committed", "risk_p90")]
    for column in values + [found.columns[name] for name in scores]:
        for value in column.tolist():
            assert value == pytest.approx(round6(value), rel=1e-12)


@SMALL
@given(listings(), st.integers(1, 90))
def test_no_issue_counts_more_days_than_the_horizon(catalog: dict[str, Any], horizon: int) -> None:
    columns = exposed(**catalog, horizon=horizon, learned=Learned()).columns
    assert (columns["loss_days"] <= horizon + 1e-9).all()
    assert (columns["saved_days"] <= horizon + 1e-9).all()
