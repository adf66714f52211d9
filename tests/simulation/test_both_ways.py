"""Loading report files and putting facts straight into the lake lead to the same facts and the same queue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa

from opswheel.core.contracts import COVERAGE, DELIVERIES, RANKS
from opswheel.simulation.market import Market
from opswheel.simulation.play import CUT_REPORTS, Played, Setting, Shop, moment, play
from opswheel.simulation.policies import find_policy
from opswheel.simulation.sheets import morning_sheets
from opswheel.storage.lake import Lake, files_at, manifest_version
from opswheel.storage.ledger import Ledger

from .small import world

LISTINGS, DAYS = 30, 4
MONTH = pytest.mark.long  # a month of report files is loaded one by one
DELIVERED = ("report", "channel", "known_at", "from_day", "to_day", "rows", "partial", "share_absent", "complete_in")


def _played(folder: Path, way: Any) -> Played:
    told = world(sources__partial_per_report_a_year=0.0, sources__late_per_report_a_year=0.0)
    market = Market(told, listings=LISTINGS, days=DAYS, seed=2)
    return play(market, Setting(LISTINGS, DAYS, 1, find_policy("value_per_hour"), 2, 4.0, way), folder)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Played]]:
    folders = {way: tmp_path_factory.mktemp(way) / "shop" for way in ("direct", "reports")}
    return {way: (folder, _played(folder, way)) for way, folder in folders.items()}


def _facts(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every fact row, but for the number of the delivery that brought it."""
    ledger, lake = Ledger(f"sqlite:///{folder / 'ledger.db'}"), Lake(folder / "lake")
    with ledger.read() as connection:
        files = files_at(connection, manifest_version(connection))
    ledger.close()
    found: dict[str, list[tuple[Any, ...]]] = {}
    with duckdb.connect() as connection:
        for file in files:
            if file.source.startswith("run "):
                continue
            rows = connection.execute("SELECT * FROM read_parquet(?)", [str(lake.absolute(file.path))])
            names = [c[0] for c in rows.description or ()]
            keep = [i for i, n in sorted(enumerate(names), key=lambda p: p[1]) if n != "delivery_id"]
            found.setdefault(file.table_name, []).extend(tuple(r[i] for i in keep) for r in rows.fetchall())
    return {name: sorted(rows, key=str) for name, rows in found.items()}


def _ledger_rows(folder: Path, query: Any) -> list[tuple[Any, ...]]:
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    with ledger.read() as connection:
        rows = [tuple(r) for r in connection.execute(query)]
    ledger.close()
    return sorted(rows, key=str)


@MONTH
def test_both_ways_give_the_same_facts(both):
    direct, reports = _facts(both["direct"][0]), _facts(both["reports"][0])
    assert (
        set(direct) == set(reports) >= {"listings", "stock", "orders", "traffic", "channel_sales", "inbound", "rates"}
    )
    for name, rows in direct.items():
        assert rows == reports[name], name
    assert len(direct["orders"]) > 500
    assert len(direct["listings"]) > 3 * LISTINGS


@MONTH
def test_both_ways_arrive_alike_known_at_the_same_moment_and_cover_the_same_days(both):
    deliveries, covers = DELIVERIES.sql_table(), COVERAGE.sql_table()
    columns = [deliveries.c[n].is_(None) if n == "complete_in" else deliveries.c[n] for n in DELIVERED]
    covered = sa.select(deliveries.c.report, deliveries.c.channel, covers.c.level, covers.c.from_day, covers.c.to_day)
    covered = covered.join(deliveries, deliveries.c.id == covers.c.delivery_id)
    for query in (sa.select(*columns), covered):
        assert _ledger_rows(both["direct"][0], query) == _ledger_rows(both["reports"][0], query)


@MONTH
def test_both_ways_lead_to_the_same_queue_and_the_same_work(both):
    query = sa.select(RANKS.sql_table()).order_by(RANKS.sql_table().c.position)
    direct, reports = (_ledger_rows(both[way][0], query) for way in ("direct", "reports"))
    assert direct == reports
    assert len(direct) > 0
    assert both["direct"][1].issues == both["reports"][1].issues
    assert both["direct"][1].outcomes == both["reports"][1].outcomes
    assert [d.losses for d in both["direct"][1].days] == [d.losses for d in both["reports"][1].days]


@pytest.mark.parametrize(
    ("shares", "complete"),
    [
        ((1.0, 0.5, 1.0), [True, False, True]),
        ((1.0, 0.5, 0.5), [True, True, True]),  # the second short list agrees with the first: both count
        ((1.0, 0.9, 0.5), [True, True, False]),
    ],
)
def test_a_list_cut_short_waits_or_counts_alike(tmp_path, shares, complete):
    """The same mornings, some cut short: which deliveries count is the same whether files or facts arrive."""
    found = {}
    for way in ("direct", "reports"):
        market = Market(world(), listings=40, days=4, seed=2)
        while market.day < 0:
            market.begin()
            market.trade()
        shop = Shop(tmp_path / way, market, Setting(40, 4, 1, find_policy("value_per_hour"), 2, 4.0, way))
        for share in shares:
            market.begin()
            sheets = [s for s in morning_sheets(market, None) if s.report in CUT_REPORTS]
            shop.receive([s.cut(share) for s in sheets], moment(market))
            market.trade()
        shop.ledger.close()
        table = DELIVERIES.sql_table()
        names = ("report", "channel", "to_day", "rows", "partial", "share_absent", "note")
        columns = [*(table.c[n] for n in names), table.c.complete_in.is_not(None)]
        found[way] = _ledger_rows(shop.folder, sa.select(*columns))
    assert found["direct"] == found["reports"]
    home = sorted(r for r in found["direct"] if r[:2] == ("amazon_all_listings", "amazon:US"))
    assert [r[-1] for r in home] == complete
