"""Performance: is the wheel compounding, where does it stall, and the month on one sheet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from ...core.errors import WrongUse
from ...storage.lake import manifest_version
from ..answers.performance import diagnose_answer, metrics_answer, month_answer, remove_handoff
from ..answers.performance_facts import Facts, read_facts
from ..kept import Kept
from ..people import workspace_of
from ..report import writing
from ..wiring import Workspace
from . import decisions_words, words
from .errors import told_here
from .guard import Asks, guarded
from .pages import HEADERS, back, packed, render
from .pictures import trend as pictures

router = APIRouter()
VERDICTS = {"compounding": "Compounding", "flat": "Flat", "stalled": "Stalled", "cannot_tell": "Cannot tell"}
STATES = {"broken": "broken", "flowing": "flows", "cannot_tell": "cannot tell"}
_facts = Kept[tuple[str, int, date], Facts](4)


def facts_of(workspace: Workspace) -> Facts:
    """What loaded facts tell today; read again only once more is loaded or a run was published."""
    with workspace.ledger.read() as connection:
        key = (str(workspace.folder), manifest_version(connection), workspace.clock.now().date())
    return _facts.of(key, lambda: read_facts(workspace))


@router.get("/performance")
def performance(request: Request, asks: Asks) -> Response:
    """The last thirty days, and the year behind them."""
    asks.must_see_all()
    workspace = workspace_of(request)
    facts = facts_of(workspace)
    told, metrics = diagnose_answer(workspace, facts=facts), metrics_answer(workspace, facts=facts)
    return render(
        request,
        asks,
        "performance.html",
        told=told,
        metrics=metrics,
        connections=matrix(told),
        waits=waits(told),
        may_say=asks.may("lead"),
        workflows=[w["workflow"] for w in told["workflows"]],
        **shared(told, metrics),
    )


@router.post("/performance/handoff", dependencies=[Depends(guarded)])
def handoff(request: Request, asks: Asks, workflow: str = Form(""), what: str = Form("")) -> Response:
    """Write down that a hand-off is gone."""
    asks.must("lead")
    asks.must_see_all()
    try:
        remove_handoff(workspace_of(request), workflow, what[:200], by=asks.name)
    except WrongUse as error:
        return back(request, "/performance", told_here(error), bad=True)
    return back(request, "/performance", "Written down: one hand-off less.")


@router.get("/performance/month")
def month(request: Request, asks: Asks, month: str = "") -> Response:
    """A month on one sheet."""
    asks.must_see_all()
    workspace = workspace_of(request)
    first = month_of(month, workspace.clock.now().date())
    told = month_answer(workspace, first)
    later = (first + timedelta(days=32)).replace(day=1)
    return render(
        request,
        asks,
        "performance_month.html",
        told=told,
        changed=[about(c, {d.kind: d.title for d in workspace.detectors}) for c in told["changed"]],
        first=first,
        earlier=(first - timedelta(days=1)).replace(day=1),
        later=later if later <= workspace.clock.now().date() else None,
        **shared(told["diagnosis"], told["metrics"]),
    )


@router.get("/performance/sheet.html")
def sheet(request: Request, asks: Asks, month: str = "") -> Response:
    """The same month as a file that needs nothing else."""
    asks.must_see_all()
    workspace = workspace_of(request)
    first = month_of(month, workspace.clock.now().date())
    text = writing.render(month_answer(workspace, first))
    headers = {
        **HEADERS,
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        "Content-Disposition": f'attachment; filename="opswheel-{first:%Y-%m}.html"',
        "Cache-Control": "no-store",
    }
    response: Response = packed(request, Response(text, media_type="text/html; charset=utf-8", headers=headers))
    return response


def month_of(said: str, today: date) -> date:
    """The first day of a month; this one if none is said. Raises WrongUse for what is no month, or lies ahead."""
    if not said:
        return today.replace(day=1)
    try:
        first = date.fromisoformat(f"{said}-01")
    except ValueError as error:
        raise WrongUse(f"{said[:20]!r} is no month.", "Write it as 2026-10.") from error
    if first > today:
        raise WrongUse(f"{said} has not begun.", "Ask for a month that has.")
    return first


def about(row: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """A decision of the month in a line."""
    said = row["about"] or ""
    if "|" in said or row["kind"] in ("threshold", "route"):
        said = decisions_words.subject({"kind": row["kind"], "subject": said}, titles)
    else:
        said = titles.get(said, words.state(said))
    day = words.day(date.fromisoformat(row["day"]))
    return f"{day}: {row['kind']}" + (f", {said[:1].lower()}{said[1:]}" if said else "")


def shared(told: Mapping[str, Any], metrics: Mapping[str, Any]) -> dict[str, Any]:
    """What both pages show: verdict, pictures and figures."""
    basis, currency = told["basis"], metrics["currency"]
    return {
        "verdict": VERDICTS[told["verdict"]],
        "reason": reason(basis["words"], VERDICTS[told["verdict"]]),
        "states": STATES,
        "change": pictures.change_in_a_year(basis["revenue_per_operator"], basis["repeat_rate"]),
        "people": pictures.people(basis["points"], basis["headcount_slope"]),
        "six": [card(metrics[name], currency) for name in writing.HEALTH],
        "outcomes": [outcome(metrics[name], currency) for name in writing.OUTCOMES],
        "pictures_of": pictures,
        "currency": currency,
    }


def reason(said: str, verdict: str) -> str:
    """The sentence under the verdict, without saying the verdict again."""
    rest = said.removeprefix(f"{verdict}: ")
    return rest[:1].upper() + rest[1:]


def say(value: float, unit: str, currency: str) -> str:
    """A value in its figure's unit."""
    if unit == "hours":
        return f"{words.number(value)} h" if value < 72 else f"{words.number(value / 24)} d"
    if unit == "share":
        return words.percent(value)
    if unit.startswith("money"):
        return words.short(value, currency)
    return words.percent(1 - (1 - min(max(value, 0.0), 1.0)) ** 90)


