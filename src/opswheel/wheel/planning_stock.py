"""Stock plans out of forecasts and facts: pools, what is held and coming, and moves between the places of a product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from ..planning import places as spots_of
from ..planning.allocation import in_words as moves_in_words
from ..planning.stock_plan import Plan, Rules, Stock, Supply, in_words, plan
from .inputs import Morning

if TYPE_CHECKING:
    from ..planning.allocation import Allocation
    from ..planning.forecast import Forecast
    from ..planning.from_facts import Known

Place = tuple[str, str]
Key = tuple[str, str, str]
LEAST_GAIN = 5.0
"""A move that brings less, in reporting currency, is not worth a person's minutes (assumed)."""


@dataclass
class Pool:
    """Units several listings share."""

    account: str
    name: str
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def skus(self) -> list[str]:
        """The SKUs that share it."""
        return sorted({r["sku"] for r in self.rows})

    @property
    def keys(self) -> list[Key]:
        """Its listings."""
        return [(r["account"], r["channel"], r["sku"]) for r in self.rows]

    @property
    def channel(self) -> str:
        """A channel that sells from it."""
        return min(str(r["channel"]) for r in self.rows)

    def most(self, column: str) -> int:
        """Listings of one pool are told the same units: the most of them counts. Oversold is 0."""
        return max(0, *(int(r[column] or 0) for r in self.rows))


class Facts:
    """What is told of each listing, found by its key."""

    def __init__(self, rows: Mapping[str, Any], forecasts: Mapping[Place, tuple[Forecast, Known]]) -> None:
        self._rows: dict[str, dict[Key, list[dict[str, Any]]]] = {}
        for name in ("inbound", "supply", "costs", "listings"):
            found = self._rows.setdefault(name, defaultdict(list))
            for r in rows[name]:
                found[(r["account"], r["channel"], r["sku"])].append(r)
        self.worth: dict[Key, tuple[float, float]] = {}
        for forecast, told in forecasts.values():
            expected = forecast.mean.sum(axis=1)
            for i, key in enumerate(forecast.keys):
                self.worth[cast("Key", key)] = (told.prices[i], float(expected[i]) + 1e-9)

    def of(self, pool: Pool, name: str) -> list[dict[str, Any]]:
        """The rows of a table about a pool's listings."""
        return [r for key in pool.keys for r in self._rows[name].get(key, ())]


def plan_stock(
    forecasts: Mapping[Place, tuple[Forecast, Known]], rows: Mapping[str, Any], seen: Morning, rules: Rules
) -> list[dict[str, Any]]:
    """Rows of the table `plans`: one per pool, and one more per move that pays."""
    facts = Facts(rows, forecasts)
    told = _pools(rows, forecasts)
    found: list[dict[str, Any]] = []
    by_account: dict[str, list[Pool]] = defaultdict(list)
    for pool in told:
        by_account[pool.account].append(pool)
    for account, pools in by_account.items():
        whole, index = _joined(forecasts, account)
        members = [sorted({index[(r["channel"], r["sku"])] for r in p.rows}) for p in pools]
        forecast = whole.together(members, tuple(p.name for p in pools))
        stocks = [_stock(p, facts, seen) for p in pools]
        today = {p.name: seen.today[(account, p.channel)] for p in pools}
        plans = _plans(forecast, stocks, rules, today)
        for pool, stock, one in zip(pools, stocks, plans, strict=True):
            found.append(_row(pool, stock, one, seen))
        found += _moves(forecast, pools, stocks, facts, seen, _feeders(rows, told, account))
    return found


def _plans(forecast: Forecast, stocks: list[Stock], rules: Rules, today: Mapping[str, date]) -> list[Plan]:
    """Plans pool by pool: channels of one account may be on different days."""
    days = sorted(set(today.values()))
    found: dict[int, Plan] = {}
    for day in days:
        rows = [i for i, key in enumerate(forecast.keys) if today[str(key)] == day]
        found |= dict(zip(rows, plan(forecast.only(rows), [stocks[i] for i in rows], rules, today=day), strict=True))
    return [found[i] for i in range(len(stocks))]


def _pools(rows: Mapping[str, Any], forecasts: Mapping[Place, tuple[Forecast, Known]]) -> list[Pool]:
    """Pools of which at least one listing has a forecast."""
    known = {key for forecast, _ in forecasts.values() for key in forecast.keys}
    found: dict[tuple[str, str], Pool] = {}
    for r in rows["stock"]:
        if (r["account"], r["channel"], r["sku"]) in known:
            found.setdefault((r["account"], r["pool"]), Pool(r["account"], r["pool"])).rows.append(r)
    return [found[key] for key in sorted(found)]


