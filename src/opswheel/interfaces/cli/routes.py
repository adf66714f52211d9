"""`routes`: who owns what, who is away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ...core.errors import WrongUse
from .context import answer, console, options, workspace
from .days import parse_day

MOST_BYTES = 5_000_000
"""The largest list of routes or cases that is read."""


def routes(  # noqa: PLR0913
    *,
    load: Path | None = None,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    away: str | None = None,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    back: str | None = None,
    by: str | None = None,
) -> int:
    """Who owns what: the first route that matches names one person. Changing it moves open issues nobody claimed.

    Parameters
    ----------
    load
        A CSV with the columns owner, backup, kind, account, channel, brand, category, tier, capacity.
    output
        Write the routes in force as such a CSV.
    away
        Somebody is away, --from one day --to another.
    from_
        First day away; today, if not given.
    to
        Last day away.
    back
        Somebody is there again from today on.
    by
        Who says so; you, if not given.
    """
    from ..answers.routes import load_routes, routes_answer, routes_csv, set_away

    here = workspace()
    if sum(v is not None for v in (load, output, away, back)) > 1:
        raise WrongUse("One thing at a time.", "Say one of --load, --output, --away and --back.")
    if load is not None:
        found = load_routes(here, read_text(load), by)
    elif away is not None:
        first = parse_day(from_, "--from") or here.desk.calendar.day(here.clock.now())
        last = parse_day(to, "--to")
        if last is None:
            raise WrongUse("Until when are they away?", "Say --to and the last day, such as 2026-12-31.")
        found = set_away(here, away, (first, last), by)
    elif back is not None:
        found = set_away(here, back, None, by)
    else:
        found = routes_answer(here)
    if output is not None:
        output.write_text(routes_csv(here), encoding="utf-8")
        found["path"] = str(output)
    if options().json:
        answer(found)
    else:
        _show(found)
    return 0


def read_text(path: Path) -> str:
    """A small text file a person wrote; raises WrongUse where it cannot be read."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise WrongUse(f"{path} is too large for a list ({path.stat().st_size:,} bytes).", "Is it the right file?")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as wrong:
        reason = "is no UTF-8 text" if isinstance(wrong, UnicodeDecodeError) else "cannot be read"
        raise WrongUse(f"{path} {reason}.", "Name the CSV file you saved.") from wrong


def _show(found: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    if not found["routes"]:
        out.print(
            "No route yet: every issue is without an owner. Write routes.csv, then: opswheel routes --load routes.csv"
        )
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("#", "asks for", "owner", "stands in", "holds", "from"):
        table.add_column(name)
    for r in found["routes"]:
        owner = r["owner"] + (f" (away until {r['away_until']})" if r["away_until"] else "")
        holds = f"{r['holds']}" + (f" of {r['capacity']}" if r["capacity"] else "")
        cells = (str(r["position"]), r["asks_for"], owner, ", ".join(r["backup"]) or "–", holds, r["source"])
        table.add_row(*(Text(cell) for cell in cells))
    out.print(table)
    for one in found["away"]:
        out.print(f"Away: {one['person']}, {one['from']} to {one['to']}.", markup=False)
    if found["unowned"]:
        out.print(f"Alarm: {found['unowned']:,} open issues have no owner: no route matches them.")
    for one in found["review"]:
        whose = f" of {one['owner']}" if one["owner"] else " without an owner"
        out.print(
            f"Look at the route: {one['kind']}{whose} was escalated {one['escalations']} times in {one['days']} days.",
            markup=False,
        )
    for move in found["moved"][:20]:
        out.print(f"Issue {move['id']}: {move['from'] or 'nobody'} → {move['to'] or 'nobody'}", markup=False)
    if len(found["moved"]) > 20:
        out.print(f"… and {len(found['moved']) - 20:,} more issues moved")
    if "path" in found:
        out.print(f"Wrote {found['path']}. Edit it, then: opswheel routes --load {found['path']}", markup=False)
