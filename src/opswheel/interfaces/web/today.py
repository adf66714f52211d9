"""Today: the ranked queue, what changed since the last morning, and why something is not here."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlencode

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from ...core.clock import parse_moment
from ...core.contracts import RANKS
from ...core.detector import LANES as LANE_NAMES
from ...core.errors import NotAllowed, OpswheelError, WrongUse
from ...prioritization.rules import RULES
from ...resolution.lifecycle import FALSE_ALARM_REASONS, STATES
from ...resolution.playbook import ROOT_CAUSES
from ...resolution.queue import Wanted, last_run
from ..answers import whynot_answer
from ..answers.queue import Answered, queue_answered
from ..answers.search import search_answer
from ..answers.since import MOST, acts_since, mark, read_mark, stamp
from ..kept import Kept
from ..people import Who, workspace_of
from ..wiring import Workspace
from . import remembered, rows, words
from .errors import told_here
from .guard import Asks, csrf_of, guarded
from .pages import HEADERS, SAID, back, environment, packed, render, said_to, shell_of

router = APIRouter()
PAGE = 30
VIEWS_COOKIE, MOST_VIEWS = "opswheel_views", 12
TEXTS = ("lane", "owner", "kind", "account", "channel", "state", "rule")


@dataclass(frozen=True)
class Asked:
    """What the address of Today asks for."""

    wanted: Wanted
    as_of: datetime | None = None
    words: str = ""
    numbers: tuple[int, ...] = ()

    @property
    def filtered(self) -> bool:
        """Whether only a part of the queue is asked for."""
        return bool(self.words or self.numbers) or replace(self.wanted, after=0, limit=PAGE) != Wanted(limit=PAGE)


def asked_of(request: Request, asks: Who) -> Asked:
    """The address in its parts. Raises WrongUse where a part cannot be meant."""
    said = request.query_params
    told: dict[str, Any] = {name: said[name] for name in TEXTS if said.get(name)}
    try:
        if said.get("tier"):
            told["tier"] = int(said["tier"])
        told["after"] = max(0, int(said.get("after") or 0))
        told["incident"] = int(said["incident"]) if said.get("incident") else None
        numbers = tuple(int(n) for n in said.get("n", "").split(",") if n)[:100]
        as_of = parse_moment(said["as_of"]) if said.get("as_of") else None
    except ValueError as wrong:
        raise WrongUse(f"The address cannot be read: {wrong}.", "Begin again from Today.") from wrong
    told |= {flag: said.get(flag) == "1" for flag in ("breached", "unowned", "snoozed")}
    if asks.accounts and told.get("account") not in asks.accounts:
        if told.get("account"):
            raise NotAllowed(f"{asks.name} does not see the account {told['account']}.", "Ask an admin.")
        told["account"] = sorted(asks.accounts)[0]
    return Asked(Wanted(limit=PAGE, **told), as_of, said.get("q", "").strip()[:200], numbers)


def address(request: Request, **changes: Any) -> str:
    """This page's address with some parts changed; None takes one away. Pages begin again."""
    told = {k: v for k, v in request.query_params.items() if v and k not in ("after", "q") and k in KNOWN}
    told |= {k: str(v) for k, v in changes.items() if v is not None}
    for name in (k for k, v in changes.items() if v is None):
        told.pop(name, None)
    return _address(*told.items())


@lru_cache(maxsize=1_000)
def _address(*parts: tuple[str, str]) -> str:
    return "/" + (f"?{urlencode(parts)}" if parts else "")


KNOWN = (*TEXTS, "tier", "breached", "unowned", "snoozed", "as_of", "incident", "q", "n", "after")


_pages = Kept[tuple[Any, ...], tuple[bytes, dict[str, str]]](300)


