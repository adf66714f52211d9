"""The mug shop: what it sells, what went wrong with it and when, and what only its team knows.

Brand, items and money are invented. README.md tells the same losses as a table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

TODAY = date(2026, 11, 22)
ORDER_DAYS = 52
ONE = timedelta(days=1)
MORNINGS = [TODAY - n * ONE for n in (28, 21, 14, 10, 6, 3, 1, 0)]
"""The mornings on which somebody downloaded listings, stock and suppressed listings."""
WEEKDAY = (1.0, 0.95, 0.95, 0.95, 1.0, 1.1, 1.05)


def nov(day: int) -> date:
    return date(2026, 11, day)


@dataclass(frozen=True)
class Listing:
    """One SKU on one marketplace: how it sells, what it holds, and what went wrong with it when."""

    sku: str
    number: int
    title: str
    price: float
    pace: float
    """Units a day when healthy."""
    opened: date = date(2024, 3, 4)
    merchant: bool = False
    stock: int = 0
    steps: tuple[tuple[date, float], ...] = ()
    """From a day on: another pace."""
    off_since: date | None = None
    """The first morning on which the listings report says Inactive."""
    suppressed_since: date | None = None
    suppressed: tuple[str, str] = ("", "")
    prices: tuple[tuple[date, float], ...] = ()
    share: float = 98.0
    share_steps: tuple[tuple[date, float], ...] = ()
    conversion: float = 0.10
    shipped: int = 0
    stock_on: dict[date, int] = field(default_factory=dict)
    cost: float = 0.0

    @property
    def item(self) -> str:
        return f"B0MUG{self.number:05d}"

    @property
    def fnsku(self) -> str:
        return f"X00MUG{self.number:04d}"

    def price_on(self, day: date) -> float:
        return latest(self.prices, day, self.price)

    def status_on(self, day: date) -> str:
        return "Inactive" if self.off_since and day >= self.off_since else "Active"

    def held_on(self, day: date) -> int:
        """Units on a morning: today's, and what was sold since."""
        if self.stock_on:
            return latest(sorted(self.stock_on.items()), day, 0)
        return self.stock + sum(self.units_on(day + n * ONE) for n in range((TODAY - day).days))

    def units_on(self, day: date) -> int:
        """Whole units of a day; over whole weeks they add up to the pace."""
        return self._sold_by(day) - self._sold_by(day - ONE)

    def _sold_by(self, day: date) -> int:
        total, one = noise(self.sku, "phase"), TODAY - ORDER_DAYS * ONE
        while one <= day:
            total += latest(self.steps, one, self.pace) * WEEKDAY[one.weekday()]
            one += ONE
        return int(total + 1e-9)


def latest(steps: Sequence[tuple[date, float]], day: date, first: float):
    """The value of the last step that has begun by `day`."""
    for since, value in steps:
        first = value if day >= since else first
    return first


