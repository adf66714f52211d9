"""Measures how well the rules see, and keeps it where every rule's page is made from it.

`python -m tools.detector_figures` plays the worlds of `opswheel bench detectors` (minutes) and writes
`docs/reference/detectors/figures.json`; `make format` then prints it on the pages. Options are those of the bench:
`--listings`, `--days`, `--seeds`.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from opswheel import __version__
from opswheel.interfaces.bench.detectors import DAYS, DROPS, LISTINGS, SEEDS, measure
from opswheel.interfaces.bench.fact_rules import LISTINGS as LIGHT_LISTINGS
from opswheel.interfaces.bench.fact_rules import RATING, UNOWNED
from opswheel.interfaces.bench.fact_rules import SEEDS as LIGHT_SEEDS
from opswheel.simulation.parameters import read_world
from opswheel.visibility.detectors import DETECTORS

FIGURES = Path(__file__).parents[1] / "docs" / "reference" / "detectors" / "figures.json"
KEYS = ("ours", "low", "high", "rows", "faults", "dollars", "by_any_rule")


def made_of(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """`precision` and `recall` of each rule that has one, from the lines of the bench."""
    found: dict[str, dict[str, Any]] = {}
    for line in rows:
        figure = line["name"].partition(" of ")[0]
        if "kind" not in line:
            continue
        where = "light" if line.get("world") == "light" else "market"
        for kind in DROPS if line["kind"] == "drops" else (line["kind"],):
            told = found.setdefault(kind, {}).setdefault(where, {})
            told[figure] = {k: line[k] for k in KEYS if k in line}
    return dict(sorted(found.items()))


def words(kind: str, told: dict[str, Any]) -> str:
    """What the page of a rule says of how well it sees."""
    mine, made = told["rules"].get(kind, {}), told["made"]
    said = [
        f"On {_SIZES[where].format(**made)}: {_said(kind, where, mine[where])}" for where in _SIZES if where in mine
    ]
    if not said:
        return "Cannot tell: the simulated market has no such fault, or the rule has not spoken of it."
    return f"{' '.join(said)} Measured {made['date']}, version {made['version']}, with 95 % intervals."


_SIZES = {
    "market": "the simulated market ({worlds} × {listings} listings × {days} days, world file `{world_sha256:.12}…`)",
    "light": "light worlds ({light_worlds} × {light_listings} listings, one morning)",
}


def _said(kind: str, where: str, mine: dict[str, dict[str, Any]]) -> str:
    if "precision" in mine:
        p = mine["precision"]
        told = f"of {p['rows']} rows {p['ours']:.2f} were true ({p['low']:.2f} … {p['high']:.2f})"
    else:
        told = "it gave no row, so precision cannot be told"
    if "recall" not in mine:
        return f"{told}; recall cannot be told, it has no such fault."
    r = mine["recall"]
    whose = "faults no report tells of" if where == "market" and kind in DROPS else "faults"
    money = "" if kind in (RATING, UNOWNED) else f"the {r['dollars']:,} dollars of "
    return f"{told}; of {money}{r['faults']} {whose} {r['ours']:.2f} were seen ({r['low']:.2f} … {r['high']:.2f})."


def main(arguments: list[str]) -> int:
    """Measure and write."""
    size = {"listings": LISTINGS, "days": DAYS, "seeds": SEEDS}
    for name, value in zip(arguments[::2], arguments[1::2], strict=True):
        size[name.removeprefix("--")] = int(value)
    rows = measure(listings=size["listings"], days=size["days"], seeds=size["seeds"])
    made = {
        "command": "python -m tools.detector_figures" + "".join(f" --{k} {v}" for k, v in size.items()),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "version": __version__,
        "world_sha256": read_world().sha256,
        "listings": size["listings"],
        "days": size["days"],
        "worlds": size["seeds"],
        "light_worlds": LIGHT_SEEDS,
        "light_listings": LIGHT_LISTINGS,
    }
    whole = {r["name"]: r["ours"] for r in rows if "kind" not in r}
    rules = made_of(rows)
    unknown = sorted(set(rules) - {d.kind for d in DETECTORS})
    if unknown:
        raise SystemExit(f"The bench names rules that do not exist: {', '.join(unknown)}.")
    FIGURES.write_text(json.dumps({"made": made, "whole": whole, "rules": rules}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
