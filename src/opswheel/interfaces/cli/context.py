"""What every command shares: the workspace asked for, and how to answer."""

from __future__ import annotations

import json
import sys
from contextvars import ContextVar, Token
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from ..wiring import Workspace


@dataclass(frozen=True)
class Options:
    """The options every command takes."""

    workspace: Path | None = None
    json: bool = False


_OPTIONS: ContextVar[Options] = ContextVar("options", default=Options())  # noqa: B039


class Context:
    """Holds the options while a command runs."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._token: Token[Options] | None = None

    def __enter__(self) -> None:
        self._token = _OPTIONS.set(self._options)

    def __exit__(self, *_: object) -> None:
        if self._token is not None:
            _OPTIONS.reset(self._token)


def options() -> Options:
    """The options of the command that runs."""
    return _OPTIONS.get()


def workspace() -> Workspace:
    """The workspace of the command that runs."""
    from ..wiring import find_workspace

    return find_workspace(options().workspace)


def answer(value: Any) -> None:
    """Print the JSON answer."""
    sys.stdout.write(json.dumps(value, indent=2, default=str, ensure_ascii=False) + "\n")


def console() -> Console:
    """Where people read: colour only on a terminal, a fixed width elsewhere so that transcripts are stable."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=118, color_system=None)


def progress(words: str) -> None:
    """One line on stderr, replaced by the next, on a terminal only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[2K{words[:100]}")
        sys.stderr.flush()


def progress_done() -> None:
    """Clear the progress line."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[2K")
        sys.stderr.flush()
