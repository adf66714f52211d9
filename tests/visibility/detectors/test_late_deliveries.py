"""Parcels of one carrier and path come late again and again; one late parcel is no news."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from opswheel.core.contracts import PARCELS

from ...factory import Scene, ago
from ..looking import BY_KIND, CA, Looked, abroad, look, selling

WAYS: dict[tuple[str | None, str | None], tuple[int, int, range]] = {
    # carrier and path: parcels promised for each day, of them late, and days ago they were promised
    ("Swift", "coast to coast"): (4, 2, range(4, 14)),
    ("Swift", "next state"): (10, 0, range(4, 24)),
    ("Steady", "coast to coast"): (5, 0, range(4, 24)),
    ("Steady", "twelve of a hundred"): (5, 0, range(4, 24)),
    ("Steady", "two of two"): (1, 1, range(4, 6)),
    ("Swift", "five weeks ago"): (4, 4, range(29, 40)),
    (None, None): (2, 2, range(4, 9)),
}
ALSO_LATE = {("Steady", "twelve of a hundred", n): 1 for n in range(4, 16)}


def parcel(n: int, name: str, *, late: int | None = 0, **more: Any) -> dict[str, Any]:
    """A parcel promised for `n` days ago that came `late` days after it; None: it has not come."""
    promised, came = ago(n), None if late is None else ago(n - late)
    row = {"order_hash": name, "parcel": name, "day": ago(n + 3), "at": at(ago(n + 3)), "promised_at": at(promised, 23)}
    row |= {"promised_day": promised, "delivered_day": came, "delivered_at": came and at(came, 20)}
    return row | {"updated_at": row["delivered_at"] or row["at"], "sku": "mug", "units": 2} | more


def at(day: date, hour: int = 12) -> datetime:
    return datetime.combine(day, time(hour))


def the_shop() -> Scene:
    scene = abroad(selling(Scene(), "mug", "neighbour"))
    rows = []
    for (carrier, path), (each, late, span) in WAYS.items():
        for n in span:
            several = ALSO_LATE.get((carrier, path, n), late)
            who = {"carrier": carrier, "path": path}
            rows += [parcel(n, f"{carrier} {path} {n} {k}", late=3 if k < several else 0, **who) for k in range(each)]
    scene.add(PARCELS, rows)
    quiet = [parcel(n, f"CA {n}", carrier="Swift", path="coast to coast") for n in range(4, 14)]
    return scene.add(PARCELS, [r | {"channel": CA, "currency": "CAD"} for r in quiet])


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def of(looked: Looked) -> dict[str, dict[str, Any]]:
    return {r["subject_key"].removeprefix("main|"): r for r in looked.signals if r["kind"] == "late_deliveries"}


def test_only_the_path_that_comes_late_is_told_and_not_its_carrier_elsewhere(looked: Looked) -> None:
    assert looked.errors == []
    assert set(of(looked)) == {"amazon:US|Swift|coast to coast", "amazon:US|not told|not told"}
    row = of(looked)["amazon:US|Swift|coast to coast"]
    assert (row["subject_type"], row["share_state"], row["onset_day"]) == ("path", "sales_at_once", ago(13))
    assert json.loads(row["evidence"])["share_of_all_parcels"] == pytest.approx(40 / 452, abs=0.005)


def test_the_sentence_names_carrier_and_path_where_they_are_told(looked: Looked) -> None:
    said = {key: BY_KIND["late_deliveries"].sentence(row) for key, row in of(looked).items()}
    assert said == {
        "amazon:US|Swift|coast to coast": "Swift coast to coast: 20 of 40 came after the day promised",
        "amazon:US|not told|not told": "Parcels: 10 of 10 came after the day promised",
    }


def test_what_may_be_chance_and_two_parcels_are_not_told(looked: Looked) -> None:
    seen = {r["subject_key"].rpartition("|")[2]: r for r in looked.observed if r["kind"] == "late_deliveries"}
    assert set(seen) == {"coast to coast", "twelve of a hundred", "not told"}
    assert seen["twelve of a hundred"]["observed"] == pytest.approx(0.0844, abs=1e-3)  # 12 %, Wilson's lower end


def test_a_tenth_of_what_comes_late_in_a_month_is_at_risk(looked: Looked) -> None:
    row = of(looked)["amazon:US|Swift|coast to coast"]
    assert row["amount_at_risk"] == pytest.approx(20 * 2 * 20.0 * 0.1 * 30 / 28)


def test_a_parcel_that_left_late_is_the_other_rules(looked: Looked) -> None:
    left_late = {"ship_by_at": at(ago(40))}
    scene = selling(Scene(), "mug")
    scene.add(PARCELS, [parcel(n, f"{n}", late=2, carrier="Swift", path="x", **left_late) for n in range(4, 20)])
    assert not [r for r in look(scene).observed if r["kind"] == "late_deliveries"]
    in_time = {"ship_by_at": at(ago(3))}
    scene.add(PARCELS, [parcel(n, f"+{n}", late=2, carrier="Swift", path="x", **in_time) for n in range(4, 20)])
    (row,) = of(look(scene)).values()
    assert json.loads(row["evidence"])["parcels"] == 16


def test_one_that_has_not_come_is_late_two_days_after_and_in_time_once_a_later_list_says_so() -> None:
    scene = selling(Scene(), "mug")
    gone = [parcel(n, f"{n}", late=None, carrier="Swift", path="x") for n in range(1, 20)]
    scene.add(PARCELS, [*gone, parcel(0, "newest", carrier="Swift", path="y", day=ago(1))])
    (row,) = of(look(scene)).values()
    seen = json.loads(row["evidence"])
    assert (seen["late"], seen["not_come_yet"], seen["parcels"]) == (18, 18, 18)  # not the one promised yesterday
    came = [parcel(n, f"{n}", carrier="Swift", path="x") for n in range(1, 20)]
    scene.add(PARCELS, [{**r, "updated_at": r["updated_at"] + timedelta(days=1)} for r in came])
    assert not of(look(scene))


def test_a_parcel_told_by_value_is_worth_that() -> None:
    scene = selling(Scene(), "mug")
    rows = [parcel(n, f"{n}", late=2, carrier="Swift", path="x", value_minor=5000, sku=None) for n in range(4, 9)]
    (row,) = of(look(scene.add(PARCELS, rows))).values()
    assert row["amount_at_risk"] == pytest.approx(5 * 50.0 * 0.1 * 30 / 28)
