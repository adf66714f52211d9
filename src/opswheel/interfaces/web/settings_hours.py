"""Hours and promises: when somebody is at work, what is promised by tier, and SKUs whose tier a person fixed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from ...core.errors import Conflict, OpswheelError, WrongUse
from ...core.staffed import WEEKDAYS
from ..answers.hours import hours_answer, set_hours
from ..people import Who, workspace_of
from ..people.asking import doer_of
from . import words
from .errors import told_here
from .guard import Asks, guarded
from .pages import back
from .settings import shown, typed_number

router = APIRouter()
HERE = "/settings/hours"
BY_TIER = (
    ("promises", "acknowledge", "Acknowledged within", "staffed hours"),
    ("promises", "first_action", "First action within", "staffed hours"),
    ("promises", "fix", "Fixed within", "staffed hours"),
    ("promises", "ack_lasts", "An acknowledgement alone holds for", "staffed hours"),
    ("snooze", "most_days", "Out of sight at most", "days"),
)
"""Section, setting, words and unit of what has one value for each tier."""
ALONE = (("promises", "claim_hours"), ("promises", "loss_budget"), ("promises", "review_after"))
MOST_LINES = 5_000


@router.get(HERE)
def hours(request: Request, asks: Asks) -> Response:
    """What is in force, in the form that changes it."""
    return _hours(request, asks, _typed(hours_answer(workspace_of(request))))


def _hours(request: Request, asks: Who, typed: Mapping[str, str], wrong: str = "") -> Response:
    return shown(
        request,
        asks,
        "settings_hours.html",
        typed=typed,
        by_tier=BY_TIER,
        days=WEEKDAYS,
        currency=workspace_of(request).settings.money.reporting_currency,
        may_change=asks.may("lead") and not asks.accounts,
        wrong=wrong,
    )


def _typed(told: Mapping[str, Any]) -> dict[str, str]:
    """Settings as the fields of the form show them."""
    staffed, promises = told["staffed"], told["promises"]
    steps = zip(promises["escalate_to"], promises["escalate_after"], strict=True)
    return {
        "version": told["version"],
        **{f"{n}_{t + 1}": f"{v:g}" for s, n, _, _ in BY_TIER for t, v in enumerate(told[s][n])},
        **{name: f"{told[section][name]:g}" for section, name in ALONE},
        **{day: staffed[day] for day in ("zone", "holidays", *WEEKDAYS)},
        "closed": "\n".join(staffed["closed"]),
        "escalate": "\n".join(f"{name}, {after:g}" for name, after in steps),
        "pinned": "\n".join(f"{sku}, {tier}" for sku, tier in told["tiers"]["pinned"].items()),
    }


@router.post(HERE, dependencies=[Depends(guarded)])
async def change_hours(request: Request, asks: Asks) -> Response:
    """Write what was typed into the settings."""
    asks.must("lead")
    asks.must_see_all()
    form = {name: str(value) for name, value in (await request.form()).items()}
    return await run_in_threadpool(_change, request, asks, form)


def _change(request: Request, asks: Who, form: dict[str, str]) -> Response:
    workspace = workspace_of(request)
    typed = {**_typed(hours_answer(workspace)), **form}
    try:
        changed = set_hours(workspace, _wanted(typed), version=typed["version"], doer=doer_of(request))
    except Conflict as error:
        return back(request, HERE, told_here(error), bad=True)
    except OpswheelError as error:
        return _hours(request, asks, typed, told_here(error))
    if not changed:
        return back(request, HERE, "Nothing was changed.")
    said = f"{words.plural(len(changed), 'setting')} in force. The next run sets every promise by them."
    return back(request, HERE, said)


def _wanted(typed: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The settings a form says. Raises WrongUse naming the field that cannot be read."""
    wanted: dict[str, dict[str, Any]] = {"staffed": {}, "promises": {}, "snooze": {}, "tiers": {}}
    for section, name, said, _ in BY_TIER:
        wanted[section][name] = [_number(typed[f"{name}_{t}"], f"{said}, tier {t}") for t in (1, 2, 3)]
    for section, name in ALONE:
        wanted[section][name] = _number(typed[name], name.replace("_", " "))
    for name in ("zone", "holidays", *WEEKDAYS):
        wanted["staffed"][name] = typed[name].strip()
    wanted["staffed"]["closed"] = _lines(typed["closed"])
    steps = [_pair(line, "name, hours") for line in _lines(typed["escalate"])]
    wanted["promises"]["escalate_to"] = [name for name, _ in steps]
    wanted["promises"]["escalate_after"] = [_number(hours, f"the hours until {name}") for name, hours in steps]
    pinned = [_pair(line, "amazon:US/SKU, tier") for line in _lines(typed["pinned"])]
    twice = next((sku for n, (sku, _) in enumerate(pinned) if sku in {s for s, _ in pinned[:n]}), None)
    if twice is not None:
        raise WrongUse(f"{twice} is pinned twice.", "Keep one of the lines.")
    wanted["tiers"]["pinned"] = {sku: _number(tier, f"the tier of {sku}") for sku, tier in pinned}
    return wanted


def _lines(text: str) -> list[str]:
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if len(found) > MOST_LINES:
        raise WrongUse(f"A list here has at most {MOST_LINES:,} lines.", "Write longer ones into opswheel.toml.")
    return found


def _pair(line: str, shape: str) -> tuple[str, str]:
    first, comma, second = line.rpartition(",")
    if not comma or not first.strip() or not second.strip():
        raise WrongUse(f"{line[:60]!r} is not of the kind “{shape}”.", "Write one a line, parted by a comma.")
    return first.strip(), second.strip()


def _number(text: str, what: str) -> int | float:
    """A number as a settings file would say it: whole ones without a point."""
    value = typed_number(text, "here", field=f"{what[0].upper()}{what[1:]}: ", step="Write digits.")
    return int(value) if value == int(value) else value
