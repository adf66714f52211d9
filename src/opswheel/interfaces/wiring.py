"""The composition root: opens a workspace and puts its pieces together. The product's only `now()` is here."""

from __future__ import annotations

import contextlib
import getpass
import logging
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.clock import parse_moment
from ..core.errors import BadSettings, NoWorkspace, WorkspaceExists
from ..core.settings import SETTINGS_FILE, Settings, read_settings

if TYPE_CHECKING:
    from ..core.detector import Detector
    from ..core.engine import Engine
    from ..core.reader import Reader
    from ..resolution.desk import Desk
    from ..storage.lake import Lake
    from ..storage.ledger import Ledger
    from ..wheel.compaction import Compactor
    from ..wheel.inputs import Morning
    from ..wheel.loading import Loader
    from ..wheel.previewing import Previewer
    from ..wheel.run import Wheel
    from .plugins import Plugged

_log = logging.getLogger("opswheel.settings")
NOW_VARIABLE = "OPSWHEEL_NOW"
WORKSPACE_VARIABLE = "OPSWHEEL_WORKSPACE"
KEY_FILE = "privacy.key"

NEW_SETTINGS = """\
# Settings of this Opswheel workspace. Everything has a default; docs/reference/settings.md lists all of it.

[money]
reporting_currency = "USD"

# [team]
# operators = 2
# hours_per_day = 6

# The first route that matches names the owner of a new issue.
# [[routes]]
# kind = "out_of_stock"
# owner = "Ines"
"""


@dataclass(frozen=True)
class SystemClock:
    """The one real clock. `pinned_at` stands still where the settings or the environment say so."""

    pinned_at: datetime | None = None

    @property
    def pinned(self) -> bool:
        """Whether business time stands still."""
        return self.pinned_at is not None

    def now(self) -> datetime:
        """Business time, naive UTC."""
        return self.pinned_at or self.wall()

    def wall(self) -> datetime:
        """Machine time, naive UTC."""
        return datetime.now(UTC).replace(tzinfo=None)


