"""Price rules: the bounds each listing must keep, and the list a lead types in or sends as a file."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from ...core.errors import OpswheelError, WrongUse
from ..answers.price_rules import TYPED, load_rules, rules_answer
from ..people import Who, workspace_of
from . import words
from .errors import told_here
from .guard import Asks, guarded
from .pages import back
from .settings import shown
from .uploads import put_away, safe_name

router = APIRouter()
MOST_BYTES = 4 << 20
MOST_TYPED = 2_000
"""So many rows of a list stand in its form; a longer one is changed as a file."""


@router.get("/settings/prices")
def prices(request: Request, asks: Asks, list: str = "") -> Response:
    """The rules in force, and one of the lists to edit."""
    return _prices(request, asks, list)


def _prices(request: Request, asks: Who, chosen: str, *, text: str | None = None, wrong: str = "") -> Response:
    told = rules_answer(workspace_of(request), asks.sees)
    lists = {f"{account} {channel}": csv for (account, channel), csv in told["lists"].items()}
    one = (
        chosen
        if chosen in lists
        else next((n for n, csv in lists.items() if csv.count("\n") > 1), next(iter(lists), ""))
    )
    known = lists.get(one, "")
    return shown(
        request,
        asks,
        "settings_prices.html",
        rules=told["rules"][:MOST_TYPED],
        total=len(told["rules"]),
        accounts=len({r["account"] for r in told["rules"]}) > 1,
        lists=list_names(lists),
        one=one,
        text=known if text is None else text,
        long=text is None and known.count("\n") > MOST_TYPED,
        may_change=bool(one) and asks.may("lead", one.partition(" ")[0]),
        wrong=wrong,
    )


def list_names(lists: dict[str, str]) -> list[tuple[str, str]]:
    """(value, words) of each list that can be edited: the account is said where there are several."""
    alone = len({name.partition(" ")[0] for name in lists}) == 1
    return [(name, name.partition(" ")[2] if alone else name) for name in lists]


@router.post("/settings/prices", dependencies=[Depends(put_away), Depends(guarded)])
async def change_prices(request: Request, asks: Asks) -> Response:
    """Load a list of price rules: what was typed, or a file."""
    form = await request.form()
    chosen, sent = str(form.get("list", "")), form.get("file")
    name, raw = TYPED, str(form.get("text", "")).encode()
    if isinstance(sent, UploadFile) and sent.filename:
        name, raw = safe_name(sent.filename), await sent.read(MOST_BYTES + 1)
    return await run_in_threadpool(_change, request, asks, chosen, name, raw)


def _change(request: Request, asks: Who, chosen: str, name: str, raw: bytes) -> Response:
    account, _, channel = chosen.partition(" ")
    asks.must("lead", account)
    workspace, text, place = workspace_of(request), "", (account, channel)
    try:
        if len(raw) > MOST_BYTES:
            raise WrongUse("A list of price rules has at most 4 MB.", "Is it the right file?")
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
        told = rules_answer(workspace, asks.sees)
        if place not in told["lists"]:
            raise WrongUse("That is no channel with listings.", "Choose one of the list.")
        if not name.lower().endswith((".csv", ".txt")):
            raise WrongUse(f"{name} is no CSV file.", "Export the list as CSV.")
        n = load_rules(workspace, place, text, by=asks.name, day=told["days"][place], name=name)
    except UnicodeDecodeError:
        return _prices(request, asks, chosen, wrong="This is no CSV file in UTF-8. Export it again as CSV (UTF-8).")
    except OpswheelError as error:
        return _prices(request, asks, chosen, text=text or None, wrong=told_here(error))
    said = f"{words.plural(n, 'price rule')} for {channel} in force. The next run goes by them."
    return back(request, f"/settings/prices?list={account}%20{channel}", said)