@router.get("/")
def today(request: Request, asks: Asks) -> Response:
    """The page operators open every morning; kept as it was sent until anything it tells has changed."""
    key = _key(request, asks)
    kept = _pages.get(key)
    if kept is not None:
        return Response(kept[0], headers=kept[1])
    response = _drawn(request, asks)
    if response.status_code == 200 and said_to(request) is None:
        _pages.put(key, (bytes(response.body), dict(response.headers)))
    return response


def _key(request: Request, asks: Who) -> tuple[Any, ...]:
    """Everything a page depends on: who asks for what, in which looks, and how far ledger, memory and minute are."""
    workspace = workspace_of(request)
    with workspace.ledger.read() as connection:
        stamped = stamp(connection)
    looks = tuple(request.cookies.get(name) for name in ("theme", "keys", VIEWS_COOKIE, SAID))
    heads = tuple(request.headers.get(name) for name in ("X-Part", "Accept-Encoding"))
    minute = workspace.clock.now().replace(second=0, microsecond=0)
    asked = (str(workspace.folder), request.url.query, asks, csrf_of(request))
    return (*asked, looks, heads, stamped, remembered.learned(), minute)


def _drawn(request: Request, asks: Who) -> Response:
    workspace, asked = workspace_of(request), asked_of(request, asks)
    number = asked.words.removeprefix("#")
    named = [int(number)] if number.isdecimal() and len(number) < 16 else []
    if named and search_answer(workspace, numbers=named, accounts=asks.accounts):
        return back(request, f"/issues/{named[0]}")
    return render(request, asks, "today.html", **page_values(request, workspace, asked, asks))


def page_values(request: Request, workspace: Workspace, asked: Asked, asks: Who) -> dict[str, Any]:
    """What the page shows."""
    answered = queue_answered(workspace, asked.wanted, asked.as_of)
    found = dict(answered.told)
    if asked.words or asked.numbers:
        hits = search_answer(workspace, asked.words, numbers=asked.numbers, accounts=asks.accounts)
        found |= {"issues": hits, "total": len(hits), "more": False}
    now = workspace.clock.now() if asked.as_of is None else asked.as_of
    issues, run = found["issues"], found["run"]
    sales_now = request.query_params.get("sales") == "1"
    known: dict[int, remembered.Known] = {}
    past = asked.as_of is not None
    if run is not None and not past:
        known = remembered.recall(workspace, run, [i["id"] for i in issues])
        if sales_now and len(known) < len(issues):
            known |= remembered.learn(workspace, [i for i in issues if i["id"] not in known])
    shared = rows.Page(now, rows.most_of(issues), past)
    flat = bool(asked.words or asked.numbers or asked.wanted.rule)
    lanes = rows.lanes_of([rows.row_of(i, shared, known.get(i["id"])) for i in issues], flat=flat)
    last = max((i["rank"] or 0 for i in issues), default=0)
    return {
        "found": found,
        "asked": asked,
        "now": now,
        "past": past,
        "lanes": lanes,
        "cut": None if flat else rows.cut_at(lanes, found["cut_line"]),
        "last_rank": last,
        "unknown": [i["id"] for i in issues if i["id"] not in known] if run is not None and not past else [],
        "link": lambda **changes: address(request, **changes),
        "more_link": _more(request, found, asked, answered.last),
        "bulk": None if past else bulk(workspace, run, found["currency"]),
        "filters": filters(workspace, run, asked.wanted),
        "tabs": tabs(request, asks, found, answered.morning),
        "since": since_values(answered),
        "views": views_of(request),
        **({} if past or run is None else {"shell": shell_of(workspace, answered.run, found["blind"])}),
    }


def _more(request: Request, found: dict[str, Any], asked: Asked, last: int | None) -> str | None:
    """Where the next rows are; None where these are the last."""
    issues = found["issues"]
    if not issues or asked.words or asked.numbers or len(issues) < asked.wanted.limit:
        return None
    if asked.wanted.rule:
        return address(request, after=asked.wanted.after + len(issues))
    return None if last is None else address(request, after=last)


