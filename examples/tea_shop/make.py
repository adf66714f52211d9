"""Writes the CSV files beside it: two years of a small tea seller whose wheel is known, to try the growth commands on.

    python examples/tea_shop/make.py

Everything is invented. Chance comes from one seed, so that every run writes the same bytes.
"""

from __future__ import annotations

import csv
import math
import random
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).parent
WEEKS, WARM_UP, FIRST = 104, 60, date(2024, 11, 18)
LEVERS = ("ads", "price", "content", "delivery", "availability")
USUAL = {
    "ads": 900.0, "traffic": 8_000.0, "rank": 0.002, "price": 14.5, "conversion": 0.09, "reviews": 1_400.0,
    "content": 0.62, "delivery": 2.4, "availability": 0.97,
}  # fmt: skip
OWN = {"ads": 0.3, "traffic": 0.2, "rank": 0.5, "experience": 0.6, "reviews": 0.97}
TRUTH = (  # source, target, weeks later, elasticity; listing quality should do ten times as much: it is broken
    ("ads", "traffic", 0, 0.14),
    ("rank", "traffic", 1, 0.38),
    ("experience", "traffic", 2, 0.20),
    ("price", "conversion", 0, -2.0),
    ("reviews", "conversion", 1, 0.25),
    ("content", "conversion", 0, 0.02),
    ("delivery", "conversion", 0, -0.11),
    ("traffic", "sales", 0, 1.0),
    ("conversion", "sales", 0, 1.0),
    ("availability", "sales", 0, 1.0),
    ("sales", "rank", 1, 0.36),
    ("availability", "rank", 1, 0.30),
    ("sales", "reviews", 2, 0.03),
    ("delivery", "experience", 1, -0.10),
    ("availability", "experience", 1, 0.30),
)
ORDER = ("price", "content", "delivery", "availability", "ads", "rank", "experience", "reviews", "traffic",
         "conversion", "sales")  # fmt: skip


def shocks(chance: random.Random) -> list[dict[str, float]]:
    """What moves each driver from outside: levers as sellers move them, a few per cent of noise elsewhere."""
    content, base_price, delivery, rows = 0.0, 0.0, 0.0, []
    cut, out = 0, 0
    for week in range(WARM_UP + WEEKS):
        if chance.random() < 0.08:
            content = chance.gauss(0, 0.18)
        if chance.random() < 0.04:
            base_price = chance.gauss(0, 0.05)
        cut = chance.randint(1, 2) if chance.random() < 0.12 else max(0, cut - 1)
        out = chance.randint(1, 2) if chance.random() < 0.04 else max(0, out - 1)
        delivery = 0.7 * delivery + chance.gauss(0, 0.14)
        season = 0.16 * math.sin(2 * math.pi * week / 52.18) + 0.06 * math.cos(4 * math.pi * week / 52.18)
        sale = 0.3 if (week - WARM_UP) % 52 == 1 else 0.0
        rows.append(
            {
                "ads": chance.gauss(0, 0.3),
                "price": base_price + (math.log(1 - chance.uniform(0.1, 0.22)) if cut else 0.0),
                "content": content,
                "delivery": delivery,
                "availability": math.log(chance.uniform(0.35, 0.85)) if out else -abs(chance.gauss(0, 0.015)),
                "traffic": chance.gauss(0, 0.06) + season + sale,
                "conversion": chance.gauss(0, 0.05) + season / 3,
                "rank": chance.gauss(0, 0.06),
                "experience": chance.gauss(0, 0.06),
                "season": season,
                "sale": 1.0 if sale else 0.0,
            }
        )
    return rows


def turned(outside: list[dict[str, float]]) -> list[dict[str, float]]:
    """The wheel run forward, as deviations of logarithms."""
    past: list[dict[str, float]] = []
    for week, told in enumerate(outside):
        now: dict[str, float] = {}
        for name in ORDER:
            value = told.get(name, 0.0)
            if past:
                value += OWN.get(name, 0.0) * past[-1][name]
            for source, target, later, size in TRUTH:
                if target == name and week >= later:
                    value += size * (now[source] if later == 0 else past[week - later][source])
            now[name] = value
        past.append(now)
    return past


