"""The weekly decision: what is proposed, what was decided, the cut lines in force, and undoing."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from ...core.clock import show_moment
from ...core.contracts import DECISIONS, PROPOSALS, RULE_BREAKS
from ...core.errors import NotFound
from ...decisions import catalog_rules, prevention, price_paths, record, reviews, thresholds
from ...decisions.standing import standing
from ...learning.lineage import lineage
from ...wheel.rerouting import reroute
from ..wiring import Workspace

MOST_BREAKS = 20
"""Listings named that break a rule; the rest are counted."""


def proposals_answer(workspace: Workspace, *, everything: bool = False) -> dict[str, Any]:
    """What is proposed this week, the one to look at first on top; what was refused, with its reason; rules to review.

    `everything` adds what was decided or replaced before.
    """
    table = PROPOSALS.sql_table()
    with workspace.ledger.read() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.id)).all()
        kinds = [d.kind for d in workspace.detectors]
        review = reviews.rules(connection, workspace.clock.now(), kinds)
    now = [r for r in rows if everything or r.status == "open"]
    now.sort(key=lambda r: (r.status != "open", -(r.gain_a_year or 0.0), r.id))
    refused = [r for r in rows if r.status == "refused"]
    return {
        "proposals": [proposal_json(r) for r in now],
        "refused": [{"id": r.id, "kind": r.kind, "subject": r.subject, "why": r.why} for r in refused],
        "review": review,
        "currency": workspace.settings.money.reporting_currency,
    }


def proposal_json(row: Any) -> dict[str, Any]:
    """One proposal as it is shown."""
    return {
        "id": row.id,
        "kind": row.kind,
        "subject": row.subject,
        "status": row.status,
        "made_at": show_moment(row.made_at),
        "from": json.loads(row.from_value),
        "to": json.loads(row.to_value),
        "backtest": json.loads(row.backtest),
        "gain_a_year": row.gain_a_year,
        "why": row.why,
    }


def decisions_answer(workspace: Workspace) -> dict[str, Any]:
    """Every decision, the newest first: what it was to bring and what it brought."""
    table = DECISIONS.sql_table()
    with workspace.ledger.read() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.id.desc())).all()
        removed = {p["decision_id"]: p for p in prevention.planned(connection)}
        broken = _broken(connection)
    return {"decisions": [_decision(r, removed.get(r.id)) | broken.get(r.id, {}) for r in rows]}


def _broken(connection: sa.Connection) -> dict[int, dict[str, Any]]:
    """Of each catalog rule in force how many listings break it, and the first of them."""
    table = RULE_BREAKS.sql_table()
    rules = [d["id"] for d in standing(connection, catalog_rules.KIND)]
    own = table.c.decision_id.in_(rules)
    counts = sa.select(table.c.decision_id, sa.func.count()).where(own).group_by(table.c.decision_id)
    n = {row[0]: int(row[1]) for row in connection.execute(counts)}
    found: dict[int, dict[str, Any]] = {}
    for rule in rules:
        rows = connection.execute(
            sa.select(table)
            .where(table.c.decision_id == rule)
            .order_by(table.c.account, table.c.channel, table.c.sku)
            .limit(MOST_BREAKS)
        )
        told = [{k: getattr(r, k) for k in ("account", "channel", "sku", "value", "seen_in")} for r in rows]
        found[rule] = {"breaks": {"listings": n.get(rule, 0), "first": told}}
    return found


def rules_of_issue(connection: sa.Connection, issue: Any) -> list[str]:
    """What was decided that whoever resolves an issue must know: its price path, and rules its listing breaks."""
    told = [
        f"{price_paths.words(d['to'])} (decision {d['id']})"
        for d in standing(connection, price_paths.KIND)
        if d["subject"] == issue.kind
    ]
    if issue.sku is None:
        return told
    table = RULE_BREAKS.sql_table()
    rules = {d["id"]: d["to"] for d in standing(connection, catalog_rules.KIND)}
    here = [table.c[n] == getattr(issue, n) for n in ("account", "channel", "sku")]
    for row in connection.execute(sa.select(table).where(*here).order_by(table.c.decision_id)):
        if row.decision_id in rules:
            has = f"it says {row.value!r}" if row.value else "it is not there"
            has = "the marketplace names it" if row.seen_in == "marketplace" else has
            must = rules[row.decision_id]["must"]
            told.append(
                f"It breaks a catalog rule: {row.attribute} must be {must}; {has} (decision {row.decision_id})."
            )
    return told


def _decision(row: Any, removed: Any) -> dict[str, Any]:
    done = removed["done_at"] if removed else None
    return {
        "id": row.id,
        "proposal": row.proposal_id,
        "undoes": row.undoes,
        "kind": row.kind,
        "subject": row.subject,
        "verdict": row.verdict,
        "from": json.loads(row.from_value),
        "to": json.loads(row.to_value),
        "evidence": json.loads(row.evidence),
        "expected": json.loads(row.expected),
        "measured": json.loads(row.measured) if row.measured else None,
        "by": row.by,
        "at": show_moment(row.at),
        "why": row.why,
        "done_at": done and show_moment(done),
        "judged_90_at": row.judged_90_at and show_moment(row.judged_90_at),
        "judged_180_at": row.judged_180_at and show_moment(row.judged_180_at),
    }


def decide(  # noqa: PLR0913
    workspace: Workspace,
    number: int,
    verdict: str,
    *,
    why: str,
    by: str | None = None,
    edit: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Accept or reject a proposal; `edit` accepts it otherwise than proposed. A new route moves open issues at once."""
    who, now = by or workspace.me, workspace.clock.now()
    with workspace.ledger.write() as connection:
        if verdict == "reject":
            decision = record.reject(connection, number, by=who, at=now, why=why)
        else:
            own = _own_cuts(workspace, record.find(connection, number).subject)
            decision = record.accept(
                connection, number, workspace.settings.decisions, by=who, at=now, why=why, edit=edit, own=own
            )
        _follow(workspace, connection, decision, who)
        return _one(connection, decision)


