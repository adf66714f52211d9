"""The price a listing should have: the team's own, else the last right one, kept within the team's bounds."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.contracts import LISTINGS, PRICE_RULES
from .base import Line

READS = (LISTINGS, PRICE_RULES)


def right_price(line: Line) -> int | str:
    """The price to ask, in minor units of the channel's currency; or why nobody can tell, in words.

    It is the right price of `price_rules`. Without one, a price that is far too low becomes what was asked on the last
    good day, and a price outside its bounds moves to the bound it broke; MAP counts as a lower bound.
    """
    rules, asked = line.fact(PRICE_RULES), line.fact(LISTINGS).get("price_minor")
    if asked is None:
        return "no loaded listings report tells its price"
    target = rules.get("right_minor")
    if target is None:
        target = _former(line) if line.kind == "price_too_low" else asked
    if target is None:
        return "no earlier price is loaded; write its right price into price_rules.csv, load it, and run"
    lowest = max(rules.get("min_minor") or 0, rules.get("map_minor") or 0)
    highest = rules.get("max_minor")
    if highest is not None and lowest > highest:
        return "its price rules leave no price: the highest is under the lowest"
    target = max(target, lowest) if highest is None else min(max(target, lowest), highest)
    return "it asks the right price already" if target == asked else int(target)


def right_prices(lines: Sequence[Line]) -> tuple[dict[str, tuple[Line, int]], list[tuple[Line, str]]]:
    """One price for each SKU, and the lines without one. Where two issues speak of a SKU, the higher price is it."""
    found: dict[str, tuple[Line, int]] = {}
    left_out = []
    for line in lines:
        price = right_price(line)
        if isinstance(price, str):
            left_out.append((line, price))
        elif line.sku not in found or price > found[line.sku][1]:
            found[line.sku] = (line, price)
    return found, left_out


def _former(line: Line) -> int | None:
    """What was asked on the newest morning up to the last good day."""
    if line.last_good_day is None:
        return None
    asked = [r["price_minor"] for r in line.earlier if r["day"] <= line.last_good_day and r.get("price_minor")]
    return asked[-1] if asked else None