def since_values(answered: Answered) -> dict[str, Any]:
    """What changed since the morning before, and where the mornings around this one are."""
    run, told = answered.run, answered.morning
    if run is None:
        return {"mark": "", "before": None, "after": None, "told": {}}
    around = {name: told[name] for name in ("before", "after")}
    return {"mark": str(told["mark"]), "told": told, "as_of": run.as_of, **around}


_chosen = Kept[tuple[str, int], dict[str, list[str]]](50)


def choices(workspace: Workspace, run: int | None) -> dict[str, list[str]]:
    """What can be chosen in each filter: what the run's queue holds."""

    def read() -> dict[str, list[str]]:
        ranks, told = RANKS.sql_table(), {}
        with workspace.ledger.read() as connection:
            for name in ("account", "channel", "kind", "owner"):
                column = ranks.c[name]
                query = sa.select(column).where(ranks.c.run_id == run, ranks.c.open.is_(True)).distinct()
                told[name] = sorted(v for (v,) in connection.execute(query) if v)
        return told

    return {
        **_chosen.of((str(workspace.folder), run or 0), read),
        "lane": list(LANE_NAMES),
        "state": list(STATES),
        "rule": [r.name for r in RULES],
        "tier": ["1", "2", "3"],
    }


_fragments = Kept[tuple[Any, ...], Markup](200)


def _kept(template: str, workspace: Workspace, run: int | None, rest: Hashable, told: Mapping[str, Any]) -> Markup:
    """A part of the page that stays as it is for a run and what is chosen, drawn once."""

    def draw() -> Markup:
        return Markup(environment().get_template(template).render(told))  # noqa: S704  escaped there

    return _fragments.of((template, str(workspace.folder), run, rest), draw)


def filters(workspace: Workspace, run: int | None, wanted: Wanted) -> Markup:
    """The choices of each filter."""
    told = {"choices": choices(workspace, run), "wanted": wanted, "kinds": kind_words(workspace)}
    return _kept("filters.html", workspace, run, replace(wanted, after=0), told)


def bulk(workspace: Workspace, run: int | None, currency: str) -> Markup:
    """What can be done with the chosen rows."""
    told = {"people": choices(workspace, run)["owner"], "causes": ROOT_CAUSES, "false_reasons": FALSE_ALARM_REASONS}
    return _kept("bulk.html", workspace, run, currency, told | {"currency": currency})


def kind_words(workspace: Workspace) -> dict[str, str]:
    """What each kind is called."""
    return {d.kind: d.title for d in workspace.detectors}


@router.get("/today/changes")
def changes(request: Request, asks: Asks, since: str = "") -> Response:
    """How much changed since a mark: one sentence, asked for again and again at the price of two counts."""
    workspace, seen = workspace_of(request), read_mark(since)
    with workspace.ledger.read() as connection:
        run = last_run(connection)
        if run is None or seen is None:
            return Response(status_code=204, headers=HEADERS)
        now = mark(connection, run)
        tag = f'"{now}-{asks.name.encode().hex()[:12]}"'
        if now == seen or request.headers.get("If-None-Match") == tag:
            return Response(status_code=304, headers={**HEADERS, "ETag": tag})
        acts = [] if run.id != seen.run else acts_since(connection, run, seen)
    n = len({a["issue_id"] for a in acts})
    others = sorted({a["by"] for a in acts} - {asks.name})
    said = "A new run has finished" if run.id != seen.run else words.plural(n, "change")
    told = {"words": said, "by": others[:3], "issues": sorted({a["issue_id"] for a in acts})[:50], "mark": str(now)}
    return Response(json.dumps(told), media_type="application/json", headers={**HEADERS, "ETag": tag})


