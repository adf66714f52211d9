"""The monthly sheet as a file: HTML that needs nothing else, and PDF where a Chromium is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import WrongUse
from ...core.money import show_money
from . import pictures

if TYPE_CHECKING:
    from ..wiring import Workspace

HEALTH = (
    "time_to_detection",
    "open_revenue_at_risk",
    "time_to_resolution",
    "repeat_rate",
    "cleared_per_day",
    "revenue_per_operator",
)
OUTCOMES = ("lost_sales_rate", "stockout_rate", "revenue_weighted_in_stock", "hero_featured_share")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PDF_SECONDS = 120
MOST_LINES = 6
_VERDICTS = {"compounding": "Compounding", "flat": "Flat", "stalled": "Stalled", "cannot_tell": "Cannot tell"}
_STATES = {"broken": "broken", "flowing": "flows", "cannot_tell": "not told"}


WHOLE_ONLY = (
    "The verdict, the hand-offs, levels, connections and what mending frees are the team's, and a team works for every "
    "account: they stand on the sheet of the whole."
)


def write_report(workspace: Workspace, month: date, path: Path, account: str | None = None) -> dict[str, Any]:
    """Write the sheet of a month, of one account where one is named.

    Raises WrongUse where the file cannot be written or a PDF has no browser, NotFound for an unknown account.
    """
    from ..answers.performance import month_answer

    if path.suffix.lower() not in (".html", ".htm", ".pdf"):
        raise WrongUse(f"{path} is neither HTML nor PDF.", "Name it with .html, or with .pdf where Chromium is.")
    browser = _browser() if path.suffix.lower() == ".pdf" else None
    told = month_answer(workspace, month, account)
    page = render(told)
    try:
        if browser is None:
            path.write_text(page, encoding="utf-8")
        else:
            print_pdf(browser, page, path)
    except OSError as wrong:
        raise WrongUse(
            f"{path} cannot be written ({wrong.strerror}).", "Name a file in a folder that exists."
        ) from wrong
    base = {"path": str(path), "month": told["month"], "account": told["account"]}
    if told["account"] is not None:
        return {**base, "verdict": None, "words": f"The account {told['account']} in {told['month']}."}
    diagnosis = told["diagnosis"]
    return {**base, "verdict": diagnosis["verdict"], "words": diagnosis["basis"]["words"]}


def _browser() -> str:
    found = next((b for name in BROWSERS if (b := shutil.which(name))), None)
    if found is None:
        raise WrongUse(
            "No Chromium is installed here to print a PDF.", "Name a .html file, and print it from a browser."
        )
    return found


def print_pdf(browser: str, page: str, path: Path) -> None:
    """Print the page with an installed Chromium; raises WrongUse where it does not."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "sheet.html", Path(folder) / "sheet.pdf"
        source.write_text(page, encoding="utf-8")
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
        ]
        try:
            done = subprocess.run(  # noqa: S603  a browser found on the path, on a page we wrote
                [browser, *flags, f"--print-to-pdf={target}", source.as_uri()],
                capture_output=True,
                timeout=PDF_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as slow:
            raise WrongUse("Chromium did not finish printing.", "Name a .html file, and print it yourself.") from slow
        if done.returncode or not target.exists():
            raise WrongUse("Chromium could not print the sheet.", "Name a .html file, and print it from a browser.")
        path.write_bytes(target.read_bytes())


def render(told: dict[str, Any]) -> str:
    """The page of a month's answer; every word from data is escaped."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    text = files(__package__).joinpath("sheet.html").read_text(encoding="utf-8")
    template = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(text)
    m = told["metrics"]
    currency = m["currency"]
    six = [_figure(m[name], currency) for name in HEALTH]
    for one in six:
        one["picture"] = Markup(pictures.sparkline(one.pop("months"), one["title"]))  # noqa: S704  our own drawing
    name = told["workspace"] if told["account"] is None else f"{told['workspace']} · {told['account']}"
    whole = {} if told["account"] is not None else _whole(told, currency)
    return template.render(
        title=f"{name}, {told['month']}",
        name=name,
        month_words=date.fromisoformat(f"{told['month']}-01").strftime("%B %Y"),
        over=told["over"],
        until=told["until"],
        six=six,
        outcomes=[_figure(m[name], currency) for name in OUTCOMES],
        whole=whole,
        whole_only=WHOLE_ONLY,
        categories=_categories(m["exposure_by_category"], currency),
        friction=[] if whole else [_friction(f) for f in told["friction"]],
    )


def _whole(told: dict[str, Any], currency: str) -> dict[str, Any]:
    """What is told of the whole team only."""
    from markupsafe import Markup

    d = told["diagnosis"]
    basis, cycle = d["basis"], d["cycle"]
    change = pictures.change_in_a_year(basis["revenue_per_operator"], basis["repeat_rate"])
    people = pictures.people_against_catalog(basis["points"], basis["headcount_slope"])
    return {
        "verdict": _VERDICTS[d["verdict"]],
        "words": basis["words"],
        "missing": basis["missing"][1:],
        "people_from": basis["headcount_source"],
        "picture_change": Markup(change),  # noqa: S704
        "picture_people": Markup(people),  # noqa: S704
        "handoffs": [{**h, "word": _STATES[h["state"]]} for h in d["handoffs"]],
        "workflows": _workflows(d),
        "next": _next(d["next"], currency),
        "changed": _changed(told["changed"]),
        "brought": [_brought(one, currency) for one in told["brought"]],
        "removed": told["removed_handoffs"],
        "pitfalls": d["pitfalls"],
        "cycle": "No cycle's test holds yet."
        if cycle["number"] is None
        else f"Cycle {cycle['number']}: {cycle['title']}.",
    }


_MEASURED = {
    "fewer_false": "clearly fewer false alarms",
    "more_false": "clearly more false alarms",
    "fell": "comes less often, clearly",
    "rose": "comes more often, clearly",
    "cannot_tell": "cannot tell yet",
}


def _brought(one: dict[str, Any], currency: str) -> str:
    """What a decision brought, with its range where it has one."""
    told = one["measured"]
    verdict = str(told.get("verdict", ""))
    words = f"{one['kind']}, {one['about']}, after {one['after_days']} days: {_MEASURED.get(verdict, verdict)}"
    saved, share = told.get("dollars_saved_a_year"), told.get("false_share_change")
    if saved:
        ends = f"{show_money(saved['p10'], currency)} to {show_money(saved['p90'], currency)}"
        words += f", {show_money(saved['mean'], currency)} of sales a year ({ends})"
    elif share:
        ends = " to ".join(f"{share[end] * 100:+.0f}".replace("-", "−") for end in ("p10", "p90"))
        words += f", share of false ones {ends} points"
    return words


def _categories(f: dict[str, Any], currency: str) -> list[dict[str, str]]:
    rows = f.get("categories", []) if f["value"] is not None else []
    return [
        {"name": r["category"], "value": f"{show_money(r['per_day'], currency)} a day", "n": f"{r['n']:,}"}
        for r in rows[:MOST_LINES]
    ]


def _friction(f: dict[str, Any]) -> dict[str, str]:
    hours, share = f["elapsed_hours"], f["work_share"]
    return {
        "workflow": f["workflow"],
        "elapsed": "–" if hours is None else f"{'> ' if f['elapsed_at_least'] else ''}{hours:.0f} h",
        "work": "–" if share is None else f"{share:.0%}",
        "handoffs": f"{f['handoffs']:.1f}",
    }


def _figure(f: dict[str, Any], currency: str) -> dict[str, Any]:
    from ..cli.metrics import show

    base = {"title": f["title"], "months": f["months"], "change": f["change"]["words"] if f["change"] else ""}
    if f["value"] is None:
        parts = [f"{p['channel']} {show(p['value'], f, currency)}" for p in f.get("channels", [])]
        because = ", ".join(parts) if parts else f"cannot tell: {f['because']}"
        return {**base, "value": "–", "range": because, "note": "" if parts else f"It can be told {f['would_be']}."}
    ends = ""
    if f["low"] is not None:
        high = "no end yet" if f["high"] is None else show(f["high"], f, currency)
        ends = f"{show(f['low'], f, currency)} to {high}"
    value = ("> " if f["at_least"] else "") + show(f["value"], f, currency)
    return {**base, "value": value, "range": ends, "note": f"{f['n']:,} {f['counted']}. {f['may_not']}"}


def _workflows(d: dict[str, Any]) -> list[dict[str, str]]:
    rub = {f["workflow"]: _friction(f) for f in d["friction"]}
    none = dict.fromkeys(("elapsed", "work", "handoffs"), "–")
    rows = []
    for m in d["workflows"]:
        level = f"{m['level']} {m['title']}" + (f", set by {m['override']['by']}" if m["override"] else "")
        rows.append({**none, **rub.get(m["workflow"], {}), "workflow": m["workflow"], "level": level})
    return rows


def _next(step: dict[str, Any] | None, currency: str) -> dict[str, str] | None:
    if step is None:
        return None
    freed = step["frees"]
    words = ""
    if freed:
        money = freed["dollars_a_month"]
        words = (
            f"Played on this queue, {freed['words']} frees {show_money(money['mean'], currency)} a month "
            f"({show_money(money['p10'], currency)} to {show_money(money['p90'], currency)}, 8 in 10)."
        )
    return {"what": step["what"], "why": step["why"], "frees": words}


def _changed(rows: list[dict[str, Any]]) -> list[str]:
    shown = [f"{r['day']}: {r['kind']}" + (f", {r['about']}" if r["about"] else "") for r in rows[:MOST_LINES]]
    return shown if len(rows) <= MOST_LINES else [*shown, f"and {len(rows) - MOST_LINES} more"]
