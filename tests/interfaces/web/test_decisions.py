"""Decisions: what is proposed with its back-test, decided by a lead with a reason, and undone again."""

from __future__ import annotations

import re

import pytest

from opswheel.decisions import record
from opswheel.interfaces.answers.decisions import decisions_answer, proposals_answer, thresholds_answer
from opswheel.interfaces.people import Who, asking
from opswheel.interfaces.web.decisions_words import measured, plain
from opswheel.interfaces.web.pictures import backtest

from .learned import KIND, threshold, to_decide
from .visiting import Visitor, words

pytestmark = pytest.mark.browser


@pytest.fixture
def waiting(site):
    return site, to_decide(site.workspace)


def in_force(site):
    lines = thresholds_answer(site.workspace)["thresholds"]
    return {t["name"]: t["value"] for t in lines if t["kind"] == KIND and not t["segment"]}


def taken(site):
    return decisions_answer(site.workspace)["decisions"]


def test_a_shop_without_proposals_says_what_one_takes(seen_site):
    said = words(Visitor(seen_site.url).get("/decisions").text)
    assert "Nothing is proposed this week" in said and "four weeks of runs" in said
    assert "Nothing was decided yet." in said


def test_the_dearest_proposal_stands_first_with_its_back_test_and_both_ways_out(waiting):
    site, _ = waiting
    page = Visitor(site.url).get("/decisions").text
    said = words(page)
    assert "This week’s decision" in said and "20 weeks replayed, 240 judged alarms" in said
    assert page.count('<svg class="picture backtest') == 1 and re.search(r"\d+ fall silent: \d+ real, \d+ false", said)
    assert "If nothing is done:" in said and "Undo it on any day" in said
    row = re.search(r"Alarms a week (\S+) (\S+) (\S+) (\S+) to (\S+)", said).groups()
    now, then, change, low, high = (float(v.replace("−", "-")) for v in row)
    assert now > then and low < change < high < 0
    assert "only 5 closes say" in said.lower() and "Out of stock" in said
    assert "style=" not in page.split("<main")[1]


def test_what_else_waits_opens_by_its_number(waiting):
    site, ids = waiting
    visitor = Visitor(site.url)
    cause = words(visitor.get(f"/decisions?proposal={ids['prevention']}").text)
    assert "Feed fault behind listing inactive" in cause and "8 in 10 within $8k – $86k" in cause
    route = words(visitor.get(f"/decisions?proposal={ids['route']}").text)
    assert "ines becomes tom" in route and "9 of 11" in route and "no measured close" in route
    assert "listing_inactive" not in route


def test_accepting_moves_the_cut_and_rolling_back_brings_it_back(waiting):
    site, ids = waiting
    visitor, before = Visitor(site.url), in_force(site)
    said = words(visitor.send(f"/decisions/{ids['threshold']}", do="accept", why="Pricing loses a morning").text)
    assert "Accepted: decision 1. The next run goes by it." in said and "Pricing loses a morning" in said
    assert in_force(site) == {name: pytest.approx(value * 1.5 or 1.0) for name, value in before.items()}
    assert "+$18.3k a year" in said and "after 90 days" in said
    undone = words(visitor.send("/decisions/1/roll-back", why="Too quiet").text)
    assert in_force(site) == before and "undid 1" in undone and "rolled back since" in undone
    assert "undone already" in words(visitor.send("/decisions/1/roll-back", why="again").text)


def test_a_field_that_was_changed_is_what_is_accepted(waiting):
    site, ids = waiting
    visitor, name = Visitor(site.url), next(iter(in_force(site)))
    value = round(in_force(site)[name] * 1.2, 4)
    visitor.send(f"/decisions/{ids['threshold']}", do="accept", why="half the way", **{f"edit.{name}": f"{value}"})
    assert in_force(site)[name] == pytest.approx(value)
    assert [d["verdict"] for d in taken(site)] == ["edited"]


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        pytest.param({"do": "accept", "why": " "}, 400, "A decision needs its reason", id="no reason"),
        pytest.param({"do": "accept", "why": "far", "cut": "1e9"}, 400, "lies outside", id="beyond the ceiling"),
        pytest.param({"do": "accept", "why": "odd", "cut": "lots"}, 400, "'lots' is no number", id="no number"),
        pytest.param({"do": "", "why": "hm"}, 400, "Accept it or reject it?", id="neither"),
    ],
)
def test_a_refusal_says_why_changes_nothing_and_keeps_what_was_written(waiting, sent, status, said):
    site, ids = waiting
    visitor, before = Visitor(site.url), in_force(site)
    fields = {k: v for k, v in sent.items() if k != "cut"}
    if "cut" in sent:
        fields[f"edit.{next(iter(before))}"] = sent["cut"]
    page = visitor.send(f"/decisions/{ids['threshold']}", status, **fields).text
    assert said in words(page) and in_force(site) == before and taken(site) == []
    assert f">{sent['why'].strip()}</textarea>" in page and ("cut" not in sent or f'value="{sent["cut"]}"' in page)


