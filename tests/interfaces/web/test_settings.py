"""Settings: what is in force, told by the settings themselves; routes that say which issues move."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from opswheel.core.settings import Settings
from opswheel.interfaces.answers.decisions import rollback
from opswheel.interfaces.answers.price_rules import rules_answer
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


CUT = "out_of_stock.min_loss_per_day:1"


def test_a_lead_moves_a_cut_line_by_a_decision_that_says_why_and_that_can_be_undone(page, site):
    page.goto(f"{site.url}/settings/cut-lines")
    page.get_by_role("link", name="Change Out of stock: min loss per day, everywhere").click()
    said = page.locator("#change").inner_text()
    assert "Now 1. The rule’s own 1, assumed" in said and "From 0.25 to 4 can be meant here." in said
    page.get_by_label("New value").fill("2,5")
    page.get_by_label("Why?").fill("below two dollars nobody looks")
    page.get_by_role("button", name="Decide").click()
    page.locator("#notice").get_by_text("Decision 1: the next run goes by it.").wait_for()
    (line,) = [c for c in cut_lines(site.workspace) if c["kind"] == "out_of_stock"]
    assert (line["value"], line["source"], line["why"]) == (2.5, "decision 1", "below two dollars nobody looks")
    page.goto(f"{site.url}/decisions")
    row = page.locator(".history tbody tr").inner_text()
    assert "set by hand" in row and "below two dollars nobody looks" in row
    rollback(site.workspace, 1, why="was a mistake")
    (line,) = [c for c in cut_lines(site.workspace) if c["kind"] == "out_of_stock"]
    assert line["value"] == 1.0


@pytest.mark.parametrize(
    ("value", "why", "said"),
    [
        ("9", "x", "min_loss_per_day 9.0 lies outside 0.25 to 4."),
        ("0", "x", "lies outside 0.25 to 4."),
        ("a lot", "x", "'a lot' is no number."),
        ("nan", "x", "'nan' is no number a cut line can have."),
        ("2", "  ", "A decision needs its reason"),
        ("1", "x", "min_loss_per_day is 1 already."),
    ],
    ids=["too high", "too low", "words", "not a number", "no reason", "as it is"],
)
def test_a_cut_line_that_cannot_be_meant_is_refused_with_what_was_typed_kept(site, value, why, said):
    visitor = Visitor(site.url)
    told = visitor.send("/settings/cut-lines", status=422, version=CUT, value=value, why=why).text
    assert said in words(told) and "Nothing was changed." in words(told)
    assert f'value="{value}"' in told
    assert {c["source"] for c in cut_lines(site.workspace)} == {"default"}


def test_of_two_who_move_one_cut_line_the_second_is_told(site):
    visitor = Visitor(site.url)
    visitor.send("/settings/cut-lines", version=CUT, value="2", why="first")
    told = words(visitor.send("/settings/cut-lines", version=CUT, value="3", why="second").text)
    assert "This cut line was changed since you looked at it." in told
    assert [c["value"] for c in cut_lines(site.workspace) if c["kind"] == "out_of_stock"] == [2.0]


LIST = "main amazon:US"


def in_force(site):
    return [(r["sku"], r["min_price"], r["map_price"], r["file"]) for r in rules_answer(site.workspace, bool)["rules"]]


def test_the_price_rules_in_force_are_shown_and_a_list_typed_in_counts_from_the_next_run_on(page, site):
    page.goto(f"{site.url}/settings/prices")
    assert "KET-12-ASH amazon:US 41.00 USD 46.90 USD 54.00 USD 44.99 USD" in " ".join(
        page.locator("main table").inner_text().split()
    )
    box = page.get_by_label("Rules of amazon:US as CSV")
    first = box.input_value()
    for price in ("43.00", "41.00", "43.00"):  # an older list typed again counts again
        box.fill(first.replace("41.00", price))
        page.get_by_role("button", name="Load the list").click()
        page.locator("#notice").get_by_text("3 price rules for amazon:US in force.").wait_for()
        assert ("KET-12-ASH", price, "44.99", "price rules typed in the app.csv") in in_force(site)
    page.goto(f"{site.url}/sources")
    assert "price rules typed in the app.csv" in page.locator("main").inner_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The columns are not named."),
        ("sku,price\nA,1\n", "The columns are not named."),
        ("sku,min_price\n", "The list has no row."),
        ("sku,min_price\nA,1\nB,cheap\n", "Line 3, min_price cheap:"),
        ("sku,min_price\nA,-1\n", "below 0"),
        ("sku,min_price,max_price\nA,9,5\n", "Line 2: min_price 9 lies above max_price 5."),
        ("sku,min_price\nA,1\nA,2\n", "Line 3 names A again, after line 2."),
        ("sku,min_price\nA,1,2\n", "Line 2 has more cells"),
    ],
    ids=["nothing", "strange column", "no row", "no number", "below nothing", "upside down", "twice", "comma"],
)
def test_price_rules_that_cannot_be_meant_change_nothing_and_stay_typed(site, text, said):
    before = in_force(site)
    told = Visitor(site.url).send("/settings/prices", status=422, list=LIST, text=text).text
    assert said in words(told) and "Nothing was changed." in words(told)
    assert not text or text.splitlines()[-1] in told
    assert in_force(site) == before


def test_price_rules_come_as_a_file_too_and_only_for_a_channel_that_is_there(site):
    visitor = Visitor(site.url)
    file = [("file", ("spring.csv", b"sku,min_price,currency\nKET-12-ASH,30,USD\n"))]
    assert "1 price rule for amazon:US in force." in words(visitor.send("/settings/prices", files=file, list=LIST).text)
    assert in_force(site) == [("KET-12-ASH", "30.00", "", "spring.csv")]
    junk = [("file", ("x.csv", b"\xff\xfe\x00"))]
    assert "no CSV file in UTF-8" in words(visitor.send("/settings/prices", status=422, files=junk, list=LIST).text)
    told = visitor.send("/settings/prices", status=422, list="main walmart:US", text="sku,min_price\nA,1\n").text
    assert "That is no channel with listings." in words(told)


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
