"""The growth wheel of this workspace on one page: picture, diagnosis, loops, pushes and one push over time.

Calibrating takes about a second: it is done when the page is opened, and remembered by what was loaded, the last run
and the channel.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...core.contracts import DELIVERIES
from ...core.errors import WrongUse
from ...core.identity import EVERYWHERE
from ...growth import inputs, sentences
from ...growth.drawing import draw
from ...growth.fit import HORIZON_WEEKS
from ...growth.leverage import Path, Push
from ...growth.templates import TEMPLATES
from ...resolution.queue import last_run
from ...storage.lake import manifest_version
from ..kept import Kept
from ..wiring import Workspace
from .growth import Asked, Calibrated, calibrated, diagnose_answer
from .growth_axle import spokes_answer

WEEKS = 52


@dataclass(frozen=True)
class Told:
    """What the page shows, and the calibrated wheel a push is simulated on."""

    found: dict[str, Any]
    here: Calibrated


_kept = Kept[tuple[Any, ...], Told](12)


def growth_answer(workspace: Workspace, wheel: str, channel: str | None) -> Told:
    """Everything about one wheel. Raises WrongUse for a wheel nobody knows, NotFound for such a channel."""
    if wheel not in TEMPLATES:
        raise WrongUse(f"{wheel[:40]!r} is no wheel.", f"One of: {', '.join(TEMPLATES)}.")
    with workspace.ledger.read() as connection:
        run = last_run(connection)
        key = (str(workspace.folder), wheel, channel, run.id if run else 0, manifest_version(connection))
    return _kept.of(key, lambda: _told(workspace, Asked(wheel=wheel, channel=channel)))


def channels_of(workspace: Workspace) -> list[str]:
    """The channels something is loaded of, the one with the most deliveries first."""
    table = DELIVERIES.sql_table()
    n = sa.func.count()
    query = sa.select(table.c.channel).where(table.c.channel != EVERYWHERE).group_by(table.c.channel)
    with workspace.ledger.read() as connection:
        return list(connection.execute(query.order_by(n.desc(), table.c.channel)).scalars())


def _told(workspace: Workspace, asked: Asked) -> Told:
    here = calibrated(lambda: workspace, asked)
    fit, wheel = here.fit, here.wheel
    links = fit.links()
    measured = [k.link.key for k in links if k.source in ("data", "test")]
    axle = spokes_answer(workspace)
    money = {g["spoke"]: g for g in axle["spokes"] if g["spoke"] in wheel.names}
    period = wheel.period
    ranking = fit.leverage(inputs.usual_pushes(wheel))
    found = {
        "diagnosis": diagnose_answer(lambda: workspace, asked),
        "picture": _inline(
            draw(
                wheel,
                values={k.link.key: k.mean for k in links},
                measured=measured,
                notes={name: f"{g['issues']} issues" for name, g in money.items()},
            )
        ),
        "measured": len(measured),
        "loops": [
            {
                "name": row.loop.name,
                "words": row.loop.words,
                "gain": row.gain,
                "weeks": row.weeks,
                "share": row.share,
                "source": sentences.SOURCES[row.gain.source],
            }
            for row in fit.loops()
        ],
        "ranking": {
            "sentence": sentences.of_ranking(ranking).whole,
            "horizon": HORIZON_WEEKS,
            "pushes": [
                {
                    "label": row.push.label,
                    "driver": row.push.driver,
                    "change": row.push.change,
                    "gain": row.gain_weeks,
                    "half": row.half_weeks,
                    "p_best": row.p_best,
                    "rests_on": sentences.rests_on(links, row.push.driver).strip(" ()"),
                }
                for row in ranking.pushes
            ],
        },
        "levers": [(node.name, node.label) for node in wheel.levers],
        "period": period,
        "target": wheel.node(wheel.target).label,
        "axle": axle,
    }
    return Told(found, here)


def _inline(picture: str) -> str:
    """A picture whose rules stand in the page's own style sheet: a page allows no others."""
    return re.sub(r"<style>.*?</style>", "", picture, flags=re.DOTALL)


def push_path(told: Told, driver: str, change: str, stop: int | None) -> tuple[Path, list[str]]:
    """One push over a year, and what it says in sentences. Raises WrongUse where the push cannot be meant."""
    if stop is not None and not 1 <= stop < WEEKS:
        raise WrongUse(f"Feeding cannot stop in week {stop}.", f"Between 1 and {WEEKS - 1}.")
    push: Push = inputs.typed_push(driver, change, told.here.wheel)
    path = told.here.fit.simulate(push, WEEKS, stop=stop)
    said = sentences.of_path(path, stop, told.here.wheel.period)
    own = told.here.fit.data is not None
    rests = sentences.rests_on(told.here.fit.links(), driver) if own else f" ({sentences.SOURCES['prior']})"
    return path, [s.words + rests for s in said]
