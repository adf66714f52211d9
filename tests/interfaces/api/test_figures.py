"""Figures, what closes taught, and plans over the network: what can be told, to whom, and why not where it cannot."""

from __future__ import annotations

import json

import pytest

from opswheel.core.contracts import DELIVERIES, FORECAST_ITEMS, LABELS, PLANS

from ..web.learned import KIND
from .kit import fresh_key, problem


@pytest.fixture
def kim(house):
    house.user("boss", "admin")
    return house.api(house.user("kim", "lead"))


@pytest.fixture
def tom(house, kim):
    """Sees one account only."""
    return house.api(house.user("tom", "lead", "other"))


HEALTH = ("time_to_detection", "open_revenue_at_risk", "time_to_resolution", "repeat_rate", "revenue_per_operator")


def test_metrics_before_any_close_count_what_they_can_and_say_why_the_rest_cannot_be_told(kim):
    found = kim.get("/metrics").json()
    assert (found["from"], found["to"], found["runs"]) == ("2026-10-24", "2026-11-22", 1)
    assert (found["time_to_detection"]["onset_unknown"], found["cleared_per_day"]["value"]) == (6, 0.0)
    for name in HEALTH:
        assert found[name]["value"] is None and found[name]["because"] and found[name]["would_be"], name


def test_an_issue_counts_in_the_metrics_of_the_days_it_was_found_in_and_in_no_others(kim):
    before = kim.get("/metrics", params={"from": "2026-11-01", "to": "2026-11-20"}).json()
    assert (before["from"], before["to"]) == ("2026-11-01", "2026-11-20")
    assert before["time_to_detection"]["onset_unknown"] == 0
    after = kim.get("/metrics", params={"from": "2026-11-21"}).json()
    assert (after["to"], after["time_to_detection"]["onset_unknown"]) == ("2026-11-22", 6)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/metrics?from=yesterday", "bad_request"),
        ("/metrics?from=2026-11-20&to=2026-11-01", "wrong_use"),
        ("/metrics?from=0585-06-14", "wrong_use"),
        ("/report?month=0001-01", "wrong_use"),
        ("/report?month=2026-13", "bad_request"),
        ("/report?month=november", "bad_request"),
        ("/report.html?month=2027-01", "wrong_use"),
        ("/learning?limit=0", "bad_request"),
    ],
)
def test_a_time_that_cannot_be_meant_is_refused(kim, path, code):
    answer = kim.get(path)
    problem(answer, answer.status_code, code)
    assert answer.status_code in (400, 422)


def test_every_figure_says_what_it_is_and_may_not_claim(kim):
    rows = kim.get("/metrics/list").json()["metrics"]
    assert {*HEALTH, "cleared_per_day"} <= {r["name"] for r in rows}
    assert all(r["summary"] for r in rows)


def test_the_diagnosis_and_the_month_say_the_same(kim):
    told, month = kim.get("/diagnose").json(), kim.get("/report?month=2026-11").json()
    assert (month["month"], month["verdict"]) == ("2026-11", told["verdict"])
    assert month["words"] == told["basis"]["words"]
    sheet = kim.get("/report.html?month=2026-11")
    assert sheet.headers["content-type"].startswith("text/html")
    assert sheet.headers["content-disposition"] == 'attachment; filename="opswheel-2026-11.html"'
    assert "default-src 'none'" in sheet.headers["content-security-policy"]
    assert "November 2026" in sheet.text


