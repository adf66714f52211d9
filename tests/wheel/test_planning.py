"""Forecasts and stock plans of a whole workspace: from report files to rows."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from opswheel.core.contracts import (
    DECISIONS,
    FORECAST_ACCURACY,
    FORECAST_ITEMS,
    FORECAST_MODELS,
    FORECASTS,
    ISSUES,
    PLANS,
    PROPOSALS,
    RANKS,
)
from opswheel.interfaces.answers.decisions import decide, rollback
from opswheel.interfaces.answers.planning import forecast_answer
from opswheel.interfaces.cli import obey
from opswheel.interfaces.wiring import Workspace
from opswheel.planning.allocation import Allocation
from opswheel.planning.places import offer
from opswheel.planning.segments import SEGMENTS
from opswheel.wheel.planning import Shelf, make_plans
from opswheel.wheel.planning_stock import Pool, _moved

pytest.importorskip("statsforecast", reason="the extra `forecast` is not installed")

TODAY, EARLIER = date(2026, 3, 2), date(2026, 2, 9)
DAYS = 180
PER_DAY = {"FAST": 8.0, "OUT": 4.0, "SLOW": 0.4, "FBA": 2.0, "LEFT": 3.0}
SETTINGS = '[money]\nreporting_currency = "USD"\n[clock]\nnow = "2026-03-02T16:00:00Z"\n'


def csv(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([",".join(rows[0]), *(",".join(str(v) for v in r.values()) for r in rows)]) + "\n")
    return path


def orders(sku, item, units, first, price=10.0, currency="USD", channel="amazon:US"):
    """One order line a day with sales."""
    return [
        {"order_id": f"{sku}-{i}", "sku": sku, "purchased_at": f"{first + timedelta(days=i)}T12:00:00Z",
         "units": int(n), "line_price": f"{n * price:.2f}", "channel": channel, "item_id": item, "status": "shipped",
         "currency": currency}
        for i, n in enumerate(units) if n
    ]  # fmt: skip


def write_reports(folder):
    first = TODAY - timedelta(days=DAYS)
    rng = np.random.default_rng(5)
    sold = {sku: rng.poisson(rate, DAYS) for sku, rate in PER_DAY.items()}
    sold["OUT"][-40:] = 0  # nothing to sell
    rows = [r for sku, units in sold.items() for r in orders(sku, f"I-{sku}", units, first)]
    rows += orders("OLD", "I-NEW", rng.poisson(3, DAYS - 60), first)
    rows += orders("NEW", "I-NEW", rng.poisson(3, 60), first + timedelta(days=DAYS - 60))
    rows += orders("EURO", "I-EURO", rng.poisson(2, 120), first, price=999.0, currency="EUR")
    rows += orders("EURO", "I-EURO", rng.poisson(2, 60), first + timedelta(days=120), price=12.0)
    rows = [r for r in rows if not r["purchased_at"].startswith("2025-12-25")]
    listed = [*PER_DAY, "NEW", "EURO", "NEVER"]
    early = [r for r in rows if r["purchased_at"] < str(EARLIER)]
    csv(folder / f"orders-{EARLIER}.csv", early)
    csv(folder / f"orders-{TODAY}.csv", [r for r in rows if r["purchased_at"] >= str(EARLIER)])
    for when in (EARLIER, TODAY):
        csv(
            folder / f"listings-{when}.csv",
            [
                {"sku": s, "status": "active", "price": "10.00", "channel": "amazon:US", "day": when,
                 "item_id": f"I-{s}", "fulfillment": "marketplace"}
                for s in listed
            ],
        )  # fmt: skip
    held = {"FAST": 60, "OUT": 0, "SLOW": 500, "FBA": 5, "NEW": 300, "EURO": -4}
    for back in range(40, -1, -1):
        when = TODAY - timedelta(days=back)
        csv(
            folder / f"stock-{when}.csv",
            [{"sku": s, "sellable": n, "channel": "amazon:US", "day": when} for s, n in held.items()],
        )
    warehouse = {"sku": "FBA", "status": "active", "price": "10.00", "channel": "shopify:main", "day": TODAY,
                 "item_id": "FBA", "fulfillment": "merchant"}  # fmt: skip
    csv(folder / f"warehouse-{TODAY}.csv", [warehouse])
    csv(folder / f"shelf-{TODAY}.csv", [{"sku": "FBA", "sellable": 70, "channel": "shopify:main", "day": TODAY}])
    csv(folder / f"supply-{TODAY}.csv", [{"sku": "FAST", "lead_time_days": 20, "channel": "amazon:US", "moq": 100}])
    inbound = {"sku": "OUT", "units": 90, "eta": TODAY + timedelta(days=6), "channel": "amazon:US", "reference": "PO-1"}
    csv(folder / f"inbound-{TODAY}.csv", [inbound])


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planned")
    (folder / "opswheel.toml").write_text(SETTINGS)
    write_reports(folder / "reports")
    assert obey(["--workspace", str(folder), "load", str(folder / "reports")]) == 0
    return folder


@pytest.fixture
def workspace(loaded, tmp_path):
    shutil.copytree(loaded, tmp_path / "shop")
    made = Workspace(tmp_path / "shop")
    yield made
    made.ledger.close()


def shelf(workspace):
    return Shelf(workspace.lake, workspace.ledger, workspace.settings, workspace.readers, workspace.make_engine)


def rows(workspace, contract):
    with workspace.ledger.read() as connection:
        return connection.execute(sa.select(contract.sql_table())).all()


@pytest.fixture
def planned(workspace):
    done = make_plans(shelf(workspace), workspace.clock.now())
    return workspace, done


def items(workspace):
    return {r.sku: r for r in rows(workspace, FORECAST_ITEMS)}


def test_every_listing_that_sold_gets_a_forecast_of_its_pace(planned):
    workspace, done = planned
    found = items(workspace)
    assert set(found) == {*PER_DAY, "NEW", "EURO"}
    for sku, rate in PER_DAY.items():
        assert found[sku].per_day == pytest.approx(rate, rel=0.45), sku
        assert found[sku].total_p10 <= 28 * found[sku].per_day <= found[sku].total_p90
    assert done.withheld == []
    assert done.channels[0]["closed_days"] == 1  # Christmas


def test_forty_days_without_stock_are_told_as_such_and_do_not_lower_demand(planned):
    found = items(planned[0])
    assert found["OUT"].censored_days >= 40
    assert found["FAST"].censored_days == 0
    assert found["OUT"].per_day > 3


def test_a_renamed_sku_is_one_item_with_one_history(planned):
    new = items(planned[0])["NEW"]
    assert (new.former_sku, new.known_days > 170) == ("OLD", True)


def test_a_change_of_currency_keeps_units_and_takes_only_todays_prices(planned):
    workspace, _ = planned
    assert items(workspace)["EURO"].per_day == pytest.approx(2.0, rel=0.3)
    plan = next(r for r in rows(workspace, PLANS) if r.skus == "EURO")
    assert plan.lost_mean < 2 * 80 * 12 * 1.5  # at 12 a unit; at 999 it would be a hundred times that
    assert plan.held_units == 0  # oversold


def test_days_to_come_begin_today_whatever_the_last_settled_day_is(planned):
    found = rows(planned[0], FORECASTS)
    assert min(r.day for r in found) == TODAY
    assert {r.sku for r in found if r.day == TODAY} == {*PER_DAY, "NEW", "EURO"}
    assert all(r.p10 <= r.p50 <= r.p90 for r in found)


def test_each_pool_ends_in_one_recommended_action(planned):
    plans = {r.skus: r for r in rows(planned[0], PLANS) if r.action != "send_in"}
    assert set(plans) == {"FAST", "OUT", "SLOW", "FBA", "NEW", "EURO"}
    assert plans["FAST"].action == "order_now"  # 60 units are a week; new ones take 25 days
    assert plans["FAST"].units >= 100
    assert plans["FAST"].lead_source == "told"
    assert plans["SLOW"].action == "wait"
    assert plans["OUT"].arriving_units == 90
    assert plans["OUT"].lead_source == "assumed"
    assert "90 units are on their way" in plans["OUT"].words


def test_units_in_a_warehouse_that_sells_nothing_itself_are_sent_where_they_sell(planned):
    (move,) = [r for r in rows(planned[0], PLANS) if r.action == "send_in"]
    assert (move.skus, move.pool, move.source_pool) == ("FBA", "amazon:US/FBA", "shopify:main/FBA")
    assert 40 <= move.units <= 70  # two a day for thirty days, five are there; each must still pay for its way
    assert move.words.startswith(f"Move {move.units} units from shopify:main/FBA to amazon:US/FBA.")
    assert move.avoidable_mean > 0


def test_planning_itself_opens_no_issue(planned):
    assert rows(planned[0], ISSUES) == []


def told(workspace, run_id):
    """What the queue of a run says, by kind and pool or listing."""
    ranks = RANKS.sql_table()
    with workspace.ledger.read() as connection:
        found = connection.execute(sa.select(ranks).where(ranks.c.run_id == run_id)).all()
    return {(r.kind, r.subject_key): r.sentence for r in found}


def test_the_next_run_tells_what_the_plan_recommends_each_in_one_row_and_a_replay_tells_the_same(workspace):
    now = workspace.clock.now()
    make_plans(shelf(workspace), now - timedelta(hours=2))
    run = workspace.wheel().run(now - timedelta(hours=1))
    said = told(workspace, run.run_id)
    plans = {r.skus: r for r in rows(workspace, PLANS) if r.action in ("order_now", "order_by", "send_in")}
    assert {"FAST", "FBA"} <= set(plans)
    assert f"order {plans['FAST'].units} now" in said[("stockout_ahead", "main|amazon:US/FAST")]
    assert [kind for kind, subject in said if subject == "main|amazon:US/FBA"] == ["stockout_ahead"]
    assert not [subject for _, subject in said if subject.endswith("SLOW")]
    with workspace.ledger.write() as connection:  # the next plan wants nothing any more
        connection.execute(sa.update(PLANS.sql_table()).values(replaced_at=now - timedelta(minutes=30)))
    later = workspace.wheel().run(now)
    assert "more takes" in told(workspace, later.run_id)[("stockout_ahead", "main|amazon:US/FAST")]
    again = workspace.wheel().run(now - timedelta(hours=1))
    assert again.replay
    assert {(r["kind"], r["subject_key"]): r["sentence"] for r in again.rows} == said


def test_a_plan_stays_for_replays_but_not_what_may_wait_and_the_new_one_takes_its_place(planned):
    workspace, _ = planned
    first = {(r.pool, r.action) for r in rows(workspace, PLANS)}
    at = workspace.clock.now() + timedelta(days=1)
    make_plans(shelf(workspace), at)
    old = [r for r in rows(workspace, PLANS) if r.made_at != at]
    assert {(r.pool, r.action) for r in old} == {p for p in first if p[1] != "wait"}
    assert {r.replaced_at for r in old} == {at}
    assert {r.replaced_at for r in rows(workspace, PLANS) if r.made_at == at} == {None}
    make_plans(shelf(workspace), at)  # made again at the same time it is the same plan
    assert len(rows(workspace, PLANS)) == len({(r.pool, r.action, r.made_at) for r in rows(workspace, PLANS)})


def test_the_choice_is_kept_with_its_evidence_and_used_until_it_is_old(planned):
    workspace, _ = planned
    first = {r.chosen_at for r in rows(workspace, FORECAST_MODELS)}
    before = {r.sku: r.per_day for r in rows(workspace, FORECAST_ITEMS)}
    make_plans(shelf(workspace), workspace.clock.now())
    assert {r.chosen_at for r in rows(workspace, FORECAST_MODELS)} == first
    again = {r.sku: r.per_day for r in rows(workspace, FORECAST_ITEMS)}
    assert again == pytest.approx(before, rel=1e-4)  # from kept weights, to their kept digits
    make_plans(shelf(workspace), workspace.clock.now() + timedelta(days=8))
    assert len({r.chosen_at for r in rows(workspace, FORECAST_MODELS)}) == 2
    assert all(r.source == "back-test" for r in rows(workspace, FORECAST_MODELS) if r.items)


def test_a_forecast_made_three_weeks_ago_is_measured_against_what_sold(workspace):
    make_plans(shelf(workspace), datetime(2026, 2, 9, 16))
    make_plans(shelf(workspace), workspace.clock.now())
    found = {r.segment: r for r in rows(workspace, FORECAST_ACCURACY)}
    assert found["all"].made_at == datetime(2026, 2, 9, 16)
    assert abs(found["all"].bias) < 0.25
    assert found["all"].items >= 5


def test_sales_that_end_long_ago_are_not_forecast_and_it_is_said(workspace):
    done = make_plans(shelf(workspace), workspace.clock.now() + timedelta(days=60))
    assert [w["reason"] for w in done.withheld] == ["sales end on 01 Mar 2026, more than 28 days ago"]
    assert rows(workspace, FORECASTS) == []


def test_a_run_plans_only_where_the_settings_say_so(workspace):
    workspace.wheel().run()
    assert rows(workspace, FORECAST_ITEMS) == []
    (workspace.folder / "opswheel.toml").write_text(SETTINGS + "[planning]\non = true\n")
    again = Workspace(workspace.folder)
    again.wheel().run()
    assert len(rows(again, FORECAST_ITEMS)) == 7
    again.ledger.close()


def test_what_a_marketplace_must_give_back_is_a_removal_and_a_split_shares_its_gain_by_units():
    row = {"account": "main", "sku": "MUG", "sellable_units": 9}
    home = Pool("main", "shopify:main/MUG", [{**row, "channel": "shopify:main"}])
    abroad = Pool("main", "amazon:CA/MUG", [{**row, "channel": "amazon:CA"}])
    moves = {("amazon:US/MUG", home.name): 30, ("3pl/MUG", abroad.name): 10}
    moves |= {("3pl/MUG", offer(abroad.name)): 40}
    best = Allocation(moves, {}, {}, 260.0, 100.0, {}, {home.name: 20}, stopped=(home.name,))
    ours = {home.name, "3pl/MUG"}
    told = [(r["action"], r["units"], r["source_pool"], r["avoidable_mean"])
            for p in (home, abroad) for r in _moved(p, best, ours)]  # fmt: skip
    assert told == [
        ("remove", 30, "amazon:US/MUG", 48.0),
        ("withdraw", 20, home.name, 32.0),
        ("send_in", 10, "3pl/MUG", 16.0),
        ("offer", 40, "3pl/MUG", 64.0),
    ]
    assert _moved(Pool("main", "amazon:US/MUG", [{**row, "channel": "amazon:US"}]), best, ours) == []


def in_force(workspace):
    return {r.segment: r.chosen_at for r in rows(workspace, FORECAST_MODELS) if r.in_force_at is not None and r.items}


def proposed(workspace):
    return [r for r in rows(workspace, PROPOSALS) if r.kind == "forecast_model" and r.status != "replaced"]


def test_the_first_choice_is_in_force_at_once_and_a_later_one_only_once_somebody_accepts_it(planned, monkeypatch):
    """Seven listings are too few to say: the second look proposes nothing, and says why. A better one waits."""
    workspace, _ = planned
    first, later = workspace.clock.now(), workspace.clock.now() + timedelta(days=7)
    assert set(in_force(workspace).values()) == {first} and proposed(workspace) == []
    make_plans(shelf(workspace), later)
    assert set(in_force(workspace).values()) == {first}
    assert {r.status for r in proposed(workspace)} == {"refused"}
    assert all("listings of this kind; 10 are needed" in r.why or "months; 3 are" in r.why for r in proposed(workspace))

    def closer(said, now):
        change = {"mean": -0.1, "p10": -0.2, "p90": -0.05}
        told = {"items": 40, "origins": 3, "error_before": 0.8, "error_after": 0.72, "chance": 0.99, "change": change}
        return tuple({"segment": s, "bias_before": 0.0, "bias_after": 0.0, **told} for s in SEGMENTS)

    monkeypatch.setattr("opswheel.planning.forecast.compare", closer)
    last = later + timedelta(days=7)
    make_plans(shelf(workspace), last)
    open_ = {r.subject.rpartition("|")[2]: r.id for r in proposed(workspace) if r.status == "open"}
    assert set(open_) == set(SEGMENTS) and set(in_force(workspace).values()) == {first}
    made = decide(workspace, open_["fast"], "accept", why="closer", by="ines")
    assert in_force(workspace)["fast"] == last and in_force(workspace)["steady"] == first
    make_plans(shelf(workspace), last + timedelta(days=1))  # between two looks: forecasts go by what is in force
    assert forecast_answer(workspace, None, None, None, 1)["models"]
    rollback(workspace, made["id"], why="no", by="tom")
    assert set(in_force(workspace).values()) == {first}


def test_a_lead_may_let_closer_models_come_into_force_by_themselves(workspace, monkeypatch):
    monkeypatch.setitem(workspace.__dict__, "settings", workspace.settings.model_copy(
        update={"decisions": workspace.settings.decisions.model_copy(update={"automatic": ("forecast_model",)})}
    ))  # fmt: skip
    make_plans(shelf(workspace), workspace.clock.now())
    change = {"mean": -0.1, "p10": -0.2, "p90": -0.05}
    told = {"items": 40, "origins": 3, "error_before": 0.8, "error_after": 0.72, "chance": 0.99, "change": change}
    row = {"segment": "fast", "bias_before": 0.0, "bias_after": 0.0, **told}
    monkeypatch.setattr("opswheel.planning.forecast.compare", lambda *_: (row,))
    later = workspace.clock.now() + timedelta(days=7)
    make_plans(shelf(workspace), later)
    assert in_force(workspace)["fast"] == later
    assert [(r.verdict, r.by) for r in rows(workspace, DECISIONS)] == [("automatic", "opswheel")]
