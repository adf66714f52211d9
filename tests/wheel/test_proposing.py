"""A weekly proposal from what runs really stored: it waits, it is decided on, and the next run goes by the decision."""

from __future__ import annotations

import json
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from opswheel.core.contracts import DECISIONS, ISSUES, LABELS, OBSERVATIONS, OUTCOMES, PROPOSALS, RUNS, THRESHOLDS
from opswheel.core.identity import EVERYWHERE
from opswheel.interfaces.answers.decisions import decide, proposals_answer, rollback, thresholds_answer
from opswheel.storage.lake import commit
from tests.decisions.test_proposals import shop
from tests.learning.test_what_closes_teach import issue, outcome
from tests.stories.seller import Seller, at

KIND = "featured_offer_lost"
NOW = at(20)


def remembered(folder, settings=""):
    """A seller whose runs stored twenty weeks of falls and whose team said which were right; nothing runs yet."""
    seller = Seller(folder, settings=settings)
    seller.now = NOW - timedelta(hours=1)
    seller.load(seller.listings(20), seller.sales(-20, 18))
    observations, said = shop(wrong_below=0.2)
    told = [
        {**r, "kind": KIND, "loss_per_day": r["loss_per_day"] / 4.5} for r in observations
    ]  # this rule's floor is 1
    lake = seller.workspace.lake
    path = lake.new_path(OBSERVATIONS.name)
    pq.write_table(OBSERVATIONS.arrow_table(told), path)
    days = {"from_day": min(r["as_of"] for r in told).date(), "to_day": NOW.date()}
    more = {"source": "compaction", "deliveries": (), "rows": len(told), "reader_version": "1"}
    file = lake.describe(path, OBSERVATIONS.name, (EVERYWHERE, EVERYWHERE), **days, **more)
    with seller.workspace.ledger.write() as connection:
        commit(connection, at=seller.now, why="remembered", add=[file])
        connection.execute(RUNS.sql_table().insert(), a_run())
        connection.execute(ISSUES.sql_table().insert(), [closed(n, s) for n, s in enumerate(said, 1)])
        connection.execute(OUTCOMES.sql_table().insert(), [said_so(n, s) for n, s in enumerate(said, 1)])
    return seller


def a_run():
    first = NOW - timedelta(weeks=20)
    row = {"id": 1, "as_of": first, "started_at": first, "finished_at": first, "manifest_version": 0}
    return row | {"engine": "duckdb", "code_version": "0", "hindsight": False, "parameters": "{}", "summary": "{}"}


def closed(number, said):
    when = NOW.replace(year=said["from_day"].year, month=said["from_day"].month, day=said["from_day"].day)
    keys = {k: said[k] for k in ("account", "channel", "subject_key")}
    return issue(number, KIND, **keys, sku=said["subject_key"].split("|")[2], detected_at=when)


def said_so(number, said):
    when = closed(number, said)["detected_at"] + timedelta(days=number % 3)
    resolution = "fixed" if said["label"] else "false_alarm"
    reason = None if said["label"] else "cut_too_tight"
    return outcome(number, resolution, kind=KIND, at=when, by=said["by"], reason=reason)


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """The week's run is over."""
    seller = remembered(tmp_path_factory.mktemp("week") / "shop")
    seller.now = NOW
    seller.run()
    return seller


def cut(seller):
    found = thresholds_answer(seller.workspace)["thresholds"]
    return next(t for t in found if t["id"].startswith(f"{KIND}.min_drop:"))


def test_the_run_proposes_and_changes_nothing_itself(week):
    told = proposals_answer(week.workspace)
    (one,) = [p for p in told["proposals"] if p["kind"] == "threshold"]
    assert one["subject"] == KIND and one["to"]["cuts"]["min_drop"] > one["from"]["cuts"]["min_drop"] == 0.10
    assert one["backtest"]["labels"] == 240 and one["backtest"]["weeks"] == 20.0
    assert (cut(week)["value"], cut(week)["source"]) == (0.10, "default")
    assert week.ledger_rows(DECISIONS) == []
    assert [r for r in told["refused"] if "failed" in r["why"]] == []


def test_what_lies_below_the_cut_today_is_put_up_for_a_look_if_anything_does(week):
    held = LABELS.sql_table()
    with week.workspace.ledger.read() as connection:
        rows = connection.execute(sa.select(held)).all()
    assert len(rows) <= 3 and all(r.verdict is None for r in rows)


@pytest.mark.long
def test_an_accepted_cut_is_the_one_the_next_run_uses_and_an_undone_one_is_not(week, tmp_path):
    seller = week.copy(tmp_path / "shop")
    seller._tick()
    (number,) = [p["id"] for p in proposals_answer(seller.workspace)["proposals"] if p["kind"] == "threshold"]
    made = decide(seller.workspace, number, "accept", why="it pays", by="ines")
    assert (cut(seller)["value"], cut(seller)["source"]) == (made["to"]["cuts"]["min_drop"], f"decision {made['id']}")
    seller.now = NOW + timedelta(hours=2)
    seller.run()
    runs = RUNS.sql_table()
    with seller.workspace.ledger.read() as connection:
        last = connection.execute(sa.select(runs).order_by(runs.c.id.desc()).limit(1)).one()
        used = {v["id"]: v["value"] for v in json.loads(last.parameters)["thresholds"]}
    assert used[f"{KIND}.min_drop:2"] == made["to"]["cuts"]["min_drop"]
    rollback(seller.workspace, made["id"], why="it did not", by="tom")
    assert cut(seller)["value"] == 0.10
    assert len([r for r in seller.ledger_rows(THRESHOLDS, "id") if r[0].startswith(f"{KIND}.min_drop:")]) == 3


@pytest.mark.long
def test_a_lead_may_let_the_wheel_accept_one_kind_and_it_stands_on_record_like_any_other(tmp_path):
    seller = remembered(tmp_path / "shop", f'\n[decisions]\nautomatic = ["{KIND}"]\n')
    seller.now = NOW
    seller.run()
    (made,) = seller.ledger_rows(DECISIONS, "verdict", "by", "subject", "at")
    assert made == ("automatic", "opswheel", KIND, NOW)
    assert cut(seller)["value"] > 0.10
    assert {r[0] for r in seller.ledger_rows(PROPOSALS, "status")} == {"accepted", "refused"}
