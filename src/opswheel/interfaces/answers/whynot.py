"""Why a listing is not in the queue: healthy, below floor, not meant to sell, or blind; with numbers."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...core.contracts import DELIVERIES, EXPOSURES, ISSUE_SUBJECTS, ISSUES, RANKS
from ...core.contracts.prepared import BASELINES, LISTING_NOW, LISTING_STATE, STOCK_NOW
from ...core.errors import NotFound
from ...core.identity import subject_key
from ...core.money import show_money
from ...core.threshold import MIDDLING, MONEY
from ...prioritization.issues import BATCH_KINDS
from ...resolution.lifecycle import OPEN
from ...resolution.queue import last_run
from ...visibility import freshness
from ...wheel.compute import expected_reports, look
from ...wheel.inputs import missing_rates, morning
from ...wheel.parameters import recorded_parameters
from ...wheel.past import run_rows
from ..wiring import Workspace

if TYPE_CHECKING:
    from datetime import date

    from ...core.engine import Engine
    from ...core.threshold import Threshold


def whynot_answer(workspace: Workspace, sku: str, channel: str | None) -> dict[str, Any]:
    """The verdict on every listing of a SKU, from the facts the last run saw.

    Raises NotFound where no report names the SKU.
    """
    with workspace.ledger.read() as connection:
        run = last_run(connection)
        if run is None:
            raise NotFound("There is no run yet.", "Load reports, then: opswheel run.")
        parameters = recorded_parameters(run, workspace.detectors)
        seen = morning(
            connection,
            parameters.settings,
            as_of=run.as_of,
            version=run.manifest_version,
            readers=workspace.readers,
        )
        exposures = run_rows(workspace.lake, connection, EXPOSURES, run.id, "sku = ?", sku)
    engine = workspace.make_engine()
    try:
        look(engine, seen, workspace.lake.root, workspace.detectors, parameters.thresholds, run_id=run.id)
        known = engine.fetch("whynot listings", LISTING_NOW.ibis_table).to_pylist()
        found = [r for r in known if r["sku"] == sku and channel in (None, r["channel"])]
        if not found:
            with workspace.ledger.read() as connection:
                newer = _loaded_since(connection, run)
            raise _nothing_names(sku, channel, known, newer=newer)
        blind = freshness.blind_sources(
            seen.selected,
            seen.readers,
            seen.today,
            workspace.detectors,
            expected_reports(parameters.settings, seen),
        )
        context = {
            "baselines": _rows(engine, BASELINES, sku),
            "states": _rows(engine, LISTING_STATE, sku),
            "stock": _rows(engine, STOCK_NOW, sku),
            "verdicts": _verdicts(engine, sku),
            "blind": blind,
            "missing": missing_rates(seen),
            "exposures": exposures,
            "today": seen.today,
            "lines": {(d.kind, t.name): t for d in workspace.detectors for t in d.thresholds},
        }
    finally:
        engine.close()
    with workspace.ledger.read() as connection:
        listings = [_verdict(connection, run, row, context, workspace) for row in found]
    first = listings[0]
    return {"sku": sku, "verdict": first["verdict"], "checks": first["checks"], "listings": listings}


def _loaded_since(connection: sa.Connection, run: Any) -> bool:
    """Whether a file landed, or a waiting one came to count, after what the run saw."""
    table = DELIVERIES.sql_table()
    later = sa.or_(table.c.version > run.manifest_version, table.c.complete_in > run.manifest_version)
    return connection.execute(sa.select(table.c.id).where(later).limit(1)).first() is not None


def _nothing_names(sku: str, channel: str | None, known: list[dict[str, Any]], *, newer: bool) -> NotFound:
    """What to do about a SKU the last run did not see: another channel, another spelling, or another run."""
    near = f" on {channel}" if channel else ""
    steps = []
    if elsewhere := sorted({r["channel"] for r in known if r["sku"] == sku}):
        steps.append(f"It is sold on {', '.join(elsewhere)}.")
    else:
        folded = {r["sku"].casefold(): r["sku"] for r in known if channel in (None, r["channel"])}
        steps += [f"Did you mean {folded[s]}?" for s in get_close_matches(sku.casefold(), folded, n=1, cutoff=0.8)]
    if newer:
        steps.append("Files were loaded since the last run: opswheel run, then ask again.")
        return NotFound(f"The last run saw no SKU {sku!r}{near}.", " ".join(steps))
    steps = steps or ["Load a report that names it, then: opswheel run."]
    return NotFound(f"No loaded report names the SKU {sku!r}{near}.", " ".join(steps))


def _rows(engine: Engine, contract: Any, sku: str) -> list[dict[str, Any]]:
    rows = engine.fetch(f"whynot {contract.name}", contract.ibis_table).to_pylist()
    return [r for r in rows if r["sku"] == sku]


def _verdicts(engine: Engine, sku: str) -> list[dict[str, Any]]:
    import ibis

    from ...visibility.detect import VERDICTS

    rows = engine.fetch("whynot verdicts", lambda: ibis.table(VERDICTS, name="verdicts")).to_pylist()
    return [r for r in rows if r["sku"] == sku]


def _here(rows: list[dict[str, Any]], row: dict[str, Any]) -> list[dict[str, Any]]:
    return [r for r in rows if (r["account"], r["channel"]) == (row["account"], row["channel"])]


def _verdict(
    connection: sa.Connection, run: Any, row: dict[str, Any], context: dict[str, Any], workspace: Workspace
) -> dict[str, Any]:
    currency = workspace.settings.money.reporting_currency
    base = next(iter(_here(context["baselines"], row)), {})
    checks = [
        _state_check(_here(context["states"], row), row, context["today"][row["account"], row["channel"]]),
        _stock_check(_here(context["stock"], row)),
        _pace_check(base, currency),
        _intent_check(base),
    ]
    below = []
    exposures = {e["kind"]: e["exposure_mean"] for e in _here(context["exposures"], row)}
    for v in _here(context["verdicts"], row):
        words = _cut_words(v, context["lines"][v["kind"], v["name"]], currency, exposures.get(v["kind"]))
        result = "passed" if v["passed"] else "below floor"
        checks.append({"name": f"{v['kind']}: {v['name']}", "result": result, "words": words})
        if not v["passed"]:
            below.append(v["kind"])
    blind = [b for b in context["blind"] if (b.account, b.channel) == (row["account"], row["channel"])]
    checks += [{"name": b.report, "result": "blind", "words": f"{b.reason}, last {b.last_day}"} for b in blind]
    issues = _issues(connection, run, row)
    verdict, sentence = _decide(row, base, issues, below, blind, context["missing"])
    return {
        "account": row["account"],
        "channel": row["channel"],
        "sku": row["sku"],
        "verdict": verdict,
        "sentence": sentence,
        "issues": issues,
        "checks": checks,
    }


def _cut_words(v: dict[str, Any], line: Threshold, currency: str, exposure: float | None) -> str:
    """A comparison in the cut line's own unit, and beside its rough loss what the last run counted."""
    measured = "not known" if v["measured"] is None else _in_unit(v["measured"], line, currency)
    words = f"{measured}, fires {v['fires']} {_in_unit(v['floor'], line, currency)}"
    if v["slope"] > 0 and line.measures in MONEY:
        whole = show_money(v["value"], currency)
        words += f" for a sign so strong ({whole} at {MIDDLING:g} times its line, slope {v['slope']:g})"
    if line.measures != "loss_per_day" or not line.unit.endswith("a day"):
        return words
    counted = "" if exposure is None else f"; exposure {show_money(exposure, currency)} a day"
    return f"rough loss for the cut line {words}{counted}"


