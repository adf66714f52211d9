"""Sources: how fresh each one is, what was refused, files by drag and drop with a preview, and a run on demand."""

from __future__ import annotations

import re
import threading
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from ...core.errors import OpswheelError, RunInProgress, WrongUse
from ...core.identity import DEFAULT_ACCOUNT, is_account, is_channel
from ...visibility.arrival import Stated
from ...wheel.loading import FileResult, Said
from ...wheel.previewing import Preview
from ..answers.sources import accept_delivery, at_work, rejects_file, sources_answer
from ..people import Who, workspace_of
from ..wiring import Workspace
from . import uploads, words
from .guard import Asks, guarded
from .pages import HEADERS, back, render

router = APIRouter()
CHANGES = [Depends(guarded)]
_FAULTS: dict[str, str] = {}
"""What went wrong with the last run asked for here, by workspace."""


@router.get("/sources")
def sources(request: Request, asks: Asks) -> Response:
    """Every source, the last files, and where new ones are put in."""
    workspace = workspace_of(request)
    told = sources_answer(workspace, asks.sees)
    fault = _FAULTS.get(str(workspace.folder), "")
    return render(
        request, asks, "sources.html", told=told, fault=fault, most=f"{workspace.settings.serve.upload_megabytes:g}"
    )


@router.get("/sources/rejects/{name}")
def rejects(request: Request, asks: Asks, name: str) -> Response:
    """Refused rows as a file."""
    path = rejects_file(workspace_of(request), name, asks.sees)
    told = {
        **HEADERS,
        "Content-Disposition": f'attachment; filename="refused-{path.name}"',
        "Cache-Control": "no-store",
    }
    return Response(path.read_bytes(), media_type="text/csv; charset=utf-8", headers=told)


@router.post("/sources/accept", dependencies=CHANGES)
def accept(request: Request, asks: Asks, delivery: int = Form(), why: str = Form("")) -> Response:
    """A partial delivery counts, for a reason."""
    asks.must("operator")
    try:
        done = accept_delivery(workspace_of(request), delivery, why, asks.name, asks.sees)
    except WrongUse as error:
        return back(request, "/sources", str(error), bad=True)
    return back(request, "/sources", f"{done['file']} counts now; the next run sees it.")


@router.post("/sources/run", dependencies=CHANGES)
def run(request: Request, asks: Asks) -> Response:
    """Begin a run; the page tells how it goes."""
    asks.must("lead")
    asks.must_see_all()
    workspace = workspace_of(request)
    with workspace.ledger.read() as connection:
        if at_work(connection, workspace) is not None:
            return back(request, "/sources", "A run is at work already.")
    _FAULTS.pop(str(workspace.folder), None)
    threading.Thread(target=_run, args=(workspace,), daemon=True).start()
    return back(request, "/sources", "The run has begun. You can go on working; Today changes when it is done.")


def _run(workspace: Workspace) -> None:
    try:
        workspace.wheel().run()
    except RunInProgress:
        return
    except OpswheelError as error:
        _FAULTS[str(workspace.folder)] = str(error)
    except Exception as error:  # the run's own thread: nobody else would hear of it
        _FAULTS[str(workspace.folder)] = f"The run failed ({type(error).__name__}). Nothing was changed."
        raise


@router.post("/sources/upload", dependencies=[Depends(uploads.put_away), *CHANGES])
async def upload(request: Request, asks: Asks) -> Response:
    """Put files aside and show what they would change."""
    from starlette.concurrency import run_in_threadpool

    asks.must("operator")
    form = await request.form()
    sent = [(f.filename or "", f.file) for f in form.getlist("files") if isinstance(f, UploadFile)]
    try:
        kept = await run_in_threadpool(uploads.keep, workspace_of(request), sent, asks.name)
    except WrongUse as error:
        return back(request, "/sources", str(error), bad=True)
    return back(request, f"/sources/uploads/{kept.token}")


class Asked:
    """What a person says about the files: account, channel and days; empty where the files say it themselves."""

    def __init__(  # noqa: PLR0913
        self,
        account: str = "main",
        channel: str = "",
        day: str = "",
        begins: str = "",
        ends: str = "",
        accept: str = "",
    ) -> None:
        self.account, self.channel = account.strip() or DEFAULT_ACCOUNT, channel.strip()
        self.day, self.begins, self.ends, self.accept = day.strip(), begins.strip(), ends.strip(), accept

    def of(self, asks: Who) -> Asked:
        """The same, with the first account of somebody who does not see the usual one."""
        if self.account == DEFAULT_ACCOUNT and not asks.sees(DEFAULT_ACCOUNT):
            self.account = min(asks.accounts)
        return self

    def said(self, by: str) -> Said:
        """The same for the loader. Raises WrongUse for what cannot be meant."""
        if not is_account(self.account):
            raise WrongUse(f"{self.account!r} cannot name an account.", "Use letters, digits, '_', '.' and '-'.")
        if self.channel and not is_channel(self.channel):
            raise WrongUse(f"{self.channel!r} is no channel.", "Write it like amazon:US.")
        if bool(self.begins) != bool(self.ends):
            raise WrongUse("A range has two ends.", "Say its first and its last day.")
        days = Stated(_day(self.day), _day(self.begins), _day(self.ends))
        return Said(account=self.account, channel=self.channel, days=days, accept=bool(self.accept), by=by)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise WrongUse(f"{text!r} is no day.", "Write it like 2026-10-31.") from error


