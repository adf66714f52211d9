"""The slow wheel over the network: on loaded facts, on files of one's own, and nothing of those is kept."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest

from opswheel.growth.templates import template_text

from .kit import fresh_key, problem

TEA = Path(__file__).parents[3] / "examples" / "tea_shop"


def text(name):
    return (TEA / name).read_text(encoding="utf-8")


def open_text(name):
    return io.StringIO(text(name))


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A small queue; nobody changes it here but the multipliers."""
    from opswheel.storage.ledger import Ledger

    from .kit import House, fill

    folder = tmp_path_factory.mktemp("growth")
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    ledger.prepare()
    fill(ledger, {1: "main", 2: "other"})
    yield House(folder, ledger)
    ledger.close()


@pytest.fixture(scope="module")
def kim(quick):
    quick.user("boss", "admin")
    return quick.api(quick.user("kim", "lead"))


@pytest.fixture(scope="module")
def ines(quick, kim):
    return quick.api(quick.user("ines", "viewer"))


def test_without_facts_the_wheel_answers_from_literature_and_says_so(ines):
    found = ines.get("/growth/diagnose").json()
    assert (found["from"], found["weeks"]) == ("literature", 0)
    assert "no facts are loaded" in found["rests_on"]
    assert [d["measured"] for d in found["drivers"]] == [False] * len(found["drivers"])
    pushed = ines.get("/growth/push", params={"driver": "ads", "change": "+10%", "weeks": 12, "stop": 6}).json()
    assert (pushed["stop"], len(pushed["fan"])) == (6, 13)
    assert ines.get("/growth/push?driver=ads&change=+10%25&weeks=12&stop=6").json() == pushed  # a bare + is a space


def test_weeks_that_are_sent_are_what_the_answer_rests_on(kim):
    found = kim.post("/growth/diagnose", {"data": text("drivers.csv"), "pillars": text("scores.csv")}).json()
    assert found["from"] == "data" and found["weeks"] > 50 and "weeks.csv" in found["rests_on"]
    assert found["risks"]["tags"]
    ranked = kim.post("/growth/leverage", {"data": text("drivers.csv"), "costs": text("costs.csv")}).json()
    assert {p["driver"] for p in ranked["pushes"]} == {row["driver"] for row in csv.DictReader(open_text("costs.csv"))}
    found = kim.post("/growth/kpis", {"orders": text("orders.csv"), "surveys": text("surveys.csv")}).json()
    shop = next(c for c in found["channels"] if c["channel"] == "shopify:main")
    figures = {f["name"]: f["value"] for f in shop["figures"]}
    assert figures["average_order_value"] and figures["net_promoter_score"] is not None


def test_nothing_that_was_sent_is_left_on_the_machine(kim, quick, tmp_path, monkeypatch):
    secret = "c0253"
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    kim.post("/growth/kpis", {"orders": text("orders.csv")}, headers={"Idempotency-Key": fresh_key()})
    assert list(tmp_path.iterdir()) == []
    assert secret not in str(quick.log())
    for path in quick.folder.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


def test_a_wheel_of_ones_own_is_a_template_edited_and_sent_back(kim, ines):
    own = ines.get("/growth/wheel.toml?wheel=store")
    assert own.text == template_text("store") and own.headers["content-type"].startswith("application/toml")
    edited = own.text.replace('name = "store"', 'name = "mine"', 1)
    assert edited != own.text
    assert kim.post("/growth/wheel", {"file": edited}).json()["wheel"] == "mine"
    assert len(kim.post("/growth/loops", {"file": edited}).json()["loops"]) == len(
        ines.get("/growth/loops?wheel=store").json()["loops"]
    )
    assert ines.get("/growth/links?wheel=marketplace").json()["links"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "words"),
    [
        ("wheel", {"file": "no wheel"}, 422, "bad_wheel", "wheel.toml: "),
        ("leverage", {"costs": "driver,change\nads,+10%\n"}, 422, "unknown_layout", "costs.csv"),
        ("leverage", {"costs": "driver,change,cost\nnothing,+10%,5\n"}, 422, "refused_file", "costs.csv"),
        ("leverage", {}, 422, "bad_request", "body.costs"),
        ("diagnose", {"data": "week,sales\nnever,1\n"}, 422, "refused_file", "weeks.csv, line 2"),
        ("kpis", {"orders": "customer\n"}, 422, "unknown_layout", "orders.csv"),
        ("push", {"driver": "ads", "change": "-100%"}, None, None, ""),
        ("push", {"driver": "ads", "change": "+10%", "weeks": 10, "stop": 10}, 422, "bad_request", "stop"),
        ("push", {"driver": "no such", "change": "+10%"}, None, None, "no such"),
        ("diagnose", {"wheel": "square"}, 422, "bad_wheel", "square"),
        ("diagnose", {"with": ["no such part"]}, None, None, "no such part"),
        ("diagnose", {"same_week": ["no such lever"]}, None, None, "no such lever"),
    ],
)
def test_a_file_or_a_push_that_cannot_be_meant_is_refused_by_its_own_name(kim, path, body, status, code, words):
    answer = kim.post(f"/growth/{path}", body)
    assert 400 <= answer.status_code < 500, answer.text
    told = problem(answer, status or answer.status_code, code or answer.json()["code"])
    assert words in told["detail"] + str(told.get("errors"))
    assert tempfile.gettempdir() not in answer.text


def test_files_are_for_those_who_may_load_and_the_facts_for_those_who_see_all(quick, ines):
    problem(ines.post("/growth/wheel", {"file": template_text("store")}), 403, "not_allowed")
    tom = quick.api(quick.user("tom", "operator", "other"))
    problem(tom.post("/growth/kpis", {"surveys": text("surveys.csv")}), 403, "not_allowed")
    problem(tom.get("/growth/momentum"), 403, "not_allowed")
    assert tom.get("/growth/wheel").status_code == 200  # a template holds nobody's facts


def test_multipliers_are_kept_once_by_a_lead(quick, kim, ines):
    problem(ines.post("/growth/momentum/save"), 403, "not_allowed")
    key = {"Idempotency-Key": fresh_key()}
    first, again = (kim.post("/growth/momentum/save", headers=key) for _ in range(2))
    assert first.json() == again.json() and first.json()["rows"] > 0
    assert [(r.who, r.subject) for r in quick.log("growth.save")] == [("kim", "wheel/seller")]
