"""When a team works and what it promises, as a form of the app changes it: these parts of `opswheel.toml`, no others.

The file stays the one place settings stand in: its comments and everything else in it are kept, a person may edit it
by hand as before, and what a form sends is refused where the file was changed since it was shown.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import Conflict
from ...core.settings import SETTINGS_FILE, settings_of
from ..people import audit

if TYPE_CHECKING:
    from ..wiring import Workspace

SECTIONS = ("staffed", "promises", "snooze", "tiers")
"""What may be changed this way."""


def hours_answer(workspace: Workspace) -> dict[str, Any]:
    """The sections in force, by name, and the `version` of the file they stand in."""
    told = {name: getattr(workspace.settings, name).model_dump(mode="json") for name in SECTIONS}
    return {**told, "version": _version(_path(workspace).read_bytes())}


def set_hours(
    workspace: Workspace, wanted: Mapping[str, Mapping[str, Any]], *, version: str, doer: audit.Doer
) -> list[str]:
    """Write the settings that differ from those in force; returns their names, `section.name`.

    Raises BadSettings, Conflict where the file is another one than `version`.
    """
    import tomlkit

    path = _path(workspace)
    raw = path.read_bytes()
    if _version(raw) != version:
        raise Conflict(
            f"{SETTINGS_FILE} was changed since you looked at it.", "Look at what it says now, and change that."
        )
    document = tomlkit.parse(raw.decode("utf-8"))
    now = hours_answer(workspace)
    changed: dict[str, Any] = {}
    for section in SECTIONS:
        for name, value in wanted.get(section, {}).items():
            if value != now[section][name]:
                document.setdefault(section, tomlkit.table())[name] = value
                changed[f"{section}.{name}"] = value
    if not changed:
        return []
    text = tomlkit.dumps(document)
    settings_of(text.encode(), SETTINGS_FILE)
    with workspace.ledger.write() as connection:
        audit.record(connection, doer, "settings.change", SETTINGS_FILE, at=workspace.clock.wall(), detail=changed)
        _put(path, text)
    workspace.refresh()
    return list(changed)


def _path(workspace: Workspace) -> Path:
    return workspace.folder / SETTINGS_FILE


def _version(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:16]


def _put(path: Path, text: str) -> None:
    """Put a file in another's place, whole or not at all, with the rights the other had."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with fresh.open("w", encoding="utf-8", newline="\n") as new:
            os.fchmod(new.fileno(), path.stat().st_mode & 0o777)
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