def test_what_people_write_down_stands_in_the_diagnosis_under_their_name(house, kim):
    assert kim.post("/diagnose/did", {"habit": "weekly"}).json() == {
        "habit": "weekly",
        "day": "2026-11-22",
        "by": "kim",
    }
    kim.post("/diagnose/removed", {"workflow": "Pricing", "what": "nobody asks for the minimum price"})
    flow = kim.get("/diagnose").json()["workflows"][0]["workflow"]
    level = {"workflow": flow, "level": 2, "why": "seen on the floor", "until": "2026-12-31"}
    assert kim.post("/diagnose/set", level).status_code == 200
    told = kim.get("/diagnose").json()
    assert [h["what"] for h in told["removed_handoffs"]] == ["nobody asks for the minimum price"]
    mine = next(m for m in told["workflows"] if m["workflow"] == flow)
    assert (mine["level"], mine["override"]["by"]) == (2, "kim")
    problem(kim.post("/diagnose/set", level | {"until": "2026-11-01"}), 400, "wrong_use")
    problem(kim.post("/diagnose/did", {"habit": "sometimes"}), 422, "bad_request")
    assert [r.what for r in house.log() if r.via != "command"] == ["habit", "handoff.removed", "level.set"]


@pytest.mark.parametrize(
    "path",
    [
        *("/metrics", "/diagnose", "/report?month=2026-11", "/learning", "/growth/diagnose", "/growth/kpis"),
        *("/growth/push?driver=ads&change=10%25", "/growth/spokes"),
    ],
)
def test_sums_over_all_accounts_are_for_those_who_see_them_all(tom, path):
    problem(tom.get(path), 403, "not_allowed")


def test_the_month_of_one_account_is_for_those_who_see_it(house, kim, tom):
    row = dict.fromkeys(DELIVERIES.names()) | {"id": 9, "account": "other", "channel": "amazon:US", "version": 1}
    row |= dict.fromkeys(("report", "table_name", "file_name", "checksum", "reader_version"), "x")
    row |= {"landed_at": house.clock.at, "known_at": house.clock.at, "rows": 0, "rejected": 0, "partial": False}
    with house.ledger.write() as connection:
        connection.execute(DELIVERIES.sql_table().insert(), row)
    for api in (kim, tom):
        found = api.get("/accounts/other/report?month=2026-11")
        assert found.status_code == 200, found.text
        assert found.json()["account"] == "other" and found.json()["metrics"]["revenue_per_operator"]["because"]
    problem(tom.get("/accounts/main/report?month=2026-11"), 403, "not_allowed")
    problem(kim.get("/accounts/nobody/report?month=2026-11"), 404, "not_found")


# learning


def test_a_look_that_was_answered_waits_no_longer_and_counts(house, kim):
    row = dict.fromkeys(LABELS.names()) | {"kind": KIND, "account": "main", "channel": "amazon:US", "sku": "MUG-1"}
    row |= {"subject_key": "main|amazon:US|MUG-1", "seen_at": house.clock.at, "loss_per_day": 2.0}
    row |= {n: c for n, c in (("week", 1), ("run_id", 1), ("drawn_at", house.clock.at)) if n in LABELS.names()}
    with house.ledger.write() as connection:
        connection.execute(LABELS.sql_table().insert(), {k: v for k, v in row.items() if k in LABELS.names()})
    assert [x["sku"] for x in kim.get("/learning").json()["looks"]] == ["MUG-1"]
    said = {"kind": KIND, "subject": "main|amazon:US|MUG-1", "said": "right"}
    key = {"Idempotency-Key": fresh_key()}
    assert kim.post("/learning/look", said, headers=key).json()["looks"] == []
    assert kim.post("/learning/look", said, headers=key).status_code == 200
    problem(kim.post("/learning/look", said), 404, "not_found")


def test_a_cause_of_ones_own_may_be_named_at_a_close_and_merged(house, kim):
    told = kim.post("/learning/add-cause", {"cause": "late_truck", "words": "the truck came late"}).json()
    assert {"cause": "late_truck", "words": "the truck came late", "own": True, "merged_into": None} in told["causes"]
    told = kim.post("/learning/merge", {"cause": "late_truck", "into": "supplier_late"}).json()
    assert next(c for c in told["causes"] if c["cause"] == "late_truck")["merged_into"] == "supplier_late"
    problem(kim.post("/learning/add-cause", {"cause": "Not A Code", "words": "x"}), 400, "wrong_use")
    problem(kim.post("/learning/merge", {"cause": "late_truck", "into": "nowhere"}), 400, "wrong_use")
    assert [r.what for r in house.log() if r.who == "kim"] == ["learning.add_cause", "learning.merge"]


