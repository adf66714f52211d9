"""Match: our figures beside the marketplace's own, channel by channel; told beside the queue, never a gate."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from ...core.errors import OpswheelError, WrongUse
from ...core.money import exponent, minor_per_unit
from ...storage.lake import manifest_version
from ..answers.match import AGREES, FIGURES, match_answer
from ..kept import Kept
from ..people import Who, workspace_of
from ..wiring import Workspace
from . import words
from .guard import Asks, guarded
from .pages import render

router = APIRouter()
_kept = Kept[tuple[str, int, date], dict[str, Any]](20)


@router.get("/match")
def match(request: Request, asks: Asks) -> Response:
    """Our figures, and theirs where a loaded report tells them."""
    return _page(request, asks, _told(workspace_of(request)))


@router.post("/match", dependencies=[Depends(guarded)])
def compare(  # noqa: PLR0913
    request: Request,
    asks: Asks,
    channel: str = Form(),
    units: str = Form(""),
    sales: str = Form(""),
    begins: str = Form(""),
    ends: str = Form(""),
) -> Response:
    """Our figures beside what a person types."""
    asks.must("operator")
    typed = {"channel": channel, "units": units, "sales": sales, "begins": begins, "ends": ends}
    workspace = workspace_of(request)
    try:
        period = (_date(begins), _date(ends))
        if (period[0] is None) != (period[1] is None):
            raise WrongUse("A period has two ends.", "Say its first and its last day.")
        count = _number(units, "units")
        if count is not None and count != int(count):
            raise WrongUse(f"{units} units cannot be meant.", "Units are whole.")
        money = _number(sales, "sales")
        one = match_answer(workspace, channel, *period, None if count is None else int(count), money)
    except OpswheelError as error:
        return _page(request, asks, _told(workspace), typed=typed, wrong=_spoken(str(error)))
    told = _told(workspace)
    answers = {(c["account"], c["channel"]): c for c in one["channels"]}
    merged = [answers.get((c["account"], c["channel"]), c) for c in told["channels"]]
    return _page(request, asks, {"channels": merged}, typed=typed)


def _page(request: Request, asks: Who, told: dict[str, Any], *, typed: Any = None, wrong: str = "") -> Response:
    channels = [c | {"rows": _rows(c)} for c in told["channels"] if asks.sees(c["account"])]
    return render(
        request,
        asks,
        "match.html",
        channels=channels,
        off=[c for c in channels if c["agreement"] is not None and c["agreement"] < AGREES],
        typed=typed or dict.fromkeys(("channel", "units", "sales", "begins", "ends"), ""),
        wrong=wrong,
        agrees=AGREES,
        spoken=_spoken,
    )


def _told(workspace: Workspace) -> dict[str, Any]:
    """All channels without typed figures; remembered until something is loaded or the day is over."""
    with workspace.ledger.read() as connection:
        version = manifest_version(connection)
    place = (str(workspace.folder), version, workspace.clock.now().date())
    return _kept.of(place, lambda: match_answer(workspace, None, None, None, None, None))


def _rows(channel: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    found = []
    for name, said in FIGURES.items():
        ours, theirs = channel["ours"].get(name), channel["theirs"].get(name)
        found.append((said, _text(ours), _text(theirs), theirs is not None and ours != theirs))
    return found


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, dict):
        currency = value["currency"]
        return f"{words.sign(currency)}{value['minor'] / minor_per_unit(currency):,.{exponent(currency)}f}"
    return f"{value:,}"


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise WrongUse(f"{text!r} is no day.", "Write it like 2026-10-31.") from error


def _number(text: str, name: str) -> float | None:
    plain = text.replace(",", "").replace("\u00a0", "").replace(" ", "").lstrip("$€£¥")
    try:
        return float(plain) if plain else None
    except ValueError as error:
        raise WrongUse(
            f"{text!r} is no figure for {name}.", "Type it as the marketplace shows it, such as 12,480.50."
        ) from error


def _spoken(said: str) -> str:
    """A sentence of the command in the words of this page."""
    pairs = (
        ("type in what Seller Central shows, with --units and --sales", "type in below what the marketplace shows"),
        ("Compare days that have passed: --period FROM..TO.", "Compare days that have passed."),
        ("--units", "units"),
        ("--sales", "sales"),
    )
    for found, instead in pairs:
        said = said.replace(found, instead)
    return said
