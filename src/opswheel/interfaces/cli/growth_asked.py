"""What the commands of the growth wheel share: which wheel, on which data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from .context import console, workspace

if TYPE_CHECKING:
    from ..answers.growth import Asked


@Parameter(name="*")
@dataclass(frozen=True)
class WheelOptions:
    """Which wheel, calibrated on what.

    Parameters
    ----------
    wheel
        seller, marketplace, store or operations.
    file
        Your own wheel instead, made with `opswheel growth wheel seller --text`.
    with_
        An optional part of the wheel to put on; may be repeated.
    data
        A CSV of weeks: one column per driver. Without a file, the loaded facts are summed.
    orders
        A CSV of orders with customers, as for `growth kpis`: gives new and returning buyers, baskets and sales by week.
    channel
        The channel whose facts are used; with --data they fill in what the file lacks.
    lift
        A CSV of finished lift tests: source, target, effect, se.
    same_week
        A lever whose budget follows the sales of the same week; may be repeated.
    seed
        The same seed gives the same draws.
    """

    wheel: str = "seller"
    file: Path | None = None
    with_: Annotated[tuple[str, ...], Parameter(name="--with")] = ()
    data: Path | None = None
    orders: Path | None = None
    channel: str | None = None
    lift: Path | None = None
    same_week: tuple[str, ...] = ()
    seed: int = 7

    def asked(self) -> Asked:
        """The same for the answers."""
        from ..answers.growth import Asked

        return Asked(
            self.wheel,
            self.file,
            self.with_,
            self.data,
            self.orders,
            self.channel,
            self.lift,
            self.same_week,
            self.seed,
        )


USUAL = WheelOptions()
open_workspace = workspace
"""Opened only where facts are asked for."""


def say(words: Iterable[str]) -> None:
    """Lines as they are."""
    out = console()
    for line in words:
        out.print(line, markup=False)


def rests_on(found: dict[str, Any]) -> list[str]:
    """What an answer rests on, and what nobody measures."""
    measured = [d["name"] for d in found["drivers"] if d["measured"]]
    blind = [d["name"] for d in found["drivers"] if not d["measured"]]
    weeks = f"{found['weeks']} {found['period']}s of {found['rests_on']}" if found["weeks"] else found["rests_on"]
    lines = [f"The {found['wheel']} wheel on {weeks}."]
    if measured:
        lines.append(f"Measured: {', '.join(measured)}. Only literature: {', '.join(blind) or 'nothing'}.")
    return lines + [f"Note: {words}" for words in found["warnings"]]