# forecasts and plans


def planned(house, accounts):
    """One forecast listing and one plan for each of these (account, SKU)."""

    def row(contract, **named):
        blank = {"int": 0, "float": 0.0, "text": "", "at": house.clock.at, "day": house.clock.at.date(), "bool": False}
        return {c.name: blank.get(c.type) for c in contract.columns} | named

    items = [row(FORECAST_ITEMS, account=a, channel="amazon:US", sku=s, per_day=float(n)) for n, (a, s) in accounts]
    plans = [
        row(PLANS, account=a, pool=f"{a}-{s}", channel="amazon:US", skus=s, action="order_now", avoidable_mean=float(n))
        | {"currency": "USD", "replaced_at": None}
        for n, (a, s) in accounts
    ]
    with house.ledger.write() as connection:
        connection.execute(FORECAST_ITEMS.sql_table().insert(), items)
        connection.execute(PLANS.sql_table().insert(), plans)


ROWS = list(enumerate([("main", "A"), ("other", "B"), ("main", "C"), ("other", "A")], 1))


def test_forecasts_and_plans_come_in_pages_the_most_first(house, kim):
    planned(house, ROWS)
    seen: dict[str, list] = {"forecast": [], "plan": []}
    for name, rows in (("forecast", "items"), ("plan", "plans")):
        cursor = None
        while True:
            found = kim.get(f"/{name}", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
            assert found["total"] == 4
            seen[name] += found[rows]
            if (cursor := found["next_cursor"]) is None:
                break
    assert [(r["account"], r["sku"]) for r in seen["forecast"]] == [p for _, p in reversed(ROWS)]
    assert [(r["account"], r["skus"]) for r in seen["plan"]] == [(a, [s]) for _, (a, s) in reversed(ROWS)]


def test_a_cursor_ends_when_another_forecast_was_made(house, kim):
    planned(house, ROWS)
    cursor = kim.get("/forecast?limit=1").json()["next_cursor"]
    house.clock.forward(days=1)
    planned(house, ROWS)
    problem(kim.get("/forecast", params={"cursor": cursor}), 409, "cursor_over")
    problem(kim.get("/plan", params={"cursor": cursor}), 409, "cursor_over")


def test_who_sees_one_account_gets_its_listings_only_by_name_too(house, tom):
    planned(house, ROWS)
    found, plans = tom.get("/forecast").json(), tom.get("/plan").json()
    assert {r["account"] for r in found["items"] + plans["plans"]} == {"other"}
    assert (found["total"], plans["total"]) == (2, 2)
    assert [r["account"] for r in tom.get("/forecast?sku=A").json()["items"]] == ["other"]
    for path in ("/forecast?sku=C", "/plan?sku=C", "/plan?pool=main-A"):
        told = problem(tom.get(path), 404, "not_found")
        assert "main" not in json.dumps(told).replace("main-A", "")
    problem(tom.post("/forecast"), 403, "not_allowed")


def test_where_nothing_was_planned_the_answer_says_so_without_making_it(kim):
    assert kim.get("/forecast").json()["total"] == 0
    assert kim.get("/plan").json()["plans"] == []


def test_the_page_of_a_kind_is_told_and_ones_own_takes_its_place(quick):
    api = quick.api(quick.user("ines", "viewer"))
    shipped = api.get("/playbook/out_of_stock").json()
    assert shipped["root_causes"] and shipped["minutes"] > 0 and shipped["path"] is None
    (quick.workspace.playbooks).mkdir()
    (quick.workspace.playbooks / "out_of_stock.md").write_text("Ask Tom first.\n", encoding="utf-8")
    mine = api.get("/playbook/out_of_stock").json()
    assert (mine["text"], mine["path"]) == ("Ask Tom first.\n", "playbooks/out_of_stock.md")
    for kind in ("no_such", "..%2F..%2Fopswheel", "out_of_stock.md"):
        problem(api.get(f"/playbook/{kind}"), 404, "not_found")
