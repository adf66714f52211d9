"""Why an issue ranks where it does."""

from __future__ import annotations

import json
import re
from typing import Any

import sqlalchemy as sa

from ...core.clock import show_moment
from ...core.contracts import EXPOSURES, ISSUE_EVENTS, ISSUE_SUBJECTS, RANKS, RUNS, SIGNALS, THRESHOLDS
from ...core.detector import Detector
from ...core.errors import NotFound, WrongUse
from ...core.money import show_money
from ...prioritization.rules import RULES
from ...resolution import actions, playbook
from ...resolution.suggestion import suggest
from ...wheel.past import last_rank_rows, run_rows
from ..catalogues import sections
from ..wiring import Workspace
from .decisions import rules_of_issue
from .issues import desk_words


def why_answer(workspace: Workspace, number: int, rule_name: str | None) -> dict[str, Any]:
    """The breakdown of an issue in the last run that ranked it.

    Raises NotFound where there is no such issue.
    """
    name = rule_name or workspace.settings.ranking.rule
    rules = {r.name: r for r in RULES}
    if name not in rules:
        raise WrongUse(f"{name!r} is no ranking rule.", f"One of: {', '.join(rules)}.")
    with workspace.ledger.read() as connection:
        issue = actions.find(connection, number)
        row = last_rank_rows(workspace.lake, connection, [number]).get(number)
        if row is None:
            raise NotFound(f"Issue {number} was not ranked by any run that is kept.", "`opswheel queue` lists what is.")
        seen_by = _seen_by(connection, number) or row["run_id"]
        ranks = RANKS.sql_table()
        children = list(
            connection.execute(
                sa.select(ranks.c.issue_id).where(ranks.c.run_id == row["run_id"], ranks.c.inhibited_by == number)
            ).scalars()
        )
        keys = (issue.kind, issue.subject_key)
        money = run_rows(workspace.lake, connection, EXPOSURES, seen_by, "kind = ? AND subject_key = ?", *keys)
        seen = run_rows(workspace.lake, connection, SIGNALS, seen_by, "kind = ? AND subject_key = ?", *keys)
        detector = next((d for d in workspace.detectors if d.kind == issue.kind), None)
        threshold = _threshold(connection, seen, detector)
        notes = _notes(connection, number)
        desk = desk_words(workspace, connection, issue)
        decided = rules_of_issue(connection, issue)
        follow_on = _follow_on_source(connection, row["run_id"], issue.kind)
    parts = []
    for part in rules[name].parts:
        factor = float(part.factor({part.column: [row[part.column]]})[0])
        unit = part.unit.replace("reporting currency", row["currency"])
        source = part.source
        if part.name == "momentum" and follow_on:
            source = f"long-run loss ÷ avoidable, from {follow_on}"
        parts.append({"name": part.name, "value": factor, "unit": unit, "source": source})
    book = playbook.load(issue.kind, workspace.playbooks)
    evidence = json.loads(row["evidence"], strict=False)
    hint = suggest(seen[0]["cause"] if seen else None, evidence, book.root_causes)
    told = sections(detector) if detector else {"summary": row["sentence"]}
    return {
        "id": number,
        "rule": name,
        "score": row[f"score_{name}"],
        "parts": parts,
        "threshold": threshold,
        "evidence": [{"name": k, "value": v} for k, v in evidence.items()],
        "explanation": told["summary"],
        "why_it_costs_money": told.get("Why it costs money", ""),
        "blind_spots": told.get("Blind spots", ""),
        "sentence": row["sentence"],
        "where": _where(row, issue),
        "lane": row["lane"],
        "why_lane": row["why_lane"],
        "rank": row["rank"],
        "inhibits": children,
        "inhibited_by": row["inhibited_by"],
        "exposures": money,
        "money": _money_words(row, money, {s["sku"]: s["loss_per_day"] for s in seen}),
        "notes": notes,
        "incident": row.get("incident_id"),
        "incident_issues": row.get("incident_issues"),
        "desk": desk,
        "decided": decided,
        "minutes": row["minutes"],
        "screen": book.screen,
        "playbook": _unwrapped(book.text),
        "root_causes": list(book.root_causes),
        "suggested_cause": None if hint is None else {"root_cause": hint[0], "because": hint[1]},
    }


def _follow_on_source(connection: sa.Connection, run_id: int, kind: str) -> str:
    """What the long-run loss of a kind rested on in a run; empty where the run did not reckon with any."""
    runs = RUNS.sql_table()
    told = connection.execute(sa.select(runs.c.parameters).where(runs.c.id == run_id)).scalar()
    rows = json.loads(told).get("multipliers", ()) if told else ()
    return next((str(row["source"]) for row in rows if row["kind"] == kind), "")


def _notes(connection: sa.Connection, number: int) -> list[dict[str, Any]]:
    """What people wrote down on the issue, and the files made of it, the newest last."""
    events = ISSUE_EVENTS.sql_table()
    rows = connection.execute(
        sa.select(events.c.at, events.c.by, events.c.payload)
        .where(events.c.issue_id == number, events.c.event.in_(("noted", "closed", "packed")))
        .order_by(events.c.version)
    )
    told = ((row, json.loads(row.payload).get("note")) for row in rows)
    return [{"at": show_moment(row.at), "by": row.by, "note": note} for row, note in told if note]


def _seen_by(connection: sa.Connection, number: int) -> int | None:
    """The last finished run that saw the issue: an issue a run could only carry on has its money from there."""
    subjects, runs = ISSUE_SUBJECTS.sql_table(), RUNS.sql_table()
    finished = sa.select(sa.func.max(subjects.c.run_id)).join(runs, runs.c.id == subjects.c.run_id)
    return connection.execute(finished.where(subjects.c.issue_id == number, runs.c.finished_at.is_not(None))).scalar()


