"""`init` and `compact`."""

from __future__ import annotations

from pathlib import Path

from .context import answer, console, options, workspace


def init(folder: Path = Path(), /) -> int:
    """Make a workspace.

    Parameters
    ----------
    folder
        Where; this folder if not given.
    """
    from ..wiring import make_workspace

    made = make_workspace(folder)
    if options().json:
        answer({"workspace": str(made.folder)})
    else:
        console().print(f"Made a workspace in {folder}.\nNext: opswheel --workspace {folder} load PATH…")
    return 0


def compact() -> int:
    """Merge the lake's small files of closed months into one file per table, channel and month."""
    done = workspace().compactor().compact()
    if options().json:
        answer(done)
    else:
        console().print(
            f"Merged {done['merged_files']:,} files into {done['new_files']:,}; "
            f"deleted {done['deleted_files']:,} files nothing needs any more."
        )
    return 0