def test_the_second_press_of_a_double_click_is_told_that_it_was_decided(waiting):
    site, ids = waiting
    visitor = Visitor(site.url)
    visitor.send(f"/decisions/{ids['route']}", do="reject", why="tom is away")
    said = words(visitor.send(f"/decisions/{ids['route']}", 409, do="accept", why="tom is away").text)
    assert "is rejected already" in said and [d["verdict"] for d in taken(site)] == ["rejected"]


def test_a_proposal_the_world_moved_past_is_refused_with_its_reason(waiting):
    site, ids = waiting
    visitor, w = Visitor(site.url), site.workspace
    lines = [t for t in thresholds_answer(w)["thresholds"] if t["kind"] == KIND and not t["segment"]]
    again = threshold(lines, subject=f"{KIND}@tier=")
    visitor.send(f"/decisions/{ids['threshold']}", do="accept", why="yes")
    with w.ledger.write() as connection:
        number = record.put(connection, "threshold", [again], as_of=w.clock.now())[0]
    assert "was changed since this was proposed" in words(
        visitor.send(f"/decisions/{number}", 409, do="accept", why="yes").text
    )


def test_a_cause_is_planned_then_gone_and_only_once(waiting):
    site, ids = waiting
    visitor = Visitor(site.url)
    page = visitor.send(f"/decisions/{ids['prevention']}", do="accept", why="IT agrees").text
    assert "The cause is gone" in words(page)
    said = words(visitor.send("/decisions/1/removed").text)
    assert "from today on its pace is measured" in said and "cause gone" in said
    assert "already" in words(visitor.send("/decisions/1/removed").text)


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_only_a_lead_decides(waiting, monkeypatch, role):
    site, ids = waiting
    monkeypatch.setattr(asking, "_recognised", lambda request: Who("vera", role))
    visitor = Visitor(site.url)
    page = visitor.get("/decisions").text
    assert "takes the role lead" in page and "decide-form" not in page
    mark = visitor.mark("/decisions")
    for path in (f"/decisions/{ids['threshold']}", "/decisions/1/roll-back", "/decisions/1/removed"):
        answer = visitor.client.post(path, data={"csrf": mark, "do": "accept", "why": "mine"})
        assert answer.status_code == 403 and "takes the role lead" in words(answer.text)
    assert taken(site) == [] and len(proposals_answer(site.workspace)["proposals"]) == 3


def test_y_asks_for_the_reason_first_and_e_steps_into_the_line(page, waiting):
    site, _ = waiting
    page.goto(f"{site.url}/decisions")
    page.keyboard.press("e")
    assert page.evaluate("document.activeElement.name").startswith("edit.")
    page.keyboard.press("Escape")
    page.keyboard.press("y")
    assert page.evaluate("document.activeElement.name") == "why" and taken(site) == []
    page.keyboard.type("yes, and no letter here is a key: yne")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.wait_for_selector("text=Rejected: decision 1.")
    assert [d["verdict"] for d in taken(site)] == ["rejected"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        pytest.param(None, "after 90 days", id="too early"),
        pytest.param({"verdict": "cannot_tell", "why": "9 days after; 14 are needed"}, "Cannot tell yet: 9", id="few"),
        pytest.param(
            {"verdict": "fewer_false", "false_share_change": {"p10": -0.31, "p90": -0.08}},
            "Clearly fewer false alarms: false share −31 to −8 points; observational",
            id="alarms",
        ),
        pytest.param(
            {"verdict": "fell", "dollars_saved_a_year": {"mean": 9_000.0, "p10": 4_000.0, "p90": 15_000.0}},
            "Comes less often, clearly: $9k of sales a year, 8 in 10 within $4k – $15k; observational",
            id="a cause",
        ),
    ],
)
def test_what_a_decision_brought_is_told_with_its_range_or_not_at_all(told, said):
    assert measured({"measured": told, "verdict": "accepted"}, "USD").startswith(said)
    assert measured({"measured": told, "verdict": "rejected"}, "USD") == ""


def test_a_looser_line_tells_more_instead_of_less():
    bars = [{"real": float(k), "false": 1.0, "not_judged": 0.0} for k in range(5)]
    picture = {"line": "min_drop", "unit": "", "values": [0.1, 0.2, 0.3, 0.4, 0.5], "now": 3, "to": 1, "bars": bars}
    picture["worth"] = [{"step": s, "mean": 1.0, "p10": 0.0, "p90": 2.0} for s in (1, 2, 3)]
    told = backtest.Told(picture, 8.0, str)
    assert backtest.silence(told) == "5 would be told besides: 3 real, 2 false"
    assert "0.2 proposed" in backtest.backtest(told)


def test_no_code_stands_in_a_sentence():
    assert plain("feed_fault behind out_of_stock", {"out_of_stock": "Out of stock"}) == "Feed fault behind out of stock"
