"""`bench`."""

from __future__ import annotations

from .context import answer, console, options, progress, progress_done


def bench(name: str | None = None, /) -> int:
    """The benchmarks, as ratios against a stated baseline measured in the same run.

    Parameters
    ----------
    name
        One of load, run, queue, run_small, cli, install; all of them if not given.
    """
    from ..bench import bench as measure

    rows = measure(name, progress)
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
