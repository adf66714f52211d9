"""Rules whose faults the simulated market lacks, on a light world: how much of what they say is true, what they see.

One morning of each world is run; a row is true where its own fault was planted on its subject. Recall is of all faults
planted, those of listings that sell next to nothing too, and weighted by the dollars they take: a day, or at one stroke
where a fault does. Each seed has three shops, of different faults.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ...core.contracts import FORECAST_ACCURACY
from ...growth.kpis.intervals import wilson
from ...resolution.actions import claim
from ...simulation.fact_changes import make_change_shop
from ...simulation.fact_sheets import TODAY, FactShop
from ...simulation.fact_shop import make_fact_shop
from ...simulation.fact_world import FactWorld, make_fact_world
from ...simulation.market import Market
from ...simulation.parameters import read_world
from ...simulation.play import MORNING_HOUR, Setting, Shop
from ...simulation.policies import find_policy
from ...simulation.sheets import Sheet
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
RATING, UNOWNED = "rating_drop", "forecast_unowned"
NOW = datetime.combine(TODAY, datetime.min.time()) + timedelta(hours=MORNING_HOUR)
UNTOUCHED_LISTINGS, ALL = 60, 1000
"""How large the shops are whose forecasts somebody takes up, and more issues than one of them has."""
KINDS = (
    "inbound_late",
    "shipment_short",
    "late_shipments",
    "late_deliveries",
    "deadline_near",
    "competitor_undercut",
    "map_broken",
    "promotion_not_live",
    "launch_stuck",
    "listing_quality",
    "forecast_drift",
    "content_overwritten",
    "listing_missing",
    "price_outside_rules",
    "new_seller",
    "ads_stopped",
    "ads_wasted",
    "customer_experience_drop",
    "item_stars_drop",
)
"""The rules judged in the second and third shop; what is true there they say themselves."""
ALSO: Mapping[str, tuple[str, ...]] = {
    "competitor_undercut": ("featured_offer_lost", "featured_offer_none", "featured_offer_ineligible"),
    "price_outside_rules": ("price_too_low",),
}
"""Rules whose rows show a fault as well: where our share has just fallen, an undercut is told there."""
ON = '\n[detectors]\non = ["competitor_undercut", "listing_quality"]\n'
"""Rules that are off by default and have faults here."""


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
        for make in (make_fact_shop, make_change_shop):
            other, keys = _look_at(make, listings, seed)
            judge_truth(other.truth, keys, rows, taken)
        for touched in (0, 1, ALL):
            wrong, said = untouched(seed, touched=touched)
            rows[UNOWNED] += [wrong] if said else []
            taken[UNOWNED] += [(1.0, float(said))] if wrong else []
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


def judge_truth(
    truth: Mapping[tuple[str, str], float],
    told: set[tuple[str, str]],
    rows: dict[str, list[bool]],
    taken: dict[str, list[tuple[float, float]]],
) -> None:
    """Hold (rule, subject) pairs against the dollars of those that are true."""
    for kind, subject in sorted(told):
        if kind in KINDS:
            rows[kind].append((kind, subject) in truth)
    for (kind, subject), whole in sorted(truth.items()):  # of no dollars: may be said, and nothing is lost unsaid
        seen = any((k, subject) in told for k in (kind, *ALSO.get(kind, ())))
        if whole:
            taken[kind].append((whole, whole * seen))


def _look(listings: int, seed: int) -> tuple[FactWorld, set[tuple[str, str]]]:
    """A world, and (rule, SKU) of every row of its one morning."""
    shop = make_fact_world(read_world(), listings=listings, seed=seed, key=f"simulated {seed}")
    return shop, {(r["kind"], r["sku"] or "") for r in _morning(shop.sheets, listings, seed)}


def _look_at(make: Callable[..., FactShop], listings: int, seed: int) -> tuple[FactShop, set[tuple[str, str]]]:
    """Another shop of a seed, and (rule, subject) of every row of its one morning."""
    shop = make(read_world(), listings=listings, seed=seed, key=f"simulated {seed}")
    return shop, {(r["kind"], r["subject_key"]) for r in _morning(shop.sheets, listings, seed, ON, shop.accuracy)}


def _morning(
    sheets: list[Sheet], listings: int, seed: int, more: str = "", accuracy: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """The open rows of one morning; `more` are settings, `accuracy` what came of earlier forecasts."""
    with _received(sheets, listings, seed, more, accuracy) as place:
        return place.open_rows(place.run(NOW).run_id or 0)


@contextmanager
def _received(
    sheets: list[Sheet], listings: int, seed: int, more: str, accuracy: Sequence[Mapping[str, Any]]
) -> Iterator[Shop]:
    """A workspace with these facts in it, before its first run."""
    market = Market(read_world(), listings=10, days=1, seed=seed)  # only its settings are used
    setting = Setting(listings, 1, 1, find_policy("nobody_works"), seed, 6.0)
    with tempfile.TemporaryDirectory() as folder:
        place = Shop(Path(folder), market, setting, more)
        place.receive(sheets, NOW)
        if accuracy:
            with place.ledger.write() as connection:
                connection.execute(FORECAST_ACCURACY.sql_table().insert(), [dict(r) for r in accuracy])
        try:
            yield place
        finally:
            place.ledger.close()


def untouched(seed: int, *, touched: int) -> tuple[bool, bool]:
    """Whether forecasts of such a shop drift that nobody took up, and whether that is told, two weeks and a day later.

    The first `touched` of its issues about forecasts are claimed a week after they were found.
    """
    shop = make_fact_shop(read_world(), listings=UNTOUCHED_LISTINGS, seed=seed, key=f"simulated {seed}")
    with _received(shop.sheets, UNTOUCHED_LISTINGS, seed, ON, shop.accuracy) as place:
        found = [r for r in place.open_rows(place.run(NOW).run_id or 0) if r["kind"] == "forecast_drift"]
        with place.ledger.write() as connection:
            for r in found[:touched]:
                claim(connection, r["issue_id"], by="somebody", at=NOW + timedelta(days=7))
        rows = place.open_rows(place.run(NOW + timedelta(days=15)).run_id or 0)
    return len(found) > touched, any(r["kind"] == UNOWNED for r in rows)
