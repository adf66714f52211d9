"""`demo --listings N`: a simulated shop with months of history, and what it lost beside what the queue found."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .context import Context, Options, console, options, progress, progress_done

if TYPE_CHECKING:
    from ...simulation.history import History, Planted

OPERATORS = 5
LOAD = 2.0
"""Arriving work ÷ what the five can do: a team that cannot do everything, so that the order matters."""
SEED = 1
TOLD = 10
PLANTED_FILE = "planted.csv"


def show_history(folder: Path, listings: int, days: int) -> None:
    """Make the shop, tell what was planted, and show the queue."""
    history = _make(folder, listings, days)
    _write_planted(folder / PLANTED_FILE, history.planted)
    if not options().json:
        _tell(history, folder, listings, days)
    from . import build

    with Context(Options(folder, json=options().json)):
        build()(["queue", "--limit", "10"], exit_on_error=False, print_error=False)
    if not options().json:
        console().print(f"\nThe workspace stays in {folder}: cd {folder}, and try the next step.", markup=False)


def _make(folder: Path, listings: int, days: int) -> History:
    from ...core.settings import SETTINGS_FILE
    from ...simulation.history import make_history
    from ...simulation.market import Market
    from ...simulation.parameters import read_world
    from ...simulation.play import Setting
    from ...simulation.policies import find_policy
    from ...simulation.results import arriving_minutes, hours_for_load
    from ..wiring import KEY_FILE

    world = read_world(None)
    progress("counting the work that arrives …")
    hours = hours_for_load(LOAD, arriving_minutes(world, listings=listings, days=days, seed=SEED), OPERATORS)
    policy = replace(find_policy("revenue_at_risk"), learns=True)
    market = Market(world, listings=listings, days=days, seed=SEED)
    setting = Setting(listings, days, OPERATORS, policy, SEED, hours)
    history = make_history(market, setting, folder, lambda day: progress(f"day {day + 1} of {days} …"))
    progress_done()
    settings = folder / SETTINGS_FILE
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f'[clock]\nnow = "{history.now.isoformat()}Z"\n\n{text}', encoding="utf-8")
    with os.fdopen(os.open(folder / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
        new.write(f"simulated {market.seed}")  # the key its order ids were hashed with
    return history


def _tell(history: History, folder: Path, listings: int, days: int) -> None:
    from rich.table import Table

    out = console()
    out.print(
        f"A simulated shop: {listings:,} listings, {days} days, {OPERATORS} people, {history.runs} runs; its clock "
        f"stands at {history.now:%A %d %B %Y, %H:%M} UTC. Every loss in it was planted, and is known.",
        markup=False,
    )
    out.print("\nThe demo knows these; did the queue find them?", markup=False)
    table = Table(box=None, pad_edge=False)
    for name, side in (("lost a day", "right"), ("what", "left"), ("listing", "left"), ("since", "left")):
        table.add_column(name, justify=side)  # type: ignore[arg-type]  # rich's own literal
    table.add_column("in the queue")
    for one in history.planted[:TOLD]:
        table.add_row(*_words(one, history))
    out.print(table)
    out.print(
        f"{len(history.planted)} losses are on; an issue stands for {history.found():.0%} of their dollars "
        f"a day. All of them: {folder / PLANTED_FILE}.\n",
        markup=False,
    )


_WHAT = {"out": "out of stock", "hidden": "hidden from search", "featured": "featured offer lost"}


def _words(one: Planted, history: History) -> tuple[str, ...]:
    place = one.place if one.issue is not None else "no"
    if one.issue is None and one.began >= history.now.date():
        place = "not yet: it began today"
    told = place if one.issue is None else f"issue {one.issue}: {place}"
    what = _WHAT.get(one.what, one.what)
    return f"${one.loss_per_day:,.0f}", what, f"{one.channel} {one.sku}", one.began.isoformat(), told


def _write_planted(path: Path, planted: tuple[Planted, ...]) -> None:
    import csv

    names = ("what", "channel", "sku", "began", "loss_per_day", "issue", "place")
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(names)
        rows.writerows(_cells(one, names) for one in planted)


def _cells(one: Any, names: tuple[str, ...]) -> list[Any]:
    values = {name: getattr(one, name) for name in names}
    return [round(v, 2) if isinstance(v, float) else v for v in values.values()]
