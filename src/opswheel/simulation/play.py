"""One simulated team in one simulated market: mornings arrive, the product runs, people work, the truth is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from ..core.clock import PinnedClock
from ..core.contracts import ISSUES, OUTCOMES, POSTERIORS, RANKS
from ..core.settings import SETTINGS_FILE, Settings, read_settings
from ..storage.duck import DuckEngine
from ..storage.lake import Lake
from ..storage.ledger import Ledger
from ..visibility.detectors import looking
from ..wheel.compaction import Compactor
from ..wheel.loading import Loader, Said
from ..wheel.run import RunResult, Wheel
from .direct import Direct
from .market import DaySales, Losses, Market
from .plan import Trouble, make_trouble
from .policies import Policy, to_work
from .reports import write_sheets
from .sheets import REPORTS, Sheet, morning_sheets, sales_sheets
from .team import Done, Team

MORNING_HOUR = 16
"""UTC: 08:00 in Los Angeles, when the day's reports are there."""
CYCLE_DAYS = 30
CUT_REPORTS = ("amazon_all_listings", "amazon_fba_inventory")
"""Snapshots that a broken download cuts short; a cut order file would be no absence anybody could see."""
COMPACT_ON = 2
"""Day of the month on which the month before is merged."""
Way = Literal["direct", "reports"]


@dataclass(frozen=True)
class Setting:
    """What is played: how many listings, days, operators with how many hours, under which policy and seed."""

    listings: int
    days: int
    operators: int
    policy: Policy
    seed: int
    hours: float
    way: Way = "direct"


@dataclass
class Day:
    """One worked day: the truth of the market, what the team did, what the product held open and asked to be worked."""

    losses: Losses
    done: Done
    open_issues: int
    to_work: int


@dataclass
class Played:
    """All days, and the issues and closes of the product's ledger at the end."""

    days: list[Day] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)


class Shop:
    """A workspace the simulation fills: its own lake and ledger below `folder`, read by nobody else."""

    def __init__(self, folder: Path, market: Market, setting: Setting, more: str = "") -> None:
        """`more` are settings in TOML beside those the setting asks for."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SETTINGS_FILE).write_text(_settings_text(setting, market) + more, encoding="utf-8")
        self.settings: Settings = read_settings(folder)
        self.lake = Lake(folder / "lake")
        self.lake.root.mkdir(parents=True, exist_ok=True)
        self.ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
        self.ledger.prepare()
        self._key = f"simulated {market.seed}"
        self._direct = Direct(self.lake, self.ledger, self._key)
        self._way = setting.way

    def receive(self, sheets: list[Sheet], now: datetime) -> None:
        """This morning's reports arrive."""
        if self._way == "direct":
            self._direct.put(sheets, now)
            return
        paths = write_sheets(sheets, self.folder / "reports")
        loader = Loader(
            lake=self.lake,
            ledger=self.ledger,
            rejects=self.folder / "rejects",
            settings=self.settings,
            clock=PinnedClock(now),
            key=self._key,
        )
        refused = [r for r in loader.load(paths, Said()) if r.status == "refused"]
        if refused:
            raise AssertionError(f"our own report is refused: {refused[0].path}: {refused[0].error}")

    def run(self, now: datetime) -> RunResult:
        """The wheel turns."""
        wheel = Wheel(
            lake=self.lake,
            ledger=self.ledger,
            settings=self.settings,
            clock=PinnedClock(now),
            detectors=looking(self.settings.detectors.on),
            make_engine=lambda: DuckEngine(self.lake.root, threads=1),
        )
        return wheel.run()

    def open_rows(self, run_id: int) -> list[dict[str, Any]]:
        """The open rows of a run in the product's order."""
        ranks = RANKS.sql_table()
        query = sa.select(ranks).where(ranks.c.run_id == run_id, ranks.c.open.is_(True)).order_by(ranks.c.position)
        with self.ledger.read() as connection:
            return [dict(r._mapping) for r in connection.execute(query)]

    def compact(self, now: datetime) -> None:
        """Merge the files of closed months, as a nightly job would."""
        Compactor(
            lake=self.lake,
            ledger=self.ledger,
            settings=self.settings,
            clock=PinnedClock(now),
            rejects=self.folder / "rejects",
        ).compact()

    def forget_what_was_learned(self) -> None:
        """Runs of a team that does not learn start from the product's priors every morning."""
        with self.ledger.write() as connection:
            connection.execute(POSTERIORS.sql_table().delete())

    def rows(self, contract: Any) -> list[dict[str, Any]]:
        """A ledger table."""
        with self.ledger.read() as connection:
            return [dict(r._mapping) for r in connection.execute(sa.select(contract.sql_table()))]


