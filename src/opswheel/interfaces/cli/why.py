"""`why` and `whynot`."""

from __future__ import annotations

from typing import Any

from .context import answer, console, options, workspace


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
        out.print(f"  {line}", markup=False)
    out.print("")
    out.print("Why am I seeing this?")
    out.print(f"  {found['explanation']}", markup=False)
    if found["threshold"]:
        t = found["threshold"]
        out.print(
            f"  Cut line {t['name']}: fires {t['fires']} {t['value']:g} {t['unit']} ({t['source']}): {t['why']}.",
            markup=False,
        )
    for item in found["evidence"]:
        out.print(f"  {item['name']}: {item['value']}", markup=False)
    if found["inhibits"]:
        out.print(f"It inhibits {', '.join(str(i) for i in found['inhibits'])}: worked together.")
    out.print("")
    out.print(f"What to do ({found['minutes']:.0f} minutes expected):")
    for line in found["playbook"]:
        out.print(f"  {line}", markup=False)
    out.print("")
    out.print(
        f"Next: opswheel claim {found['id']}, then opswheel close {found['id']} --resolution fixed --root-cause "
        f"{found['root_causes'][0]} --minutes N",
        markup=False,
    )
