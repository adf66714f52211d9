"""`fixpack`: the file a person uploads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .context import answer, console, options, workspace

_SHOWN = 10


def fixpack(  # noqa: PLR0913
    what: Annotated[list[str], Parameter(negative=())],
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    pack: str | None = None,
    account: str | None = None,
    channel: str | None = None,
    force: Annotated[bool, Parameter(negative=())] = False,
    by: str | None = None,
) -> int:
    """Write the file a person uploads to mend many listings at once. Nothing is sent to a marketplace.

    Parameters
    ----------
    what
        A kind of issue, for all its open issues; or numbers of issues.
    output
        The file to write.
    pack
        Which pack, where several serve the issues: amazon_prices, walmart_prices, partial_update, appeal,
        claim_lines or removal_order.
    account
        Only this account.
    channel
        Only this channel.
    force
        Replace the file if it is there.
    by
        Who; you, if not given.
    """
    from ..answers.fixpack import Asked, fixpack_answer

    asked = Asked(what, pack=pack, account=account, channel=channel)
    found = fixpack_answer(workspace(), asked, output=output, force=force, by=by)
    if options().json:
        answer(found)
    else:
        _tell(found)
    return 1 if found["left_out"] else 0


def _tell(found: dict[str, Any]) -> None:
    out = console()
    rows = "1 row" if found["rows"] == 1 else f"{found['rows']:,} rows"
    count = len(found["issues"])
    issues = f"issue {found['issues'][0]}" if count == 1 else f"{count:,} issues"
    lines = [f"Wrote {found['path']}: {found['title']} for {found['channel']}, {rows} of {issues}."]
    if found["fill_in"]:
        lines.append(f"Fill in before you use it: {found['fill_in']}.")
    lines += _signs(found)
    lines += [f"Left out: issue {o['id']}{' ' + o['sku'] if o['sku'] else ''}: {o['why']}." for o in found["left_out"]][
        :_SHOWN
    ]
    if len(found["left_out"]) > _SHOWN:
        lines.append(f"Left out: {len(found['left_out']) - _SHOWN:,} more; --json names them all.")
    lines.append(f"Upload it yourself: {found['upload']}.")
    lines.append(f"Done? opswheel close {_numbers(found['issues'])} --resolution fixed --root-cause C --minutes N")
    for line in lines:
        out.print(line, markup=False)


def _signs(found: dict[str, Any]) -> list[str]:
    """What to mind with SKUs a spreadsheet would take for a formula."""
    if not found["signs"]:
        return []
    first = found["signs"][0]
    if found["for_spreadsheet"]:
        return [
            f"SKUs like {first} have an apostrophe in front, or a spreadsheet runs them: leave it out in the upload."
        ]
    return [f"SKUs like {first} stand as the marketplace knows them: do not open the file in a spreadsheet."]


def _numbers(issues: list[int]) -> str:
    return " ".join(map(str, issues[:_SHOWN])) + (" …" if len(issues) > _SHOWN else "")
