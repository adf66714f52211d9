"""How long an issue lasts if nobody works it, and why closing faster never lowers a rank."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opswheel.prioritization.natural_life import ENOUGH_ENDS, Lives, as_worked, kaplan_meier, learn
from opswheel.prioritization.revenue_at_risk import Learned

from ..factory import ago
from .rows import money, queue, ranked, signal

H = 30


def test_survival_by_hand() -> None:
    seen = kaplan_meier([(2, True), (3, False), (4, True), (4, True), (7, False), (9, True)])
    # six at risk on day 2, four on day 4, one on day 9
    assert seen.at(np.array([0.0, 1.9, 2.0, 3.9, 4.0, 8.9, 9.0])) == pytest.approx(
        [1.0, 1.0, 5 / 6, 5 / 6, 5 / 6 * 2 / 4, 5 / 12, 0.0]
    )
    assert (seen.n, seen.ends) == (6, 4)
    assert seen.after(2, 3) == pytest.approx([1.0, 1.0, 0.5])
    assert seen.after(9, 3).tolist() == [1.0, 1.0, 1.0]  # nothing that old was ever seen


def test_an_end_on_the_day_of_a_close_still_counts() -> None:
    assert kaplan_meier([(5, True), (5, False)]).at(np.array([5.0]))[0] == 0.5
    assert kaplan_meier([]).after(3, 4).tolist() == [1.0] * 4


def test_until_twenty_ended_by_themselves_the_policy_horizon_holds() -> None:
    few = learn({"a": [(3.0, True, 1)] * (ENOUGH_ENDS - 1) + [(9.0, False, 1)] * 500})
    assert few("a", 1, 0.0, H) is None
    assert few("b", 1, 0.0, H) is None
    enough = learn({"a": [(3.0, True, 1)] * ENOUGH_ENDS + [(9.0, False, 1)] * 60})
    assert enough("a", 1, 0.0, H) == pytest.approx([1.0] * 3 + [0.75] * 27)


def test_a_tier_leans_on_its_kind_by_how_many_issues_it_has() -> None:
    lives = learn({"a": [(5.0, True, 3)] * 80 + [(20.0, True, 1)] * 20})
    kind = lives.kinds["a"]
    whole, hero = kind.whole.after(0, H).sum(), kind.tiers[1].after(0, H).sum()
    assert kind.survival(1, 0, H).sum() == pytest.approx((whole + hero) / 2)
    assert kind.survival(2, 0, H).sum() == pytest.approx(whole)


def test_what_heals_by_itself_is_at_risk_for_its_natural_life() -> None:
    lives = learn({"featured_offer_lost": [(float(d), True, 2) for d in range(1, 11)] * 3})
    rows = [
        signal("featured_offer_lost", "A", share_lost=0.5, onset_day=ago(n), velocity=2.0, days_since=0) for n in (1, 8)
    ]
    for row, ages in zip(rows, (1, 8), strict=True):
        found = money([row, signal("listing_suppressed", "B")], learned=Learned(survival=lives))
        left = [(10 - min(ages + t, 10)) / (10 - ages) for t in range(H)]
        assert found["featured_offer_lost", "A"]["risk_mean"] == pytest.approx(20.0 * sum(left), rel=1e-5)
        assert found["listing_suppressed", "B"]["risk_mean"] == 300.0


def test_without_an_onset_an_issue_counts_as_new() -> None:
    lives = learn({"listing_suppressed": [(5.0, True, 2)] * 40})
    row = signal("listing_suppressed", "A", onset_day=None, days_since=0)
    assert money([row], learned=Learned(survival=lives))["listing_suppressed", "A"]["risk_mean"] == 50.0


def test_a_cause_that_fades_hands_its_money_to_the_next() -> None:
    lives = learn({"listing_suppressed": [(5.0, True, 2)] * 40})
    rows = [signal("listing_suppressed", "A", onset_day=ago(1)), signal("search_suppressed", "A", onset_day=ago(1))]
    found = money(rows, learned=Learned(survival=lives))
    assert found["listing_suppressed", "A"]["risk_mean"] == pytest.approx(4 * 10.0)
    assert found["search_suppressed", "A"]["risk_mean"] == pytest.approx(26 * 6.0)


def test_what_this_team_usually_ends_is_expected_to_cost_less_than_ignoring_it() -> None:
    learned = Learned(ends_after=lambda kind, h: np.array([1.0, 0.5]) if kind == "listing_suppressed" else None)
    found = money([signal("listing_suppressed", "A"), signal("listing_inactive", "B")], learned=learned)
    assert [(r["risk_mean"], r["expected_loss"]) for r in found.values()] == [(300.0, 15.0), (300.0, 300.0)]


def test_how_this_team_works_is_believed_once_twenty_issues_have_ended() -> None:
    told = {
        "listing_suppressed": ([(2, 10), (4, 10)], [(3, 5)]),
        "stranded_stock": ([(2, 19)], [(90, 400)]),
        "out_of_stock": ([], [(1, 3)]),
    }
    chance = as_worked(told)
    found = chance("listing_suppressed", 6)
    assert found is not None
    # 10 of 25 end on day 2; the 5 still open on day 3 only censor; the last 10 end on day 4
    assert found == pytest.approx([1.0, 1.0, 0.6, 0.6, 0.0, 0.0])
    assert [chance(kind, 3) for kind in ("stranded_stock", "out_of_stock", "never_seen")] == [None, None, None]


natural = st.lists(st.tuples(st.integers(0, 60), st.sampled_from([1, 2, 3])), min_size=25, max_size=120)


def _closed_at(lives: list[tuple[int, int]], age: int) -> Lives:
    """What a team would have seen that closes everything at this age."""
    return learn({"search_suppressed": [(min(d, age), d <= age, tier) for d, tier in lives]})


@settings(max_examples=80, deadline=None)
@given(natural, st.integers(0, 60), st.integers(0, 60), st.integers(0, 40), st.sampled_from([1, 2, 3, 9]))
def test_speeding_up_closes_never_shortens_the_life_if_ignored(
    lives: list[tuple[int, int]], one: int, other: int, age: int, tier: int
) -> None:
    def life(close: int) -> float:
        curve = _closed_at(lives, close)("search_suppressed", tier, age, H)
        return float(H if curve is None else curve.sum())

    assert life(min(one, other)) >= life(max(one, other)) - 1e-9


@settings(max_examples=40, deadline=None)
@given(natural, st.integers(0, 60), st.integers(0, 60), st.integers(1, 40), st.sampled_from([0.2, 0.5, 2.0]))
def test_speeding_up_a_kinds_closes_never_lowers_its_rank(
    lives: list[tuple[int, int]], one: int, other: int, age: int, pace: float
) -> None:
    rows = [
        signal("search_suppressed", "A", onset_day=ago(age), velocity=pace, days_since=0),
        *(signal("listing_suppressed", f"N{n}", velocity=v) for n, v in enumerate((0.05, 0.1, 0.2, 0.4, 0.8))),
    ]

    def place(close: int) -> int:
        found = ranked(rows, learned=Learned(survival=_closed_at(lives, close)))
        return [r[0] for r in queue(found, "kind")].index("search_suppressed")

    assert place(min(one, other)) <= place(max(one, other))
