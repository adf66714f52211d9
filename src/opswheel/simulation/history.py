"""Months of a simulated shop in one workspace, for looking around: what it lost is known, and told beside the queue.

The wheel turns every fourth week at first, then weekly, then every morning, so that months are made in a minute or two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ..core.contracts import ISSUES
from ..core.money import Floats
from .market import Market
from .plan import make_trouble
from .play import Setting, Shop, arriving, moment, warm_up
from .sheets import REPORTS, morning_sheets
from .team import BEHIND, STOCK_KINDS, Team

DAILY_DAYS = 7
"""The last mornings, on which the wheel turns every day."""
WEEKLY_DAYS = 49
"""The last mornings, on which it turns at least once a week; before them, every fourth."""
WEEK = 7


@dataclass(frozen=True)
class Planted:
    """One loss that was on when the last run ended, whether an issue stands for it, and where.

    `loss_per_day` is the true one, in dollars; `place` is the issue's lane and rank, the cause it hangs under, or what
    the team said when it closed it; empty where there is no issue.
    """

    what: str
    channel: str
    sku: str
    began: date
    loss_per_day: float
    issue: int | None
    place: str


@dataclass(frozen=True)
class History:
    """What was made: the workspace's last morning, its runs, and the losses planted, the costliest first."""

    now: datetime
    runs: int
    planted: tuple[Planted, ...]

    def found(self) -> float:
        """Share of the dollars a day that an issue stands for."""
        whole = sum(p.loss_per_day for p in self.planted)
        return sum(p.loss_per_day for p in self.planted if p.issue is not None) / whole if whole else 1.0


ROUTED = (("out_of_stock", 1), ("stockout_ahead", 1), ("listing_suppressed", 2), ("search_suppressed", 2), ("", 3))
"""Which kinds go to which operator; the last route takes what is left."""


def make_history(market: Market, setting: Setting, folder: Path, progress: Callable[[int], None]) -> History:
    """Play a fresh market's worked days into a workspace in `folder`; nobody works on the last morning's queue."""
    shop = Shop(folder, market, setting, _routes(setting.operators))
    team = Team(market, setting.policy, operators=setting.operators, hours=setting.hours)
    trouble = make_trouble(market.world, market.catalog, REPORTS, setting.days, setting.seed)
    held, sales = warm_up(market)
    rows: list[dict[str, Any]] = []
    runs = 0
    for day in range(setting.days):
        progress(day)
        market.begin()
        sheets, held = arriving(held + morning_sheets(market, sales), trouble, market, day)
        if not turns(day, setting.days):
            held += [s for s in sheets if s.of_day]  # days of sales wait for the next morning somebody loads files
        else:
            now = moment(market)
            shop.receive(sheets, now)
            rows = shop.open_rows(shop.run(now).run_id or 0)
            runs += 1
            if day < setting.days - 1:
                with shop.ledger.write() as connection:
                    team.work(connection, rows, now)
        if day < setting.days - 1:
            sales, _ = market.trade()
    settled = [i for i in shop.rows(ISSUES) if i["state"] == "fixed" or i["muted"]]
    shop.ledger.close()
    return History(moment(market), runs, tuple(planted(market, [*rows, *settled])))


def _routes(operators: int) -> str:
    """Routes in TOML: an owner for everything; whoever has time takes it from them."""
    lines = [f'\n[[routes]]\nkind = "{kind}"\nowner = "operator-{min(number, operators)}"\n' for kind, number in ROUTED]
    return "".join(lines).replace('kind = ""\n', "")


def turns(day: int, days: int) -> bool:
    """Whether the wheel turns on a worked day: every fourth week, then weekly, then daily."""
    left = days - 1 - day
    return left < DAILY_DAYS or left % (WEEK if left <= WEEKLY_DAYS else 4 * WEEK) == 0


def planted(market: Market, rows: list[dict[str, Any]]) -> list[Planted]:
    """What a report tells of and what costs something this morning, the costliest first.

    `rows` are the queue's rows, and issues that were closed while their trouble is still to be seen.
    """
    found = [*_faults(market, rows), *_stockouts(market, rows)]
    return sorted(found, key=lambda p: (-p.loss_per_day, p.channel, p.sku))


def _faults(market: Market, rows: list[dict[str, Any]]) -> list[Planted]:
    plan, catalog = market.plan, market.catalog
    names = [n for n in market.world.faults if market.world.faults[n].kind and n in plan.kinds]
    here = np.concatenate([market.open_faults(n) for n in names]).astype(int)
    if not len(here):
        return []
    per_day: Floats = market.losses_per_day(here)
    shown = _by_listing(rows)
    found = []
    for fault, loss in zip(here, per_day, strict=True):
        name, at = plan.kinds[plan.kind[fault]], int(plan.listing[fault])
        channel, sku = catalog.channels[catalog.channel[at]], catalog.sku[at]
        kinds = {kind for kind, behind in BEHIND.items() if name in behind}
        about = [r for r in shown.get((channel, sku), []) if r["kind"] in kinds]
        if loss > 0:
            began = catalog.date(int(plan.onset[fault]))
            found.append(Planted(name, channel, sku, began, float(loss), *_place(about)))
    return found


def _stockouts(market: Market, rows: list[dict[str, Any]]) -> list[Planted]:
    catalog = market.catalog
    pools: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["kind"] in STOCK_KINDS:
            pools.setdefault(row["subject_key"].split("|", 1)[-1], []).append(row)
    found = []
    worth = market.value_per_day()
    for pool in np.flatnonzero(market.out_since <= market.day):
        mine = np.flatnonzero(catalog.pool == pool)
        lost = worth[mine]
        if lost.sum() <= 0:
            continue
        dearest = int(mine[int(np.argmax(lost))])
        channel = catalog.channels[catalog.channel[dearest]]
        about = pools.get(f"{channel}/{catalog.fnsku[dearest]}", [])
        began = catalog.date(int(market.out_since[pool]))
        found.append(Planted("out", channel, catalog.sku[dearest], began, float(lost.sum()), *_place(about)))
    return found


def _by_listing(rows: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["channel"], row["sku"]), []).append(row)
    return found


def _place(about: list[dict[str, Any]]) -> tuple[int | None, str]:
    """The issue that stands for a loss: the one highest in the queue, the cause it hangs under, or a closed one."""
    if not about:
        return None, ""
    queued = [r for r in about if "position" in r]
    if not queued:
        last = max(about, key=lambda r: r["id"])
        return int(last["id"]), f"closed: {last['resolution'].replace('_', ' ')}"
    first = min(queued, key=lambda r: r["position"])
    if first["rank"] is None:
        return int(first["issue_id"]), f"under issue {first['inhibited_by']}"
    return int(first["issue_id"]), f"{first['lane']}, rank {first['rank']}"