@router.get("/today/sales")
def sales(request: Request, asks: Asks, n: str = "") -> Response:
    """The sales line and change of rank of rows that were shown without."""
    workspace = workspace_of(request)
    numbers = tuple(int(x) for x in n.split(",") if x.isdecimal())[:100]
    issues = search_answer(workspace, numbers=numbers, accounts=asks.accounts) if numbers else []
    found = remembered.learn(workspace, issues) if issues else {}
    text = environment().get_template("today_sales.html").render(found=found)
    return packed_html(request, text)


@router.get("/today/whynot")
def whynot(request: Request, asks: Asks, sku: str = "") -> Response:
    """Why a SKU is not in the queue: healthy, below floor, not meant to sell, or blind."""
    answer, refused = None, ""
    if sku.strip():
        try:
            answer = whynot_answer(workspace_of(request), sku.strip()[:200], None)
        except OpswheelError as wrong:
            refused = told_here(wrong)
    if answer and asks.accounts:
        answer["listings"] = [x for x in answer["listings"] if x["account"] in asks.accounts]
    return render(request, asks, "whynot.html", sku=sku, answer=answer, refused=refused)


def packed_html(request: Request, text: str) -> Response:
    """A fragment, compressed."""
    response: Response = packed(request, HTMLResponse(text, headers=HEADERS))
    response.headers["Cache-Control"] = "no-store"
    return response


def tabs(
    request: Request, asks: Who, found: Mapping[str, Any], morning: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """The views one press away, (name, address, how many where that is known); a person's own stand last."""
    here = address(request)
    late, aside = morning.get("late") or 0, (found["snoozed"] or {}).get("n") or 0
    views = [
        ("Everyone", "/", 0),
        ("Mine", f"/?{urlencode({'owner': asks.name})}", 0),
        ("Past due", "/?breached=1", late),
        ("No owner", "/?unowned=1", found["unowned"] or 0),
        ("Tier 1", "/?tier=1", 0),
        ("Verify first", "/?lane=verify", 0),
        ("Put aside", "/?snoozed=1", aside),
        *((name, query, 0) for name, query in views_of(request)),
    ]
    told = []
    for name, query, n in views:
        if query == here:
            said = f"{found['total']:,}" + ("+" if found["more"] else "")
        else:
            said = (f"{n:,}" + ("+" if n >= MOST and name == "Past due" else "")) if n else ""
        told.append((name, query, said))
    return told


def views_of(request: Request) -> list[tuple[str, str]]:
    """A person's saved views, (name, address), as their browser keeps them."""
    try:
        kept = json.loads(unquote(request.cookies.get(VIEWS_COOKIE, "[]")))
        return [(str(n), str(q)) for n, q in kept if str(q).startswith("/?")][:MOST_VIEWS]
    except (ValueError, TypeError):
        return []


@router.post("/today/view", dependencies=[Depends(guarded)])
def only_these(request: Request, asks: Asks, n: list[int] = Form([])) -> Response:  # noqa: B008
    """A view of the chosen rows alone, by an address that can be kept."""
    asks.must("viewer")
    return back(request, f"/?n={','.join(str(x) for x in n[:100])}" if n else "/")


@router.post("/today/views", dependencies=[Depends(guarded)])
def save_view(
    request: Request, asks: Asks, name: str = Form(""), query: str = Form("/"), forget: str = Form("")
) -> Response:
    """Keep the address of a view under a name, or forget one."""
    asks.must("viewer")
    name = " ".join((forget or name).split())[:40]
    kept = [(n, q) for n, q in views_of(request) if n != name]
    if not forget and (not name or not query.startswith("/?")):
        return back(request, query, "A view needs a name, and at least one filter.", bad=True)
    if not forget:
        kept.append((name, query[:600]))
    response = back(request, "/" if forget else query, f"{'Forgot' if forget else 'Saved'} the view {name}.")
    told = quote(json.dumps(kept[-MOST_VIEWS:]))
    secure = request.url.scheme == "https"
    response.set_cookie(VIEWS_COOKIE, told, max_age=31_536_000, httponly=True, samesite="lax", secure=secure)
    return response
