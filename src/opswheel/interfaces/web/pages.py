"""What every page has: the shell around it, its language of figures, and the headers it is sent with."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import sqlalchemy as sa
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ...core.contracts import RUNS
from ..kept import Kept
from ..people import Who, workspace_of
from ..wiring import Workspace
from . import words
from .guard import csrf_of
from .pictures import base as pictures

HERE = Path(__file__).parent
STATIC = HERE / "static"


@dataclass(frozen=True)
class Entry:
    """A screen in the rail: its name, address, icon and the key that follows `g`."""

    name: str
    path: str
    icon: str
    key: str


NAV: tuple[Entry, ...] = (
    Entry("Today", "/", "today", "t"),
    Entry("Wheel", "/wheel", "wheel", "w"),
    Entry("Learning", "/learning", "learning", "l"),
    Entry("Decisions", "/decisions", "decisions", "d"),
    Entry("Performance", "/performance", "performance", "p"),
    Entry("Sources", "/sources", "sources", "o"),
    Entry("Match", "/match", "match", "m"),
    Entry("Intent", "/intent", "intent", "i"),
    Entry("Growth", "/growth", "growth", "r"),
    Entry("Habits", "/habits", "habits", "h"),
    Entry("Settings", "/settings", "settings", "e"),
)
"""The screens, in the order they stand in the rail. A screen adds its entry here and nowhere else."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
SAID = "opswheel_said"
"""The cookie that carries one sentence over a redirect."""
WORTH_PACKING = 600
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".json": "application/json"}


@lru_cache(maxsize=1)
def version() -> str:
    """A word that changes whenever any static file does."""
    found = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()[:12]


def static(name: str) -> str:
    """The address of a static file, good forever: it names what all of them contain."""
    return f"/static/{version()}/{name}"


@lru_cache(maxsize=512)
def icon(name: str, small: bool = False) -> Markup:
    """A drawn mark that says nothing to a screen reader; a word stands beside it."""
    size = "i s" if small else "i"
    return Markup(f'<svg class="{size}" aria-hidden="true"><use href="{static("icons.svg")}#{name}"/></svg>')  # noqa: S704  names are ours


@dataclass(frozen=True)
class Screens:
    """The screens as links: in the rail, below on a phone, and by their keys."""

    side: Markup
    below: Markup
    jumps: Markup


@lru_cache(maxsize=500)
def screens(here: str, blind: int) -> Screens:
    """The links to the screens as they stand on one of them, drawn once."""
    made: Any = environment().get_template("screens.html").module
    return Screens(made.side(NAV, here, blind), made.below(NAV, here), made.jumps(NAV))


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Where templates are found and what they may say; everything is escaped."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # a page asks no disk whether its templates changed
    )
    made.globals |= {"static": static, "icon": icon, "pictures": pictures, "words": words, "screens": screens}
    for name in (
        "money",
        "short",
        "number",
        "percent",
        "day",
        "moment",
        "lasting",
        "grace",
        "work",
        "initials",
        "state",
    ):
        made.filters[name] = getattr(words, name)
    return made