class Workspace:
    """A folder with settings, lake, ledger and rejects, opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._stamp: tuple[int, int, int] | None = None

    @cached_property
    def settings(self) -> Settings:
        """The workspace's settings."""
        self._stamp = self._file_now()
        return read_settings(self.folder)

    def refresh(self) -> None:
        """Take the settings over where their file was changed since; while it cannot be used, the old ones stay.

        What a process opened once keeps what it was opened with: the ledger, plug-ins, the server's address.
        """
        if "settings" not in self.__dict__ or (stamp := self._file_now()) == self._stamp:
            return
        self._stamp = stamp
        try:
            fresh = read_settings(self.folder)
        except (BadSettings, OSError) as wrong:
            _log.warning("the settings in force stay: %s", wrong)
            return
        self.__dict__["settings"] = fresh
        for name in ("clock", "desk", "detectors"):
            self.__dict__.pop(name, None)

    def _file_now(self) -> tuple[int, int, int] | None:
        """What tells one state of the settings' file from another; None where there is no file."""
        try:
            told = (self.folder / SETTINGS_FILE).stat()
        except OSError:
            return None
        return told.st_ino, told.st_mtime_ns, told.st_size

    @cached_property
    def clock(self) -> SystemClock:
        """$OPSWHEEL_NOW, else `[clock] now`, else the machine's clock."""
        text = os.environ.get(NOW_VARIABLE) or self.settings.clock.now
        return SystemClock(parse_moment(text) if text else None)

    @cached_property
    def lake(self) -> Lake:
        """The folder of immutable files."""
        from ..storage.lake import Lake

        return Lake(self.folder / "lake")

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, migrated to this version."""
        from ..storage.ledger import Ledger

        ledger = Ledger(self.settings.ledger.url or f"sqlite:///{self.folder / 'ledger.db'}")
        ledger.prepare()
        return ledger

    @cached_property
    def desk(self) -> Desk:
        """The team's hours and promises."""
        from ..resolution.desk import Desk

        return Desk(self.settings, self.playbooks)

    @cached_property
    def _plugged(self) -> Plugged:
        from .plugins import plugged

        return plugged(self.settings.plugins.use)

    @cached_property
    def detectors(self) -> tuple[Detector, ...]:
        """The rules that look here: ours, and those of the plug-ins named in the settings."""
        from ..visibility.detectors import looking

        return (*looking(self.settings.detectors.on), *self._plugged.detectors)

    @cached_property
    def readers(self) -> tuple[Reader, ...]:
        """The report files read here: ours, and those of the plug-ins named in the settings."""
        from ..visibility.readers import READERS

        return (*READERS, *self._plugged.readers)

    @property
    def playbooks(self) -> Path:
        """Pages the team wrote itself, where there are any."""
        return self.folder / "playbooks"

    @property
    def rejects(self) -> Path:
        """Where refused rows are kept."""
        return self.folder / "rejects"

    @cached_property
    def key(self) -> str:
        """The key of the hashes that stand for order ids; readable by its owner only."""
        path = self.folder / KEY_FILE
        if not path.exists():
            fresh = path.with_name(f"{KEY_FILE}.{secrets.token_hex(4)}")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
                new.write(secrets.token_hex(32))
            with contextlib.suppress(FileExistsError):
                os.link(fresh, path)  # whole or not at all, and never twice
            fresh.unlink()
        return path.read_text(encoding="ascii")

    @property
    def me(self) -> str:
        """Who is at the keyboard: `[team] me`, else the system's user name."""
        return self.settings.team.me or getpass.getuser()

    def make_engine(self, said: str = "duckdb") -> Engine:
        """A fresh engine that reads the lake; the embedded one may read nothing else."""
        from ..storage.engines import open_engine

        return open_engine(said, self.lake.root)

    @contextlib.contextmanager
    def mounted(self, seen: Morning) -> Iterator[Engine]:
        """An engine with what a morning sees, until the question is answered."""
        from ..wheel.inputs import mount

        engine = self.make_engine()
        try:
            mount(engine, seen, self.lake.root)
            yield engine
        finally:
            engine.close()

    def loader(self) -> Loader:
        """What loads report files here."""
        from ..wheel.loading import Loader

        return Loader(**self._for_loading())

    def previewer(self) -> Previewer:
        """What looks at report files as the loader would, and keeps nothing."""
        from ..wheel.previewing import Previewer

        return Previewer(**self._for_loading())

    def _for_loading(self) -> dict[str, Any]:
        same = ("lake", "ledger", "rejects", "settings", "clock", "key", "readers")
        return {name: getattr(self, name) for name in same}

    def compactor(self) -> Compactor:
        """What merges small files and deletes what nothing needs."""
        from ..wheel.compaction import Compactor

        return Compactor(
            lake=self.lake, ledger=self.ledger, settings=self.settings, clock=self.clock, rejects=self.rejects
        )

    def wheel(self, engine: str = "duckdb") -> Wheel:
        """What turns the wheel here."""
        from ..wheel.run import Wheel

        return Wheel(
            lake=self.lake,
            ledger=self.ledger,
            settings=self.settings,
            clock=self.clock,
            detectors=self.detectors,
            readers=self.readers,
            make_engine=partial(self.make_engine, engine),
            playbooks=self.playbooks,
        )


def make_workspace(folder: Path) -> Workspace:
    """Make a workspace in `folder`; raises WorkspaceExists where one stands."""
    settings = folder / SETTINGS_FILE
    if settings.exists():
        raise WorkspaceExists(f"{folder} is a workspace already.", "Load reports into it: opswheel load PATH.")
    folder.mkdir(parents=True, exist_ok=True)
    settings.write_text(NEW_SETTINGS, encoding="utf-8")
    workspace = Workspace(folder)
    _ = workspace.key, workspace.ledger
    return workspace


def find_workspace(said: Path | None) -> Workspace:
    """The workspace named, else $OPSWHEEL_WORKSPACE, else the nearest folder up that is one."""
    named = said or (Path(os.environ[WORKSPACE_VARIABLE]) if os.environ.get(WORKSPACE_VARIABLE) else None)
    if named is not None:
        if not (named / SETTINGS_FILE).exists():
            raise NoWorkspace(
                f"{named} is no workspace: it has no {SETTINGS_FILE}.", f"Make one: opswheel init {named}."
            )
        return Workspace(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / SETTINGS_FILE).exists():
            return Workspace(folder)
    raise NoWorkspace(
        f"There is no workspace here: no {SETTINGS_FILE} in this folder or above.", "Make one: opswheel init shop."
    )