def _settings_text(setting: Setting, market: Market) -> str:
    money, told = market.world.team.contribution_margin, market.world.stock
    return (
        f'[money]\nreporting_currency = "USD"\ncontribution_margin = {money}\n\n'
        f"[team]\noperators = {setting.operators}\nhours_per_day = {max(0.01, setting.hours):.4f}\n\n"
        f'[ranking]\nrule = "{setting.policy.product_rule}"\n\n'
        f"[horizon]\nreview_days = {told.review_days}\nassumed_receive_days = {told.receive_days}\n"
    )


def play(market: Market, setting: Setting, folder: Path, progress: Callable[[int], None] = lambda _: None) -> Played:
    """Play all worked days of a fresh market; `progress` is told each day's number."""
    shop = Shop(folder, market, setting)
    team = Team(market, setting.policy, operators=setting.operators, hours=setting.hours)
    trouble = make_trouble(market.world, market.catalog, REPORTS, setting.days, setting.seed)
    held, sales = warm_up(market)
    played = Played()
    for day in range(setting.days):
        progress(day)
        market.begin()
        now = moment(market)
        sheets = held + morning_sheets(market, sales)
        sheets, held = arriving(sheets, trouble, market, day)
        shop.receive(sheets, now)
        if not setting.policy.learns:
            shop.forget_what_was_learned()
        result = shop.run(now)
        rows = shop.open_rows(result.run_id or 0)
        with shop.ledger.write() as connection:
            done = team.work(connection, rows, now)
        if now.day == COMPACT_ON:
            shop.compact(now)
        sales, losses = market.trade()
        played.days.append(Day(losses, done, len(rows), len(to_work(setting.policy, rows))))
    played.issues, played.outcomes = shop.rows(ISSUES), shop.rows(OUTCOMES)
    shop.ledger.close()
    return played


def moment(market: Market) -> datetime:
    """When the product runs on the market's morning."""
    return datetime.combine(market.catalog.date(market.day), datetime.min.time()) + timedelta(hours=MORNING_HOUR)


def warm_up(market: Market) -> tuple[list[Sheet], DaySales | None]:
    """Trade the days before the first morning; returns their sales reports but for the last day's, and that day."""
    held: list[Sheet] = []
    sales: DaySales | None = None
    while market.day < 0:
        if sales is not None:
            for number in range(len(market.catalog.channels)):
                held += sales_sheets(market, sales, number)
        market.begin()
        sales, _ = market.trade()
    return held, sales


def arriving(sheets: list[Sheet], trouble: Trouble, market: Market, day: int) -> tuple[list[Sheet], list[Sheet]]:
    """What arrives on a morning, cut where the download broke off; and what is held back until it does.

    A late snapshot is never made up for; late sales come with the next files.
    """
    late = {(market.catalog.channels[c], r) for c, r in trouble.late.get(day, ())}
    cut = {(market.catalog.channels[c], r) for c, r in trouble.partial.get(day, ()) if r in CUT_REPORTS}
    come: list[Sheet] = []
    held: list[Sheet] = []
    for sheet in sheets:
        name = sheet.report.removesuffix("_by_date")
        if (sheet.channel, name) in late:
            held += [sheet] if sheet.of_day else []
        elif (sheet.channel, sheet.report) in cut:
            come.append(sheet.cut(market.world.sources.partial_share))
        else:
            come.append(sheet)
    return come, held