def _feeders(rows: Mapping[str, Any], told: list[Pool], account: str) -> dict[str, list[Pool]]:
    """Pools that never sold a SKU they hold, while others do: a warehouse that can feed those."""
    known = {(p.account, p.name) for p in told}
    selling = {sku for p in told if p.account == account for sku in p.skus}
    found: dict[str, dict[str, Pool]] = defaultdict(dict)
    for r in rows["stock"]:
        if r["account"] == account and r["sku"] in selling and (account, r["pool"]) not in known:
            found[r["sku"]].setdefault(r["pool"], Pool(account, r["pool"])).rows.append(r)
    return {sku: list(pools.values()) for sku, pools in found.items()}


def _joined(forecasts: Mapping[Place, tuple[Forecast, Known]], account: str) -> tuple[Any, dict[tuple[str, str], int]]:
    """The forecasts of an account's channels as one, and where each listing is in it."""
    from ..planning.joining import joined

    whole = joined([f for (name, _), (f, _) in sorted(forecasts.items()) if name == account])
    return whole, {cast("Key", key)[1:]: i for i, key in enumerate(whole.keys)}


def _price(pool: Pool, facts: Facts) -> float:
    """Revenue of a unit, each listing's price by what it is expected to sell."""
    worth = [facts.worth[key] for key in pool.keys]
    return sum(price * weight for price, weight in worth) / sum(weight for _, weight in worth)


def _stock(pool: Pool, facts: Facts, seen: Morning) -> Stock:
    """What is held, coming and how long more takes; our own list wins over what stock reports say is on its way."""
    first = pool.rows[0]
    coming = [
        (int(r["in_days"]), int(r["units"]), r["reference"] or "shipment")
        for r in facts.of(pool, "inbound")
        if r["units"] > 0
    ]
    if not coming:
        coming = [
            (int(first["receiving_arrives_days"]), pool.most("inbound_receiving_units"), "being received"),
            (int(first["shipped_arrives_days"]), pool.most("inbound_shipped_units"), "shipped"),
        ]
    coming.append((int(first["receiving_arrives_days"]), pool.most("transfer_units"), "in transfer"))
    supply = facts.of(pool, "supply")
    usual = first["assumed_lead_days"] + first["assumed_receive_days"]
    lead = float(max((r["lead_days"] for r in supply), default=usual))
    own = seen.settings.planning
    return Stock(
        units=pool.most("sellable_units"),
        arriving=tuple(c for c in coming if c[1] > 0),
        price=_price(pool, facts),
        supply=Supply(
            lead, lead * own.lead_sd_share, max((r["moq_units"] or 0 for r in supply), default=0), told=bool(supply)
        ),
    )


def _row(pool: Pool, stock: Stock, one: Plan, seen: Morning) -> dict[str, Any]:
    currency = seen.settings.money.reporting_currency
    early, middle, late = one.runs_out
    return _blank(pool, seen) | {
        "action": one.action,
        "units": one.units,
        "by_day": one.by_day if one.action != "wait" else None,
        "held_units": one.held,
        "arriving_units": one.arriving,
        "per_day": _six(one.per_day),
        "reorder_point_units": one.reorder_point,
        "safety_stock_units": one.safety_stock,
        "lead_days": stock.supply.lead_days,
        "lead_source": "told" if stock.supply.told else "assumed",
        "runs_out_day": middle,
        "runs_out_early": early,
        "runs_out_late": late,
        "p_out": _six(one.p_out),
        "lost_mean": _six(one.lost[0]),
        "lost_p10": _six(one.lost[1]),
        "lost_p90": _six(one.lost[2]),
        "committed_mean": _six(one.committed[0]),
        "avoidable_mean": _six(one.avoidable),
        "words": " ".join(in_words(one, ", ".join(pool.skus), currency)),
    }


def _blank(pool: Pool, seen: Morning) -> dict[str, Any]:
    """The columns every row has; the others empty."""
    empty = (
        *("replaced_at", "by_day", "source_pool", "reorder_point_units", "safety_stock_units", "lead_days"),
        *("runs_out_day", "runs_out_early", "runs_out_late"),
        *("lost_mean", "lost_p10", "lost_p90", "committed_mean", "avoidable_mean"),
    )
    return dict.fromkeys(empty) | {
        "account": pool.account,
        "pool": pool.name,
        "made_at": seen.as_of,
        "channel": pool.channel,
        "skus": ";".join(pool.skus),
        "currency": seen.settings.money.reporting_currency,
    }