def _in_unit(value: float, line: Threshold, currency: str) -> str:
    unit = line.unit.removesuffix(" (0…1)")
    if line.money:
        return f"{show_money(value, currency)} {unit.removeprefix('US dollars ')}"
    if unit.startswith("share points"):
        return f"{value * 100:.3g} {unit}"
    if unit.startswith("of the "):
        return f"{value * 100:.3g}% {unit}"
    return f"{value:.3g} {unit}"


def _state_check(states: list[dict[str, Any]], row: dict[str, Any], today: date) -> dict[str, str]:
    if not states:
        return {"name": "state", "result": "healthy", "words": f"{row['status']} in the report of {row['day']}"}
    ahead = [s["onset_day"] > today for s in states]
    words = "; ".join(
        f"{'will be ' if later else ''}{s['state']} {'from' if later else 'since'} {s['onset_day']} ({s['source']})"
        for s, later in zip(states, ahead, strict=True)
    )
    return {"name": "state", "result": "healthy" if all(ahead) else "unhealthy", "words": words}


def _stock_check(stock: list[dict[str, Any]]) -> dict[str, str]:
    if not stock:
        return {"name": "stock", "result": "not known", "words": "no loaded report tells it"}
    s = stock[0]
    words = f"{s['sellable_units']:,} sellable units on {s['day']} ({s['source']})"
    return {"name": "stock", "result": "healthy" if s["state"] == "in" else "unhealthy", "words": words}


