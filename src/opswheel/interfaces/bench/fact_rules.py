"""Rules whose faults the simulated market lacks, on a light world: how much of what they say is true, what they see.

One morning of each world is run; a row is true where its own fault was planted on its listing. Recall is of all faults
planted, those of listings that sell next to nothing too, and weighted by the dollars a day they take.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ...growth.kpis.intervals import wilson
from ...simulation.fact_world import TODAY, FactWorld, make_fact_world
from ...simulation.market import Market
from ...simulation.parameters import read_world
from ...simulation.play import MORNING_HOUR, Setting, Shop
from ...simulation.policies import find_policy
from .common import recall_of, row

LISTINGS, SEEDS = 400, 4
FAULTS: Mapping[str, tuple[str, ...]] = {
    "traffic_drop": ("traffic",),
    "conversion_drop": ("conversion",),
    "sales_drop": ("traffic", "conversion"),
    "returns_spike": ("returns",),
    "ads_efficiency_break": ("ads",),
}
"""What each rule may speak of. A fall in sales is called by its cause where that can be told, else `sales_drop`."""
LOSSES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "traffic_drop": ("traffic", ("traffic_drop", "sales_drop")),
    "conversion_drop": ("conversion", ("conversion_drop", "sales_drop")),
    "returns_spike": ("returns", ("returns_spike",)),
    "ads_efficiency_break": ("ads", ("ads_efficiency_break",)),
}
"""The fault whose dollars count for a rule, and the rules that see it."""
RATING = "rating_drop"


def measure_facts(
    progress: Callable[[str], None] = lambda _: None, *, listings: int = LISTINGS, seeds: int = SEEDS
) -> list[dict[str, Any]]:
    """Precision of each rule that spoke, and recall of dollars of each fault, with 95 % intervals."""
    rows: dict[str, list[bool]] = defaultdict(list)
    taken: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for seed in range(1, seeds + 1):
        progress(f"light world {seed} of {seeds}")
        shop, told = _look(listings, seed)
        judge(shop, told, rows, taken)
    size = {"world": "light", "listings": listings, "worlds": seeds}
    lines = []
    for kind, true in sorted(rows.items()):
        low, high = wilson(sum(true), len(true))
        more = {"kind": kind, "rows": len(true), "low": round(low, 4), "high": round(high, 4), **size}
        lines.append(
            row(f"precision of {kind}, light world", sum(true) / len(true), None, "of its rows", "≥ 0.7", **more)
        )
    for kind, faults in sorted(taken.items()):
        of = recall_of(faults)
        more = {"kind": kind, **{k: of[k] for k in ("faults", "low", "high")}, **size}
        more["dollars"] = round(sum(whole for whole, _ in faults))
        lines.append(row(f"recall of {kind}, light world", of["share"], None, "of dollars", "≥ 0.9", **more))
    return lines


def judge(
    shop: FactWorld,
    told: set[tuple[str, str]],
    rows: dict[str, list[bool]],
    taken: dict[str, list[tuple[float, float]]],
) -> None:
    """Hold (rule, SKU) pairs against the faults planted: into true or false rows, and dollars taken and seen."""
    fault = dict(zip(shop.sku, shop.fault, strict=True))
    for kind, sku in sorted(told):
        if kind in FAULTS:
            rows[kind].append(fault.get(sku) in FAULTS[kind])
        elif kind == RATING:
            rows[kind].append(shop.rated_worse)
    for kind, (name, by) in LOSSES.items():
        for at, sku in enumerate(shop.sku):
            if shop.fault[at] == name:
                whole = float(shop.lost[at])
                taken[kind].append((whole, whole * any((k, sku) in told for k in by)))
    if shop.rated_worse:
        taken[RATING].append((1.0, float(any(kind == RATING for kind, _ in told))))


def _look(listings: int, seed: int) -> tuple[FactWorld, set[tuple[str, str]]]:
    """A world, and (rule, SKU) of every row of its one morning."""
    world = read_world()
    market = Market(world, listings=10, days=1, seed=seed)  # only its settings are used
    setting = Setting(listings, 1, 1, find_policy("nobody_works"), seed, 6.0)
    now = datetime.combine(TODAY, datetime.min.time()) + timedelta(hours=MORNING_HOUR)
    with tempfile.TemporaryDirectory() as folder:
        place = Shop(Path(folder), market, setting)
        shop = make_fact_world(world, listings=listings, seed=seed, key=f"simulated {seed}")
        place.receive(shop.sheets, now)
        rows = place.open_rows(place.run(now).run_id or 0)
        place.ledger.close()
    return shop, {(r["kind"], r["sku"] or "") for r in rows}
