"""The sweep: a group settled with one choice, written at once, taken back at once."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import INTENTS
from opswheel.core.errors import Conflict, WrongUse
from opswheel.interfaces.answers.intent_sweep import settle, sweep_answer, take_back

from .visiting import Visitor, words

pytestmark = pytest.mark.browser


def said(site):
    table = INTENTS.sql_table()
    with site.workspace.ledger.read() as connection:
        return sorted((r.sku, r.intent, r.by) for r in connection.execute(sa.select(table)))


def group(visitor, label):
    text = visitor.get("/intent").text
    return re.search(rf'open=(\w+)#opened">{label}', text).group(1)


def test_one_choice_settles_a_group_and_one_press_takes_it_back(site):
    visitor = Visitor(site.url)
    told = words(visitor.get("/intent").text)
    assert "6 listings nobody said what they are meant for" in told
    before = said(site)
    dead = group(visitor, "never sold here, inactive")
    told = words(visitor.send("/intent", by="last", **{f"g:{dead}": "discontinued"}).text)
    assert "5 listings settled." in told and "1 listing nobody said" in told
    assert len(said(site)) == len(before) + 5
    sweep = re.search(r'name="sweep" value="([^"]+)"', visitor.get("/intent").text).group(1)
    told = words(visitor.send("/intent/undo", sweep=sweep).text)
    assert "Taken back: 5 listings unsettled again." in told and said(site) == before
    assert "cannot be taken back" in words(visitor.send("/intent/undo", sweep=sweep).text)


def test_a_listings_own_choice_comes_before_its_groups(site):
    visitor = Visitor(site.url)
    dead = group(visitor, "never sold here, inactive")
    opened = visitor.get(f"/intent?by=last&open={dead}").text
    one = re.search(r'name="(s:[^"]+)"', opened).group(1)
    visitor.send("/intent", by="last", **{f"g:{dead}": "discontinued", one: "sell"})
    told = {sku: intent for sku, intent, _ in said(site)}
    assert told[one.split("|")[2]] == "sell" and list(told.values()).count("discontinued") == 4


@pytest.mark.parametrize("value", ["unknown", "<b>", "everything"])
def test_a_word_that_is_no_intent_writes_nothing(site, value):
    before = said(site)
    dead = group(Visitor(site.url), "never sold here, inactive")
    told = words(Visitor(site.url).send("/intent", by="last", **{f"g:{dead}": value}).text)
    assert "is no intent to set" in told and said(site) == before


def test_nothing_chosen_is_said_so(site):
    assert "Nothing was chosen." in words(Visitor(site.url).send("/intent", by="last").text)
    with pytest.raises(WrongUse):
        sweep_answer(site.workspace, "colour", None, "me", lambda _: True)


def test_two_thousand_listings_are_one_transaction_and_nobody_elses_undo(site):
    keys = {("main", "amazon:US", f"DEAD-{n}"): "discontinued" for n in range(2_000)}
    assert settle(site.workspace, keys, "ines") == 2_000
    sweep = sweep_answer(site.workspace, "last", None, "ines", lambda _: True)["last"]
    assert sweep["n"] == 2_000
    with pytest.raises(Conflict):
        take_back(site.workspace, sweep["why"], "tom")
    assert take_back(site.workspace, sweep["why"], "ines") == 2_000


def test_a_sweep_of_one_account_hides_the_others(site):
    told = sweep_answer(site.workspace, "brand", None, "me", lambda account: account == "other")
    assert told["total"] == 0


def test_rows_are_settled_by_keys_alone(opened, site):
    page = opened()
    page.goto(f"{site.url}/intent")
    page.keyboard.press("j")
    page.keyboard.press("d")
    page.keyboard.press("j")
    page.keyboard.press("s")
    assert page.locator("#chosen").inner_text() == "6 chosen"
    page.keyboard.press("Control+Enter")
    page.get_by_text("Every listing is settled").wait_for()
    assert {intent for _, intent, by in said(site) if by == site.workspace.me} == {"discontinued", "sell"}
