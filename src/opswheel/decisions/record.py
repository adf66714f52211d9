"""Proposals and decisions as they are stored: suggested by a run, decided by a person, undone by another decision."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from ..core.contracts import DECISIONS, PREVENTION, PROPOSALS
from ..core.errors import Conflict, NotFound, WrongUse
from ..core.settings import Route
from ..core.settings.decisions import DecisionSettings
from ..core.threshold import SLOPE, SLOPES
from . import catalog_rules, forecast_models, price_paths, routes, thresholds
from .standing import must_be_last

OPEN = "open"


def put(
    connection: sa.Connection, kind: str, made: Sequence[Mapping[str, Any]], *, as_of: datetime, within: str = ""
) -> list[int]:
    """Store this week's proposals of a kind; those of earlier weeks nobody decided on are replaced by them.

    `within` is what the subjects looked at begin with, where not all of the kind were. Returns their numbers in order.
    """
    table = PROPOSALS.sql_table()
    old = sa.and_(table.c.kind == kind, table.c.status.in_((OPEN, "refused")))
    if within:
        old = sa.and_(old, table.c.subject.startswith(within, autoescape=True))
    connection.execute(table.update().where(old).values(status="replaced"))
    number = connection.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0
    rows = []
    for position, one in enumerate(made, 1):
        rows.append(
            {
                "id": number + position,
                "kind": kind,
                "subject": one["subject"],
                "status": one["status"],
                "made_at": as_of,
                "position": position,
                "from_value": json.dumps(one["from"], sort_keys=True),
                "to_value": json.dumps(one["to"], sort_keys=True),
                "backtest": json.dumps(one["backtest"], sort_keys=True),
                "why": one["why"],
                "gain_a_year": one["gain_a_year"],
                "decided_at": None,
                "decided_by": None,
            }
        )
    if rows:
        connection.execute(table.insert(), rows)
    return [int(r["id"]) for r in rows]


def last_made(connection: sa.Connection, kind: str) -> datetime | None:
    """When proposals of a kind were made last."""
    table = PROPOSALS.sql_table()
    return connection.execute(sa.select(sa.func.max(table.c.made_at)).where(table.c.kind == kind)).scalar()


def find(connection: sa.Connection, number: int) -> Any:
    """The proposal of this number; raises NotFound."""
    table = PROPOSALS.sql_table()
    row = connection.execute(sa.select(table).where(table.c.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"There is no proposal {number}.", "`opswheel proposals` lists them.")
    return row


def accept(  # noqa: PLR0913
    connection: sa.Connection,
    number: int,
    settings: DecisionSettings,
    *,
    by: str,
    at: datetime,
    why: str,
    edit: Mapping[str, Any] | None = None,
    own: Mapping[str, float] | None = None,
    automatic: bool = False,
) -> int:
    """Put a proposal into force, or what a person made of it; returns the decision's number.

    `edit` replaces parts of what was proposed; `own` are the rule's own cuts, whose floor and ceiling also hold for a
    person. Raises Conflict where it was decided already or the world moved on, WrongUse where the edit cannot be meant.
    """
    proposal = _undecided(connection, number)
    to = json.loads(proposal.to_value)
    if edit:
        to = _edited(proposal, to, edit, settings, own or {})
    verdict = "automatic" if automatic else "edited" if edit else "accepted"
    decision = _write(connection, proposal, verdict, to, by=by, at=at, why=why)
    _apply(connection, proposal, decision, to, by=by, at=at, why=why)
    _close(connection, proposal, "edited" if edit else "accepted", by, at)
    return decision


def reject(connection: sa.Connection, number: int, *, by: str, at: datetime, why: str) -> int:
    """Leave things as they are, and say why; returns the decision's number."""
    proposal = _undecided(connection, number)
    decision = _write(connection, proposal, "rejected", json.loads(proposal.from_value), by=by, at=at, why=why)
    _close(connection, proposal, "rejected", by, at)
    return decision


def set_cut(  # noqa: PLR0913
    connection: sa.Connection,
    version: str,
    value: float,
    settings: DecisionSettings,
    *,
    own: float,
    by: str,
    at: datetime,
    why: str,
) -> int:
    """Move a cut line because a person says so, without a proposal; returns the decision's number.

    `version` is the one they looked at, `own` the rule's own value, whose floor and ceiling hold as for a proposal.
    Raises WrongUse outside of them, for the value it has already, or without a reason; Conflict where somebody moved
    it meanwhile.
    """
    if not why.strip():
        raise WrongUse("A decision needs its reason: whoever judges it in 90 days will ask.", "Say why.")
    now = next((v for v in thresholds.in_force(connection, at) if v["id"] == version), None)
    if now is None:
        raise Conflict("This cut line was changed since you looked at it.", "Look at it again; nothing was written.")
    _within(now["name"], value, own, settings)
    if value == now["value"]:
        raise WrongUse(f"{now['name']} is {value:g} already.", "Say another value, or leave it.")
    name, why = now["name"], why.strip()
    row: dict[str, Any] = {"proposal_id": None, "undoes": None, "kind": "threshold", "verdict": "edited"}
    row |= {
        "subject": now["kind"] + (f"@tier={now['tier']}" if now["tier"] else ""),
        "evidence": "{}",
        "expected": "{}",
    }
    row |= {"from_value": json.dumps({"cuts": {name: now["value"]}, "versions": [version]}, sort_keys=True)}
    row |= {"to_value": json.dumps({"cuts": {name: value}}, sort_keys=True), "by": by, "at": at, "why": why}
    number = add(connection, row)
    thresholds.move(connection, version, value, since=at, source=f"decision {number}", why=why)
    return number


