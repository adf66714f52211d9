"""`proposals`, `decide`, `thresholds`, `rollback`: the weekly decision."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from ...core.errors import WrongUse
from .context import answer, console, options, workspace

Flag = Annotated[bool, Parameter(negative=())]


def proposals(*, decided: Flag = False, all_: Annotated[bool, Parameter(name="--all", negative=())] = False) -> int:
    """What the wheel proposes this week, the one to decide first on top, and what it refused to propose and why.

    Parameters
    ----------
    decided
        What was decided instead, with what it was to bring and what it brought.
    all_
        Proposals of earlier weeks as well.
    """
    from ..answers.decisions import decisions_answer, proposals_answer

    here = workspace()
    found = proposals_answer(here, everything=all_)
    if decided:
        found |= decisions_answer(here)
    if options().json:
        answer(found)
    elif decided:
        _show_decisions(found["decisions"])
    else:
        _show(found)
    return 0


def decide(  # noqa: PLR0913
    number: int,
    /,
    *,
    accept: Flag = False,
    reject: Flag = False,
    edit: Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())] = None,
    removed: Flag = False,
    why: str = "",
    by: str | None = None,
) -> int:
    """Decide on a proposal; the next run goes by it. With --removed: the cause of a decision is gone.

    Parameters
    ----------
    number
        The proposal; with --removed the decision.
    accept
        Put it into force as proposed.
    reject
        Leave things as they are.
    edit
        Put it into force otherwise, such as min_drop=0.12, owner=ines or alone_up_to=0.03.
    removed
        The cause was removed today: from now on what it brings is measured.
    why
        The reason, for whoever judges the decision in 90 days.
    by
        Who decides; you, if not given.
    """
    from ..answers.decisions import decide as decided
    from ..answers.decisions import removed as was_removed

    if sum((accept, reject, bool(edit), removed)) != 1:
        raise WrongUse("Accept it, reject it, or edit it?", "Say one of --accept, --reject, --edit and --removed.")
    here = workspace()
    if removed:
        found = was_removed(here, number)
    else:
        verdict = "reject" if reject else "accept"
        found = decided(here, number, verdict, why=why, by=by, edit=_edits(edit) if edit else None)
    return _told(found)


def rollback(number: int, /, *, why: str = "", by: str | None = None) -> int:
    """Undo a decision: things are as before it from the next run on.

    Parameters
    ----------
    number
        The decision.
    why
        The reason.
    by
        Who says so; you, if not given.
    """
    from ..answers.decisions import rollback as undo

    return _told(undo(workspace(), number, why=why, by=by))


def thresholds(line: str | None = None, value: float | None = None, /, *, why: str = "", by: str | None = None) -> int:
    """Every cut line in force: its value, the rule's own, and who set it. With a value: move one, as a decision.

    Parameters
    ----------
    line
        The cut line to move, such as out_of_stock.min_loss_per_day, or with @tier=1 where tiers differ.
    value
        Its new value, within the bounds of `[decisions]`; the next run goes by it, and `rollback` undoes it.
    why
        The reason, for whoever judges it later.
    by
        Who; you, if not given.
    """
    from ..answers.decisions import set_cut, thresholds_answer

    if line is not None:
        if value is None:
            raise WrongUse(f"{line} shall be what?", f"Say its value: opswheel thresholds {line} VALUE --why WORDS.")
        return _told(set_cut(workspace(), line, value, why=why, by=by))
    found = thresholds_answer(workspace())
    if options().json:
        answer(found)
        return 0
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("cut line", "segment", "fires", "value", "rule's own", "set by"):
        table.add_column(name)
    for t in found["thresholds"]:
        segment = ", ".join(f"{k} {v}" for k, v in t["segment"].items()) or "all"
        own = "–" if t["default"] is None else f"{t['default']:g}"
        by = t["source"] + (f", {t['since']}" if t["since"] else "")
        cells = (f"{t['kind']}.{t['name']}", segment, t["fires"], f"{t['value']:g} {t['unit']}".strip(), own, by)
        table.add_row(*(Text(c) for c in cells))
    console().print(table)
    return 0


def _edits(words: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name or not value:
            raise WrongUse(f"{word!r} says no new value.", "Write it as name=value: --edit min_drop=0.12.")
        try:
            found[name] = float(value)
        except ValueError:
            found[name] = value
    return found


def _told(found: dict[str, Any]) -> int:
    if options().json:
        answer(found)
        return 0
    out = console()
    words = {"rolled_back": "undone", "automatic": "accepted"}.get(found["verdict"], found["verdict"])
    out.print(f"Decision {found['id']}: {found['kind']} {found['subject']} {words}.", markup=False)
    if found["verdict"] != "rejected" and found["kind"] == "threshold":
        for name, value in found["to"]["cuts"].items():
            before = found["from"]["cuts"].get(name)
            if before != value:
                out.print(f"  {name}: {before:g} → {value:g} from the next run on", markup=False)
    if found["done_at"]:
        out.print(f"  removed on {found['done_at']}; its effect is measured from there", markup=False)
    if found["verdict"] in ("accepted", "edited"):
        out.print(f'Undo it with: opswheel rollback {found["id"]} --why "…"', markup=False)
    return 0


def _show(found: dict[str, Any]) -> None:
    out = console()
    if not found["proposals"]:
        out.print("Nothing is proposed this week.")
    for place, one in enumerate(found["proposals"]):
        mark = "Decide this one first" if place == 0 else one["status"].capitalize()
        out.print(f"{one['id']}  {one['kind']} {one['subject']}  ({mark})", markup=False)
        out.print(f"    {one['why']}", markup=False)
    if found["proposals"]:
        first = found["proposals"][0]["id"]
        out.print(f'Next: opswheel decide {first} --accept --why "…"', markup=False)
    reasons: dict[str, list[str]] = {}
    for one in found["refused"]:
        reasons.setdefault(one["why"], []).append(one["subject"])
    if reasons:
        out.print("Looked at and not proposed:")
    for why, subjects in reasons.items():
        out.print(f"  {', '.join(subjects)}: {why}.", markup=False)
    for one in found["review"]:
        out.print(f"Review the rule {one['kind']}: {one['why']}.", markup=False)


def _show_decisions(rows: list[dict[str, Any]]) -> None:
    out = console()
    if not rows:
        out.print("Nothing was decided yet.")
    for one in rows:
        what = f"{one['kind']} {one['subject']}: {one['verdict']} by {one['by']}"
        out.print(f"{one['id']}  {one['at']}  {what}", markup=False)
        out.print(f"    {one['why']}", markup=False)
        if one["measured"]:
            why = one["measured"].get("why")
            told = f"{one['measured'].get('verdict')}" + (f", {why}" if why else "")
            out.print(f"    measured (observational): {told}", markup=False)
        if one.get("breaks"):
            out.print(f"    {breaks_words(one['breaks'])}", markup=False)


def breaks_words(breaks: dict[str, Any]) -> str:
    """How many listings break a catalog rule today, and which."""
    n, first = breaks["listings"], [b["sku"] for b in breaks["first"]]
    if not n:
        return "no listing is known to break it as of the last run"
    more = f" and {n - len(first):,} more" if n > len(first) else ""
    return f"{n:,} listing{'s break' if n > 1 else ' breaks'} it as of the last run: {', '.join(first)}{more}"
