"""The three kinds that rest on facts, by the commands: told, edited, accepted, listed with what breaks them, undone."""

from __future__ import annotations

import json

import sqlalchemy as sa

from opswheel.core.contracts import DECISIONS, RULE_BREAKS
from opswheel.interfaces.forgotten_words import Words
from opswheel.interfaces.wiring import Workspace
from tests.interfaces.web.learned import of_facts


def test_proposals_are_decided_and_what_breaks_a_rule_is_listed(own):
    workspace = Workspace(own.folder)
    ids = of_facts(workspace)
    _, out, _ = own("proposals")
    assert "price_path competitor_undercut" in out and "forecast_model main|amazon:US|fast" in out
    assert "main|amazon:US|MUG|item_length: only 4 suppressions" in out
    path = own.json("decide", str(ids["price_path"]), "--edit", "alone_up_to=0.03", "approver=ines", "--why", "careful")
    assert (path["verdict"], path["to"]["alone_up_to"], path["to"]["approver"]) == ("edited", 0.03, "ines")
    assert own.refused("decide", str(ids["price_path"]), "--accept", "--why", "x").startswith("Proposal ")
    rule = own.json("decide", str(ids["catalog_rule"]), "--edit", "must=at least 3 characters", "--why", "one is none")
    told = {"account": "main", "channel": "amazon:US", "attribute": "material", "value": "x", "seen_in": "attributes"}
    rows = [
        {**told, "decision_id": rule["id"], "sku": f"MUG-{n:02d}", "known_at": workspace.clock.now()} for n in range(25)
    ]
    with workspace.ledger.write() as connection:
        connection.execute(sa.insert(RULE_BREAKS.sql_table()), rows)
    workspace.ledger.close()
    _, out, _ = own("proposals", "--decided")
    assert "25 listings break it as of the last run: MUG-00, MUG-01" in out and "MUG-19 and 5 more" in out
    found = own.json("proposals", "--decided")["decisions"]
    assert [d.get("breaks", {}).get("listings") for d in found] == [25, None]
    own("rollback", str(rule["id"]), "--why", "too strict")
    _, out, _ = own("proposals", "--decided")
    assert "as of the last run" not in out


def test_who_approves_is_forgotten_like_any_other_name(own):
    workspace = Workspace(own.folder)
    ids = of_facts(workspace)
    workspace.ledger.close()
    own("decide", str(ids["price_path"]), "--accept", "--why", "tom said so")
    with workspace.ledger.read() as connection:
        row = connection.execute(sa.select(DECISIONS.sql_table())).one()
    words = Words("tom", "former-1", False)
    assert json.loads(words.column("to_value", row.to_value))["approver"] == "former-1"
    assert "tom" not in words.column("evidence", row.evidence) + words.column("why", row.why)
    workspace.ledger.close()