def bounds(name: str, own: float, settings: DecisionSettings) -> tuple[float, float]:
    """The lowest and the highest value a cut line may have whose rule's own is `own`; a slope goes by its steps."""
    if name == SLOPE.name:
        return SLOPES[0], SLOPES[-1]
    return own * settings.lowest, own * settings.highest


def _within(name: str, value: Any, own: float, settings: DecisionSettings) -> None:
    low, high = bounds(name, own, settings)
    if not (isinstance(value, int | float) and low <= value <= high):
        whose = "[decisions] lowest and highest in opswheel.toml set these bounds."
        if name == SLOPE.name:
            whose = "At 0 the floor is the same for every sign; steeper than that has not been tried."
        raise WrongUse(f"{name} {value} lies outside {low:g} to {high:g}.", whose)


def _undecided(connection: sa.Connection, number: int) -> Any:
    proposal = find(connection, number)
    if proposal.status == "refused":
        raise Conflict(f"Proposal {number} was refused: {proposal.why}.", "It can be neither accepted nor rejected.")
    if proposal.status != OPEN:
        raise Conflict(f"Proposal {number} is {proposal.status} already.", "`opswheel proposals` lists the open ones.")
    return proposal


def _close(connection: sa.Connection, proposal: Any, status: str, by: str, at: datetime) -> None:
    table = PROPOSALS.sql_table()
    here = sa.and_(table.c.id == proposal.id, table.c.status == OPEN)
    done = connection.execute(table.update().where(here).values(status=status, decided_at=at, decided_by=by))
    if done.rowcount != 1:
        raise Conflict(f"Somebody else decided on proposal {proposal.id} a moment ago.")


def _write(  # noqa: PLR0913
    connection: sa.Connection, proposal: Any, verdict: str, to: Any, *, by: str, at: datetime, why: str
) -> int:
    if not why.strip():
        raise WrongUse("A decision needs its reason: whoever judges it in 90 days will ask.", 'Say --why "…".')
    told = json.loads(proposal.backtest)
    expected = {"gain_a_year": proposal.gain_a_year, "after": told.get("after")}
    return add(
        connection,
        {
            "proposal_id": proposal.id,
            "undoes": None,
            "kind": proposal.kind,
            "subject": proposal.subject,
            "verdict": verdict,
            "from_value": proposal.from_value,
            "to_value": json.dumps(to, sort_keys=True),
            "evidence": proposal.backtest,
            "expected": json.dumps(expected, sort_keys=True),
            "by": by,
            "at": at,
            "why": why.strip(),
        },
    )


def add(connection: sa.Connection, row: Mapping[str, Any]) -> int:
    """Store a decision under the next number, which is returned."""
    table = DECISIONS.sql_table()
    number = int(connection.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0) + 1
    blank = {"measured": None, "judged_90_at": None, "judged_180_at": None}
    connection.execute(table.insert(), {**blank, **row, "id": number})
    return number


def _edited(
    proposal: Any, to: dict[str, Any], edit: Mapping[str, Any], settings: DecisionSettings, own: Mapping[str, float]
) -> dict[str, Any]:
    if proposal.kind == "threshold":
        cuts = dict(to["cuts"])
        for name, value in edit.items():
            if name not in cuts:
                raise WrongUse(f"{name!r} is no cut line of {proposal.subject}.", f"One of: {', '.join(cuts)}.")
            _within(name, value, own.get(name, value), settings)
            cuts[name] = float(value)
        return {**to, "cuts": cuts}
    if unknown := [name for name in edit if name not in to]:
        raise WrongUse(f"{unknown[0]!r} is no part of proposal {proposal.id}.", f"One of: {', '.join(to)}.")
    if proposal.kind == "prevention" and not isinstance(edit.get("cost", 0.0), int | float):
        raise WrongUse(f"cost {edit['cost']!r} is no number.", "Say it in the reporting currency: cost=120.")
    if proposal.kind == forecast_models.KIND:
        raise WrongUse("A choice of models is what its back-test was of.", "Accept it or reject it as it is.")
    if proposal.kind == "route":
        _route(to | dict(edit))
    elif proposal.kind == catalog_rules.KIND:
        catalog_rules.check(to | dict(edit), to)
    elif proposal.kind == price_paths.KIND:
        price_paths.check(to | dict(edit))
    return {**to, **edit}


