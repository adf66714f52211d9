"""Orders of one shipping service leave late again and again: the path is fragile, not the single order."""

from __future__ import annotations

import json
from datetime import datetime, time
from typing import Any

import pytest

from opswheel.core.contracts import OPEN_ORDERS

from ...factory import Scene, ago, days
from ..looking import BY_KIND, CA, Looked, abroad, look, selling

SERVICES: dict[str, tuple[int, int, range]] = {
    # service: lines due on each day, of them late, and days ago they were due
    "Standard": (10, 0, range(2, 15)),
    "Expedited": (4, 1, range(2, 12)),
    "one bad day": (100, 0, range(2, 12)),
    "four of fifty": (5, 0, range(2, 12)),
    "a holiday": (10, 0, range(2, 12)),
    "two late": (1, 1, range(2, 4)),
    "four weeks ago": (4, 4, range(20, 28)),
}


ALSO_LATE = {("one bad day", 5): 4, ("a holiday", 6): 10} | {("four of fifty", n): 1 for n in (3, 5, 7, 9)}
"""Late lines of services that are well on other days."""


def the_shop() -> Scene:
    scene = abroad(selling(Scene(), "mug", "neighbour"))
    rows = []
    for service, (each, late, span) in SERVICES.items():
        for n in span:
            several = ALSO_LATE.get((service, n), late)
            rows += [told for k in range(each) for told in _told(service, n, k, late=k < several)]
    scene.add(OPEN_ORDERS, rows)
    scene.delivered(OPEN_ORDERS, *days(30, 0))
    abroad_rows = [
        r | {"channel": CA, "currency": "CAD"} for n in range(2, 12) for r in _told("Expedited", n, 9, late=False)
    ]
    return scene.add(OPEN_ORDERS, abroad_rows).delivered(OPEN_ORDERS, *days(30, 0), channel=CA)


def _told(service: str, n: int, k: int, *, late: bool) -> list[dict[str, Any]]:
    """An order due `n` days ago at 20:00, on the list of the day it was due, and of the next morning if late."""
    due = datetime.combine(ago(n), time(20))
    row = {
        **{"order_hash": f"{service} {n} {k}", "line": 1, "sku": "mug", "at": datetime.combine(ago(n + 1), time(12))},
        **{"ship_by_at": due, "units": 1, "open_units": 1, "service": service, "line_minor": 3000},
    }
    return [{**row, "day": ago(n)}] + ([{**row, "day": ago(n - 1)}] if late else [])


@pytest.fixture(scope="module")
def looked() -> Looked:
    return look(the_shop())


def of(looked: Looked) -> dict[str, dict[str, Any]]:
    return {r["subject_key"]: r for r in looked.signals if r["kind"] == "late_shipments"}


def test_only_the_service_that_runs_late_is_told(looked: Looked) -> None:
    assert looked.errors == []
    assert set(of(looked)) == {"main|amazon:US|Expedited"}
    (row,) = of(looked).values()
    assert (row["subject_type"], row["share_state"], row["onset_day"]) == ("path", "sales_at_once", ago(11))
    assert BY_KIND["late_shipments"].sentence(row) == "Expedited: 10 of 40 orders left late"


def test_the_lower_end_of_the_interval_must_reach_the_limit(looked: Looked) -> None:
    seen = {r["subject_key"].rpartition("|")[2]: r for r in looked.observed if r["kind"] == "late_shipments"}
    assert set(seen) == {"Expedited", "one bad day", "four of fifty", "a holiday"}
    assert seen["one bad day"]["observed"] == 0
    assert seen["Expedited"]["observed"] == pytest.approx(0.1698, abs=1e-4)  # 9 of 36, Wilson's, by hand
    assert seen["four of fifty"]["observed"] == pytest.approx(0.0327, abs=1e-4)  # 3 of 45: may be chance


def test_a_day_on_which_nothing_left_is_no_fragile_path(looked: Looked) -> None:
    (row,) = [r for r in looked.observed if r["subject_key"] == "main|amazon:US|a holiday"]
    assert (row["baseline"], row["observed"]) == (0.1, 0.0)
    assert json.loads(row["evidence"])["late_on_worst_day"] == 10


def test_a_tenth_of_what_leaves_late_in_a_month_is_at_risk(looked: Looked) -> None:
    (row,) = of(looked).values()
    assert row["amount_at_risk"] == pytest.approx(10 * 30.0 * 0.1 * 30 / 14)
    assert json.loads(row["evidence"])["counts_against"] == "late shipment rate"


def test_orders_of_which_nobody_knows_yet_are_not_counted(looked: Looked) -> None:
    scene = the_shop()
    scene.add(OPEN_ORDERS, [r for k in range(40) for r in _told("Expedited", -1, 100 + k, late=False)])
    (row,) = of(look(scene)).values()
    assert BY_KIND["late_shipments"].sentence(row) == "Expedited: 10 of 40 orders left late"
