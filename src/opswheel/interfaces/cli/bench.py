"""`bench`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .context import answer, console, options, progress, progress_done


def bench(  # noqa: PLR0913
    name: str | None = None,
    /,
    *,
    small: Annotated[bool, Parameter(negative=())] = False,
    listings: int | None = None,
    days: int | None = None,
    seeds: int | None = None,
    world: Path | None = None,
    results: Path | None = None,
    workers: int | None = None,
    data: Path | None = None,
) -> int:
    """The benchmarks, as ratios against a stated baseline measured in the same run.

    Parameters
    ----------
    name
        Which; all that end within minutes if not given. A name that is none lists them all.
    small
        Few listings, days and rules: minutes.
    listings
        Listings of each world; with this, days or seeds given, catalogs are not multiplied and nothing is varied.
    days
        Worked days of each world.
    seeds
        Worlds of each kind.
    world
        A world file in place of the one that comes with Opswheel.
    results
        Folder that keeps what has been played, so that a stopped benchmark goes on.
    workers
        Processes that play at the same time; 2 if not given.
    data
        Series for `forecast`: a folder of real shops, or a CSV or Parquet file with series, day, units and, if you
        have them, value and group. Without it a made-up shop.
    """
    from ..bench import bench as measure
    from ..bench import policies_wanted

    own = {"world": world, "results": results, "workers": workers, "data": data}
    if name == "policies":
        own |= policies_wanted(small=small, listings=listings, days=days, seeds=seeds)
    else:
        own |= {"small": small or None, "listings": listings, "days": days, "seeds": seeds}
    rows = measure(name, progress, **{k: v for k, v in own.items() if v is not None})
    progress_done()
    if options().json:
        answer({"benchmarks": rows})
        return 0
    out = console()
    for row in rows:
        base = "" if row["baseline"] is None else f", baseline {row['baseline']:g}, ratio {row['ratio']:g}"
        out.print(f"{row['name']}: {row['ours']:g} {row['unit']}{base}; must reach {row['must_reach']}", markup=False)
        for key, value in row.items():
            if key not in ("name", "ours", "baseline", "ratio", "unit", "must_reach", "machine"):
                out.print(f"    {key.replace('_', ' ')}: {value}", markup=False)
    if rows:
        out.print(f"Measured on {rows[0]['machine']}.", markup=False)
    return 0
