"""Months of a simulated shop to look around in: its last queue stands open, and planted losses are told honestly."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import ISSUES, RUNS
from opswheel.simulation.history import DAILY_DAYS, WEEK, History, make_history, turns
from opswheel.simulation.market import Market
from opswheel.simulation.parameters import read_world
from opswheel.simulation.play import Setting
from opswheel.simulation.policies import find_policy
from opswheel.storage.ledger import Ledger

LISTINGS, DAYS = 120, 24


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("history") / "shop"
    market = Market(read_world(None), listings=LISTINGS, days=DAYS, seed=3)
    policy = replace(find_policy("revenue_at_risk"), learns=True)
    history = make_history(market, Setting(LISTINGS, DAYS, 2, policy, 3, 3.0), folder, lambda _: None)
    return folder, market, history


def _rows(folder, contract):
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    with ledger.read() as connection:
        found = connection.execute(sa.select(contract.sql_table())).all()
    ledger.close()
    return found


@pytest.mark.long
def test_the_wheel_turned_on_the_mornings_said_and_the_last_one_is_the_clock(made):
    folder, _, history = made
    runs = sorted(r.as_of for r in _rows(folder, RUNS) if r.finished_at is not None)
    assert len(runs) == history.runs == sum(turns(d, DAYS) for d in range(DAYS))
    assert runs[-1] == history.now


@pytest.mark.parametrize("days", [30, 180, 365])
def test_the_last_week_is_daily_the_weeks_before_weekly_and_the_last_day_always(days):
    turned = [d for d in range(days) if turns(d, days)]
    assert turned[-1] == days - 1
    assert turned[-DAILY_DAYS:] == list(range(days - DAILY_DAYS, days))
    gaps = {b - a for a, b in itertools.pairwise(turned)}
    assert gaps <= {1, WEEK, 4 * WEEK}


@pytest.mark.long
def test_people_worked_the_queue_of_every_morning_but_the_last(made):
    folder, _, history = made
    touched = [i for i in _rows(folder, ISSUES) if i.touched]
    assert touched
    assert all(i.detected_at < history.now for i in touched)


@pytest.mark.long
def test_every_planted_loss_told_is_one_of_the_markets_own_and_the_costliest_comes_first(made):
    folder, market, history = made
    assert history.planted
    assert [p.loss_per_day for p in history.planted] == sorted((p.loss_per_day for p in history.planted), reverse=True)
    issues = {i.id: i for i in _rows(folder, ISSUES)}
    for one in history.planted:
        assert one.sku in market.catalog.sku
        assert one.began <= history.now.date()
        if one.issue is not None:
            assert issues[one.issue].channel == one.channel
            assert one.place
    assert any(p.issue is not None for p in history.planted)


@pytest.mark.long
def test_what_nothing_stands_for_lowers_the_share_that_is_said_to_be_found(made):
    _, _, history = made
    blind = tuple(replace(p, issue=None, place="") for p in history.planted)
    assert History(history.now, 1, blind).found() == 0.0
    assert History(history.now, 1, ()).found() == 1.0
    assert 0.0 < history.found() <= 1.0
    dearest_unseen = (replace(history.planted[0], issue=None), replace(history.planted[0], issue=1))
    assert History(history.now, 1, dearest_unseen).found() == pytest.approx(0.5)