def _route(to: Mapping[str, Any]) -> Route:
    """The route a decision names; raises WrongUse where a value of it cannot be one."""
    try:
        return Route(**{k: v for k, v in to.items() if k in Route.model_fields and v not in (None, "")})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = first["loc"][0] if first["loc"] else "the route"
        raise WrongUse(
            f"{name} {str(first['input'])[:80]!r} cannot stand in a route.", "Say it as `opswheel routes` does."
        ) from wrong


def _apply(  # noqa: PLR0913
    connection: sa.Connection, proposal: Any, decision: int, to: Mapping[str, Any], *, by: str, at: datetime, why: str
) -> None:
    before = json.loads(proposal.from_value)
    if proposal.kind == "threshold":
        _move(connection, before, to["cuts"], decision, at=at, why=why)
    elif proposal.kind == "route":
        _reroute(connection, to, by=by, at=at)
    elif proposal.kind == "prevention":
        _plan(connection, decision, {**before, **to}, at=at)
    elif proposal.kind == forecast_models.KIND:
        forecast_models.put_in_force(connection, before, to, at=at)


def _move(  # noqa: PLR0913
    connection: sa.Connection,
    before: Mapping[str, Any],
    cuts: Mapping[str, float],
    decision: int,
    *,
    at: datetime,
    why: str,
) -> None:
    now = {v["id"] for v in thresholds.in_force(connection, at)}
    for (name, value), version in zip(before["cuts"].items(), before["versions"], strict=True):
        if version not in now:
            raise Conflict(f"{name} was changed since this was proposed.", "The next run proposes anew.")
        if cuts[name] != value:
            thresholds.move(connection, version, cuts[name], since=at, source=f"decision {decision}", why=why)


def _reroute(connection: sa.Connection, to: Mapping[str, Any], *, by: str, at: datetime) -> None:
    """The new route stands first: the first one that matches names the owner."""
    routes.replace(connection, [_route(to), *routes.current(connection)], by=by, at=at)


def _plan(connection: sa.Connection, decision: int, to: Mapping[str, Any], *, at: datetime) -> None:
    names = ("root_cause", "kind", "dimension", "value", "owner", "cost")
    row = {name: to.get(name) for name in names}
    connection.execute(
        PREVENTION.sql_table().insert(), {**row, "decision_id": decision, "planned_at": at, "done_at": None}
    )


def rollback(connection: sa.Connection, number: int, *, by: str, at: datetime, why: str) -> int:
    """Undo a decision that changed something, by a decision of its own, whose number is returned.

    Raises Conflict where it changed nothing, was undone already, or a later decision stands on it.
    """
    table = DECISIONS.sql_table()
    decision = connection.execute(sa.select(table).where(table.c.id == number)).one_or_none()
    if decision is None:
        raise NotFound(f"There is no decision {number}.", "`opswheel proposals --decided` lists them.")
    if decision.verdict not in ("accepted", "edited", "automatic"):
        raise Conflict(f"Decision {number} was {decision.verdict}: there is nothing to undo.")
    if connection.execute(sa.select(table.c.id).where(table.c.undoes == number)).first() is not None:
        raise Conflict(f"Decision {number} was undone already.")
    if not why.strip():
        raise WrongUse("A roll-back needs its reason.", 'Say --why "…".')
    if decision.kind in (catalog_rules.KIND, price_paths.KIND):
        must_be_last(connection, decision)  # what holds is what was decided last
    row = {name: getattr(decision, name) for name in ("kind", "subject", "evidence")}
    row |= {"proposal_id": None, "undoes": number, "verdict": "rolled_back", "expected": "{}"}
    row |= {"from_value": decision.to_value, "to_value": decision.from_value, "by": by, "at": at, "why": why.strip()}
    new = add(connection, row)
    _undo(connection, decision, new, by=by, at=at, why=why.strip())
    return new


def _undo(connection: sa.Connection, decision: Any, new: int, *, by: str, at: datetime, why: str) -> None:  # noqa: PLR0913
    before, after = json.loads(decision.from_value), json.loads(decision.to_value)
    source = f"decision {decision.id}"
    if decision.kind == forecast_models.KIND:
        forecast_models.take_back(connection, before, after, decision.id)
    elif decision.kind == "threshold":
        for one in [v for v in thresholds.in_force(connection, at) if v["source"] == source]:
            thresholds.move(
                connection, one["id"], before["cuts"][one["name"]], since=at, source=f"decision {new}", why=why
            )
            after["cuts"].pop(one["name"])
        if left := [n for n, value in after["cuts"].items() if value != before["cuts"][n]]:
            raise Conflict(f"{left[0]} was changed again since decision {decision.id}.", "Roll that back first.")
    elif decision.kind == "route":
        gone, now = _route(after), routes.current(connection)
        if gone not in now:
            raise Conflict(f"The route of decision {decision.id} is in force no more.")
        now.remove(gone)
        routes.replace(connection, now, by=by, at=at)
    elif decision.kind == "prevention":
        table = PREVENTION.sql_table()
        connection.execute(table.delete().where(table.c.decision_id == decision.id, table.c.done_at.is_(None)))
