"""Forecast models, catalog rules and price paths on the Decisions page and on the page of an issue."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from opswheel.core.contracts import ISSUES, RULE_BREAKS
from opswheel.interfaces.answers.decisions import decisions_answer

from .learned import of_facts
from .visiting import Visitor, words

pytestmark = pytest.mark.browser


@pytest.fixture
def waiting(site):
    return site, of_facts(site.workspace)


def one_issue(site, **change):
    issues = ISSUES.sql_table()
    with site.workspace.ledger.write() as connection:
        row = connection.execute(sa.select(issues).where(issues.c.sku.is_not(None)).order_by(issues.c.id)).first()
        if change:
            connection.execute(issues.update().where(issues.c.id == row.id).values(**change))
    return row


TOLD = {
    "forecast_model": (
        "Forecast models, listings that sell fast on amazon:US",
        "mean of 28 days 100% becomes Croston 100%",
        "Off by less 10.0% 8 in 10 within 4.0% – 16.0%",
        "97% likely; 5 months",
    ),
    "catalog_rule": (
        "Catalog rule, material of MUG on amazon:US: must be present",
        "Name it 12 of 12",
        "those that carried it against those that did not",
        "… of those without it 11 of 50",
    ),
    "price_path": (
        "Price path, ",
        "alone up to 5% , above it tom , within 46 h",
        "Closed with others 14 4",
        "observational: nobody drew lots who asks",
    ),
}


@pytest.mark.parametrize("kind", TOLD)
def test_each_is_shown_with_what_it_rests_on_and_both_ways_out(waiting, kind):
    site, ids = waiting
    said = words(Visitor(site.url).get(f"/decisions?proposal={ids[kind]}").text)
    assert [part for part in TOLD[kind] if part not in said] == []
    assert "If nothing is done:" in said and "fter 90 and 180 days" in said
    assert "only 4 suppressions in 180 days name it" in said.lower()


def test_an_accepted_path_is_said_to_whoever_opens_such_an_issue(waiting):
    site, ids = waiting
    visitor = Visitor(site.url)
    number = one_issue(site, kind="competitor_undercut").id
    assert "What was decided about it" not in words(visitor.get(f"/issues/{number}").text)
    fields = {"edit.within_hours": "4", "edit.alone_up_to": "0.03"}
    said = words(visitor.send(f"/decisions/{ids['price_path']}", do="accept", why="try", **fields).text)
    assert "Accepted as edited: decision 1." in said
    assert (
        "You may change the price by up to 3% yourself; above that tom approves, within 4 hours. (decision 1)"
        in words(visitor.get(f"/issues/{number}").text)
    )
    refused = visitor.send(
        f"/decisions/{ids['catalog_rule']}", 400, do="accept", why="x", **{"edit.must": "(a+)+"}
    ).text
    assert "is no rule for a value" in words(refused)


def test_the_listings_that_break_a_rule_stand_beside_it_until_it_is_rolled_back(waiting):
    site, ids = waiting
    visitor, row = Visitor(site.url), one_issue(site)
    visitor.send(f"/decisions/{ids['catalog_rule']}", do="accept", why="fewer suppressions")
    here = {"decision_id": 1, "account": row.account, "channel": row.channel, "sku": row.sku, "attribute": "material"}
    with site.workspace.ledger.write() as connection:
        told = {"value": None, "seen_in": "attributes", "known_at": site.workspace.clock.now()}
        connection.execute(sa.insert(RULE_BREAKS.sql_table()), here | told)
    said = words(visitor.get("/decisions").text)
    assert f"1 listing breaks it as of the last run: {row.sku}" in said
    rule = "It breaks a catalog rule: material must be present; it is not there (decision 1)."
    assert rule in words(visitor.get(f"/issues/{row.id}").text)
    visitor.send("/decisions/1/roll-back", why="no")
    assert "as of the last run" not in words(visitor.get("/decisions").text)
    assert [d["verdict"] for d in decisions_answer(site.workspace)["decisions"]] == ["rolled_back", "accepted"]