def _pace_check(base: dict[str, Any], currency: str) -> dict[str, str]:
    if not base:
        return {"name": "pace", "result": "not known", "words": "no sales loaded"}
    words = (
        f"{base['clean_units']:g} units on {base['clean_days']} clean days, {base['velocity']:.3g} a day, "
        f"{base['revenue_per_day'] or 0:,.2f} {currency} a day; last sale {base['last_sale_day'] or 'none loaded'}"
    )
    return {"name": "pace", "result": "known", "words": words}


def _intent_check(base: dict[str, Any]) -> dict[str, str]:
    intent = base.get("intent", "unknown")
    result = {"sell": "meant to sell", "sell_through": "meant to sell"}.get(intent, intent)
    return {"name": "intent", "result": result, "words": base.get("intent_source", "nothing says it")}


def _issues(connection: sa.Connection, run: Any, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Issues this listing is part of, and closes that still mute it."""
    issues, subjects, ranks = ISSUES.sql_table(), ISSUE_SUBJECTS.sql_table(), RANKS.sql_table()
    key = subject_key(row["account"], row["channel"], row["sku"])
    member = sa.select(subjects.c.issue_id).where(
        subjects.c.account == row["account"], subjects.c.channel == row["channel"], subjects.c.sku == row["sku"]
    )
    found = connection.execute(
        sa.select(issues, ranks.c.rank, ranks.c.lane)
        .outerjoin(ranks, sa.and_(ranks.c.issue_id == issues.c.id, ranks.c.run_id == run.id))
        .where(sa.or_(issues.c.subject_key == key, issues.c.id.in_(member)), issues.c.opened_run <= run.id)
        .order_by(issues.c.id)
    ).all()
    return [
        {"id": i.id, "kind": i.kind, "state": i.state, "resolution": i.resolution, "muted": i.muted, "rank": i.rank}
        for i in found
    ]


def _decide(  # noqa: PLR0913
    row: dict[str, Any],
    base: dict[str, Any],
    issues: list[dict[str, Any]],
    below: list[str],
    blind: list[Any],
    missing: Any,
) -> tuple[str, str]:
    here = [i for i in issues if i["state"] in OPEN and i["kind"] not in BATCH_KINDS]
    if here:
        return "in_queue", "it is in the queue: " + ", ".join(f"issue {i['id']} ({i['kind']})" for i in here)
    if row["channel"] in missing:
        return "missing_rate", f"withheld: no exchange rate for {missing[row['channel']]}; load rates.csv"
    if base.get("intent") == "off":
        return "not_meant_to_sell", f"not meant to sell ({base['intent_source']})"
    waiting = [i for i in issues if i["state"] == "fixed" or i["muted"]]
    if waiting:
        words = ", ".join(f"issue {i['id']} ({i['resolution'] or i['state']})" for i in waiting)
        return "closed", f"closed and not gone yet: {words}"
    if base.get("intent") in ("dead", "unknown"):
        row_of_all = [f"issue {i['id']}" for i in issues if i["state"] in OPEN and i["kind"] in BATCH_KINDS]
        where = f"; {', '.join(row_of_all)} gathers all such listings" if row_of_all else ""
        return base["intent"], f"held back: {base['intent_source']}{where}"
    if below:
        return "below_floor", f"something was seen, below the cut line: {', '.join(sorted(set(below)))}"
    if blind:
        return "blind", "nothing seen, but a source is late or partial: " + ", ".join(b.report for b in blind)
    return "healthy", "healthy: it can be bought and found, is in stock, and sells as usual"
