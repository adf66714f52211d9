"""A row of the queue as a page shows it: the figures rounded, the times in words, the kind as a mark."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from ...core.clock import parse_moment
from ...core.detector import LANE_TITLES
from ...resolution.lifecycle import OPEN
from ..kept import Kept
from . import words
from .pages import environment
from .pictures.base import range_bar
from .remembered import Known

WORKED = ("stop_selling", "deadlines", "queue")
SHOWN_CHILDREN = 3

_ICONS = (
    ("account", "account"),
    ("item_removed", "off"),
    ("suppress", "hidden"),
    ("inactive", "off"),
    ("stranded", "stock"),
    ("stock", "stock"),
    ("price", "price"),
    ("featured", "offer"),
    ("seller", "offer"),
    ("ads", "ads"),
    ("variation", "merge"),
    ("content", "content"),
    ("drop", "sales"),
    ("deadline", "deadline"),
    ("ship_by", "delivery"),
    ("orders_past", "delivery"),
    ("oversell", "delivery"),
    ("shipment", "delivery"),
    ("units", "cash"),
    ("fee", "cash"),
    ("case", "case"),
    ("reported", "note"),
    ("volume", "list"),
    ("intent", "list"),
    ("dead", "list"),
)


def icon_of(kind: str) -> str:
    """The mark that stands for a kind."""
    return next((mark for part, mark in _ICONS if part in kind), "alert")


@dataclass(frozen=True)
class Cells:
    """What stands in the cells of a row."""

    id: int
    told: Mapping[str, Any]
    money: str
    a_day: str
    bar: Markup
    range: str
    where: str
    icon: str
    due: tuple[str, str]
    age: str
    work: str
    state: str
    marks: list[tuple[str, str, str]]
    known: Known | None = None


@dataclass
class Row:
    """One row, drawn. `children` hang under it, drawn small; `more` of them are not shown."""

    id: int
    told: Mapping[str, Any]
    html: Markup
    child: Markup
    children: list[Row] = field(default_factory=list)
    more: int = 0


@dataclass
class Lane:
    """Rows under one heading."""

    name: str
    title: str
    rows: list[Row] = field(default_factory=list)


def most_of(issues: Iterable[Mapping[str, Any]]) -> float:
    """The upper end of the one scale a page's range bars share."""
    return max((i["avoidable"]["p90"] for i in issues), default=0.0)


@dataclass(frozen=True)
class Page:
    """What the rows of one page share: the moment, the scale of their bars, and whether it is a past morning."""

    now: datetime
    most: float
    past: bool = False


_drawn = Kept[tuple[Any, ...], tuple[Markup, Markup]](5_000)


def row_of(issue: Mapping[str, Any], page: Page, known: Known | None = None) -> Row:
    """A row of the public JSON form, drawn; kept until a figure or a word in it changes."""
    due, age = _due(issue, page.now), _age(issue, page.now) if issue["detected_at"] else ""
    key = (marshal.dumps(dict(issue), 2), due, age, known, page.most, page.past)

    def draw() -> tuple[Markup, Markup]:
        macros: Any = environment().get_template("row.html").module
        cells = _cells(issue, page, due, age, known)
        return Markup(macros.row(cells, page.past)), Markup(macros.child(cells))  # noqa: S704  escaped there

    return Row(issue["id"], issue, *_drawn.of(key, draw))


def _cells(issue: Mapping[str, Any], page: Page, due: tuple[str, str], age: str, known: Known | None) -> Cells:
    can, a_day, currency = issue["avoidable"], issue["exposure_per_day"]["mean"], issue["avoidable"]["currency"]
    low, high = can["p10"], max(can["p90"], can["mean"])
    said = f"8 in 10 within {words.span(low, high, currency)}, best guess {words.money(can['mean'], currency)}"
    return Cells(
        id=issue["id"],
        told=issue,
        money=words.money(can["mean"], currency),
        a_day=f"{words.money(a_day, currency)}/day" + ("" if a_day else " now"),
        bar=range_bar(low, can["mean"], high, most=page.most, words=said),
        range=words.span(low, high) if high > 0 else "no sale at stake",
        where=_where(issue),
        icon="incident" if issue["incident_issues"] else icon_of(issue["kind"]),
        due=due,
        age=age,
        work=words.work(issue["minutes"]),
        state=words.state(issue["state"]),
        marks=_marks(issue),
        known=known,
    )


def _age(issue: Mapping[str, Any], now: datetime) -> str:
    if issue["state"] not in OPEN:
        return ""
    since = issue["onset"]["first_bad"]
    if since is None:
        return f"found {words.lasting(now - parse_moment(issue['detected_at']))} ago"
    first = date.fromisoformat(since)
    if first > now.date():
        return f"begins {words.day(first)}"
    return f"open {words.lasting(now - datetime.combine(first, datetime.min.time()))}"


def _where(issue: Mapping[str, Any]) -> str:
    if issue["members"] > 1 and not issue["title"]:
        return words.plural(issue["members"], "listing")
    return issue["title"] or ("whole account" if issue["subject"]["type"] == "account" else "no title loaded")


def _due(issue: Mapping[str, Any], now: datetime) -> tuple[str, str]:
    if issue.get("snoozed"):
        until = parse_moment(issue["snoozed"]["until"])
        return "paused", f"aside until {words.moment(until)}"
    if issue["sla_what"] == "waiting" or issue.get("waiting_on"):
        return "paused", f"waits on {issue.get('waiting_on') or 'others'}"
    if issue["state"] not in OPEN:
        return "none", words.state(issue["state"])
    return words.due(parse_moment(issue["sla_due"]) if issue["sla_due"] else None, now)


def _marks(issue: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(look, icon, words) of what else a row has to say; the gravest first."""
    marks = []
    if issue.get("pinned"):
        marks.append(("on", "pin", f"pinned by {issue['pinned']['by']}"))
    if issue["incident_issues"]:
        marks.append(("", "incident", f"incident of {issue['incident_issues']:,}"))
    if issue["repeat_of"]:
        marks.append(("", "repeat", f"again, after {issue['repeat_of']}"))
    if issue["lane"] == "verify" and issue["why_lane"]:
        marks.append(("watch", "search", "verify first"))
    if issue["state"] == "regressed":
        marks.append(("loss", "repeat", "back after a fix"))
    return marks


def lanes_of(rows: Sequence[Row], *, flat: bool) -> list[Lane]:
    """Rows under their lane's heading, children under their cause; pinned ones first, flat ones under one heading."""
    lanes: list[Lane] = []
    by_id: dict[int, Row] = {}
    for row in rows:
        cause = by_id.get(row.told["inhibited_by"] or 0)
        if cause is not None:
            if len(cause.children) < SHOWN_CHILDREN:
                cause.children.append(row)
            else:
                cause.more += 1
            continue
        by_id[row.id] = row
        name = "pinned" if row.told.get("pinned") else "flat" if flat else row.told["lane"]
        if not lanes or lanes[-1].name != name:
            title = {"pinned": "Pinned", "flat": "In the order asked for"}.get(name) or LANE_TITLES.get(name, name)
            lanes.append(Lane(name, title))
        lanes[-1].rows.append(row)
    return lanes


def cut_at(lanes: Sequence[Lane], cut: Mapping[str, Any] | None) -> int | None:
    """The issue below which today's staffed time ends; None where all of it fits, or it lies on another page."""
    if not cut or not 0 < cut["issues"] < cut["of"]:
        return None
    inside = [r for lane in lanes if lane.name in WORKED for r in lane.rows]
    last = [r for r in inside if r.told["rank"] == cut["issues"]]
    return last[0].id if last else None