def _threshold(connection: sa.Connection, seen: list[dict[str, Any]], detector: Detector | None) -> dict[str, Any]:
    number = next((s["threshold_id"] for s in seen if s["threshold_id"]), None)
    if number is None:
        return {}
    table = THRESHOLDS.sql_table()
    row = connection.execute(sa.select(table).where(table.c.id == number)).one_or_none()
    own = next((t for t in detector.thresholds if row and t.name == row.name), None) if detector else None
    if row is None or own is None:
        return {}
    segment = {s: getattr(row, s) for s in ("account", "channel", "category", "tier") if getattr(row, s)}
    return {
        "id": row.id,
        "name": row.name,
        "value": row.value,
        "unit": own.unit,
        "fires": own.fires,
        "segment": segment,
        "source": row.source,
        "why": row.why,
    }


def _where(row: dict[str, Any], issue: Any) -> str:
    one = row["sku"] or "no single listing"
    subject = one if row["members"] == 1 else f"{row['members']} listings"
    tier = f", tier {row['tier']}" if row["tier"] else ""
    since = f"since {row['onset_day']}" if row["onset_day"] else "since when is not known"
    if row["onset_day"] and str(row["onset_day"]) > str(row["detected_at"])[:10]:
        since = f"from {row['onset_day']} on"
    elif row["onset_day"] and row["last_good_day"] is None and issue.kind != "reported_by_team":
        since += " or before (older than what is loaded)"
    title = f" {row['title']}" if row["title"] else ""
    owner = issue.owner or "none"
    return f"{subject}{title} on {row['channel']}{tier}, {since}; {issue.state}, owner {owner}."


def _unwrapped(text: str) -> list[str]:
    """The lines of a page with each wrapped paragraph or list item put back on one line."""
    lines: list[str] = []
    for line in text.splitlines():
        begins = not lines or not line.strip() or re.match(r"#|\d+\. |- ", line) or lines[-1].startswith("#")
        if begins or not lines[-1]:
            lines.append(line.strip())
        else:
            lines[-1] += " " + line.strip()
    return [line for line in lines if line]


def _money_words(row: dict[str, Any], money: list[dict[str, Any]], gaps: dict[str, float | None]) -> list[str]:
    currency = row["currency"]
    lines = []
    for m in sorted(money, key=lambda m: -(m["exposure_mean"] or 0))[:5]:
        if _at_one_stroke(m):
            whole = show_money(m["risk_mean"], currency)
            lines.append(f"{m['sku'] or 'Not one listing'} on {m['channel']}: {whole}; {m['share_source']}")
            continue
        lines.append(f"{m['sku']} on {m['channel']}: {_product(m, row, gaps.get(m['sku']))}{_kept_words(m)}")
        pace = "units sold since it began" if _given_away(m) else m["velocity_source"]
        lines.append(f"  pace: {pace}; price: {m['price_source']}; share: {m['share_source']}")
        if m["alone_per_day"] and abs(m["alone_per_day"] - m["exposure_mean"]) > 0.005 * m["exposure_mean"]:
            lines.append(f"  mending only this recovers {show_money(m['alone_per_day'], currency)} a day")
        if m["doubt"]:
            lines.append(f"  doubt: {m['doubt']}")
        if m["unavoidable"]:
            lines.append(f"  {m['unavoidable']}")
    if len(money) > 5:
        lines.append(f"… and {len(money) - 5} more listings")
    gone, days = "", ""
    if row["committed"]:
        gone = f"{show_money(row['committed'], currency)} of that nothing can save any more; "
        days = " in the 30 days from the first it can change"
    lines.append(
        f"At risk if ignored {show_money(row['risk_mean'], currency)}"
        f" ({show_money(row['risk_p10'], currency)} – {show_money(row['risk_p90'], currency)}); {gone}"
        f"acting now can still save {show_money(row['avoidable_mean'], currency)}{days}."
    )
    lines.append(f"Lost so far {show_money(row['lost_to_date'] or 0, currency)}, not part of the figure ahead.")
    return lines


def _given_away(m: dict[str, Any]) -> bool:
    """Whether sales go on and margin is lost."""
    return not m["share_lost"] and bool(m["exposure_mean"])


def _at_one_stroke(m: dict[str, Any]) -> bool:
    """Whether an amount is lost at once, not a share of daily sales."""
    return not m["share_lost"] and not m["exposure_mean"] and bool(m["risk_mean"])


def _product(m: dict[str, Any], row: dict[str, Any], gap: float | None) -> str:
    """The factors of one listing's exposure and what they come to, in words that multiply."""
    currency, a_day = row["currency"], m["exposure_mean"] or 0.0
    if _given_away(m) and gap:
        units, gap_words = a_day / gap, show_money(gap, currency)
        return (
            f"{units:.3g} units a day sold since × {gap_words} given away on each = {show_money(a_day, currency)} a day"
        )
    factors = f"{m['velocity']:.3g} units a day × {show_money(m['price'] or 0, currency)} × {m['share_lost']:.0%} lost"
    if a_day or not m["risk_mean"]:
        return f"{factors} = {show_money(a_day, currency)} a day"
    begins = m["velocity"] * (m["price"] or 0) * m["share_lost"]
    return f"{factors} = {show_money(begins, currency)} a day once it begins; today nothing is lost yet"


def _kept_words(m: dict[str, Any]) -> str:
    words = ""
    if m["left_share"] is not None and m["left_share"] < 0.999:
        words += f", after the causes ahead of it left {m['left_share']:.0%}"
    if m["kept_share"] is not None and m["kept_share"] < 0.999:
        words += f", {1 - m['kept_share']:.0%} sold by our other offers of the item"
    return words