def ends(f: Mapping[str, Any], currency: str) -> str:
    """Its range in words; empty where it has none."""
    if f["low"] is None:
        return ""
    upper = "no end yet" if f["high"] is None else say(f["high"], f["unit"], currency)
    return f"{say(f['low'], f['unit'], currency)} – {upper}"


def each(unit: str) -> str:
    """What a value is of."""
    if unit.startswith("money a"):
        return unit.removeprefix("money ")
    return "come back in 90 days" if unit.startswith("repeats") else ""


def card(f: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """One health figure as it is shown."""
    unit = f["unit"]
    value = None if f["value"] is None else ("over " if f["at_least"] else "") + say(f["value"], unit, currency)
    change = f["change"]
    span = ends(f, currency)
    drawn = f"{f['title']} by month" + (f"; the last 30 days {value}, {span}" if value and span else "")
    return {
        **{k: f[k] for k in ("title", "note", "may_not", "because", "would_be", "n", "counted")},
        "value": value,
        "each": each(unit),
        "range": span,
        "change": change and change["words"],
        "clear": bool(change and change["clear"]),
        "better": change and change["better"],
        "trend": pictures.trend(f["months"], lambda v: say(v, unit, currency), words=drawn),
    }


def outcome(f: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """A share facts tell: one value, or each channel's beside the others."""
    rows = f.get("channels") or []
    parts = [
        {"channel": r["channel"], "value": say(r["value"], f["unit"], currency), "range": ends({**f, **r}, currency)}
        for r in rows
    ]
    return {"title": f["title"], "parts": parts, "because": f["because"], "would_be": f["would_be"]}


def matrix(told: Mapping[str, Any]) -> dict[str, Any]:
    """Which workflow changed which, as rows and columns; those nobody is linked with stand in it all the same."""
    names = [m["workflow"] for m in told["workflows"]]
    linked = [n for edge in told["connections"] for n in (edge["from"], edge["to"])]
    names += [n for n in dict.fromkeys(linked) if n not in names]
    counts = {(e["from"], e["to"]): e for e in told["connections"]}
    most = max((e["n"] for e in told["connections"]), default=0)
    return {"names": names, "counts": counts, "most": most}


def waits(told: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Per workflow what was waited for, with a bar on one scale."""
    longest = max((w["hours"] / w["n"] for f in told["friction"] for w in f["waits"] if w["n"]), default=0.0)
    found = {}
    for f in told["friction"]:
        rows = [w | {"each": w["hours"] / w["n"]} for w in f["waits"] if w["n"]]
        found[f["workflow"]] = [
            w
            | {
                "bar": pictures.meter(
                    w["each"] / longest if longest else 0.0, words=f"{w['on']}: {w['each']:.0f} h each"
                )
            }
            for w in rows
        ]
    return found
