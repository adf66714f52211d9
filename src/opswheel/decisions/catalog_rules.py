"""Catalog rules: an attribute every listing of a category must carry, back-tested on past suppressions.

The marketplace's own words name the attribute it holds a listing back for. Where the team loads what each listing
carries (`attributes.csv`), listings that carried it are held against those that did not, from that day on; where it
does not, only the names count, and how many suppressions a rule would have prevented is assumed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from ..core.contracts import ISSUES, OUTCOMES
from ..core.errors import WrongUse
from ..core.money import round6, show_money
from ..core.settings.decisions import DecisionSettings
from . import guards, prevention
from .evaluate import told_of
from .shapes import SHAPES, parse

KIND = "catalog_rule"
KINDS = ("listing_suppressed", "search_suppressed")
DAYS = 180
LEAST_DAYS = 28
LEAST_NAMED = 5
"""Suppressions that name the attribute, below which nothing is said of a pace: assumed."""
LEAST_LISTINGS = 3
LEAST_EACH = 10
"""Listings with and without the attribute, below which the two are not held against each other: assumed."""
ONE_EVENT_DAYS = 2
MOST_OF_ONE_EVENT = 0.8
"""Where so many of them began within so few days, it was one event and tells no pace: assumed."""
PREVENTED = 0.5
"""Suppressions a rule prevents where nobody loads what listings carry: assumed."""
FILL_MINUTES = 5.0
"""Work to fill in an attribute of one listing: assumed."""
MOST = 20
DRAWS = 4000
UNMATCHED_DAYS = 3

Place = tuple[str, str]


@dataclass
class Named:
    """What the wheel read: suppressions with the attribute each names, and what listings carry.

    `starts` are (account, channel, sku, category, attribute, day), the attribute empty where no word names one;
    `listings` counts listings by (account, channel, category); `since` says from which day a place's suppressions
    are loaded; `carried` is, by (account, channel, category, attribute), from the first `attributes.csv` on:
    (day, listings with it, of them suppressed about it since, listings without it, of them suppressed).
    """

    starts: list[dict[str, Any]] = field(default_factory=list)
    listings: dict[tuple[str, str, str], int] = field(default_factory=dict)
    since: dict[Place, date] = field(default_factory=dict)
    carried: dict[tuple[str, str, str, str], tuple[date, int, int, int, int]] = field(default_factory=dict)


def closes(connection: sa.Connection, as_of: datetime) -> list[Any]:
    """What people said of suppressions: resolution, who, what was lost and how long it took."""
    issues, outcomes = ISSUES.sql_table(), OUTCOMES.sql_table()
    since = as_of - timedelta(days=DAYS + LEAST_DAYS)
    columns = ("account", "channel", "sku", "detected_at")
    query = sa.select(outcomes, *(issues.c[n] for n in columns)).join(issues, issues.c.id == outcomes.c.issue_id)
    return list(
        connection.execute(
            query.where(outcomes.c.kind.in_(KINDS), outcomes.c.supported.is_(True), issues.c.detected_at >= since)
        )
    )


def proposals(  # noqa: PLR0913
    named: Named,
    said: Sequence[Any],
    decided: Sequence[str],
    settings: DecisionSettings,
    *,
    as_of: datetime,
    margin: float,
    currency: str,
) -> list[dict[str, Any]]:
    """One proposal or refusal per category and attribute that was named, the dearest first.

    `said` are the closes of suppressions, `decided` the subjects whose rule is in force.
    """
    cleared, told = _told(said)
    first = as_of.date() - timedelta(days=DAYS)
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for s in named.starts:
        if s["day"] >= first and s["category"] and not _near(cleared, s):
            groups[s["account"], s["channel"], s["category"]].append(s)
    everywhere: dict[Place, int] = defaultdict(int)
    for (account, channel, _), rows in groups.items():
        everywhere[account, channel] += len(rows)
    found = []
    for place, rows in sorted(groups.items()):
        for attribute in sorted({r["attribute"] for r in rows} - {""}):
            subject = "|".join((*place, attribute))
            if subject not in decided:
                own = [r for r in rows if r["attribute"] == attribute]
                case = _Case(place, attribute, own, len(rows), everywhere[place[:2]] - len(own))
                found.append(_one(case, named, told, settings, as_of, margin, currency))
    found.sort(key=lambda p: (p["status"] != "open", -(p["gain_a_year"] or 0.0), p["subject"]))
    return found[:MOST]


@dataclass(frozen=True)
class _Case:
    """One attribute of one category: the suppressions that name it, all of the category, and all others."""

    place: tuple[str, str, str]
    attribute: str
    own: list[dict[str, Any]]
    of: int
    others: int

    @property
    def subject(self) -> str:
        return "|".join((*self.place, self.attribute))


def _told(said: Sequence[Any]) -> tuple[dict[Any, list[date]], dict[Any, list[Any]]]:
    """Days on which a suppression was called a false alarm, and the other closes, both by listing."""
    false_, true = defaultdict(list), defaultdict(list)
    for row in said:
        key = (row.account, row.channel, row.sku)
        if row.resolution == "false_alarm":
            false_[key].append(row.detected_at.date())
        true[key].append(row)
    return false_, true


def _near(days: Mapping[Any, Sequence[date]], start: Mapping[str, Any]) -> bool:
    key = (start["account"], start["channel"], start["sku"])
    return any(abs((d - start["day"]).days) <= UNMATCHED_DAYS for d in days.get(key, ()))


def _one(  # noqa: PLR0913
    case: _Case,
    named: Named,
    closed: Mapping[Any, Sequence[Any]],
    settings: DecisionSettings,
    as_of: datetime,
    margin: float,
    currency: str,
) -> dict[str, Any]:
    days = min(DAYS, (as_of.date() - named.since.get(case.place[:2], as_of.date())).days)
    if why := _cannot(case, closed, days):
        return _refused(case, why)
    carried = named.carried.get((*case.place, case.attribute))
    rng = np.random.default_rng(len(case.own) * 1000 + case.of)
    prevented, told = _prevented(carried, rng)
    if carried and told["chance"] is not None and told["chance"] < settings.sure:
        with_, without = told["with"], told["without"]
        why = (
            f"of {with_['n']} listings that carried it {with_['named']} were suppressed about it, of {without['n']} "
            f"without it {without['named']}: that carrying it helps is {told['chance']:.0%} likely, "
            f"{settings.sure:.0%} is asked for"
        )
        return _refused(case, why)
    money = _money(case, closed, days, prevented, settings, margin, rng)
    if money["gain"] is not None and money["chance_of_gain"] < settings.sure:
        why = (
            f"that it pays is {money['chance_of_gain']:.0%} likely: {len(case.own)} suppressions in {days} days cost "
            f"little, filling it in {money['to_fill']} times costs {show_money(money['cost'], currency)}"
        )
        return _refused(case, why)
    told |= {"days": days, "named": len(case.own), "suppressions": case.of, "others": case.others}
    told |= {"listings": named.listings.get(case.place, 0), "label": "observational", **money}
    return {
        **_subject(case, "open"),
        "to": {"attribute": case.attribute, "must": "present"},
        "backtest": told,
        "why": _why(case, told, days),
        "gain_a_year": None if money["gain"] is None else money["gain"]["mean"],
    }


def _cannot(case: _Case, closed: Mapping[Any, Sequence[Any]], days: int) -> str | None:
    """Why these suppressions tell nothing of a rule."""
    if days < LEAST_DAYS:
        return f"suppressions of {days} days are loaded; {LEAST_DAYS} are needed"
    if len(case.own) < LEAST_NAMED:
        return f"only {len(case.own)} suppressions in {days} days name it; {LEAST_NAMED} are asked for"
    listings = {r["sku"] for r in case.own}
    if len(listings) < LEAST_LISTINGS:
        return f"they are all of {len(listings)} listing{'s' if len(listings) > 1 else ''}: mend those"
    began = sorted(r["day"] for r in case.own)
    most = max(sum(0 <= (d - e).days < ONE_EVENT_DAYS for d in began) for e in began)
    if most > MOST_OF_ONE_EVENT * len(began):
        return f"{most} of the {len(began)} began within {ONE_EVENT_DAYS} days: one event tells no pace"
    labels = [
        {"by": row.by, "label": int(row.resolution != "false_alarm")}
        for key in {(r["account"], r["channel"], r["sku"]) for r in case.own}
        for row in closed.get(key, ())
    ]
    return guards.strange_person(labels)


def _prevented(carried: tuple[date, int, int, int, int] | None, rng: np.random.Generator) -> tuple[Any, dict[str, Any]]:
    """What share of them carrying the attribute prevents: drawn where listings tell it, else assumed."""
    if carried is None or min(carried[1], carried[3]) < LEAST_EACH or carried[2] + carried[4] < LEAST_NAMED:
        source = "assumed; the marketplace's messages name the attribute, no file tells what listings carried"
        if carried is not None:
            source = (
                f"assumed; on {carried[0]} {carried[1]} listings carried it and {carried[3]} did not, and "
                f"{carried[2] + carried[4]} were suppressed about it since: too few to tell"
            )
        told = {"prevented": PREVENTED, "prevented_source": source, "chance": None, "with": None, "without": None}
        return np.full(DRAWS, PREVENTED), told
    day, n1, k1, n0, k0 = carried
    with_, without = rng.beta(k1 + 0.5, n1 - k1 + 0.5, DRAWS), rng.beta(k0 + 0.5, n0 - k0 + 0.5, DRAWS)
    share = np.clip(1 - with_ / without, 0.0, 1.0)
    told = {
        "prevented": round6(float(share.mean())),
        "prevented_source": f"listings of {day}: those that carried it against those that did not",
        "chance": round(float((with_ < without).mean()), 4),
        "with": _share(n1, k1, with_),
        "without": _share(n0, k0, without),
    }
    return share, told


def _share(n: int, k: int, drawn: np.ndarray) -> dict[str, Any]:
    low, high = np.quantile(drawn, [0.1, 0.9])
    return {"n": n, "named": k, "share": round6(k / n), "p10": round6(float(low)), "p90": round6(float(high))}


def _money(  # noqa: PLR0913
    case: _Case,
    closed: Mapping[Any, Sequence[Any]],
    days: int,
    prevented: np.ndarray,
    settings: DecisionSettings,
    margin: float,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """What a year without those suppressions keeps, less filling the attribute in; None where no close tells a sum."""
    rows = [c for r in case.own for c in closed.get((r["account"], r["channel"], r["sku"]), ()) if _of(c, r)]
    fill = len({r["sku"] for r in case.own})
    cost = fill * FILL_MINUTES / 60 * settings.wage_per_hour
    told = {"to_fill": fill, "cost": round6(cost), "cost_source": f"assumed: {FILL_MINUTES:g} minutes a listing"}
    known = [c for c in rows if c.lost_to_date is not None]
    if not known:
        return told | {"gain": None, "chance_of_gain": None, "each_dollars": None, "each_hours": None}
    dollars = float(np.mean([c.lost_to_date for c in known]))
    hours = float(np.mean([(c.minutes or 0.0) / 60 for c in known]))
    pace = rng.gamma(len(case.own) + 0.5, 1.0, DRAWS) / days * 365.0
    gain = pace * prevented * (margin * dollars + settings.wage_per_hour * hours) - cost
    told |= {"gain": told_of(gain)}
    told |= {"chance_of_gain": round(float((gain > 0).mean()), 4), "closes": len(known)}
    return told | {"each_dollars": round6(dollars), "each_hours": round6(hours)}


def _of(close: Any, start: Mapping[str, Any]) -> bool:
    """Whether a close is about a suppression that began on a day."""
    return bool(abs((close.detected_at.date() - start["day"]).days) <= UNMATCHED_DAYS)


def _why(case: _Case, told: Mapping[str, Any], days: int) -> str:
    category = case.place[2]
    start = (
        f"Of {case.of} suppressions of {category} in {days} days {len(case.own)} name {case.attribute}, on "
        f"{len({r['sku'] for r in case.own})} listings."
    )
    if told["with"] is None:
        return f"{start} What listings carry is not loaded: that a rule prevents {PREVENTED:.0%} of them is assumed."
    with_, without = told["with"], told["without"]
    return (
        f"{start} Of {with_['n']} listings that carried it {with_['share']:.1%} were suppressed about it since, of "
        f"{without['n']} without it {without['share']:.1%} ({without['p10']:.1%} to {without['p90']:.1%})."
    )


def _subject(case: _Case, status: str) -> dict[str, Any]:
    names = ("account", "channel", "category")
    before = {**dict(zip(names, case.place, strict=True)), "attribute": case.attribute, "must": None}
    return {"kind": KIND, "subject": case.subject, "status": status, "from": before}


def _refused(case: _Case, why: str) -> dict[str, Any]:
    return {**_subject(case, "refused"), "to": {}, "backtest": {}, "why": why, "gain_a_year": None}


def check(to: Mapping[str, Any], proposed: Mapping[str, Any]) -> None:
    """Raises WrongUse where an edited rule cannot be meant."""
    if to["attribute"] != proposed["attribute"]:
        raise WrongUse("The back-test speaks of this attribute only.", "Edit must=…, or reject the proposal.")
    if not isinstance(to["must"], str) or parse(to["must"]) is None:
        raise WrongUse(f"{str(to['must'])[:60]!r} is no rule for a value.", f"Write one of: {SHAPES}.")


def measure(decision: Any, named: Named | None, as_of: datetime) -> dict[str, Any]:
    """Suppressions about it since, against all others of the channel: a ratio of ratios, observational."""
    told = json.loads(decision.evidence)
    if named is None or "others" not in told:
        return {"verdict": "cannot_tell", "why": "no suppressions are loaded to hold it against"}
    at = json.loads(decision.from_value)
    account, channel, category, attribute = (at[n] for n in ("account", "channel", "category", "attribute"))
    after = [
        s for s in named.starts if (s["account"], s["channel"]) == (account, channel) and s["day"] > decision.at.date()
    ]
    own = sum((s["category"], s["attribute"]) == (category, attribute) for s in after)
    return prevention.effect(
        (told["named"], float(told["days"])),
        (own, (as_of - decision.at).total_seconds() / 86_400),
        [(told["others"], len(after) - own)],
        each_dollars=told.get("each_dollars") or 0.0,
        each_hours=told.get("each_hours") or 0.0,
        seed=decision.id,
        beside=f"{len(after) - own} about something else",
    )
