"""`load`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from .context import answer, console, options, progress, progress_done, workspace
from .days import parse_day

if TYPE_CHECKING:
    from ...wheel.loading import FileResult


def load(  # noqa: PLR0913
    paths: Annotated[list[Path], Parameter(negative=())],
    /,
    *,
    accept: Annotated[bool, Parameter(negative=())] = False,
    account: str = "main",
    channel: str = "",
    day: str | None = None,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
) -> int:
    """Read report files or folders. Each file's layout is found from its header; loading twice changes nothing.

    Parameters
    ----------
    paths
        Files or folders.
    accept
        Accept a delivery that looks partial: the rows it lacks are gone.
    account
        Seller account the files belong to.
    channel
        Marketplace and country, such as amazon:US; else the folder or the file says it.
    day
        Day the files were exported.
    from_
        First day a range report covers.
    to
        Last day a range report covers.
    """
    from ...core.errors import WrongUse
    from ...core.identity import is_account
    from ...visibility.arrival import Stated
    from ...wheel.loading import Said

    if not is_account(account):
        raise WrongUse(f"{account!r} cannot name an account.", "Use letters, digits, '_', '.' and '-'.")
    if (from_ is None) != (to is None):
        raise WrongUse("A range has two ends.", "Say --from YYYY-MM-DD --to YYYY-MM-DD.")
    here = workspace()
    stated = Stated(parse_day(day, "--day"), parse_day(from_, "--from"), parse_day(to, "--to"))
    said = Said(account=account, channel=channel, days=stated, accept=accept, by=here.me)
    results = here.loader().load(paths, said, progress)
    progress_done()
    if options().json:
        answer({"files": [_json(r) for r in results]})
    else:
        show(results)
    return 2 if any(r.status == "refused" for r in results) else 0


def _json(result: FileResult) -> dict[str, Any]:
    first, last = result.days
    return {
        "path": result.path,
        "report": result.report,
        "table": result.table,
        "channel": result.channel,
        "rows": result.rows,
        "rejected": result.rejected,
        "days": [first and first.isoformat(), last and last.isoformat()],
        "status": result.status,
        "error": result.error,
        "code": result.code,
        "notes": result.notes,
    }


def show(results: Sequence[FileResult]) -> None:
    """What was loaded, a line for each report and channel; what was refused, a line for each file."""
    from rich.table import Table

    out = console()
    good = [r for r in results if r.status != "refused"]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, justify in (("report", "left"), ("channel", "left"), ("files", "right"), ("rows", "right")):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("refused rows", justify="right")
    table.add_column("days")
    table.add_column("")
    groups: dict[tuple[str, str], list[FileResult]] = {}
    for r in good:
        groups.setdefault((r.report or "", r.channel or ""), []).append(r)
    for (report, channel), found in groups.items():
        days = [d for r in found for d in r.days if d]
        span = f"{min(days)} … {max(days)}" if days and min(days) != max(days) else str(days[0]) if days else ""
        unchanged = sum(r.status == "unchanged" for r in found)
        words = "" if not unchanged else "unchanged" if unchanged == len(found) else f"{unchanged} unchanged"
        rows, rejected = sum(r.rows for r in found), sum(r.rejected for r in found)
        channel = "all" if channel == "*" else channel
        table.add_row(report, channel, f"{len(found):,}", f"{rows:,}", f"{rejected:,}" if rejected else "", span, words)
    if good:
        out.print(table)
    for r in good:
        for note in r.notes:
            out.print(f"{Path(r.path).name}: {note}.", markup=False)
        if r.rejected and r.status == "loaded":
            what = "row was" if r.rejected == 1 else "rows were"
            out.print(f"{Path(r.path).name}: {r.rejected:,} {what} refused; rejects/ says which and why.", markup=False)
    for r in results:
        if r.status == "refused":
            out.print(f"refused: {r.error}", markup=False)
    if not results:
        out.print("There is no file there.")
