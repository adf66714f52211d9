"""`backup` and `restore`."""

from __future__ import annotations

from pathlib import Path

from .context import answer, console, options, workspace


def backup(target: Path, /) -> int:
    """Write the ledger's rows, the lake, the settings and the team's own pages into one archive.

    Parameters
    ----------
    target
        The archive; it must not exist yet.
    """
    from ..keeping import make_backup

    told = make_backup(workspace(), target)
    if options().json:
        answer(told)
    else:
        size = told["bytes"] / 1e6
        out = console()
        out.print(f"Wrote {target}: {told['files']:,} files, {told['rows']:,} rows, {size:,.1f} MB.", markup=False)
        out.print("The key privacy.key is not in it: keep it safe elsewhere.")
    return 0


def restore(source: Path, folder: Path, /, *, ledger: str = "") -> int:
    """Make a workspace from a backup; a damaged one restores nothing.

    Parameters
    ----------
    source
        The archive.
    folder
        A folder that does not exist yet, or is empty.
    ledger
        URL of an empty database to take the rows, in place of the one the settings name.
    """
    from ..keeping import restore_backup

    told = restore_backup(source, folder, ledger)
    if options().json:
        answer(told)
    else:
        console().print(
            f"Restored {told['files']:,} files and {told['rows']:,} rows of {told['at']} into {folder}.\n"
            "It does not act for the original: sign-ins ended, tokens were revoked, waiting work was dropped.\n"
            "It sends nothing before you say so: opswheel webhooks wake, opswheel notices --wake.\n"
            f"Put privacy.key there too. Next: opswheel --workspace {folder} queue",
            markup=False,
        )
    return 0