def _moves(  # noqa: PLR0913
    forecast: Forecast,
    pools: list[Pool],
    stocks: list[Stock],
    facts: Facts,
    seen: Morning,
    feeders: Mapping[str, list[Pool]],
) -> list[dict[str, Any]]:
    """Moves between the pools of one SKU that bring more than they cost; of a pool the best one, and the best offer."""
    own = seen.settings.planning
    costs = spots_of.Costs(
        *(own.send_cost, own.removal_cost, own.leftover_share_per_month),
        *(own.merchant_cost, own.offer_cost, own.merchant_share),
    )
    by_sku: dict[str, list[int]] = defaultdict(list)
    for i, pool in enumerate(pools):
        for sku in pool.skus:
            by_sku[sku].append(i)
    found: dict[tuple[str, bool], dict[str, Any]] = {}
    for sku, members in sorted(by_sku.items()):
        spots = [_spot(pools[i], i, stocks[i], facts, seen) for i in members]
        spots += [
            spots_of.Spot(p.name, -1, p.most("sellable_units"), spots[0].price, 0.0, own=True)
            for p in feeders.get(sku, ())
            if all(r["fulfillment"] != "marketplace" for r in facts.of(p, "listings"))
        ]
        best = spots_of.arrange(forecast, spots, costs, seen.settings.horizon.days)
        if best is None or best.profit - best.before < LEAST_GAIN:
            continue
        offers = {spots_of.offer(s.pool): _offer_in_words(sku, s) for s in spots}
        words = " ".join(moves_in_words(best, seen.settings.money.reporting_currency, offers))
        ours = {s.pool for s in spots if s.own}
        for i in members:
            for row in _moved(pools[i], best, ours):
                row |= {"skus": sku, "words": words, "per_day": _six(float(forecast.expected(28)[i].mean()))}
                key = (pools[i].name, row["action"] in ("offer", "withdraw"))
                if row["avoidable_mean"] > found.get(key, {"avoidable_mean": 0.0})["avoidable_mean"]:
                    found[key] = _blank(pools[i], seen) | row
    return list(found.values())


def _spot(pool: Pool, at: int, stock: Stock, facts: Facts, seen: Morning) -> spots_of.Spot:
    """A pool as a place of its product."""
    arrives = int(pool.rows[0]["shipped_arrives_days"])
    margin = _margin(pool, facts, stock.price)
    return spots_of.Spot(
        pool=pool.name,
        at=at,
        held=stock.units,
        price=stock.price,
        margin=seen.settings.money.contribution_margin if margin is None else margin,
        own=all(r["fulfillment"] != "marketplace" for r in facts.of(pool, "listings")),
        told=margin is not None,
        channel=pool.channel,
        arrives=arrives,
        soon=sum(units for days, units, _ in stock.arriving if days < arrives),
    )


def _offer_in_words(sku: str, spot: spots_of.Spot) -> str:
    return (
        f"Offer {{units:,}} of {sku} on {spot.channel} shipped by yourself from {{source}}, until units sent in arrive "
        f"(about {spot.arrives} days); then take the offer down."
    )


def _margin(pool: Pool, facts: Facts, price: float) -> float | None:
    """What is left of a sale as a share of its price, by loaded cost and fees; None where none are loaded."""
    told = [r for r in facts.of(pool, "costs") if r["unit_cost"] is not None]
    if not told or price <= 0:
        return None
    spent = sum(r["unit_cost"] + (r["unit_fees"] or 0.0) for r in told) / len(told)
    return float(1 - spent / price)


def _moved(pool: Pool, best: Allocation, ours: Collection[str]) -> list[dict[str, Any]]:
    """What a split means for a pool: units that come (what a marketplace gives back is a removal), an offer of our own
    beside it, or one to stop. The gain is told once, shared by units."""
    stopped = {name: best.left[name] for name in best.stopped}
    whole = sum(best.moves.values()) + sum(stopped.values())
    found: list[dict[str, Any]] = []
    for action, target in (("send_in", pool.name), ("offer", spots_of.offer(pool.name))):
        coming = {a: n for (a, b), n in best.moves.items() if b == target}
        if coming:
            source = max(coming, key=lambda a: (coming[a], a))
            done = action if action == "offer" or source in ours else "remove"
            found.append({"action": done, "units": sum(coming.values()), "source_pool": source})
    if pool.name in stopped:
        found.append({"action": "withdraw", "units": stopped[pool.name], "source_pool": pool.name})
    same = {"held_units": pool.most("sellable_units"), "arriving_units": 0, "lead_source": "assumed", "p_out": 0.0}
    gain = best.profit - best.before
    return [{**row, **same, "avoidable_mean": _six(gain * row["units"] / max(whole, 1))} for row in found]


def _six(value: float) -> float:
    return float(f"{value:.6g}")
