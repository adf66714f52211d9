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


def write_report(workspace: Workspace, month: date, path: Path) -> dict[str, Any]:
    """Write the sheet of a month; raises WrongUse where the file cannot be written or a PDF has no browser."""
    from ..answers.performance import month_answer

    if path.suffix.lower() not in (".html", ".htm", ".pdf"):
        raise WrongUse(f"{path} is neither HTML nor PDF.", "Name it with .html, or with .pdf where Chromium is.")
    browser = _browser() if path.suffix.lower() == ".pdf" else None
    told = month_answer(workspace, month)
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
    diagnosis = told["diagnosis"]
    return {
        "path": str(path),
        "month": told["month"],
        "verdict": diagnosis["verdict"],
        "words": diagnosis["basis"]["words"],
    }


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
    d, m = told["diagnosis"], told["metrics"]
    basis, currency = d["basis"], m["currency"]
    six = [_figure(m[name], currency) for name in HEALTH]
    for one in six:
        one["picture"] = Markup(pictures.sparkline(one.pop("months"), one["title"]))  # noqa: S704  our own drawing
    change = pictures.change_in_a_year(basis["revenue_per_operator"], basis["repeat_rate"])
    people = pictures.people_against_catalog(basis["points"], basis["headcount_slope"])
    cycle = d["cycle"]
    return template.render(
        title=f"{told['workspace']}, {told['month']}",
        workspace=told["workspace"],
        month_words=date.fromisoformat(f"{told['month']}-01").strftime("%B %Y"),
        over=told["over"],
        until=told["until"],
        verdict=_VERDICTS[d["verdict"]],
        words=basis["words"],
        missing=basis["missing"][1:],
        picture_change=Markup(change),  # noqa: S704
        picture_people=Markup(people),  # noqa: S704
        six=six,
        outcomes=[_figure(m[name], currency) for name in OUTCOMES],
        handoffs=[{**h, "word": _STATES[h["state"]]} for h in d["handoffs"]],
        workflows=_workflows(d),
        next=_next(d["next"], currency),
        changed=_changed(told["changed"]),
        removed=told["removed_handoffs"],
        pitfalls=d["pitfalls"],
        cycle="No cycle's test holds yet."
        if cycle["number"] is None
        else f"Cycle {cycle['number']}: {cycle['title']}.",
    )


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
    rub = {f["workflow"]: f for f in d["friction"]}
    rows = []
    for m in d["workflows"]:
        f = rub.get(m["workflow"])
        hours, share = (f["elapsed_hours"], f["work_share"]) if f else (None, None)
        more = "> " if f and f["elapsed_at_least"] else ""
        rows.append(
            {
                "workflow": m["workflow"],
                "level": f"{m['level']} {m['title']}" + (f", set by {m['override']['by']}" if m["override"] else ""),
                "elapsed": "–" if hours is None else f"{more}{hours:.0f} h",
                "work": "–" if share is None else f"{share:.0%}",
                "handoffs": "–" if f is None else f"{f['handoffs']:.1f}",
            }
        )
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
