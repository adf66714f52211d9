"""`forecast`."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from .context import answer, console, options, progress, progress_done, workspace

SHOWN = 20


def forecast(
    sku: str | None = None,
    /,
    *,
    channel: str | None = None,
    make: Annotated[bool, Parameter(negative=())] = False,
    choose: Annotated[bool, Parameter(negative=())] = False,
    limit: int = SHOWN,
) -> int:
    """Demand expected of each listing, with what is known of it.

    Parameters
    ----------
    sku
        One listing, day by day; all of them if not given.
    channel
        One channel.
    make
        Forecast anew from what is loaded now; done by itself the first time.
    choose
        Look for other models by a new back-test as well, however fresh the last look is; better ones are proposed.
    limit
        Listings shown.
    """
    from ..answers import planning

    here = workspace()
    made = None
    if make or choose or planning.nothing_made(here):
        made = planning.make(here, anew=choose, progress=progress)
        progress_done()
    found = planning.forecast_answer(here, sku, channel, made, limit)
    if options().json:
        answer(found)
    else:
        _show(found, one=sku is not None)
    return 1 if found["withheld"] else 0


def _show(found: dict[str, Any], *, one: bool) -> None:
    out = console()
    for row in found["withheld"]:
        out.print(f"{row['channel']} is left out: {row['reason']}.", markup=False)
    if not found["items"]:
        out.print("There is no forecast.", markup=False)
        return
    _show_items(found)
    if one:
        _show_days(found["days"])
    for r in found["items"]:
        if r["former_sku"]:
            out.print(f"{r['sku']}: what {r['former_sku']} sold on the same item counts as its own.", markup=False)
    _show_choice(found, one=one)


def _show_items(found: dict[str, Any]) -> None:
    from rich.table import Table

    out = console()
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    for name in ("listing", "channel", "kind", "days known", "clean", "censored", "a day", "28 days", "8 in 10 within"):
        table.add_column(name, justify="left" if name in ("listing", "channel", "kind") else "right", overflow="fold")
    for r in found["items"]:
        total = r["next_28_days"]
        table.add_row(
            r["sku"], r["channel"], r["segment"], f"{r['known_days']:,}", f"{r['clean_days']:,}",
            f"{r['censored_days']:,}", f"{r['per_day']:.2f}", f"{total['mean']:,.0f}",
            f"{total['p10']:,.0f} to {total['p90']:,.0f}",
        )  # fmt: skip
    out.print(table)
    if found["total"] > len(found["items"]):
        out.print(f"{found['total'] - len(found['items']):,} more: --limit {found['total']}.", markup=False)


def _show_choice(found: dict[str, Any], *, one: bool) -> None:
    """Which models were chosen, on what evidence, and what came of earlier forecasts."""
    out = console()
    for place in sorted({(r["account"], r["channel"]) for r in found["items"]}):
        if not any((m["account"], m["channel"]) == place for m in found["models"]):
            out.print(f"{place[1]}: too few days are loaded for a back-test; every model counts alike.", markup=False)
    for m in _seen(found["models"], found["items"] if one else None):
        out.print(_words(m), markup=False)
    for a in [a for a in found["accuracy"] if a["segment"] == "all" and a["wape"] is not None][:4]:
        out.print(
            f"{a['channel']}, forecast of {a['made_at'][:10]}: off by {a['wape']:.0%} a listing, "
            f"{a['bias']:+.0%} in all, over {a['item_days']:,} days of listings since.",
            markup=False,
        )


def _show_days(days: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    for name in ("day", "expected", "1 in 10 below", "middle", "1 in 10 above"):
        table.add_column(name, justify="left" if name == "day" else "right")
    for d in days[:14]:
        table.add_row(d["day"], f"{d['mean']:.2f}", f"{d['p10']:.0f}", f"{d['p50']:.0f}", f"{d['p90']:.0f}")
    console().print(table)


def _seen(models: list[dict[str, Any]], items: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """The choices of the kinds shown; of one listing only its own."""
    if items is None:
        return models
    own = {(r["channel"], r["segment"]) for r in items}
    return [m for m in models if (m["channel"], m["segment"]) in own]


def _words(m: dict[str, Any]) -> str:
    if m["error"] is None:
        return f"{m['channel']}, {m['segment']}: {m['models']} ({m['source']})."
    return (
        f"{m['channel']}, {m['segment']}: {m['models']}. Back-test of {m['items']:,} listings, {m['origins']} times: "
        f"error {m['error']:.3f}, best model alone {m['best_alone']:.3f}."
    )
