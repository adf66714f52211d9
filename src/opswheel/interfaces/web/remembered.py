"""What a page tells of a run and reads only once for it: the sales line of each row, and yesterday's rank.

Reading them takes a look at the lake. A page takes what is remembered and asks for the rest afterwards, as one part.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

from markupsafe import Markup

from ...core.contracts import EXPOSURES, RANK_HISTORY
from ...resolution.queue import last_run
from ...wheel.past import run_rows
from ..answers.chart import run_of_before, sold
from ..kept import Kept
from ..wiring import Workspace
from . import words
from .pictures.base import Spark, sparkline

SPARK_DAYS, SPARK_AHEAD = 28, 6


@dataclass(frozen=True)
class Known:
    """What is remembered of one row: its sales as a picture, and where it stood the morning before."""

    spark: Markup
    change: str
    change_words: str


_kept = Kept[tuple[str, int, int], Known](20_000)
_learned = count(1)


def learned() -> str:
    """A word that changes when more is remembered."""
    return repr(_learned)


def recall(workspace: Workspace, run: int, numbers: Collection[int]) -> dict[int, Known]:
    """What is remembered of these issues."""
    place = str(workspace.folder)
    found = {n: _kept.get((place, run, n)) for n in numbers}
    return {n: known for n, known in found.items() if known is not None}


def learn(workspace: Workspace, issues: Sequence[Mapping[str, Any]]) -> dict[int, Known]:
    """Read what the last run's page shows of these issues, and remember it."""
    listings = {i["id"]: (i["account"], i["channel"], i["sku"]) for i in issues if i["sku"] and i["members"] <= 1}
    sales = sold(workspace, set(listings.values()), SPARK_DAYS)
    with workspace.ledger.read() as connection:
        run = last_run(connection)
        if run is None:
            return {}
        skus = sorted({sku for _, _, sku in listings.values()})
        money = run_rows(workspace.lake, connection, EXPOSURES, run.id, "sku IN (SELECT unnest(?))", skus)
        before = run_of_before(connection, run)
        numbers = [i["id"] for i in issues]
        ranked = (
            []
            if before is None
            else run_rows(
                workspace.lake, connection, RANK_HISTORY, before.id, "issue_id IN (SELECT unnest(?))", numbers
            )
        )
    pace = {(m["kind"], m["account"], m["channel"], m["sku"]): m["velocity"] for m in money}
    places = {r["issue_id"]: r["rank"] for r in ranked}
    found = {}
    for issue in issues:
        key = listings.get(issue["id"])
        picture = _picture(issue, sales.get(key), pace.get((issue["kind"], *key))) if key else Markup("")
        found[issue["id"]] = Known(picture, *_change(issue, places, told=before is not None))
    place = str(workspace.folder)
    next(_learned)
    for number, known in found.items():
        _kept.put((place, run.id, number), known)
    return found


def _picture(issue: Mapping[str, Any], sales: Any, pace: float | None) -> Markup:
    if sales is None or not sales.days:
        return Markup("")
    values, onset, ahead = sales.last(SPARK_DAYS), None, 0
    first = issue["onset"]["first_bad"]
    if first is not None:
        place = SPARK_DAYS - (sales.today - date.fromisoformat(first)).days
        ahead = SPARK_AHEAD if place >= SPARK_DAYS else 0
        onset = float(min(max(place, 0), SPARK_DAYS - 1 + SPARK_AHEAD))
    said = f"Sales a day, the last {SPARK_DAYS} days"
    if first is not None:
        when = words.day(date.fromisoformat(first))
        said += f"; the loss begins on {when}" if ahead else f"; it began on {when}"
    return sparkline(Spark(values, pace, onset, ahead), words=said)


def _change(issue: Mapping[str, Any], places: Mapping[int, int | None], *, told: bool) -> tuple[str, str]:
    if not told or issue["rank"] is None:
        return "", ""
    was = places.get(issue["id"])
    if was is None:
        return "new", "new since the morning before"
    up = was - issue["rank"]
    if up == 0:
        return "·", "as the morning before"
    return (f"▲ {up}", f"up {up} since the morning before") if up > 0 else (f"▼ {-up}", f"down {-up}")
