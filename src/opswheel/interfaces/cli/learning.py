"""`learning`: what closes have taught."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from ...core.errors import WrongUse
from ...core.money import show_money
from .context import answer, console, options, workspace


def learning(  # noqa: PLR0913
    *,
    look: Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())] = None,
    said: str | None = None,
    add_cause: str | None = None,
    words: str = "",
    merge: str | None = None,
    into: str | None = None,
    lineage: int | None = None,
    why: str = "",
    by: str | None = None,
) -> int:
    """What repeats, whether claims held, what no rule saw, and what waits for a look.

    Parameters
    ----------
    look
        KIND SUBJECT: answer a look, with --said.
    said
        right, wrong or cannot_tell.
    add_cause
        A root cause of your own that closes may name, with --words.
    words
        What it means.
    merge
        A root cause that is the same as another, with --into.
    into
        The one that counts.
    lineage
        A decision about a cause: back to its signals, forward to what it saved.
    why
        Why the alarm was right or wrong.
    by
        Who says so; you, if not given.
    """
    from ..answers import learning as answers
    from ..answers.decisions import lineage_answer

    here = workspace()
    if sum(v is not None for v in (look, add_cause, merge, lineage)) > 1:
        raise WrongUse("One thing at a time.", "Say one of --look, --add-cause, --merge and --lineage.")
    if lineage is not None:
        found = lineage_answer(here, lineage)
    elif look is not None:
        if len(look) != 2 or said is None:
            raise WrongUse("What was looked at, and was it right?", "--look KIND SUBJECT --said right.")
        found = answers.answer_look(here, look[0], look[1], said, by=by, why=why)
    elif add_cause is not None:
        found = answers.add_cause(here, add_cause, words, by=by)
    elif merge is not None:
        if into is None:
            raise WrongUse("Into which cause?", "Say --into and the one that counts.")
        found = answers.merge_causes(here, merge, into, by=by)
    else:
        found = answers.learning_answer(here)
    if options().json:
        answer(found)
    elif lineage is not None:
        _show_lineage(found)
    else:
        _show(found)
    return 0


def _show(found: dict[str, Any]) -> None:
    out, currency = console(), found["currency"]
    out.print("What comes again, the dearest first:")
    for r in found["repeats"][:10]:
        where = "" if r["dimension"] == "all" else f", {r['dimension']} {r['value']}"
        out.print(
            f"  {r['root_cause']} ({r['kind']}{where}): {r['recurrences']} times in {r['at_risk_days']:.0f} days, "
            f"{show_money(r['dollars_a_year'], currency)} and {r['hours_a_year']:.0f} hours a year",
            markup=False,
        )
    if not found["repeats"]:
        out.print("  nothing yet: it takes two closes with the same cause.")
    for g in found["grades"]:
        out.print(
            f"Claims of {g['kind']}: {g['held']} of {g['graded']} held, {g['too_high']} too high, "
            f"{g['too_low']} too low; {g['cannot_tell']} cannot be told",
            markup=False,
        )
    lost = found["missed"]
    if lost["listings"]:
        out.print(
            f"No issue explains {show_money(lost['lost'], currency)} of lost sales on {lost['listings']} listings.",
            markup=False,
        )
        for m in lost["dearest"][:5]:
            out.print(
                f"  {m['channel']} {m['sku']}: {m['units']:.0f} sold of {m['expected_units']:.0f} since "
                f"{m['from_day']}, {show_money(m['lost'], currency)}",
                markup=False,
            )
    for pair in found["alike"]:
        out.print(
            f"May be one cause: {pair['cause']} and {pair['like']}. If so: "
            f"opswheel learning --merge {pair['cause']} --into {pair['like']}",
            markup=False,
        )
    for look in found["looks"]:
        out.print(
            f"Below the cut, please look: {look['kind']} {look['subject_key']}. Then: opswheel learning --look "
            f"{look['kind']} '{look['subject_key']}' --said right",
            markup=False,
        )


def _show_lineage(found: dict[str, Any]) -> None:
    out, rule = console(), found["rule"]
    out.print(f"{rule['root_cause']} behind {rule['kind']}, decided {found['planned_at']}", markup=False)
    for name in ("before", "after"):
        rows = found[name]
        out.print(f"  {name}: {len(rows)} issues" + (f", the last {rows[-1]['issue']}" if rows else ""), markup=False)
    out.print(f"  removed: {found['done_at'] or 'not yet'}", markup=False)
    if found["saved"]:
        out.print(f"  measured (observational): {found['saved'].get('verdict')}", markup=False)
