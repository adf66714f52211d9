"""Backups of a workspace, and workspaces from backups."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..core.clock import show_moment
from ..core.contracts import (
    ATTEMPTS,
    EVENT_FEED,
    JOBS,
    KEPT_ANSWERS,
    NOTICES,
    SESSIONS,
    TOKENS,
    WEBHOOK_DELIVERIES,
)
from ..core.errors import Conflict, WorkspaceExists, WrongUse
from ..core.settings import SETTINGS_FILE, read_settings
from .people import audit
from .service.asleep import fall_asleep
from .wiring import Workspace

if TYPE_CHECKING:
    from ..storage.ledger import Ledger


def make_backup(workspace: Workspace, target: Path) -> dict[str, Any]:
    """Write a backup; no compaction takes files away meanwhile.

    Raises Conflict where the archive exists.
    """
    from ..storage.backup import write_backup
    from ..wheel.lease import lease

    if target.exists():
        raise Conflict(f"{target} exists already.", "Name another file.")
    if not target.parent.is_dir():
        raise WrongUse(f"There is no folder {target.parent}.", "Make it, or name another.")
    now = workspace.clock.now()
    with lease(workspace.ledger, "compact", workspace.clock):
        told = write_backup(workspace.ledger, workspace.folder, target, at=now)
    return {"path": str(target), "at": show_moment(now), **told}


def restore_backup(source: Path, folder: Path, ledger_url: str) -> dict[str, Any]:
    """A workspace from a backup. It appears whole or not at all; `ledger_url` names another database than before.

    Raises DamagedBackup, WorkspaceExists where the folder holds anything, Conflict where the database does.
    """
    from ..storage.backup import fill, unpack
    from ..storage.ledger import Ledger

    if folder.exists() and any(folder.iterdir()):
        raise WorkspaceExists(f"{folder} is not empty.", "Name a folder that does not exist yet.")
    if not source.is_file():
        raise WrongUse(f"There is no file {source}.", "Name the archive `opswheel backup` wrote.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.part")
    fresh.mkdir()
    try:
        told = unpack(source, fresh)
        if ledger_url:
            _name_ledger(fresh / SETTINGS_FILE, ledger_url)
        ledger = Ledger(read_settings(fresh).ledger.url or f"sqlite:///{fresh / 'ledger.db'}")
        try:
            if ledger.revision():
                raise Conflict("The database the settings name is not empty.", "Name another: --ledger URL.")
            rows = fill(ledger, fresh / "ledger", told["migration"])
            stopped = _let_go(ledger, Workspace(fresh), source.name)
        finally:
            ledger.close()
        shutil.rmtree(fresh / "ledger")
        if folder.exists():
            folder.rmdir()
        fresh.rename(folder)
    except sa.exc.SQLAlchemyError as wrong:
        raise Conflict(f"The database did not take the rows: {type(wrong).__name__}.", "Name an empty one.") from wrong
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return {"workspace": str(folder), "at": told["at"] + "Z", "files": len(told["members"]), "rows": rows, **stopped}


def _let_go(ledger: Ledger, fresh: Workspace, source: str) -> dict[str, int]:
    """A copy must not act for the original: it knows no browser and no token, has no work waiting, and sends nothing.

    What was waiting to be sent is the original's to send. Returns how many rows of each there were.
    """
    wall, why = fresh.clock.wall(), "the workspace was restored from a backup"
    tokens, jobs, sent, notices = (c.sql_table() for c in (TOKENS, JOBS, WEBHOOK_DELIVERIES, NOTICES))
    gone = {"state": "dead", "last_error": why}
    with ledger.write() as connection:
        ended = connection.execute(SESSIONS.sql_table().delete()).rowcount
        for contract in (KEPT_ANSWERS, ATTEMPTS, EVENT_FEED):
            connection.execute(contract.sql_table().delete())
        revoked = connection.execute(tokens.update().where(tokens.c.revoked_at.is_(None)).values(revoked_at=wall))
        dropped = connection.execute(jobs.delete().where(jobs.c.state.in_(("waiting", "working")))).rowcount
        connection.execute(sent.update().where(sent.c.state == "waiting").values(**gone))
        connection.execute(notices.update().where(notices.c.state.in_(("held", "later", "sending"))).values(**gone))
        fall_asleep(connection, "webhooks", wall)
        fall_asleep(connection, "notices", wall)
        told = {"sessions_ended": ended, "tokens_revoked": revoked.rowcount, "jobs_dropped": dropped}
        audit.record(connection, audit.Doer(fresh.me), "restore", source[:200], at=wall, detail=told)
    return told


def _name_ledger(path: Path, url: str) -> None:
    """Say in the settings which database holds the ledger from now on."""
    text, line = path.read_text(encoding="utf-8"), f"url = {json.dumps(url)}"
    section = re.search(r"^\[ledger\][^\[]*", text, re.M)
    if section is None:
        text += f"\n[ledger]\n{line}\n"
    else:
        others = re.sub(r"^url\s*=.*\n?", "", section.group(0), flags=re.M).rstrip()
        text = text[: section.start()] + f"{others}\n{line}\n\n" + text[section.end() :]
    path.write_text(text, encoding="utf-8")
