"""`plan`."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from .context import answer, console, options, progress, progress_done, workspace


def plan(
    *,
    sku: str | None = None,
    pool: str | None = None,
    make: Annotated[bool, Parameter(negative=())] = False,
    all_: Annotated[bool, Parameter(name="--all", negative=())] = False,
) -> int:
    """What to order and send, by when, and what is lost otherwise. Nothing is ever sent to a marketplace.

    Parameters
    ----------
    sku
        The plans of one listing.
    pool
        The plans of one stock pool.
    make
        Forecast and plan anew from what is loaded now; done by itself the first time.
    all_
        Also the pools that may wait.
    """
    from ..answers import planning

    here = workspace()
    made = None
    if make or planning.nothing_made(here):
        made = planning.make(here, anew=False, progress=progress)
        progress_done()
    found = planning.plan_answer(here, sku, pool, made, everything=all_)
    if options().json:
        answer(found)
    else:
        _show(found)
    return 1 if found["withheld"] else 0


def _show(found: dict[str, Any]) -> None:
    out = console()
    for row in found["withheld"]:
        out.print(f"{row['channel']} is left out: {row['reason']}.", markup=False)
    for p in found["plans"]:
        saved = p["avoidable"]
        worth = f", worth {saved['mean']:,.0f} {saved['currency']}" if saved and saved["mean"] >= 1 else ""
        out.print(f"{_title(p)}{worth}", style="bold", markup=False)
        out.print(f"    {p['words']}", markup=False)
        if p["reorder_point_units"] is not None:
            out.print(
                f"    Reorder at {p['reorder_point_units']:,}, of which {p['safety_stock_units']:,} for safety; "
                f"lead time {p['lead_days']:.0f} days, {p['lead_source']}.",
                markup=False,
            )
    if not found["plans"]:
        out.print(
            "Nothing to order or move." if found["total"] else "There is no plan: no stock is loaded.", markup=False
        )
    if found["waiting"] and found["waiting"] > sum(p["action"] == "wait" for p in found["plans"]):
        out.print(f"{found['waiting']:,} pools may wait: --all lists them.", markup=False)


def _title(p: dict[str, Any]) -> str:
    name = ", ".join(p["skus"])
    return {
        "order_now": f"{name}: order {p['units']:,} now",
        "order_by": f"{name}: order {p['units']:,} by {p['by_day']}",
        "send_in": f"{name}: move {p['units']:,} from {p['source_pool']} to {p['pool']}",
        "remove": f"{name}: take {p['units']:,} out of {p['source_pool']} to {p['pool']}",
        "offer": f"{name}: offer {p['units']:,} shipped by yourself from {p['source_pool']}",
        "withdraw": f"{name}: stop selling from {p['pool']}",
    }.get(p["action"], f"{name}: wait")