def drivers(chance: random.Random) -> None:
    outside = shocks(chance)
    path = turned(outside)[WARM_UP:]
    rows = []
    for i, now in enumerate(path):
        level = {name: usual * math.exp(now[name]) for name, usual in USUAL.items()}
        availability, content = min(1.0, level["availability"]), min(1.0, level["content"])
        sales = round(level["traffic"] * level["conversion"] * availability)
        told = outside[WARM_UP + i]
        rows.append(
            {
                "week": (FIRST + timedelta(days=7 * i)).isoformat(),
                "sales": sales,
                "traffic": round(level["traffic"]),
                "availability": f"{availability:.3f}",
                "ads": f"{level['ads']:.2f}",
                "price": f"{level['price']:.2f}",
                "content": f"{content:.3f}",
                "delivery": f"{level['delivery']:.2f}",
                "rank": f"{level['rank']:.6f}",
                "reviews": round(level["reviews"]),
                "event:autumn_sale": int(told["sale"]),
                "demand_proxy": round(50_000 * math.exp(told["season"] + chance.gauss(0, 0.02))),
            }
        )
    write("drivers.csv", rows)


def orders(chance: random.Random) -> None:
    """Customers who come back at their own pace until they silently leave, and spend their own usual amount."""
    rows = []
    for customer in range(1, 1_201):
        day = chance.randrange(720)
        pace, leaves = chance.gammavariate(0.7, 1 / 60), chance.betavariate(1.5, 1.2)
        usual = 1 / chance.gammavariate(4.0, 1 / 90.0)
        while day < 730:
            spent = 1.03 ** (day / 365) * usual * chance.gammavariate(6, 1 / 6)
            rows.append((day, customer, max(3.0, spent)))
            if chance.random() < leaves:
                break
            day += max(1, round(chance.expovariate(pace))) if pace > 1e-4 else 10_000
    rows.sort()
    start = date(2024, 11, 18)
    write(
        "orders.csv",
        [
            {
                "customer": f"c{customer:04d}",
                "order": f"T{number:05d}",
                "day": (start + timedelta(days=day)).isoformat(),
                "amount": f"{spent:.2f}",
                "channel": "shopify:main",
                "currency": "USD",
            }
            for number, (day, customer, spent) in enumerate(rows, start=1)
        ],
    )


def surveys(chance: random.Random) -> None:
    answers = chance.choices(range(11), weights=(1, 1, 1, 1, 1, 3, 4, 10, 22, 28, 48), k=180)
    write("surveys.csv", [{"score": score, "channel": "shopify:main"} for score in answers])


def small_files() -> None:
    write(
        "costs.csv",
        [
            {"driver": "ads", "change": "+10%", "cost": 2_300, "name": "10 % more ads"},
            {"driver": "price", "change": "-3%", "cost": 9_500, "name": "3 % off"},
            {"driver": "content", "change": "+5%", "cost": 1_800, "name": "new photos"},
            {"driver": "delivery", "change": "-10%", "cost": 3_000, "name": "faster parcels"},
            {"driver": "availability", "change": "+2%", "cost": 4_600, "name": "more safety stock"},
        ],
    )
    write("lift.csv", [{"source": "ads", "target": "traffic", "effect": 0.13, "se": 0.02}])
    write(
        "scores.csv",
        [
            {"attribute": "MD04", "score": 4, "name": "reach of supply"},
            {"attribute": "MD03", "score": 3, "name": "price formation"},
            {"attribute": "FR05", "score": 4, "name": "fragile paths"},
        ],
    )


def write(name: str, rows: list[dict[str, object]]) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


if __name__ == "__main__":
    drivers(random.Random(2))
    orders(random.Random(3))
    surveys(random.Random(4))
    small_files()
