"""A burst with one cause is worked as one row and ranks by all it holds; coincidences stay apart."""

from __future__ import annotations

import pytest

from ..factory import ago
from .rows import queue, ranked, signal

REASON = "INVALID_IMAGE"


def mug(n: int, **named):
    usual = {"cause": REASON, "onset_day": ago(2), "last_good_day": ago(3), "velocity": 0.1 * (n + 1)}
    return signal("listing_suppressed", f"MUG-{n}", **{**usual, **named})


def wave(count: int = 5, **named):
    return [mug(n, **named) for n in range(count)]


def incidents(rows) -> list[int]:
    """Sizes of the incidents of a morning, the largest first."""
    names = [name for name in ranked(rows).columns["incident"] if name is not None]
    return sorted((names.count(name) for name in set(names)), reverse=True)


def test_a_policy_wave_is_one_row_that_ranks_by_everything_it_holds():
    alone = signal("listing_suppressed", "KETTLE", velocity=0.9, cause="OTHER", last_good_day=ago(2))
    found = ranked([*wave(), alone])
    rows = queue(found, "rank", "subject_key", "bundle_avoidable", "avoidable_mean")
    assert [r[:3] for r in rows[:2]] == [
        (1, "main|amazon:US|MUG-4", pytest.approx(900.0)),  # 0.1 + … + 0.5 a day for 30 days at 20.00
        (None, "main|amazon:US|MUG-3", pytest.approx(240.0)),
    ]
    assert rows[-1][:3] == (2, "main|amazon:US|KETTLE", pytest.approx(540.0))  # more than any one mug
    assert sum(r[3] for r in rows) == pytest.approx(1440.0)  # nothing is counted twice


def test_its_work_is_one_fix_and_a_minute_for_each_further_listing():
    found = ranked(wave())
    assert queue(found, "rank", "bundle_minutes", "minutes")[0] == (1, 34.0, 30.0)


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [
        (wave(4), []),
        (wave(5), [5]),
        (wave(3) + [mug(n, onset_day=ago(1)) for n in (3, 4)], [5]),
        ([*wave(4), mug(4, onset_day=ago(4), last_good_day=ago(5))], []),
        ([*wave(4), mug(4, cause="MISSING_ATTRIBUTE")], []),
        ([*wave(4), mug(4, channel="amazon:UK")], []),
        ([*wave(4), mug(4, last_good_day=None)], []),
        ([*wave(4), mug(4, units_since=61.0, sold_whole=61.0, days_since=9)], []),
        (wave(5, cause=None), []),
        (wave(5, cause=None, brand="Sandby"), [5]),
        ([*wave(4, cause=None, brand="Sandby"), mug(4, cause=None, brand="Tolvane")], []),
        (wave(5) + [mug(n, onset_day=ago(9), last_good_day=ago(10)) for n in range(10, 16)], [6, 5]),
        ([signal("out_of_stock", f"S{n}", cause="empty", last_good_day=ago(2)) for n in range(9)], []),
    ],
    ids=[
        "four are no burst",
        "five are",
        "within a day of the first",
        "the fifth began two days before",
        "the fifth for another reason",
        "the fifth abroad",
        "nobody knows when the fifth began",
        "the fifth still sells: look first",
        "no reason and no brand joins nothing",
        "no reason, but one brand",
        "no reason, two brands",
        "two waves a week apart stay two",
        "many run out of stock on one day by coincidence",
    ],
)
def test_only_what_has_one_cause_is_gathered(rows, sizes):
    assert incidents(rows) == sizes


def test_the_order_of_the_rows_does_not_matter():
    rows = [*wave(6), mug(7, cause="OTHER")]
    assert queue(ranked(rows), "fingerprint", "incident", "rank") == queue(
        ranked(list(reversed(rows))), "fingerprint", "incident", "rank"
    )


def test_what_hangs_under_a_member_is_worked_with_the_incident():
    symptom = signal("search_suppressed", "MUG-0", velocity=0.1, cause="x", last_good_day=ago(3))
    found = ranked([*wave(), symptom])
    tops = [key for rank, key in queue(found, "rank", "subject_key") if rank is not None]
    assert tops == ["main|amazon:US|MUG-4"]


def test_a_trouble_of_the_whole_account_hides_what_its_listings_suffer_from_besides():
    """One row for each listing of the account's issue, which comes first in the chain of every one of them."""
    whole = {"subject_type": "account", "subject_key": "main|amazon:US", "cause": "SUSPENDED"}
    closed = [signal("item_removed", f"MUG-{n}", velocity=0.1 * (n + 1), **whole) for n in range(6)]
    found = ranked([*closed, *wave(6), mug(0, channel="amazon:UK")])
    told = queue(found, "kind", "rank", "subject_key")
    assert [r for r in told if r[1] is not None] == [
        ("item_removed", 1, "main|amazon:US"),
        ("listing_suppressed", 2, "main|amazon:UK|MUG-0"),
    ]
    assert len(told) == 8