def _form(  # noqa: PLR0913
    account: str = Form("main"),
    channel: str = Form(""),
    day: str = Form(""),
    begins: str = Form(""),
    ends: str = Form(""),
    accept: str = Form(""),
) -> Asked:
    return Asked(account, channel, day, begins, ends, accept)


Looked = Annotated[Asked, Depends(Asked)]
Sent = Annotated[Asked, Depends(_form)]


@router.get("/sources/uploads/{token}")
def preview(request: Request, asks: Asks, token: str, asked: Looked) -> Response:
    """What the files would change, or what loading them did."""
    asks.must("operator")
    workspace, asked = workspace_of(request), asked.of(asks)
    kept = uploads.find(workspace, token, asks.name)
    if kept.result is not None:
        return render(request, asks, "upload_done.html", told=kept.result)
    wrong, found = "", []
    try:
        said = asked.said(asks.name)
        asks.must("operator", said.account)
        found = [_shown(p, kept) for p in workspace.previewer().preview(kept.files, said)]
    except WrongUse as error:
        wrong = str(error)
    return render(
        request,
        asks,
        "upload.html",
        told=found,
        token=token,
        asked=asked,
        wrong=wrong,
        files=len(kept.files),
        partial=any(f["partial"] for f in found),
        good=sum(f["status"] == "loaded" for f in found),
        channels=_channels(workspace, asks),
    )


def _channels(workspace: Workspace, asks: Who) -> list[str]:
    from ...core.marketplaces import MARKETPLACES

    told = sources_answer(workspace, asks.sees)
    known = [c["channel"] for c in told["channels"] if c["channel"] != "*"]
    return list(dict.fromkeys([*known, *(m.channel for m in MARKETPLACES)]))


@router.post("/sources/uploads/{token}/load", dependencies=CHANGES)
def load(request: Request, asks: Asks, token: str, asked: Sent) -> Response:
    """Load the files that were looked at."""
    asks.must("operator", asked.of(asks).account)
    workspace = workspace_of(request)
    kept = uploads.find(workspace, token, asks.name)
    here = f"/sources/uploads/{token}"
    if kept.result is not None:
        return back(request, here)  # the second press of a double click
    try:
        said = asked.said(asks.name)
    except WrongUse as error:
        return back(request, here, str(error), bad=True)
    results = workspace.loader().load(kept.files, said)
    kept.close({"files": [_shown(Preview(r), kept) for r in results]})
    return back(request, here)


@router.post("/sources/uploads/{token}/drop", dependencies=CHANGES)
def drop(request: Request, asks: Asks, token: str) -> Response:
    """Forget the files."""
    uploads.find(workspace_of(request), token, asks.name).drop()
    return back(request, "/sources", "The files were dropped; nothing was changed.")


def _shown(preview: Preview, kept: uploads.Upload) -> dict[str, Any]:
    """One file as the page tells it."""
    result: FileResult = preview.result
    first, last = result.days
    changes = preview.changes
    return {
        "file": kept.shown(result.path),
        "status": result.status,
        "code": result.code,
        "report": _title(result.report),
        "table": result.table,
        "channel": "all channels" if result.channel == "*" else result.channel,
        "rows": result.rows,
        "rejected": result.rejected,
        "days": ""
        if first is None
        else words.day(first)
        if first == last
        else f"{words.day(first)} – {words.day(last)}",
        "error": app_words(kept.shown(result.error or "")),
        "notes": [app_words(n) for n in result.notes],
        "partial": any("looks partial" in n for n in result.notes),
        "changes": None
        if changes is None
        else {
            "before": changes.before,
            "new": changes.new,
            "changed": changes.changed,
            "same": changes.same,
            "gone": changes.gone,
            "columns": [(words.state(c).removesuffix(" minor"), n) for c, n in changes.columns],
        },
        "rejects": [
            {"line": r.line, "column": r.column, "value": r.value, "reason": r.reason} for r in preview.rejects
        ],
    }


def _title(report: str | None) -> str:
    from ...visibility.readers import READERS

    return next((r.title for r in READERS if r.report == report), report or "")


_SPOKEN: tuple[tuple[str, str], ...] = (
    (r"Say --channel \S+, or put the file into a folder called \S+", "Say its channel below and look again."),
    (r"Say --day \S+\.", "Say the day it was exported below and look again."),
    (r"Say the right --day\.", "Say the right day below and look again."),
    (r"Say the day it was exported with --day\.", "Say the day it was exported below and look again."),
    (r"Say --from \S+ --to \S+\.", "Say its first and last day below and look again."),
    (r"or you load this one with --accept", "or you accept it below"),
    (r"`opswheel readers` lists the reports", "the how-to on loading files lists the reports"),
)


def app_words(said: str) -> str:
    """A sentence of the loader in the words of this page: commands become the fields that do the same."""
    for found, instead in _SPOKEN:
        said = re.sub(found, instead, said)
    return said
