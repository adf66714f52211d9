"""Settings: what is in force, told by the settings themselves; routes that say which issues move."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from opswheel.core.settings import Settings
from opswheel.interfaces.answers.settings_view import cut_lines, settings_answer

from .visiting import Visitor, words

pytestmark = pytest.mark.browser


def test_every_setting_there_is_stands_on_the_page_with_its_source(seen_site):
    told = {s["name"]: s for s in settings_answer(seen_site.workspace)}
    assert list(told) == list(Settings.model_fields)
    for name in Settings.model_fields:
        value = getattr(seen_site.workspace.settings, name)
        if isinstance(value, BaseModel):
            assert [r["name"] for r in told[name]["rows"]] == list(type(value).model_fields), name
    team = {r["name"]: r for r in told["team"]["rows"]}
    assert (team["operators"]["value"], team["operators"]["default"], team["operators"]["source"]) == (
        "2",
        "1",
        "opswheel.toml",
    )
    assert {r["source"] for r in told["horizon"]["rows"]} == {"default"}
    said = words(Visitor(seen_site.url).get("/settings").text)
    assert "who works the queue, until closes say it better." in said


def test_a_ledgers_password_is_never_shown(seen_site, monkeypatch):
    settings = Settings.model_validate({"ledger": {"url": "postgresql://me:hunter2@db.example/x?password=hunter2"}})
    monkeypatch.setitem(seen_site.workspace.__dict__, "settings", settings)
    row = next(s for s in settings_answer(seen_site.workspace) if s["name"] == "ledger")["rows"][0]
    assert row["value"] == "postgresql://db.example/…"


def test_every_cut_line_of_every_rule_stands_there(seen_site):
    told = {(c["kind"], c["name"]) for c in cut_lines(seen_site.workspace)}
    assert told == {(d.kind, t.name) for d in seen_site.workspace.detectors for t in d.thresholds}
    Visitor(seen_site.url).get("/settings/cut-lines")


def test_a_list_of_routes_says_which_issues_would_move_before_they_do(site):
    visitor = Visitor(site.url)
    text = "owner,channel\nkay,amazon:US\n"
    look = words(visitor.send("/settings/routes", text=text, do="look").text)
    assert "19 open issues would move" in look and "Nothing is kept yet." in look
    assert "kay" not in words(visitor.get("/settings/routes").text)
    done = words(visitor.send("/settings/routes", text=text, do="load").text)
    assert "Loaded: 19 open issues moved" in done
    assert "kay" in words(visitor.get("/settings/routes").text)
    assert visitor.get("/settings/routes.csv").text.splitlines()[1].startswith("kay,")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("owner,kind\nkay,out_of_stok\n", "Did you mean out_of_stock?"),
        ("owner,colour\nkay,red\n", "no column 'colour'"),
        ("", "no column owner"),
        ("owner,tier\nkay,9\n", "Line 2: tier '9'"),
    ],
    ids=["slip of the pen", "strange column", "nothing", "no such tier"],
)
def test_a_list_that_cannot_be_meant_changes_nothing(site, text, said):
    visitor = Visitor(site.url)
    told = words(visitor.send("/settings/routes", text=text, do="load").text)
    assert said in told and "Nothing was changed." in told


def test_a_file_of_routes_that_is_none_gets_a_sentence(site):
    files = [("file", ("routes.csv", b"\xff\xfe\x00junk"))]
    said = words(Visitor(site.url).send("/settings/routes", files=files, do="load").text)
    assert "This is no CSV file in UTF-8." in said


def test_who_is_away_is_said_and_taken_back(site):
    visitor = Visitor(site.url)
    away = {"person": "ines", "begins": "2026-11-22", "ends": "2026-11-29"}
    assert "ines is away." in words(visitor.send("/settings/away", **away).text)
    assert "away until 2026-11-29" in words(visitor.get("/settings/routes").text)
    assert "ines is there again." in words(visitor.send("/settings/away", person="ines", there="1").text)
    assert "Which days?" in words(visitor.send("/settings/away", person="ines").text)


def test_the_first_person_must_be_an_admin_and_from_then_on_everybody_signs_in(site):
    visitor = Visitor(site.url)
    refused = visitor.send("/settings/people", name="tom", role="operator", password="a long sentence")
    assert "The first user must be an admin" in words(refused.text)
    mark = visitor.mark()
    added = visitor.client.post(
        "/settings/people", data={"csrf": mark, "name": "ines", "role": "admin", "password": "a long sentence"}
    )
    assert added.status_code in (200, 401)
    assert "Sign in" in Visitor(site.url).client.get("/settings").text


def test_a_webhook_that_leads_inside_is_refused(site):
    said = words(Visitor(site.url).send("/settings/webhooks", url="https://127.0.0.1/x").text)
    assert "Nothing can be sent there" in said
