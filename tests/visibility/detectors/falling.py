"""A street of listings whose sales or visits change in the last ten days, for the three rules about drops."""

from __future__ import annotations

from opswheel.core.contracts import LISTINGS, PROMOTIONS, STOCK, SUPPRESSIONS

from ...factory import Scene, ago, days
from ..looking import abroad, listed

SELLING: dict[str, tuple[tuple[float, int], tuple[float, int]]] = {
    # SKU: units and page views a day in the weeks before, and in the last ten days
    "neighbour": ((4, 100), (4, 100)),
    "visits gone": ((4, 200), (1, 50)),
    "visits gone, sales not yet": ((1, 400), (1, 100)),
    "nobody buys": ((4, 200), (1, 200)),
    "no visits told": ((4, 0), (1, 0)),
    "a quarter less": ((4, 200), (3, 150)),
    "two days only": ((4, 200), (4, 200)),
    "few": ((0.5, 20), (0, 20)),
    "cheap": ((4, 200), (1, 200)),
    "dearer": ((4, 200), (1, 200)),
    "after a deal": ((4, 200), (4, 200)),
    "sold out": ((4, 200), (1, 200)),
    "hidden": ((4, 200), (1, 50)),
    "off": ((4, 200), (0, 0)),
    "four weeks ago": ((1, 200), (1, 200)),
    "lamp 1": ((4, 200), (1, 50)),
    "lamp 2": ((4, 200), (1, 50)),
    "lamp 3": ((4, 200), (1, 50)),
    "lamp 4": ((4, 200), (1, 50)),
    "lamp 5": ((4, 200), (1, 50)),
    **{f"mug {n}": ((4, 100), (4, 100)) for n in range(20)},
}
SINCE = 10


def the_street() -> Scene:
    scene = Scene()
    for sku, (before, after) in SELLING.items():
        more = {"category": "lamps" if sku.startswith("lamp") else "mugs"}
        price = 0.05 if sku == "cheap" else 20.0
        listed(scene, sku, status="inactive" if sku == "off" else "active", price_minor=_asked(sku), **more)
        for (units, views), span in ((before, days(70, SINCE + 1)), (after, days(SINCE, 1))):
            whole = [d for n, d in enumerate(span) if units >= 1 or n % 2]
            each = max(units, 1) if units else 0
            scene.sells(sku, each, days=whole, views=views, price=price)
            scene.sells(sku, 0, days=[d for d in span if d not in whole], views=views)
    scene.rows["traffic"] = [r for r in scene.rows["traffic"] if not _replaced(r)]
    scene.sells("two days only", 0, days=days(2, 1), views=200)
    scene.sells("after a deal", 12, days=days(40, 11), views=200)
    scene.sells("four weeks ago", 3, days=days(70, 29), views=200)
    scene.add(PROMOTIONS, [{"sku": "after a deal", "from_day": ago(40), "to_day": ago(11)}])
    scene.add(LISTINGS, [{"sku": "dearer", "item_id": "dearer", "day": ago(n), "price_minor": 2000} for n in (60, 20)])
    scene.add(STOCK, [{"sku": "sold out", "sellable_units": 0}, {"sku": "nobody buys", "sellable_units": 900}])
    scene.add(SUPPRESSIONS, [{"sku": "hidden", "state": "search_suppressed", "since_day": ago(SINCE)}])
    return abroad(scene)


def _asked(sku: str) -> int:
    return {"cheap": 5, "dearer": 4000}.get(sku, 2000)


def _replaced(row: dict[str, object]) -> bool:
    sku, day = row["item_id"], row["from_day"]
    if sku == "two days only":
        return day in days(2, 1)
    if sku == "after a deal":
        return day in days(40, 11)
    return sku == "four weeks ago" and day in days(70, 29)
