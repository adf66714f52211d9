"""`run`."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from .context import answer, console, options, progress, progress_done, workspace
from .days import parse_as_of

if TYPE_CHECKING:
    from rich.console import Console


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
        Engine that reads the lake: duckdb is built in; spark://HOST:7077 or local[2] with the extra `spark`.
    """
    here = workspace()
    when = _today_is_now(parse_as_of(as_of), here.clock.now())
    progress("running …")
    result = here.wheel(engine).run(when, hindsight=hindsight)
    progress_done()
    if options().json:
        answer({**result.summary, "run": result.run_id} | ({"issues_ranked": result.rows} if result.replay else {}))
    else:
        show(result.summary)
    return 1 if result.summary["missing_rates"] or any(d["error"] for d in result.summary["detectors"]) else 0


def _today_is_now(when: datetime | None, now: datetime) -> datetime | None:
    """The moment asked for; today as a bare day means its end, of which now is the nearest that has been."""
    if when is not None and when > now and when.time() == time() and when.date() - now.date() <= timedelta(days=1):
        return None
    return when


def show(summary: dict[str, Any]) -> None:
    """The run in a few lines."""
    from ...core.money import show_money

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
    given = summary["margin_given_away"]
    if given["mean"] > 0:
        out.print(
            f"Not in these figures: {show_money(given['mean'], money)} of margin given away (lane Stop selling?)."
        )
    for held in summary["withheld"]:
        out.print(held_words(held, money))
    show_blind(out, summary["blind"])
    for channel, currency in summary["missing_rates"].items():
        out.print(f"No exchange rate for {currency}: listings of {channel} are withheld. Load rates.csv.")
    for d in summary["detectors"]:
        if d["error"]:
            out.print(f"The rule {d['kind']} failed and was left out: {d['error']}", markup=False)
    if summary["late_rows"]:
        rows = counted(summary["late_rows"], "row")
        out.print(f"{rows} came late: earlier mornings stay as they were recorded.")
    if summary["unowned"]:
        have = "issue has" if summary["unowned"] == 1 else "issues have"
        unowned = f"{summary['unowned']:,} {have} no owner: no route matches (opswheel.toml, [[routes]])."
        out.print(unowned, markup=False)
    if summary["replay"]:
        out.print("Nothing was written: the last run speaks of a later time. --json lists these rows.")
    if not summary.get("hindsight"):
        past = f" --as-of {summary['as_of']}" if summary["replay"] else ""
        out.print(f"Next: opswheel queue{past}")


WITHHELD_WORDS = {
    "verify": ("to verify first", "to verify first"),
    "watch": ("to watch: nothing done today can save it", "to watch: nothing done today can save them"),
    "opportunities": ("opportunity, not a loss", "opportunities, not losses"),
    "dead": ("listing without a sale for long", "listings without a sale for long"),
    "unknown_intent": ("listing nobody said the intent of", "listings nobody said the intent of"),
    "missing_rate": ("listing without an exchange rate", "listings without an exchange rate"),
}


def counted(n: int, one: str) -> str:
    """A number and what it counts."""
    return f"{n:,} {one}" if n == 1 else f"{n:,} {one}s"


def held_words(held: dict[str, Any], currency: str) -> str:
    """What is kept out of the queue's headline, with its money."""
    from ...core.money import show_money

    words = WITHHELD_WORDS.get(held["reason"], (held["reason"], held["reason"]))[held["n"] != 1]
    return f"Held back: {held['n']:,} {words}, {show_money(held['revenue_at_risk'], currency)} at risk."


def show_blind(out: Console, blind: list[dict[str, Any]]) -> None:
    """The blind sources, a line each, and once what it means."""
    for one in blind:
        out.print(blind_words(one), markup=False)
    if blind:
        out.print("Issues a blind source would tell about do not close by themselves.")


def blind_words(blind: dict[str, Any]) -> str:
    """One blind source in a sentence."""
    from ...core.money import show_money

    since = f", last {blind['last_day']}" if blind["last_day"] else ""
    lost = show_money(blind["expected_undetected_loss"], blind["currency"])
    unseen = f": {lost} may be lost unseen" if blind["expected_undetected_loss"] else ""
    return f"Blind: {blind['report']} of {blind['channel']}, {blind['reason']}{since}{unseen}."


def _range(estimate: dict[str, Any]) -> str:
    from ...core.money import show_money

    return f"{show_money(estimate['p10'], estimate['currency'])} – {show_money(estimate['p90'], estimate['currency'])}"
