"""The light world plants faults that its facts show, on a few listings, and leaves the others well."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import numpy as np

from opswheel.interfaces.bench.fact_rules import judge
from opswheel.simulation.fact_world import BEGAN_DAYS, TODAY, FactWorld, make_fact_world
from opswheel.simulation.parameters import read_world

KEY = "simulated 2"


def shop() -> FactWorld:
    return make_fact_world(read_world(), listings=100, seed=2, key=KEY)


def sums(made: FactWorld, report: str, column: str, *, since: int) -> tuple[float, float]:
    """A column of a report summed before and since so many days ago, of listings with one fault."""
    found = [0.0, 0.0]
    fault = {"amazon_sales_and_traffic": "traffic", "ads_csv": "ads", "returns_csv": "returns"}[report]
    ill = {s for s, f in zip(made.sku, made.fault, strict=True) if f == fault}
    for sheet in made.sheets:
        if sheet.report == report and sheet.of_day is not None:
            late = (TODAY - sheet.of_day).days <= since
            mine = np.array([i in ill for i in sheet.columns["item_id"]])
            found[late] += float(np.asarray(sheet.columns[column])[mine].sum())
    return found[0], found[1]


def test_each_fault_is_on_a_few_listings_and_never_two_on_one() -> None:
    made = shop()
    count = Counter(made.fault)
    assert {f: count[f] for f in BEGAN_DAYS} == dict.fromkeys(BEGAN_DAYS, 5)
    assert count[""] == 80
    assert all((lost > 0) == bool(f) for lost, f in zip(made.lost, made.fault, strict=True))
    assert made.rated_worse


def test_the_facts_show_what_was_planted_and_come_again_with_the_seed() -> None:
    made = shop()
    before, since = sums(made, "amazon_sales_and_traffic", "page_views", since=BEGAN_DAYS["traffic"])
    assert since / 10 < 0.85 * before / 120
    before, since = sums(made, "ads_csv", "orders", since=BEGAN_DAYS["ads"])
    assert since / 28 < 0.85 * before / 102
    again = shop()
    assert [len(s) for s in again.sheets] == [len(s) for s in made.sheets]


def test_every_return_is_of_an_order_and_not_before_it() -> None:
    import hashlib

    made = shop()
    ordered = {
        hashlib.sha256((KEY + order).encode()).hexdigest(): (sheet.of_day, sku)
        for sheet in made.sheets
        if sheet.report == "amazon_orders"
        for order, sku in zip(sheet.columns["order"], sheet.columns["sku"], strict=True)
    }
    back = [s for s in made.sheets if s.report == "returns_csv"]
    rows = [r for s in back for r in zip(s.columns["order_hash"], s.columns["sku"], s.columns["day"], strict=True)]
    assert len(rows) > 50
    assert all(ordered[h][1] == sku and ordered[h][0] < day < TODAY for h, sku, day in rows)


def test_a_row_is_true_on_the_listing_its_own_fault_was_planted_on() -> None:
    made = shop()
    ads, visits = made.sku[made.fault.index("ads")], made.sku[made.fault.index("traffic")]
    rows: dict[str, list[bool]] = defaultdict(list)
    taken: dict[str, Any] = defaultdict(list)
    told = {
        ("ads_efficiency_break", ads),
        ("ads_efficiency_break", visits),
        ("sales_drop", visits),
        ("rating_drop", ""),
    }
    judge(made, told, rows, taken)
    assert sorted(rows["ads_efficiency_break"]) == [False, True]
    assert rows["sales_drop"] == [True] and rows["rating_drop"] == [True]
    assert sum(seen > 0 for _, seen in taken["ads_efficiency_break"]) == 1
    assert sum(seen > 0 for _, seen in taken["traffic_drop"]) == 1
    assert all(seen == 0 for _, seen in taken["returns_spike"])
