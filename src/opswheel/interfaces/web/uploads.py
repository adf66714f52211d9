"""Files on their way in from a browser: kept aside under a word nobody can guess, until loaded or dropped.

They are reports and may name buyers: the folder is its owner's only, and what is left over goes after an hour.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import unicodedata
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from fastapi import Request

from ...core.errors import NotFound, WrongUse
from ..wiring import Workspace

FOLDER = "uploads"
MOST_FILES = 60
KEPT_SECONDS = 3600.0
NAME_LENGTH = 120
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,40}")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\[\]{}\u200e\u200f\u202a-\u202e\u2066-\u2069]')


@dataclass(frozen=True)
class Upload:
    """One set of files of one person."""

    token: str
    folder: Path
    by: str

    @property
    def files(self) -> list[Path]:
        """The files, in the order they came."""
        return sorted(p for p in (self.folder / "files").rglob("*") if p.is_file())

    @property
    def result(self) -> dict[str, Any] | None:
        """What loading them gave, once they were loaded."""
        path = self.folder / "result.json"
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def shown(self, path: str) -> str:
        """A file's name as its owner knows it."""
        return path.removeprefix(f"{self.folder / 'files'}/")

    def close(self, result: dict[str, Any]) -> None:
        """Keep what was said of the files, and delete them."""
        (self.folder / "result.json").write_text(json.dumps(result, default=str), encoding="utf-8")
        shutil.rmtree(self.folder / "files", ignore_errors=True)

    def drop(self) -> None:
        """Delete it all."""
        shutil.rmtree(self.folder, ignore_errors=True)


async def put_away(request: Request) -> AsyncIterator[None]:
    """A dependency before all others: what a form brought is closed again, also where it was refused."""
    try:
        yield
    finally:
        await request.close()


def safe_name(said: str) -> str:
    """A file's name without folders, marks that turn text around, or more length than disks take."""
    plain = unicodedata.normalize("NFC", said).replace("\\", "/").rpartition("/")[2]
    plain = _UNSAFE.sub("_", plain).strip(" .") or "file"
    stem, dot, suffix = plain.rpartition(".")
    if not dot or len(suffix) > 8:
        stem, suffix = plain, ""
    kept = stem
    while len((kept + suffix).encode()) > NAME_LENGTH:
        kept = kept[:-1]
    return f"{kept}.{suffix}" if suffix else kept


def keep(workspace: Workspace, files: Iterable[tuple[str, BinaryIO]], by: str) -> Upload:
    """Put files aside. Raises WrongUse where there is none or there are too many."""
    sent = [(name, data) for name, data in files if name]
    if not sent:
        raise WrongUse("No file was chosen.", "Choose one or more report files.")
    if len(sent) > MOST_FILES:
        raise WrongUse(f"{len(sent)} files are too many at once.", f"Send at most {MOST_FILES}, or one zip of them.")
    root = workspace.folder / FOLDER
    root.mkdir(mode=0o700, exist_ok=True)
    token = secrets.token_urlsafe(18)
    upload = Upload(token, root / token, by)
    (upload.folder / "files").mkdir(parents=True, mode=0o700)
    forget_old(root, upload.folder.stat().st_mtime)
    (upload.folder / "by.json").write_text(json.dumps({"by": by}), encoding="utf-8")
    for number, (name, data) in enumerate(sent):
        path = upload.folder / "files" / safe_name(name)
        if path.exists():
            path = path.parent / f"{number}-{path.name}"
        with path.open("xb") as out:
            shutil.copyfileobj(data, out, 1 << 20)
    return upload


def find(workspace: Workspace, token: str, by: str) -> Upload:
    """Somebody's own upload. Raises NotFound where it is gone, or another's."""
    folder = workspace.folder / FOLDER / token
    told = folder / "by.json"
    if not _TOKEN.fullmatch(token) or not told.exists() or json.loads(told.read_text("utf-8"))["by"] != by:
        raise NotFound(
            "These files are gone: loaded, dropped, or older than an hour.", "Choose them again under Sources."
        )
    return Upload(token, folder, by)


def forget_old(root: Path, now: float) -> None:
    """Delete uploads nobody came back to; `now` by the clock of the same disk."""
    for folder in root.iterdir():
        if folder.stat().st_mtime < now - KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
