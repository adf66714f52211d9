"""A rule orders the queue in a process that was given a workspace and nothing else, and orders it the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from opswheel.simulation.market import Market
from opswheel.simulation.play import Setting, Shop, moment, warm_up
from opswheel.simulation.policies import POLICIES, find_policy, to_work
from opswheel.simulation.sheets import morning_sheets

from .small import world

RULES = [p.name for p in POLICIES if not p.oracle]
_CHILD = """
import json, sys
from pathlib import Path
import sqlalchemy as sa
from opswheel.core.contracts import RANKS
from opswheel.simulation.policies import find_policy, to_work
from opswheel.storage.ledger import Ledger

ledger, ranks = Ledger(f"sqlite:///{Path.cwd() / 'ledger.db'}"), RANKS.sql_table()
with ledger.read() as connection:
    query = sa.select(ranks).where(ranks.c.open).order_by(ranks.c.position)
    rows = [dict(r._mapping) for r in connection.execute(query)]
orders = {name: [r["issue_id"] for r in to_work(find_policy(name), rows)] for name in json.loads(sys.argv[1])}
market = [m for m in sys.modules if m in ("opswheel.simulation.market", "opswheel.simulation.plan")]
print(json.dumps({"orders": orders, "modules": market}))
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    market = Market(world(), listings=60, days=3, seed=4)
    made = Shop(
        tmp_path_factory.mktemp("sim") / "shop", market, Setting(60, 3, 1, find_policy("value_per_hour"), 4, 1.0)
    )
    held, sales = warm_up(market)
    market.begin()
    made.receive(held + morning_sheets(market, sales), moment(market))
    result = made.run(moment(market))
    rows = made.open_rows(result.run_id or 0)
    made.ledger.close()
    return made.folder, rows, market


def test_the_order_of_every_rule_follows_from_the_workspace_alone(shop):
    folder, rows, _ = shop
    command = [sys.executable, "-c", _CHILD, json.dumps(RULES)]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    assert told["modules"] == []
    for name in RULES:
        assert told["orders"][name] == [r["issue_id"] for r in to_work(find_policy(name), rows)], name
    assert len(told["orders"]["value_per_hour"]) > 3
    assert len({tuple(order) for order in told["orders"].values()}) > 3


def test_the_workspace_keeps_no_truth(shop):
    """What only the market knows stands in no file of the workspace: not the names of its kinds, nor true minutes."""
    folder, _, market = shop
    inside = [p for p in Path(folder).rglob("*") if p.is_file()]
    kept = b"".join(p.read_bytes() for p in inside if p.suffix in (".db", ".toml"))
    for word in ("closed_on_purpose", "ghost_row", "clearance", "mispriced", "late_carrier"):
        assert word.encode() not in kept
    for minutes in market.plan.minutes[:50]:
        assert repr(float(minutes)).encode() not in kept
