"""Whoever sees some accounts only gets sums of them, and those of all accounts are what the run itself computed."""

from __future__ import annotations

import json

import sqlalchemy as sa

from opswheel.core.contracts import RANKS
from opswheel.interfaces.cli import obey
from opswheel.interfaces.people.reach import sums_seen
from opswheel.interfaces.wiring import Workspace
from opswheel.resolution.queue import last_run


def test_the_sums_over_every_account_are_the_headline_of_the_run(tmp_path, capsys):
    assert obey(["demo", str(tmp_path / "shop"), "--json"]) == 0
    capsys.readouterr()
    here = Workspace(tmp_path / "shop")
    with here.ledger.read() as connection:
        run = last_run(connection)
        accounts = set(connection.execute(sa.select(RANKS.sql_table().c.account).distinct()).scalars())
        found = sums_seen(connection, run.id, accounts, "USD")
    here.ledger.close()
    told = json.loads(run.summary)
    assert {n: found[n]["mean"] for n in found} == {n: told[n]["mean"] for n in found}
    assert found["revenue_at_risk"]["mean"] > 1_000