def noise(*words: object) -> float:
    """A number in 0…1 that depends on the words alone."""
    digest = hashlib.sha256("|".join(map(str, words)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


OLD = date(2019, 5, 14)
US = (
    Listing("KET-17-ASH", 1, 'Tolvane Stove Kettle 1.7 L, Ash – fits 7" to 9" hobs', 42.90, 6, stock=520, cost=15.2,
            suppressed_since=nov(18), suppressed=("Image", "The main image shows text that is not on the product."),
            off_since=nov(19), steps=((nov(18), 3), (nov(19), 0))),
    Listing("MUG-SET4-SEA", 2, "Tolvane Stoneware Mugs, Set of 4, Sea Glaze", 34.90, 4, stock=360, cost=11.6,
            suppressed_since=nov(10), suppressed=("Missing info", "'[material_type]' is required but not supplied."),
            steps=((nov(10), 1.6),)),
    Listing("MUG-12-OAT", 3, "Tolvane Stoneware Mug 12 oz, Oat", 15.50, 2, merchant=True, stock=180, cost=5.1,
            off_since=nov(16), steps=((nov(16), 0),)),
    Listing("TPT-08-SLT", 4, "Tolvane Teapot 0.8 L with Strainer, Slate", 29.00, 0.75, stock=46, cost=9.8,
            off_since=nov(8), steps=((nov(4), 0),)),
    Listing("KET-12-RED", 5, "Tolvane Stove Kettle 1.2 L, Cherry", 39.90, 2, stock=150, cost=13.9,
            off_since=nov(19), steps=((nov(19), 0),)),
    Listing("MUG-14-BLU", 6, "Tolvane Stoneware Mug 14 oz, Harbour Blue", 17.90, 1.5, cost=5.3, steps=((nov(16), 0),)),
    Listing("MUG-16-GRN", 7, "Tolvane Stoneware Mug 16 oz, Moss Green", 19.50, 2.5, cost=5.9, shipped=240,
            steps=((nov(12), 0),)),
    Listing("MUG-12-INK", 8, "Tolvane Stoneware Mug 12 oz, Ink", 14.90, 4, stock=20, cost=4.9, shipped=130),
    Listing("MUG-12-SND", 9, "Tolvane Stoneware Mug 12 oz, Sand", 19.90, 2, stock=190, cost=4.9,
            prices=((nov(21), 1.99),), steps=((nov(21), 8.2),)),
    Listing("KET-10-WHT", 10, "Tolvane Pour-Over Kettle 1.0 L, White", 34.99, 0.75, stock=75, cost=12.1,
            prices=((nov(12), 25.99),)),
    Listing("MUG-SET2-SEA", 11, "Tolvane Stoneware Mugs, Set of 2, Sea Glaze", 24.00, 3, stock=260, cost=6.4,
            conversion=0.06, share=90.0, share_steps=((nov(15), 45.0),), steps=((nov(15), 1.5),)),
    Listing("KET-17-IVY", 12, "Tolvane Stove Kettle 1.7 L, Ivy", 44.50, 1.5, stock=140, cost=15.2, conversion=0.04,
            share=92.0, share_steps=((nov(13), 8.0),), steps=((nov(13), 0.3),)),
    Listing("MUG-12-ROSE", 13, "Tolvane Stoneware Mug 12 oz, Rose", 16.00, 3, merchant=True, stock=210, cost=5.1,
            off_since=nov(12), steps=((nov(12), 0),)),
    Listing("MUG-12-ROSE-FBA", 13, "Tolvane Stoneware Mug 12 oz, Rose", 16.00, 1, stock=330, cost=5.1,
            steps=((nov(12), 3.4),)),
    Listing("CUP-03-ESP", 14, "Tolvane Espresso Cup 3 oz, Espresso", 9.90, 0.5, cost=3.2, off_since=nov(8),
            steps=((nov(8), 0),)),
    Listing("MUG-14-COP", 15, "Tolvane Stoneware Mug 14 oz, Copper Rim", 21.00, 1.5, stock=120, cost=5.8,
            suppressed_since=nov(14), suppressed=("Missing info", "'[item_type_name]' is required but not supplied."),
            off_since=nov(16), steps=((nov(14), 1),)),
    Listing("MUG-12-ASH", 16, "Tolvane Stoneware Mug 12 oz, Ash", 12.90, 4.5, stock=380, cost=4.1),
    Listing("KET-12-ASH", 17, "Tolvane Stove Kettle 1.2 L, Ash", 46.90, 1, stock=130, cost=13.9),
    Listing("CUP-08-TEA", 18, "Tolvane Tea Bowl 8 oz, Celadon", 5.90, 4, stock=360, cost=2.1),
    Listing("JUG-03-SND", 19, "Tolvane Creamer Jug 3 oz, Sand", 5.50, 5, stock=450, cost=1.9),
    Listing("MUG-11-FAIR", 20, "Tolvane Fair Mug Pair 2019, Lettered", 36.00, 0, OLD, merchant=True, off_since=OLD),
    Listing("MUG-11-FAIR-2", 21, "Tolvane Fair Mug Pair 2020, Lettered", 36.00, 0, OLD, merchant=True, off_since=OLD),
    Listing("KET-15-TIN", 22, "Tolvane Camp Kettle 1.5 L, Tin", 44.00, 0, OLD, off_since=OLD),
    Listing("MUG-SET4-LIM", 23, "Tolvane Stoneware Mugs, Set of 4, Lime", 34.90, 0, OLD, off_since=OLD,
            suppressed_since=date(2025, 3, 2), suppressed=("Missing info", "'[brand]' is required but not supplied.")),
    Listing("MUG-13-WED", 24, "Tolvane Wedding Mug Pair, Engraved", 38.00, 0, date(2025, 2, 3), merchant=True,
            stock=12, off_since=nov(12)),
    Listing("CAN-SET3-OAK", 25, "Tolvane Tea Canisters, Set of 3, Oak Lid", 52.00, 0, date(2025, 4, 9),
            stock_on={MORNINGS[0]: 3, MORNINGS[2]: 0}),
)  # fmt: skip
UK = (
    Listing("KET-17-ASH", 1, "Tolvane Stove Kettle 1.7 L, Ash – £ for £ our best", 34.99, 2, stock=190),
    Listing("MUG-SET4-SEA", 2, "Tolvane Stoneware Mugs, Set of 4, Sea Glaze", 27.99, 0.5, stock=70),
    Listing("MUG-14-BLU", 6, "Tolvane Stoneware Mug 14 oz, Harbour Blue", 13.99, 1.5, stock=140),
    Listing("MUG-12-INK", 8, "Tolvane Stoneware Mug 12 oz, Ink", 12.99, 0.5, stock=70),
)


@dataclass(frozen=True)
class Market:
    """Where a set of listings is on sale and how its files are written."""

    folder: str
    domain: str
    country: str
    currency: str
    fulfilment: str
    listings: tuple[Listing, ...]
    vat: bool = False


AMERICA = Market("amazon-US", "Amazon.com", "US", "USD", "AMAZON_NA", US)
BRITAIN = Market("amazon-UK", "Amazon.co.uk", "GB", "GBP", "AMAZON_EU", UK, vat=True)

TEAM = {
    "supply": """sku,channel,mode,lead_time_days,receive_days,moq
MUG-14-BLU,amazon:US,sea,32,6,300
MUG-16-GRN,amazon:US,sea,32,6,240
MUG-12-INK,amazon:US,sea,32,6,300
MUG-12-INK,amazon:US,air,3,1,60
""",
    "inbound": """sku,channel,reference,units,eta
MUG-16-GRN,amazon:US,PO-1187,240,2026-11-28
MUG-12-INK,amazon:US,PO-1192,130,2026-12-04
""",
    "price_rules": """sku,channel,min_price,right_price,max_price,map_price,currency
KET-10-WHT,amazon:US,,,,34.99,USD
KET-12-ASH,amazon:US,41.00,46.90,54.00,44.99,USD
KET-17-IVY,amazon:US,39.00,44.50,52.00,39.99,USD
""",
    "intent": """sku,channel,intent,from,to
CUP-03-ESP,amazon:US,discontinued,,
MUG-12-INK,amazon:US,sell,,
""",
    "offers": """sku,channel,featured_by,eligible,featured_price,offers
MUG-SET2-SEA,amazon:US,other,yes,21.49,3
KET-17-IVY,amazon:US,none,yes,,2
MUG-12-ASH,amazon:US,us,yes,18.90,1
""",
    "issues": """reference,sku,channel,what,kind,owner,since,share_lost
17,MUG-12-ASH,amazon:US,"The third photo shows the old handle, buyers ask",,ines,2026-11-09,0.1
21,JUG-03-SND,amazon:US,Two reviews in a week mention chipped rims,,,2026-11-17,
""",
}


def team_files() -> dict[str, str]:
    costs = [f"{x.sku},amazon:US,{x.cost:.2f},{x.price * 0.15 + 4.1:.2f},USD" for x in US if x.cost]
    rates = [f"{TODAY - n * ONE},GBP,USD,{1.2500 + n % 4 * 0.0025:.4f}" for n in range(40, 0, -1)]
    return {
        **TEAM,
        "costs": "\n".join(["sku,channel,unit_cost,unit_fees,currency", *costs]) + "\n",
        "rates": "\n".join(["day,currency,to_currency,rate", *rates]) + "\n",
    }
