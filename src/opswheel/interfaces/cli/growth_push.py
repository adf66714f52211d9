"""`growth leverage`, `growth push` and `growth experiment`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .context import answer, console, options
from .growth_asked import USUAL, WheelOptions, open_workspace, rests_on, say

MOST_WEEKS = 260


def leverage(*, costs: Path, about: WheelOptions = USUAL) -> int:
    """Pushes ranked by what they bring per unit of cost.

    Parameters
    ----------
    costs
        A CSV of pushes: driver, change (such as +10%), cost over 26 weeks, and a name if you like.
    about
        Which wheel, on which data.
    """
    from ..answers.growth import leverage_answer

    found = leverage_answer(open_workspace, about.asked(), costs)
    if options().json:
        answer(found)
        return 0
    say(rests_on(found))
    console().print("")
    say([found["sentence"]["words"]])
    say(f"{place}. {row['words']}" for place, row in enumerate(found["pushes"], start=1))
    return 0


def push(  # noqa: PLR0913
    driver: str,
    change: Annotated[str, Parameter(allow_leading_hyphen=True)],
    *,
    weeks: int = 52,
    stop: int | None = None,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    about: WheelOptions = USUAL,
) -> int:
    """What a push does to sales, week by week, and what is left when feeding stops.

    Parameters
    ----------
    driver
        A driver of the wheel, such as ads.
    change
        How far it is pushed and held there, such as +10% or -5%.
    weeks
        How far ahead to look.
    stop
        The week in which feeding stops.
    output
        An SVG file to draw the fan into.
    about
        Which wheel, on which data.
    """
    from ...core.errors import WrongUse
    from ..answers.growth import push_answer

    if not 4 <= weeks <= MOST_WEEKS:
        raise WrongUse(f"--weeks {weeks} cannot be looked at.", f"Between 4 and {MOST_WEEKS}.")
    found = push_answer(open_workspace, about.asked(), driver, change, weeks=weeks, stop=stop)
    drawing = found.pop("svg")
    rows = found.pop("rows")
    if output is not None:
        _write(output, drawing)
    if options().json:
        answer(found)
        return 0
    say(rests_on(found))
    console().print("")
    say(s["words"] for s in found["sentences"])
    console().print("")
    say(f"{found['period']} {week:>3}  {middle:>7}  {ends:>18}  {bar}" for week, middle, ends, bar in rows)
    if output is not None:
        say([f"Drawn in {output}."])
    return 0


def _write(path: Path, text: str) -> None:
    from ...core.errors import WrongUse

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as wrong:
        raise WrongUse(
            f"{path} cannot be written: {wrong.strerror}.", "Name a file in a folder that is there."
        ) from wrong


def experiment(*, costs: Path | None = None, about: WheelOptions = USUAL) -> int:
    """The cheapest next test: which link, known better, would most change what to push; its design, size and weeks.

    Parameters
    ----------
    costs
        A CSV of the pushes one could choose, as for `growth leverage`; all at the same cost if not given.
    about
        Which wheel, on which data.
    """
    from ..answers.growth import experiment_answer

    found = experiment_answer(open_workspace, about.asked(), costs)
    if options().json:
        answer(found)
        return 0
    say(rests_on(found))
    say([f"Costs: {found['costs']}.", "", found["sentence"]])
    next_link = found["next"]["link"] if found["next"] else None
    say(_test_words(test) for test in found["tests"] if test["link"] != next_link)
    return 0


def _test_words(test: dict[str, Any]) -> str:
    weeks = f"{test['weeks']} weeks at ±{test['size']:.0%}" if test["feasible"] else "not within half a year"
    if test["unmeasured"]:
        weeks = f"measure {test['unmeasured']} first"
    return f"{test['link']}: worth {test['worth_share']:.1%}, {weeks}"
