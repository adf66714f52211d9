"""`intent`: the sweep that settles what nobody said."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .context import answer, console, options, workspace


def intent(
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    set_: Annotated[str | None, Parameter(name="--set")] = None,
    skus: Annotated[list[str] | None, Parameter(name="--sku", negative=())] = None,
    channel: str | None = None,
) -> int:
    """Listings nobody said the intent of, with what speaks for and against selling them.

    Parameters
    ----------
    output
        Write the list as a CSV to fill in and load again.
    set_
        Say an intent now: sell, sell_through, discontinued or not_ours.
    skus
        The SKUs it is said of; all that are unsettled, if not given.
    channel
        Only this channel.
    """
    from ..answers import intent_answer

    found = intent_answer(workspace(), output=output, said=set_, skus=skus, channel=channel)
    if options().json:
        answer(found)
        return 0
    out = console()
    if set_ is not None:
        what = "listing is" if found["settled"] == 1 else "listings are"
        out.print(f"{found['settled']} {what} now said to be: {set_}.")
        return 0
    count = len(found["listings"])
    out.print(f"{count} {'listing' if count == 1 else 'listings'} of unsettled intent.")
    for row in found["listings"][:20]:
        out.print(f"  {row['sku']} · {row['channel']}: {row['why']}", markup=False)
    if found["path"]:
        out.print(f"Wrote {found['path']}, with what the loaded list says already. Fill in the column intent, then:")
        out.print(f"  opswheel load {found['path']}", markup=False)
    elif found["listings"]:
        out.print("Next: opswheel intent --output intent.csv, or opswheel intent --set discontinued")
    return 0
