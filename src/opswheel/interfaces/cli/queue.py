"""`queue`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ...core.money import show_money
from .context import answer, console, options, workspace
from .days import parse_as_of

if TYPE_CHECKING:
    from rich.table import Table

PROMISES = {"acknowledge": "acknowledge", "first_action": "first action", "fix": "fix", "loss": "loss budget"}


def queue(  # noqa: PLR0913
    *,
    lane: str | None = None,
    owner: str | None = None,
    kind: str | None = None,
    account: str | None = None,
    channel: str | None = None,
    tier: int | None = None,
    state: str | None = None,
    limit: int = 25,
    rule: str | None = None,
    as_of: str | None = None,
    flat: Annotated[bool, Parameter(negative=())] = False,
    breached: Annotated[bool, Parameter(negative=())] = False,
    unowned: Annotated[bool, Parameter(negative=())] = False,
    snoozed: Annotated[bool, Parameter(negative=())] = False,
    incident: int | None = None,
) -> int:
    """The ranked queue, now or on any past morning.

    Parameters
    ----------
    lane
        stop_selling, deadlines, queue, verify, watch or opportunities.
    owner
        One person's issues.
    kind
        One kind of issue.
    account
        One seller account.
    channel
        One channel, such as amazon:US.
    tier
        1, 2 or 3.
    state
        One state; without it, issues that are worked.
    limit
        How many to show.
    rule
        Order by another ranking rule: revenue_at_risk, value_per_hour, exposure_per_hour.
    as_of
        A past morning, as it was recorded.
    flat
        In the order of the score, without lanes.
    breached
        Only issues with a broken promise.
    unowned
        Only issues nobody is responsible for.
    snoozed
        Only issues that were put aside.
    incident
        The issues of an incident, which elsewhere one row stands for.
    """
    from ...resolution.queue import Wanted
    from ..answers import queue_answer

    here = workspace()
    if flat and rule is None:
        rule = here.settings.ranking.rule
    wanted = Wanted(
        lane, owner, kind, account, channel, tier, state, limit, rule, 0, breached, snoozed, incident, unowned=unowned
    )
    found = queue_answer(here, wanted, parse_as_of(as_of))
    if options().json:
        answer(found)
    else:
        whole = not any((lane, owner, kind, account, channel, tier, state, breached, unowned, snoozed, incident))
        show(found, flat=flat or rule is not None, whole=whole)
    return 0


def show(found: dict[str, Any], *, flat: bool, whole: bool = True) -> None:
    """The queue as a table, lane by lane; of the whole queue also its cut line and what is held back."""
    from .run import held_words, show_blind

    out = console()
    if found["as_of"] is None:
        out.print("No run yet. Load reports, then: opswheel run")
        return
    show_blind(out, found["blind"])
    out.print(f"Queue of {found['as_of']}; {found['match']}.", markup=False)
    for line in desk_words(found):
        out.print(line, markup=False)
    if not found["issues"]:
        out.print(
            "No issue matches." if found["blind"] else "Nothing here: no issue is open, or none matches the filter."
        )
        return
    out.print(_table(found, flat=flat))
    if not flat and whole:
        out.print(cut_words(found["cut_line"]), markup=False)
    if found["total"] > len(found["issues"]):
        out.print(f"{len(found['issues'])} of {found['total']:,}{'+' if found['more'] else ''} issues; more: --limit N")
    for held in found["withheld"] if whole else ():
        out.print(held_words(held, found["currency"]))
    out.print(f"Ranked by {found['rule']}; opswheel why N shows the parts that multiply to the score.")
    first = next((r for r in found["issues"] if r["rank"] is not None), None)
    if first:
        out.print(f"Next: opswheel why {first['id']}")


def desk_words(found: dict[str, Any]) -> list[str]:
    """What a lead must know before the first row: issues nobody owns, and what was put aside."""
    lines = []
    if n := found["unowned"]:
        whose = "1 issue has no owner" if n == 1 else f"{n:,} issues have no owner"
        lines.append(f"Alarm: {whose}: no route matches. See: opswheel routes")
    aside = found["snoozed"]
    if aside and aside["n"]:
        what = "1 issue is" if aside["n"] == 1 else f"{aside['n']:,} issues are"
        a_day, so_far = (show_money(aside[k], found["currency"]) for k in ("exposure_per_day", "lost_since"))
        lines.append(f"{what} put aside, losing {a_day} a day, {so_far} since. See: opswheel queue --snoozed")
    return lines


def _table(found: dict[str, Any], *, flat: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    for name in ("#", "issue", "can save", "8 in 10 within", "a day"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("what is wrong", overflow="fold", ratio=2)
    table.add_column("listing", overflow="fold", ratio=1)
    table.add_column("owner", no_wrap=True)

    from ...core.detector import LANE_TITLES

    def line(words: str, style: str) -> None:
        table.add_row("", "", "", "", "", Text(words, style=style), "", "")

    lane, done, cut = None, 0, found["cut_line"]
    for row in found["issues"]:
        pinned = bool(row["pinned"])
        if pinned and lane is None:
            line("Pinned", "bold")
        if not flat and not pinned and row["lane"] != lane:
            lane = row["lane"]
            line(LANE_TITLES.get(lane, lane), "bold")
        table.add_row(*(Text(cell) for cell in _cells(row)))
        done += row["lane"] in ("stop_selling", "deadlines", "queue") and row["inhibited_by"] is None
        if not flat and done == cut["issues"] < cut["of"] and row["inhibited_by"] is None:
            line("- - - today's staffed time ends here - - -", "dim")
            done += 1
    return table


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    can, a_day = row["avoidable"], row["exposure_per_day"]
    money = can["currency"]
    what = ("└ " if row["inhibited_by"] is not None else "") + row["sentence"]
    if row["why_lane"] and row["lane"] in ("verify", "watch"):
        what += f" ({row['why_lane']})"
    if row["repeat_of"]:
        what += f" ↻ repeats {row['repeat_of']}"
    what += "".join(f" [{mark}]" for mark in _marks(row))
    listing = row["sku"] or (f"{row['members']} listings" if row["members"] > 1 else "all")
    tier = f" · T{row['tier']}" if row["tier"] else ""
    return (
        "" if row["rank"] is None else str(row["rank"]),
        str(row["id"]),
        show_money(can["mean"], money),
        f"{show_money(can['p10'], money)} – {show_money(can['p90'], money)}",
        show_money(a_day["mean"], money),
        what,
        f"{listing} · {row['channel']}{tier}",
        row["owner"] or "–",
    )


def _marks(row: dict[str, Any]) -> list[str]:
    """What else a row has to say: its incident, a broken promise, a pin, a snooze, whom it waits on."""
    marks = []
    if row["incident_issues"]:
        marks.append(f"incident {row['incident']}: {row['incident_issues']} issues")
    if row["breached"]:
        marks.append(f"overdue: {PROMISES[row['sla_what']]}")
    if row["pinned"]:
        marks.append(f"pinned by {row['pinned']['by']}: {row['pinned']['why']}")
    if row["snoozed"]:
        lost = show_money(row["snoozed"]["lost_since"], row["avoidable"]["currency"])
        marks.append(f"aside until {row['snoozed']['until'][:16]}: {row['snoozed']['why']}; {lost} lost since")
    if row["waiting_on"]:
        marks.append(f"waits on {row['waiting_on']}")
    return marks


def cut_words(cut: dict[str, Any]) -> str:
    """The cut line in a sentence."""
    if cut["of"] == 0:
        return "Nothing to work on today."
    if cut["closes_per_day"] is not None:
        start = f"This team closes about {cut['closes_per_day']:.0f} a day"
    else:
        hours = cut["minutes_per_day"] / 60
        start = (
            f"{cut['issues']} of {cut['of']} issues fitted into {hours:.0f} staffed hours at that run (assumed minutes)"
        )
    return f"{start}; the first {cut['issues']} hold {cut['share']:.0%} of what can be saved."
