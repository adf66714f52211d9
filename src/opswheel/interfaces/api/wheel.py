"""Runs, loads, sources, and the questions about listings: whynot, match, intent."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import File, Form, Query, UploadFile
from starlette.responses import Response

from ...core.clock import show_moment
from ...core.contracts import DELIVERIES, RUNS
from ...core.errors import BadRequest, NotFound
from ...core.identity import is_account, is_channel
from ...resolution.actions import say_intent
from ...resolution.queue import last_run
from ..answers import intent_answer, match_answer, whynot_answer
from ..people import Who
from ..people.reach import without_hints
from ..wiring import Workspace
from . import answers, bodies
from .asked import Asking, Writing, answer, unless_known
from .bodies import AskedText, Number
from .routing import Api

router = Api("wheel")
MOST_FILES = 100


@router.ask("/runs", answer=answers.Runs)
def runs(asked: Asking, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> Response:
    """The newest runs."""
    table = RUNS.sql_table()
    with asked.workspace.ledger.read() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.id.desc()).limit(limit)).all()
    return answer({"runs": [_run(row, asked.who) for row in rows]})


@router.ask("/runs/{number}", answer=answers.RunRow)
def run(asked: Asking, number: Number) -> Response:
    """One run, with what it answered."""
    table = RUNS.sql_table()
    with asked.workspace.ledger.read() as connection:
        row = connection.execute(sa.select(table).where(table.c.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {number}.", "/api/v1/runs lists them.")
    return answer(_run(row, asked.who))


def _run(row: Any, asker: Who) -> dict[str, Any]:
    seen = row.summary is not None and not asker.accounts
    return {
        "id": row.id,
        "as_of": show_moment(row.as_of),
        "started_at": show_moment(row.started_at),
        "finished_at": row.finished_at and show_moment(row.finished_at),
        "engine": row.engine,
        "code_version": row.code_version,
        "summary": json.loads(row.summary) if seen else None,
    }


@router.change("/runs", role="lead", scope="run", whole=True, answer=answers.Ran)
def turn(asked: Writing, said: bodies.Run | None = None) -> Response:
    """Turn the wheel once and answer when that is done; while another run is at work, 409."""
    wanted = said or bodies.Run()

    def act(workspace: Workspace) -> dict[str, Any]:
        result = workspace.wheel().run(wanted.as_of, hindsight=wanted.hindsight)
        return {**result.summary, "run": result.run_id}

    return asked.work("run", "run", act, {"as_of": wanted.as_of, "hindsight": wanted.hindsight})


@router.change("/loads", role="operator", scope="load", answer=answers.Files)
def load(  # noqa: PLR0913
    asked: Writing,
    files: Annotated[list[UploadFile], File(description="report files, as the marketplace exported them")],
    account: Annotated[str, Form(max_length=100)] = "main",
    channel: Annotated[str, Form(max_length=100)] = "",
    day: Annotated[str, Form(max_length=10)] = "",
    first: Annotated[str, Form(alias="from", max_length=10)] = "",
    last: Annotated[str, Form(alias="to", max_length=10)] = "",
    accept: Annotated[bool, Form()] = False,
) -> Response:
    """Load report files; each is found by its header, refused or loaded whole. Twice the same changes nothing."""
    from ...visibility.arrival import Stated
    from ...wheel.loading import Said

    if not is_account(account):
        raise BadRequest(f"{account!r} cannot name an account.", "Use letters, digits, '_', '.' and '-'.")
    asked.who.must("operator", account)
    if channel and not is_channel(channel):
        raise BadRequest(f"{channel!r} is no channel.", "Write it like amazon:US.")
    if bool(first) != bool(last):
        raise BadRequest("A range has two ends.", "Say both from and to.")
    if len(files) > MOST_FILES:
        raise BadRequest(f"{len(files)} files are too many at once.", f"Send at most {MOST_FILES}, or one archive.")
    stated = Stated(_day("day", day), _day("from", first), _day("to", last))
    said = Said(account=account, channel=channel, days=stated, accept=accept, by=asked.who.name)
    with tempfile.TemporaryDirectory(prefix="opswheel-upload-") as folder:
        paths, sums = _kept(files, Path(folder))
        whole = replace(asked, digest=hashlib.sha256(f"{asked.digest}{said}{sums}".encode()).hexdigest())

        def act(workspace: Workspace) -> dict[str, Any]:
            return {"files": [_file(r) for r in workspace.loader().load(paths, said)]}

        return whole.work("load", f"account/{account}", act, {"files": [p.name for p in paths], "channel": channel})


def _kept(files: list[UploadFile], folder: Path) -> tuple[list[Path], list[str]]:
    """The uploads as files, each in a folder of its own under nothing but its last name; and their checksums."""
    paths, sums = [], []
    for n, file in enumerate(files):
        name = Path((file.filename or "").replace("\\", "/")).name
        if not name.isprintable() or name in ("", ".", "..") or len(name.encode("utf-8", "replace")) > 200:
            raise BadRequest("A file has no name that can be kept.", "Send it under the name it was exported with.")
        path = folder / str(n) / name
        path.parent.mkdir()
        with path.open("wb") as out:
            shutil.copyfileobj(file.file, out, 1 << 20)
        with path.open("rb") as source:
            sums.append(f"{name} {hashlib.file_digest(source, 'sha256').hexdigest()}")
        paths.append(path)
    return paths, sums


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise BadRequest(f"{name}: {text!r} is no day.", "Write it like 2026-11-20.") from wrong


def _file(result: Any) -> dict[str, Any]:
    first, last = result.days
    same = ("report", "table", "channel", "rows", "rejected", "status", "error", "code", "notes")
    days = [first and first.isoformat(), last and last.isoformat()]
    return {"path": Path(result.path).name, "days": days} | {k: getattr(result, k) for k in same}


@router.ask("/sources", answer=answers.Sources)
def sources(asked: Asking) -> Response:
    """What arrived last of each report of each channel, and which sources the last run could not trust."""
    table = DELIVERIES.sql_table()
    place = (table.c.account, table.c.channel, table.c.report)
    newest = (sa.func.max(table.c.landed_at), sa.func.max(table.c.to_day), sa.func.count(), sa.func.sum(table.c.rows))
    with asked.workspace.ledger.read() as connection:
        last = last_run(connection)
        rows = connection.execute(sa.select(*place, *newest).group_by(*place).order_by(*place)).all()
    blind = json.loads(last.summary)["blind"] if last is not None else []
    told = [
        {
            "account": account,
            "channel": channel,
            "report": report,
            "landed_at": show_moment(landed),
            "last_day": None if day is None else str(day),
            "deliveries": n,
            "rows": int(total),
        }
        for account, channel, report, landed, day, n, total in rows
        if account == "*" or asked.who.sees(account)
    ]
    seen = [b for b in blind if asked.who.sees(b["account"])]
    as_of = None if last is None else show_moment(last.as_of)
    return unless_known(asked.request, {"as_of": as_of, "sources": told, "blind": seen})


@router.ask("/whynot", answer=answers.Whynot)
def whynot(
    asked: Asking, sku: Annotated[str, Query(min_length=1, max_length=200), bodies.Clean], channel: AskedText = None
) -> Response:
    """Why a listing is not in the queue: healthy, below floor, not meant to sell, blind; with numbers."""
    if not asked.who.accounts:
        return unless_known(asked.request, whynot_answer(asked.workspace, sku, channel))
    found = without_hints(lambda: whynot_answer(asked.workspace, sku, channel))
    mine = [x for x in found["listings"] if asked.who.sees(x["account"])]
    if not mine:
        raise NotFound("There is nothing of that on your accounts.", "Check the name.")
    first = {"verdict": mine[0]["verdict"], "checks": mine[0]["checks"]}
    return unless_known(asked.request, found | first | {"listings": mine})


@router.change("/match", role="operator", whole=True, answer=answers.Matches)
def match(asked: Writing, said: bodies.Match | None = None) -> Response:
    """Put our sums beside what the marketplace's own screen shows; what was compared is remembered."""
    s = said or bodies.Match()

    def act(inside: Workspace) -> dict[str, Any]:
        return match_answer(inside, s.channel, s.first, s.last, s.units, s.sales)

    return asked.write("match", f"channel/{s.channel or 'all'}", act, {"units": s.units, "sales": s.sales})