def set_cut(workspace: Workspace, line: str, value: float, *, why: str, by: str | None = None) -> dict[str, Any]:
    """Move a cut line by a decision of one's own, without a proposal. The next run uses it; `rollback` undoes it.

    `line` is the version somebody looked at, such as `out_of_stock.min_days:3`, or its name alone for the one in force.
    """
    who, now, settings = by or workspace.me, workspace.clock.now(), workspace.settings.decisions
    found = {f"{d.kind}.{t.name}": t for d in workspace.detectors for t in d.thresholds}
    in_force = {t["id"].rpartition(":")[0]: t["id"] for t in thresholds_answer(workspace)["thresholds"]}
    version = in_force.get(line, line)
    name, _, tier = version.rpartition(":")[0].partition("@tier=")
    if name not in found:
        raise NotFound("There is no such cut line.", "`opswheel thresholds` lists them.")
    rule = found[name]
    own = rule.by_tier.get(int(tier), rule.value) if tier.isdigit() else rule.value
    with workspace.ledger.write() as connection:
        number = record.set_cut(connection, version, value, settings, own=own, by=who, at=now, why=why)
        return _one(connection, number)


def rollback(workspace: Workspace, number: int, *, why: str, by: str | None = None) -> dict[str, Any]:
    """Undo a decision by a decision of its own."""
    who, now = by or workspace.me, workspace.clock.now()
    with workspace.ledger.write() as connection:
        decision = record.rollback(connection, number, by=who, at=now, why=why)
        _follow(workspace, connection, decision, who)
        return _one(connection, decision)


def removed(workspace: Workspace, number: int) -> dict[str, Any]:
    """A cause was removed: from now on what it brings is measured."""
    with workspace.ledger.write() as connection:
        prevention.done(connection, number, at=workspace.clock.now())
        return _one(connection, number)


def _follow(workspace: Workspace, connection: sa.Connection, decision: int, who: str) -> None:
    """What a decision changes at once: open issues nobody claimed follow a new route."""
    table = DECISIONS.sql_table()
    row = connection.execute(sa.select(table).where(table.c.id == decision)).one()
    if row.kind == "route" and row.verdict != "rejected":
        reroute(connection, workspace.settings, by=who, at=row.at)


def _one(connection: sa.Connection, number: int) -> dict[str, Any]:
    table = DECISIONS.sql_table()
    row = connection.execute(sa.select(table).where(table.c.id == number)).one()
    found = {p["decision_id"]: p for p in prevention.planned(connection)}
    return _decision(row, found.get(number))


def _own_cuts(workspace: Workspace, subject: str) -> dict[str, float]:
    """The rule's own value of each of its cut lines, in the subject's tier."""
    kind, _, tier = subject.partition("@tier=")
    lines = [t for d in workspace.detectors if d.kind == kind for t in d.thresholds]
    return {t.name: t.by_tier.get(int(tier), t.value) if tier.isdigit() else t.value for t in lines}


def thresholds_answer(workspace: Workspace) -> dict[str, Any]:
    """Every cut line in force: its value, the rule's own, and which decision set it."""
    now = workspace.clock.now()
    lines = {(d.kind, t.name): t for d in workspace.detectors for t in d.thresholds}
    with workspace.ledger.read() as connection:
        rows = thresholds.in_force(connection, now)
    if lines.keys() - {(r["kind"], r["name"]) for r in rows}:  # before the first run, or a rule that is new
        with workspace.ledger.write() as connection:
            thresholds.seed(connection, workspace.detectors)
            rows = thresholds.in_force(connection, now)
    found = []
    for row in sorted(rows, key=lambda r: (r["kind"], r["name"], r["id"])):
        line = lines.get((row["kind"], row["name"]))
        segment = {s: row[s] for s in ("account", "channel", "category", "tier") if row[s]}
        found.append(
            {
                "id": row["id"],
                "kind": row["kind"],
                "name": row["name"],
                "segment": segment,
                "value": row["value"],
                "release": row["release"],
                "default": None if line is None else line.by_tier.get(int(row["tier"] or 0), line.value),
                "unit": line.unit if line else "",
                "fires": line.fires if line else "",
                "since": None if row["source"] == "default" else show_moment(row["since"]),
                "source": row["source"],
                "why": row["why"],
            }
        )
    return {"thresholds": found}


def lineage_answer(workspace: Workspace, decision: int) -> dict[str, Any]:
    """From a prevention rule back to its signals and forward to what it saved."""
    with workspace.ledger.read() as connection:
        return lineage(connection, decision)