def render(request: Request, who: Who, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page, or the one block of it that the request names in `X-Part`, with the notice that is due.

    Templates find beside `values`: `who`, `shell` (run, clock, blind sources), `nav`, `csrf`, `said`, `theme`, `here`.
    """
    part = request.headers.get("X-Part", "")
    page = environment().get_template(template)
    said, csrf = said_to(request), csrf_of(request)
    found = {
        "request": request,
        "who": who,
        "nav": NAV,
        "here": request.url.path,
        "csrf": csrf,
        "csrf_value": csrf,  # under a name no macro has
        "said": said,
        "theme": request.cookies.get("theme", ""),
        "letter_keys": request.cookies.get("keys") != "off",
        "shell": values.get("shell") or shell(workspace_of(request)),
        **{k: v for k, v in values.items() if k != "shell"},
    }
    if part and all(name in page.blocks for name in part.split(",")):
        context = page.new_context(found)
        blocks = [page.blocks[name] for name in part.split(",")]
        if said:
            blocks.append(environment().get_template("base.html").blocks["notice"])
        text = "".join("".join(block(context)) for block in blocks)
    else:
        text = page.render(found)
    response: HTMLResponse = packed(request, HTMLResponse(text, status_code=status, headers=HEADERS))
    response.headers["Cache-Control"] = "no-store"
    if said:
        response.delete_cookie(SAID)
    return response


def packed(request: Request, response: Any) -> Any:
    """The response, compressed where whoever asks can read that and it is worth it."""
    response.headers["Vary"] = "Accept-Encoding, X-Part, Cookie"
    if "gzip" in request.headers.get("Accept-Encoding", "") and len(response.body) > WORTH_PACKING:
        response.body = gzip.compress(response.body, 3, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
    return response


def safe_path(to: str) -> str:
    """`to` where it is a page of ours, else the first page."""
    ours = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable()
    return to if ours else "/"


def back(request: Request, to: str, say: str = "", *, bad: bool = False) -> RedirectResponse:
    """On to a page of ours after an act, with a sentence it then shows."""
    response = RedirectResponse(safe_path(to), status_code=303, headers=HEADERS)
    if say:
        told = quote(("!" if bad else "") + say[:600])
        secure = request.url.scheme == "https"
        response.set_cookie(SAID, told, max_age=60, httponly=True, samesite="lax", secure=secure)
    return response


def said_to(request: Request) -> dict[str, Any] | None:
    """The sentence an act before this page left, and whether it was a refusal."""
    text = unquote(request.cookies.get(SAID, ""))
    return {"text": text.removeprefix("!"), "bad": text.startswith("!")} if text else None


@dataclass(frozen=True)
class Shell:
    """What stands around every page: whose workspace, the last run, the clock, and what is not seen."""

    name: str
    currency: str
    now: datetime
    pinned: bool
    run: int | None
    as_of: datetime | None
    blind: tuple[dict[str, Any], ...]


def shell(workspace: Workspace) -> Shell:
    """The surroundings, from one indexed read; what a run said of its sources is remembered."""
    with workspace.ledger.read() as connection:
        run = connection.execute(_newest()).one_or_none()
        blind = () if run is None else _blind(workspace, connection, run.id)
    return shell_of(workspace, run, blind)


def shell_of(workspace: Workspace, run: Any, blind: Sequence[dict[str, Any]]) -> Shell:
    """The surroundings, given the last run and what it said of its sources."""
    return Shell(
        name=workspace.folder.name,
        currency=workspace.settings.money.reporting_currency,
        now=workspace.clock.now(),
        pinned=workspace.clock.pinned,
        run=None if run is None else run.id,
        as_of=None if run is None else run.as_of,
        blind=tuple(blind),
    )


@lru_cache(maxsize=1)
def _newest() -> Any:
    runs = RUNS.sql_table()
    done = sa.select(runs.c.id, runs.c.as_of).where(runs.c.finished_at.is_not(None))
    return done.order_by(runs.c.as_of.desc(), runs.c.id.desc()).limit(1)


_blind_of = Kept[tuple[str, int], tuple[dict[str, Any], ...]](100)


def _blind(workspace: Workspace, connection: sa.Connection, run_id: int) -> tuple[dict[str, Any], ...]:
    def read() -> tuple[dict[str, Any], ...]:
        runs = RUNS.sql_table()
        told = connection.execute(sa.select(runs.c.summary).where(runs.c.id == run_id)).scalar()
        return tuple(json.loads(told or "{}").get("blind", ()))

    return _blind_of.of((str(workspace.folder), run_id), read)


def static_file(request: Request, asked: str, name: str) -> Response:
    """A static file: kept forever under its true version, never under another."""
    path = STATIC / name
    if path.parent != STATIC or path.suffix not in TYPES or not path.is_file():
        return Response("There is no such file.\n", status_code=404, headers=HEADERS)
    lasting = "public, max-age=31536000, immutable" if asked == version() else "no-cache"
    response = Response(path.read_bytes(), media_type=TYPES[path.suffix], headers={**HEADERS, "Cache-Control": lasting})
    packed_: Response = packed(request, response)
    packed_.headers["Vary"] = "Accept-Encoding"
    return packed_