@router.ask("/intent", answer=answers.Intents)
def intent(asked: Asking, channel: AskedText = None) -> Response:
    """Listings nobody said the intent of, with what speaks for and against selling them."""
    found = without_hints(lambda: intent_answer(asked.workspace, output=None, said=None, skus=None, channel=channel))
    return answer({"listings": [x for x in found["listings"] if asked.who.sees(x["account"])], "settled": 0})


@router.change("/intent", role="operator", answer=answers.Intents)
def say(asked: Writing, said: bodies.Intent) -> Response:
    """Say what listings are meant for."""
    skus = list(dict.fromkeys(said.skus))

    def act(inside: Workspace) -> dict[str, Any]:
        found = without_hints(lambda: intent_answer(inside, output=None, said=None, skus=skus, channel=said.channel))[
            "listings"
        ]
        mine = [x for x in found if asked.who.sees(x["account"])]
        if missing := sorted(set(skus) - {x["sku"] for x in mine}):
            raise NotFound(f"No listing of yours has the SKU {missing[0]!r}.", "Nothing was changed.")
        listings = [(x["account"], x["channel"], x["sku"]) for x in mine]
        with inside.ledger.write() as connection:
            say_intent(connection, listings, said.intent, by=asked.who.name, at=inside.clock.now())
        return {"listings": mine, "settled": len(mine)}

    return asked.write("intent", f"{len(skus)} SKUs", act, {"intent": said.intent, "skus": skus})
