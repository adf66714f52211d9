"""`why` and `whynot`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .context import answer, console, options, workspace
from .queue import PROMISES

if TYPE_CHECKING:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table


def why(issue: int, /, *, rule: str | None = None) -> int:
    """Why an issue ranks where it does, in parts that multiply, and what was seen.

    Parameters
    ----------
    issue
        Number of the issue.
    rule
        Break down another ranking rule's score.
    """
    from ..answers import why_answer

    found = why_answer(workspace(), issue, rule)
    if options().json:
        answer(found)
    else:
        show_why(found)
    return 0


def whynot(sku: str, /, *, channel: str | None = None) -> int:
    """Why a listing is not in the queue: healthy, below floor, not meant to sell, or blind; with numbers.

    Parameters
    ----------
    sku
        Our SKU.
    channel
        Its channel, where the SKU is sold on several.
    """
    from ..answers import whynot_answer

    found = whynot_answer(workspace(), sku, channel)
    if options().json:
        answer(found)
        return 0
    out = console()
    for one in found["listings"]:
        out.print(f"{one['sku']} on {one['channel']}: {one['sentence']}", markup=False)
        for check in one["checks"]:
            out.print(f"  {check['result']:<12} {check['name']}: {check['words']}", markup=False)
    return 0


def show_why(found: dict[str, Any]) -> None:
    """The breakdown as a person reads it."""
    from rich.table import Table
    from rich.text import Text

    out = console()
    out.print(f"Issue {found['id']}: {found['sentence']}", markup=False)
    out.print(found["where"], markup=False)
    out.print("")
    out.print(f"Why this rank: {found['rule']} = {found['score']:,.6g}", markup=False)
    table = Table(box=None, pad_edge=False, show_header=False)
    for justify in ("left", "right", "left", "left"):
        table.add_column(justify=justify)
    for i, part in enumerate(found["parts"]):
        table.add_row(
            ("× " if i else "  ") + part["name"],
            f"{part['value']:,.6g}",
            part["unit"],
            Text(part["source"], style="dim"),
        )
    out.print(table)
    out.print("")
    out.print("The money behind it:")
    for line in found["money"]:
        out.print(_indented(line))
    out.print("")
    out.print("Why am I seeing this?")
    out.print(_indented(found["explanation"]))
    if found["threshold"]:
        t = found["threshold"]
        where = ", ".join(f"{name} {value}" for name, value in t["segment"].items())
        source = t["source"] + (f" for {where}" if where else "")
        value = _measure(t["value"], t["unit"])
        out.print(_indented(f"Cut line {t['name']}: fires {t['fires']} {value} ({source}): {t['why']}."))
    for item in found["evidence"]:
        out.print(_indented(f"{item['name']}: {item['value']}"))
    notes = [f"{note['at']}, {note['by']}: {note['note']}" for note in found["notes"]]
    decided = ("What was decided about it:", found["decided"])
    for title, lines in (("Where it stands:", desk_lines(found)), decided, ("Notes:", notes)):
        if lines:
            out.print("")
            out.print(title)
        for line in lines:
            out.print(_indented(line))
    if found["inhibits"]:
        out.print(f"It inhibits {', '.join(str(i) for i in found['inhibits'])}: worked together.")
    _what_to_do(out, found)


def _what_to_do(out: Console, found: dict[str, Any]) -> None:
    """The playbook, and the commands that begin and end the work."""
    out.print("")
    out.print(f"What to do ({found['minutes']:.0f} minutes expected):")
    if found["screen"]:
        out.print(f"  Where: {found['screen']}", markup=False)
    for line in found["playbook"]:
        _page_line(out, line)
    out.print("")
    hint = found["suggested_cause"]
    cause = hint["root_cause"] if hint else "CAUSE"
    close = f"opswheel close {found['id']} --resolution fixed --root-cause {cause} --minutes N"
    out.print(f"Next: opswheel claim {found['id']}, then {close}", markup=False)
    causes = ", ".join(found["root_causes"])
    if hint:
        out.print(_hanging(f"{cause}:", f"suggested by {hint['because']}"))
    out.print(_hanging("or another cause:" if hint else "CAUSE is one of", causes))


def desk_lines(found: dict[str, Any]) -> list[str]:
    """Promises, claim, acknowledgement, snooze, pin, wait, incident and cases of an issue, a sentence each."""
    desk, lines = found["desk"], []
    if desk["sla_due"]:
        late = ", overdue" if desk["breached"] else ""
        lines.append(f"{PROMISES[desk['sla_what']].capitalize()} due {desk['sla_due']}{late}.")
    if desk["escalation"]:
        lines.append(f"Escalated {desk['escalation']} {'time' if desk['escalation'] == 1 else 'times'}.")
    if desk["claimed_at"]:
        lines.append(f"Claimed {desk['claimed_at']}.")
    if desk["acknowledged"]:
        lines.append(f"Acknowledged by {desk['acknowledged']['by']}; that holds until {desk['acknowledged']['until']}.")
    if desk["waiting_on"]:
        lines.append(f"Waits on {desk['waiting_on']}; its clock stands still.")
    if desk["waited_minutes"]:
        lines.append(f"Waited {desk['waited_minutes'] / 60:.1f} staffed hours on others in all.")
    if aside := desk["snoozed"]:
        lines.append(
            f"Put aside by {aside['by']} until {aside['until']} at the latest: {aside['why']}; "
            f"{aside['lost_since']:,.2f} expected to be lost since."
        )
    if pin := desk["pinned"]:
        lines.append(f"Pinned by {pin['by']} until {pin['until']}: {pin['why']}.")
    if found["incident"]:
        many = f": this row stands for {found['incident_issues']} issues" if found["incident_issues"] else ""
        lines.append(f"Incident {found['incident']}{many}.")
    for case in desk["cases"]:
        turn = {"us": "our move", "them": "the marketplace's move", None: "closed"}[case["whose_move"]]
        lines.append(
            f"Case {case['external_id'] or case['id']}: {turn}, {case['days_still']:.0f} days without movement."
        )
    return lines


def _page_line(out: Console, line: str) -> None:
    """A line of a playbook: headings stand out, steps hang under their number, and stars are no words."""
    from rich.text import Text

    words = line.replace("*", "").replace("`", "")
    number, dot, rest = words.partition(". ")
    if words.startswith("#"):
        out.print(Text("  " + words.lstrip("# ") + ":", style="bold"))
    elif dot and number.isdigit():
        out.print(_hanging(f"  {number}.", rest))
    elif words.startswith("- "):
        out.print(_hanging("  -", words[2:]))
    else:
        out.print(_hanging("   ", words))


def _hanging(start: str, words: str) -> Table:
    """`words` wrapped beside `start`, never under it."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_row(Text(start), Text(words))
    return table


def _indented(line: str) -> Padding:
    """A line under a heading, its wrapped part no further left than its beginning."""
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(line.strip()), (0, 0, 0, 2 + len(line) - len(line.lstrip())), expand=False)


def _measure(value: float, unit: str) -> str:
    """A cut line's value with its unit as a person says it."""
    if unit.startswith("share points"):
        return f"{value * 100:g} share points"
    if unit.startswith("share"):
        return f"{value:.0%}{unit.removeprefix('share').removeprefix(' (0…1)')}"
    if value == 1:
        unit = unit.replace("dollars", "dollar") if "dollars" in unit else unit.removesuffix("s")
    return f"{value:g} {unit}"
