"""`simulate`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .context import answer, console, options, progress, progress_done


def simulate(  # noqa: PLR0913
    *,
    listings: int = 300,
    days: int = 30,
    operators: int = 1,
    rule: str = "revenue_at_risk",
    world: Path | None = None,
    seed: int = 1,
    load: float | None = None,
    keep: Path | None = None,
    reports: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """A marketplace with known truth, worked by a simulated team under a ranking rule.

    Parameters
    ----------
    listings
        Listings in the catalog.
    days
        Worked days; the product runs every morning of them.
    operators
        People who work the queue.
    rule
        How the queue is ordered: a ranking rule of the product, a rival, nobody_works or clairvoyant.
    world
        A world file in place of the one that comes with Opswheel.
    seed
        Which random world; the same seed gives the same one.
    load
        Arriving work ÷ what the team can do; sets the hours. Without it, the world file's hours a day.
    keep
        Folder that keeps the workspace; without it nothing is kept.
    reports
        Write report files and load them, as a seller would; slower, same result.
    """
    from ...core.errors import WorkspaceExists, WrongUse
    from ...simulation.market import Market
    from ...simulation.parameters import read_world
    from ...simulation.play import Setting, play
    from ...simulation.policies import find_policy
    from ...simulation.results import arriving_minutes, hours_for_load, summary

    if listings < 1 or days < 1 or operators < 1 or (load is not None and load <= 0):
        raise WrongUse(
            "There must be listings, days and operators, and a load above 0.",
            "opswheel simulate --listings 300 --days 30 --operators 1 --load 2",
        )
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise WorkspaceExists(f"{keep} is not empty.", "Name another folder: opswheel simulate --keep FOLDER.")
    policy, told = find_policy(rule), read_world(world)
    progress("counting the work that arrives …")
    arriving = arriving_minutes(told, listings=listings, days=days, seed=seed)
    hours = told.team.hours_per_day if load is None else hours_for_load(load, arriving, operators)
    setting = Setting(listings, days, operators, policy, seed, hours, "reports" if reports else "direct")
    market = Market(told, listings=listings, days=days, seed=seed)
    with tempfile.TemporaryDirectory(prefix="opswheel-simulated-") as folder:
        where = keep or Path(folder) / "shop"
        played = play(market, setting, where, lambda day: progress(f"day {day + 1} of {days} …"))
    progress_done()
    found = summary(market, setting, played)
    found["load"] = round(arriving / (operators * hours * 60), 3) if hours else None
    if options().json:
        answer(found)
    else:
        _show(found, keep)
    return 0


def _show(found: dict[str, Any], keep: Path | None) -> None:
    out, load = console(), found["load"]
    arrives = "no work arrives." if load is None else f"work arrives at {load:.2f} × what they can do."
    out.print(
        f"{found['listings']:,} listings, {found['days']} days, {found['operators']} × {found['hours_per_day']:g} "
        f"hours a day under {found['rule']}; {arrives}",
        markup=False,
    )
    out.print(
        f"Lost {found['lost_share']:.2%} of {_dollars(found['healthy_revenue'])}: seen faults "
        f"{_part(found, 'seen')}, unseen ones {_part(found, 'unseen')}, lost rank {_part(found, 'rank')}, "
        f"margin given away {_part(found, 'margin_given_away')} (counted in sales).",
        markup=False,
    )
    out.print("cycle  lost share  cleared a day  fixed  days to detect  to resolve  repeats  revenue per operator")
    for one in found["by_cycle"]:
        out.print(
            f"{one['cycle']:>5}  {one['lost_share']:>10.2%}  {_dollars(one['cleared_per_day']):>13}  {one['fixed']:>5}"
            f"  {_or_dash(one['time_to_detect_days'], '.1f'):>14}  {_or_dash(one['time_to_resolve_days'], '.1f'):>10}"
            f"  {_or_dash(one['repeat_rate'], '.1%'):>7}  {_dollars(one['revenue_per_operator']):>20}",
            markup=False,
        )
    out.print(f"World file {found['world'][:12]}, seed {found['seed']}.", markup=False)
    if keep is not None:
        out.print(f"The workspace stays: opswheel --workspace {keep} queue", markup=False)


def _part(found: dict[str, Any], name: str) -> str:
    return _dollars(found["lost_parts"][name])


def _dollars(money: dict[str, Any]) -> str:
    return f"${money['minor'] / 100:,.0f}"


def _or_dash(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
