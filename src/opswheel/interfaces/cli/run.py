"""`run`."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from .context import answer, console, options, progress, progress_done, workspace
from .days import parse_as_of


def run(
    *,
    as_of: str | None = None,
    hindsight: Annotated[bool, Parameter(negative=())] = False,
    engine: str = "duckdb",
) -> int:
    """One rotation of the wheel: detect, rank, route, verify, learn, measure.

    Parameters
    ----------
    as_of
        The morning to speak of; now, if not given. A time before the last run is replayed as it was.
    hindsight
        Use what is known now for a past morning; nothing is written.
    engine
        Engine that reads the lake; duckdb is built in.
    """
    from ...core.errors import WrongUse

    if engine != "duckdb":
        raise WrongUse(f"There is no engine {engine!r} here.", "duckdb is built in.")
    here = workspace()
    progress("running …")
    result = here.wheel().run(parse_as_of(as_of), hindsight=hindsight)
    progress_done()
    if options().json:
        answer({**result.summary, "run": result.run_id} | ({"issues_ranked": result.rows} if result.replay else {}))
    else:
        show(result.summary)
    return 1 if result.summary["missing_rates"] or any(d["error"] for d in result.summary["detectors"]) else 0


def show(summary: dict[str, Any]) -> None:
    """The run in a few lines."""
    from ...core.money import show_money
    from .queue import WITHHELD_WORDS

    out = console()
    issues, risk, can = summary["issues"], summary["revenue_at_risk"], summary["avoidable"]
    money = risk["currency"]
    word = "Replayed" if summary["replay"] else "Ran"
    out.print(f"{word} the wheel as of {summary['as_of']} in {summary['seconds']:.1f} s.")
    out.print(
        f"{issues['open']} open issues: {issues['opened']} new, {issues['verified']} verified gone, "
        f"{issues.get('self_healed', 0)} healed by themselves, {issues['reopened']} back after a fix."
    )
    out.print(
        f"Revenue at risk {show_money(risk['mean'], money)} ({_range(risk)}) if ignored; "
        f"acting now can still save {show_money(can['mean'], money)} ({_range(can)})."
    )
    for held in summary["withheld"]:
        words = WITHHELD_WORDS.get(held["reason"], held["reason"])
        out.print(f"Held back: {held['n']} {words}, {show_money(held['revenue_at_risk'], money)} at risk.")
    for blind in summary["blind"]:
        out.print(blind_words(blind), markup=False)
    for channel, currency in summary["missing_rates"].items():
        out.print(f"No exchange rate for {currency}: listings of {channel} are withheld. Load rates.csv.")
    for d in summary["detectors"]:
        if d["error"]:
            out.print(f"The rule {d['kind']} failed and was left out: {d['error']}", markup=False)
    if summary["late_rows"]:
        out.print(f"{summary['late_rows']:,} rows came late: earlier mornings stay as they were recorded.")
    if summary["unowned"]:
        out.print(f"{summary['unowned']} issues have no owner: no route matches them (opswheel.toml, [[routes]]).")
    out.print("Next: opswheel queue")


def blind_words(blind: dict[str, Any]) -> str:
    """One blind source in a sentence."""
    from ...core.money import show_money

    since = f", last {blind['last_day']}" if blind["last_day"] else ""
    hidden = show_money(blind["hidden_revenue_per_day"], blind["currency"])
    lost = show_money(blind["expected_undetected_loss"], blind["currency"])
    return (
        f"Blind: {blind['report']} of {blind['channel']} ({blind['reason']}{since}). It watches {hidden} a day; "
        f"{lost} of loss may be going unseen. What depends on it does not close by itself."
    )


def _range(estimate: dict[str, Any]) -> str:
    from ...core.money import show_money

    return f"{show_money(estimate['p10'], estimate['currency'])} – {show_money(estimate['p90'], estimate['currency'])}"
