"""Price paths: who may answer a kind of price issue alone, up to which change of price, and who approves the rest.

Closes of the last half year are of two sorts: one person did all of it, or somebody else had a hand in it before the
close (a hand-over, a question, a wait). Within the same kind and size of change they are held against each other: what
the longer wait lost, against what the moves made alone lost where they went wrong and the issue came back. Nobody drew
lots who asks: it is observational, and said so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from types import MappingProxyType
from typing import Any

import numpy as np
import sqlalchemy as sa

from ..core.contracts import ISSUE_EVENTS, ISSUES, OUTCOMES
from ..core.errors import WrongUse
from ..core.money import round6, show_money
from ..core.settings.decisions import DecisionSettings
from .evaluate import told_of
from .reviews import HANDOVER_MINUTES

KIND = "price_path"
KINDS = ("featured_offer_lost", "competitor_undercut", "price_too_low", "price_outside_rules")
DAYS = 180
STEPS = (0.02, 0.05, 0.10, 0.20)
"""Largest changes of price looked at, as shares of the price before: assumed, the steps people speak in."""
LEAST_EACH = 10
"""Closes made alone, and closes made with somebody, below which nothing is said: assumed."""
MOST_OF_ONE = 0.8
"""Where one person made more of the lone closes than this, they tell of that person and not of the path: assumed."""
DRAWS = 4000
BEFORE_DAYS = 90
DISPATCH = ("assigned", "acknowledged", "pinned", "unpinned", "snoozed", "woken")
"""What a lead does with an issue nobody works on yet: it makes nobody wait for an answer."""
HIGHEST = 0.5
"""No path lets anybody change a price by more than half without asking."""
WAYS = MappingProxyType({"alone_up_to": None, "approver": None, "within_hours": None})
"""As long as nobody decided anything."""


def closes(connection: sa.Connection, as_of: datetime, days: int = DAYS) -> list[dict[str, Any]]:
    """Price issues closed as fixed: who, alone or not, how long, what they lost, and whether they came back.

    `hours` run from the first action to the close, `lost_per_day` is what the issue lost then, `wrong` says that it
    regressed or was found again within the days a repeat is told, and `cost` what that next time lost.
    """
    issues, outcomes = ISSUES.sql_table(), OUTCOMES.sql_table()
    rows = connection.execute(
        sa.select(outcomes, issues.c.detected_at, issues.c.first_action_at, issues.c.account, issues.c.channel)
        .add_columns(issues.c.sku)
        .join(issues, issues.c.id == outcomes.c.issue_id)
        .where(outcomes.c.kind.in_(KINDS), outcomes.c.resolution == "fixed", outcomes.c.supported.is_(True))
        .where(outcomes.c.at > as_of - timedelta(days=days), outcomes.c.at <= as_of)
        .order_by(outcomes.c.issue_id, outcomes.c.version)
    ).all()
    if not rows:
        return []
    told = _events(connection, as_of, days)
    again = _again(connection)
    found = []
    for r in {r.issue_id: r for r in reversed(rows)}.values():  # the first close of each issue is the move
        acts = told.get(r.issue_id, [])
        before = [e for e in acts if e["version"] < r.version]
        others = Counter(e["by"] for e in _with_others(before, r.by))
        waited = any(e["event"] == "waiting" for e in before)
        regressed = any(e["event"] == "regressed" and e["version"] > r.version for e in acts)
        first = min(r.first_action_at or r.at, r.at)
        found.append(
            {
                **{k: getattr(r, k) for k in ("issue_id", "kind", "account", "channel", "sku", "by")},
                "detected_at": r.detected_at,
                "at": r.at,
                "alone": not others and not waited,
                "asked": others.most_common(1)[0][0] if others else None,
                "first_hours": (first - r.detected_at).total_seconds() / 3600,
                "hours": (r.at - first).total_seconds() / 3600,
                "lost_per_day": float(r.loss_stopped_per_day or 0.0),
                "wrong": regressed or r.issue_id in again,
                "cost": again.get(r.issue_id) if r.issue_id in again else float(r.lost_to_date or 0.0),
            }
        )
    return sorted(found, key=lambda c: c["issue_id"])


def _events(connection: sa.Connection, as_of: datetime, days: int) -> dict[int, list[dict[str, Any]]]:
    events, issues = ISSUE_EVENTS.sql_table(), ISSUES.sql_table()
    since = as_of - timedelta(days=days + BEFORE_DAYS)
    rows = connection.execute(
        sa.select(events.c.issue_id, events.c.version, events.c.event, events.c.by)
        .join(issues, issues.c.id == events.c.issue_id)
        .where(issues.c.kind.in_(KINDS), events.c.at >= since)
    )
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for r in rows:
        found[r.issue_id].append(dict(r._mapping))
    return found


def _with_others(before: Sequence[Mapping[str, Any]], closer: str) -> list[Mapping[str, Any]]:
    """What others did before the close; who only gave it to the closer before they began was not asked."""
    began = min((e["version"] for e in before if e["by"] == closer), default=0)
    return [
        e
        for e in before
        if e["by"] not in (closer, "opswheel") and (e["version"] > began or e["event"] not in DISPATCH)
    ]


def _again(connection: sa.Connection) -> dict[int, float]:
    """What the issue that came after a close lost, by the issue it repeats."""
    issues, outcomes = ISSUES.sql_table(), OUTCOMES.sql_table()
    rows = connection.execute(
        sa.select(issues.c.repeat_of, sa.func.max(outcomes.c.lost_to_date))
        .outerjoin(outcomes, outcomes.c.issue_id == issues.c.id)
        .where(issues.c.kind.in_(KINDS), issues.c.repeat_of.is_not(None))
        .group_by(issues.c.repeat_of)
    )
    return {row[0]: float(row[1] or 0.0) for row in rows}


def proposals(
    made: Sequence[Mapping[str, Any]],
    now: Mapping[str, Mapping[str, Any]],
    settings: DecisionSettings,
    *,
    margin: Mapping[str, float],
    currency: str,
) -> list[dict[str, Any]]:
    """One proposal or refusal per kind of price issue that was closed at all.

    `made` is what `closes` returns, each with `move`: the change of price as a share, or None where no report shows
    one; `now` the path in force by kind; `margin` what of a lost sum of a kind is the business's own.
    """
    found = []
    for kind in KINDS:
        own = [c for c in made if c["kind"] == kind]
        if own:
            one = _one(kind, own, now.get(kind, WAYS), settings, margin.get(kind, 1.0), currency)
            found += [one] if one else []
    return sorted(found, key=lambda p: (p["status"] != "open", -(p["gain_a_year"] or 0.0), p["subject"]))


def _one(  # noqa: PLR0913
    kind: str,
    own: Sequence[Mapping[str, Any]],
    now: Mapping[str, Any],
    settings: DecisionSettings,
    margin: float,
    currency: str,
) -> dict[str, Any] | None:
    moved = [c for c in own if c["move"]]
    if why := _cannot(kind, own, moved):
        return _refused(kind, now, why)
    tried = []
    for step in STEPS:
        within = [c for c in moved if c["move"] <= step]
        lone, asked = [c for c in within if c["alone"]], [c for c in within if not c["alone"]]
        if min(len(lone), len(asked)) >= LEAST_EACH:
            tried.append({"up_to": step, **_worth(lone, asked, settings.wage_per_hour, margin, kind)})
    if not tried:
        least = f"{LEAST_EACH} closes made alone and as many with somebody else"
        return _refused(kind, now, f"no size of change up to {STEPS[-1]:.0%} has {least}")
    sure = [t for t in tried if t["chance"] >= settings.sure and t["gain_a_year"]["mean"] > 0]
    if not sure:
        best = max(tried, key=lambda t: t["chance"])
        why = (
            f"that waits cost more than wrong moves do is {best['chance']:.0%} likely up to {best['up_to']:.0%}; "
            f"{settings.sure:.0%} is asked for"
        )
        return _refused(kind, now, why)
    best = max(sure, key=lambda t: t["gain_a_year"]["mean"])
    to = {"alone_up_to": best["up_to"], **_approval(moved, best["up_to"])}
    if all(now.get(k) == v for k, v in to.items()):
        return None
    told = {k: v for k, v in best.items() if k != "up_to"}
    told |= {"days": DAYS, "label": "observational", "tried": tried, "no_size": len(own) - len(moved)}
    return {
        "kind": KIND,
        "subject": kind,
        "status": "open",
        "from": {name: now.get(name) for name in WAYS},
        "to": to,
        "backtest": told,
        "why": _why(kind, best, to, currency),
        "gain_a_year": best["gain_a_year"]["mean"],
    }


def _why(kind: str, best: Mapping[str, Any], to: Mapping[str, Any], currency: str) -> str:
    lone, asked = best["alone"], best["asked"]
    return (
        f"{asked['n']} closes of {kind} with a change of price up to {best['up_to']:.0%} went through somebody else "
        f"and took {asked['hours']:.1f} hours from the first action, {lone['n']} made alone took {lone['hours']:.1f}. "
        f"Of those made alone {lone['wrong']} came back, of the others {asked['wrong']}. Asking less is worth about "
        f"{show_money(best['gain_a_year']['mean'], currency)} a year. Above that {to['approver'] or 'a lead'} "
        f"approves, within {to['within_hours']:.0f} hours."
    )


def _cannot(kind: str, own: Sequence[Mapping[str, Any]], moved: Sequence[Mapping[str, Any]]) -> str | None:
    """Why these closes tell nothing of a path."""
    if len(own) < 2 * LEAST_EACH:
        return f"only {len(own)} closes of {kind} in {DAYS} days; {2 * LEAST_EACH} are asked for"
    if len(moved) < 2 * LEAST_EACH:
        return f"of {len(own)} closes only {len(moved)} show a change of price in the listings reports loaded"
    lone = Counter(c["by"] for c in moved if c["alone"])
    if not lone:
        return "nobody has closed one alone: there is nothing to compare with"
    who, n = sorted(lone.items(), key=lambda x: (-x[1], x[0]))[0]
    if n > MOST_OF_ONE * lone.total():
        return f"{who} made {n} of the {lone.total()} closes made alone: they tell of one person, not of the path"
    return None


def _worth(
    lone: Sequence[Mapping[str, Any]], asked: Sequence[Mapping[str, Any]], wage: float, margin: float, kind: str
) -> dict[str, Any]:
    """What the asked ones would have gained if made alone, a year: drawn hours and shares of wrong moves."""
    rng = np.random.default_rng(KINDS.index(kind) + 1)
    hours = {name: _means(rng, [c["hours"] for c in group]) for name, group in (("alone", lone), ("asked", asked))}
    wrong = {
        name: rng.beta(sum(c["wrong"] for c in group) + 0.5, sum(not c["wrong"] for c in group) + 0.5, DRAWS)
        for name, group in (("alone", lone), ("asked", asked))
    }
    a_day = _means(rng, [c["lost_per_day"] for c in asked])
    cost = float(np.mean([c["cost"] for c in (*lone, *asked) if c["wrong"]] or [c["cost"] for c in (*lone, *asked)]))
    saved = (hours["asked"] - hours["alone"]) / 24 * a_day * margin + HANDOVER_MINUTES / 60 * wage
    gain = (saved - (wrong["alone"] - wrong["asked"]) * cost * margin) * len(asked) * 365.0 / DAYS
    return {
        "gain_a_year": told_of(gain),
        "chance": round(float((gain > 0).mean()), 4),
        "alone": _told(lone),
        "asked": _told(asked) | {"lost_waiting": round6(sum(_waited(c) for c in asked) * margin)},
        "cost_of_a_wrong_move": round6(cost * margin),
        "handover_minutes": HANDOVER_MINUTES,
        "handover_source": "assumed",
    }


def _waited(close: Mapping[str, Any]) -> float:
    return float(close["hours"] / 24 * close["lost_per_day"])


def _told(group: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "n": len(group),
        "hours": round6(float(np.mean([c["hours"] for c in group]))),
        "first_hours": round6(float(np.mean([c["first_hours"] for c in group]))),
        "wrong": sum(bool(c["wrong"]) for c in group),
        "people": len({c["by"] for c in group}),
    }


def _means(rng: np.random.Generator, values: Sequence[float]) -> np.ndarray:
    """Draws of a mean: the values themselves, drawn again and again."""
    seen = np.asarray(values, float)
    return np.asarray(seen[rng.integers(0, len(seen), (DRAWS, len(seen)))].mean(axis=1))


def _approval(moved: Sequence[Mapping[str, Any]], up_to: float) -> dict[str, Any]:
    """Who is asked most today, and the hours half of those closes take: no slower than it is."""
    asked = [c for c in moved if not c["alone"]]
    larger = [c for c in asked if c["move"] > up_to] or asked
    people = Counter(c["asked"] for c in asked if c["asked"])
    who = sorted(people.items(), key=lambda x: (-x[1], x[0]))[0][0] if people else None
    return {"approver": who, "within_hours": float(max(1, ceil(np.median([c["hours"] for c in larger]))))}


def _refused(kind: str, now: Mapping[str, Any], why: str) -> dict[str, Any]:
    told = {"kind": KIND, "subject": kind, "status": "refused", "from": {name: now.get(name) for name in WAYS}}
    return {**told, "to": {}, "backtest": {}, "why": why, "gain_a_year": None}


def check(to: Mapping[str, Any]) -> None:
    """Raises WrongUse where an edited path cannot be meant."""
    up_to, hours, who = (to.get(n) for n in ("alone_up_to", "within_hours", "approver"))
    if not (isinstance(up_to, int | float) and 0 <= up_to <= HIGHEST):
        raise WrongUse(
            f"alone_up_to {str(up_to)[:40]!r} is no share from 0 to {HIGHEST:g}.", "For 5 % write alone_up_to=0.05."
        )
    if not (isinstance(hours, int | float) and 0 < hours <= 24 * 14):
        raise WrongUse(f"within_hours {str(hours)[:40]!r} is no time for an answer.", "Write hours: within_hours=4.")
    if who is not None and not (isinstance(who, str) and who.strip()):
        raise WrongUse(f"approver {str(who)[:40]!r} is nobody.", "Write a name: approver=ines.")


def words(path: Mapping[str, Any]) -> str:
    """A path as whoever resolves an issue reads it."""
    up_to, who = path["alone_up_to"], path["approver"] or "a lead"
    above = f"{who} approves, within {path['within_hours']:g} hours"
    if not up_to:
        return f"Before you change the price, {above}."
    return f"You may change the price by up to {up_to:.0%} yourself; above that {above}."


def measure(connection: sa.Connection, decision: Any, as_of: datetime) -> dict[str, Any]:
    """Hours from detection to the first action and to the close, before and after: observational."""
    sides = {
        "before": _hours(connection, decision.subject, decision.at - timedelta(days=BEFORE_DAYS), decision.at),
        "after": _hours(connection, decision.subject, decision.at, as_of),
    }
    n = {name: len(rows) for name, rows in sides.items()}
    told: dict[str, Any] = {"label": "observational", "n": n}
    if min(n.values()) < LEAST_EACH:
        why = f"{n['before']} closes before and {n['after']} after; {LEAST_EACH} of each are needed"
        return {**told, "verdict": "cannot_tell", "why": why}
    rng = np.random.default_rng(decision.id)
    for at, name in ((0, "first_action_hours"), (1, "close_hours")):
        before, after = (_means(rng, [r[at] for r in sides[side]]) for side in ("before", "after"))
        low, high = np.quantile(after - before, [0.1, 0.9])
        told[name] = {
            "before": round6(float(before.mean())),
            "after": round6(float(after.mean())),
            "change": {"p10": round6(float(low)), "p90": round6(float(high))},
        }
    change = told["first_action_hours"]["change"]
    verdict = "faster" if change["p90"] < 0 else "slower" if change["p10"] > 0 else "cannot_tell"
    first = told["first_action_hours"]
    why = f"{first['before']:.1f} hours to the first action before, {first['after']:.1f} after"
    return {**told, "verdict": verdict, "why": why}


def _hours(connection: sa.Connection, kind: str, first: datetime, last: datetime) -> list[tuple[float, float]]:
    """Hours to the first action and to the close of issues of a kind that were found and closed between two moments."""
    issues, outcomes = ISSUES.sql_table(), OUTCOMES.sql_table()
    rows = connection.execute(
        sa.select(issues.c.detected_at, issues.c.first_action_at, sa.func.min(outcomes.c.at))
        .join(outcomes, outcomes.c.issue_id == issues.c.id)
        .where(issues.c.kind == kind, outcomes.c.resolution == "fixed", outcomes.c.at <= last)
        .where(issues.c.detected_at >= first, issues.c.detected_at < last, issues.c.inherited.is_(False))
        .group_by(issues.c.id, issues.c.detected_at, issues.c.first_action_at)
    )
    told = []
    for seen, begun, closed in rows:
        told.append(tuple((x - seen).total_seconds() / 3600 for x in (min(begun or closed, closed), closed)))
    return told
