"""Ranking rules on the same simulated worlds: what each loses, with intervals, and what the figures rest on.

Every (world, rule, seed) is one cell, kept as a file in the results folder: a stopped benchmark goes on where it was.
The whole table is hours of work; `--small` is minutes, and any size between can be asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ... import __version__
from .common import machine

RESULTS = Path("opswheel-policies")
OPERATORS = 1
LOAD = 2.0
LIVES = (0.0, 1.0)
"""Natural life independent of effort, and in proportion to it."""
SEVERITIES = ("severity_label", "severity_dollar_quantile")
RULES = (
    "nobody_works",
    "first_in_first_out",
    "newest_first",
    *SEVERITIES,
    "tier_then_age",
    "revenue_at_risk",
    "exposure_per_hour",
    "value_per_hour",
    "exposure_per_hour_learning",
    "value_per_hour_learning",
    "clairvoyant",
)
FEW_RULES = ("first_in_first_out", *SEVERITIES, "revenue_at_risk", "value_per_hour", "clairvoyant")
SENSITIVITY: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("catalog__log_sd", (1.2, 1.6, 2.0)),
    ("load", (1.2, 2.0, 4.0)),
    ("team__life_with_effort", (0.0, 1.0)),
    ("team__effort_log_sd", (0.3, 0.6, 1.0)),
    ("noise__precision", (0.5, 0.7, 0.9)),
)
MULTIPLES = (1, 2, 3, 4, 6, 8)
CARRIES = (
    ("value_per_hour", "first_in_first_out", 120, "≥ 4 ×"),
    ("value_per_hour_learning", "severity_label", 180, "≥ 2 ×"),
)
RATIOS = (("severity", "≤ 0.80"), ("revenue_at_risk", "≤ 0.85"), ("clairvoyant", "≤ 1.4"))


@dataclass(frozen=True)
class Size:
    """How much is played: listings, days, seeds; seeds of the sensitivity block; whether catalogs are multiplied."""

    listings: int = 2_000
    days: int = 120
    seeds: int = 20
    sensitivity_seeds: int = 5
    carry_seeds: int = 5
    rules: tuple[str, ...] = RULES
    lives: tuple[float, ...] = LIVES


WHOLE = Size()
SMALL = Size(120, 20, 1, 0, 0, ("first_in_first_out", "severity_label", "value_per_hour", "clairvoyant"), (0.0,))


@dataclass(frozen=True)
class Cell:
    """One simulated team: its world with changes, size, rule, seed and load. `of_listings` sets the hours."""

    world: str
    changes: tuple[tuple[str, float], ...]
    listings: int
    days: int
    rule: str
    seed: int
    load: float = LOAD
    of_listings: int = 0
    path: str = field(default="", compare=False)

    def name(self) -> str:
        """The name of its result: a hash of what makes it the same cell, and of the version that played it."""
        told = {k: v for k, v in asdict(self).items() if k != "path"}
        text = json.dumps({**told, "version": __version__}, sort_keys=True)
        return f"{self.rule}-{self.seed}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"


def measure(
    *,
    size: Size = WHOLE,
    world: Path | None = None,
    results: Path = RESULTS,
    workers: int = 2,
    progress: Callable[[str], None] = lambda _: None,
) -> list[dict[str, Any]]:
    """Play what is not yet played, and tell: losses by rule, the ratios that matter, catalogs carried, sensitivity."""
    from ...simulation.parameters import read_world

    told = read_world(world)
    base = Cell(told.sha256, (), size.listings, size.days, "", 0, path=str(world or ""))
    cells = [*_main(base, size), *_sensitive(base, size), *_carried(base, size)]
    found = _played(list(dict.fromkeys(cells)), results, workers, progress)
    rows = [*_loss_rows(base, size, found), *_ratio_rows(base, size, found)]
    rows += [*_carry_rows(base, size, found), *_sensitivity_rows(base, size, found)]
    shared = {"unit": "share of revenue lost", "machine": machine(), "world": told.sha256}
    rows = [{"baseline": None, "ratio": None, "must_reach": "–", **shared, **row} for row in rows]
    (results / "table.md").write_text(_markdown(rows, size), encoding="utf-8")
    return rows


def _life(base: Cell, life: float) -> Cell:
    return replace(base, changes=(("team__life_with_effort", life),))


def _main(base: Cell, size: Size) -> Iterable[Cell]:
    for seed in range(1, size.seeds + 1):
        for life in size.lives:
            for rule in size.rules:
                yield replace(_life(base, life), rule=rule, seed=seed)


def _changed(base: Cell, name: str, value: float) -> Cell:
    if name == "load":
        return replace(_life(base, 0.0), load=value)
    other = () if name == "team__life_with_effort" else (("team__life_with_effort", 0.0),)
    return replace(base, changes=(*other, (name, value)))


def _sensitive(base: Cell, size: Size) -> Iterable[Cell]:
    for seed in range(1, size.sensitivity_seeds + 1):
        for name, values in SENSITIVITY:
            for value in values:
                for rule in FEW_RULES:
                    yield replace(_changed(base, name, value), rule=rule, seed=seed)


def _carried(base: Cell, size: Size) -> Iterable[Cell]:
    for seed in range(1, size.carry_seeds + 1):
        for ours, rival, days, _ in CARRIES:
            start = replace(_life(base, 0.0), days=days, seed=seed, of_listings=size.listings)
            yield replace(start, rule=rival)
            for multiple in MULTIPLES:
                yield replace(start, rule=ours, listings=size.listings * multiple)


def _played(
    cells: Sequence[Cell], results: Path, workers: int, progress: Callable[[str], None]
) -> dict[Cell, dict[str, Any]]:
    """The result of every cell, from its file or played now."""
    results.mkdir(parents=True, exist_ok=True)
    found: dict[Cell, dict[str, Any]] = {}
    for cell in cells:
        path = results / cell.name()
        if path.exists():
            found[cell] = json.loads(path.read_text(encoding="utf-8"))
    left = [c for c in cells if c not in found]
    with ProcessPoolExecutor(max_workers=max(1, workers)) as pool:
        waiting = {pool.submit(play_cell, c): c for c in left}
        for n, future in enumerate(as_completed(waiting), start=1):
            cell = waiting[future]
            found[cell] = future.result()
            part = results / f"{cell.name()}.part"
            part.write_text(json.dumps(found[cell]), encoding="utf-8")
            part.replace(results / cell.name())
            progress(f"policies: {n} of {len(left)} teams played, {cell.rule} …")
    return found


def play_cell(cell: Cell) -> dict[str, Any]:
    """Play one cell in a folder of its own; the summary of `opswheel simulate`, with CPU seconds."""
    from ...simulation.market import Market
    from ...simulation.parameters import read_world
    from ...simulation.play import Setting, play
    from ...simulation.policies import find_policy
    from ...simulation.results import arriving_minutes, hours_for_load, summary

    began = os.times()
    world = read_world(Path(cell.path) if cell.path else None).changed(**dict(cell.changes))
    of = cell.of_listings or cell.listings
    arriving = arriving_minutes(world, listings=of, days=cell.days, seed=cell.seed)
    hours = hours_for_load(cell.load, arriving, OPERATORS)
    setting = Setting(cell.listings, cell.days, OPERATORS, find_policy(cell.rule), cell.seed, hours)
    market = Market(world, listings=cell.listings, days=cell.days, seed=cell.seed)
    with tempfile.TemporaryDirectory(prefix="opswheel-policies-") as folder:
        played = play(market, setting, Path(folder) / "shop")
    ended = os.times()
    spent = ended.user + ended.system - began.user - began.system
    return {**summary(market, setting, played), "cpu_seconds": round(spent, 2)}


# what it says

Found = dict[Cell, dict[str, Any]]


def interval(values: Sequence[float]) -> tuple[float, float | None, float | None]:
    """(mean, low, high): the 80 % interval of the mean over seeds by Student's t; one seed has none."""
    from scipy import stats

    n, mean = len(values), float(np.mean(values))
    if n < 2:
        return mean, None, None
    half = float(stats.t.ppf(0.9, n - 1)) * float(np.std(values, ddof=1)) / n**0.5
    return mean, mean - half, mean + half


def ratio_interval(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float | None, float | None]:
    """(ratio of the mean losses, low, high): 80 %, paired by world, on the log of the ratio."""
    ratio = float(np.mean(ours)) / float(np.mean(theirs))
    centre, low, high = interval([float(np.log(a / b)) for a, b in zip(ours, theirs, strict=True)])
    if low is None or high is None:
        return ratio, None, None
    return ratio, ratio * float(np.exp(low - centre)), ratio * float(np.exp(high - centre))


def _losses(found: Found, cells: Sequence[Cell]) -> list[float]:
    return [float(found[c]["lost_share"]) for c in cells]


def _seeded(base: Cell, seeds: int) -> list[Cell]:
    return [replace(base, seed=s) for s in range(1, seeds + 1)]


def _loss_rows(base: Cell, size: Size, found: Found) -> list[dict[str, Any]]:
    rows = []
    for life in size.lives:
        for rule in size.rules:
            cells = _seeded(replace(_life(base, life), rule=rule), size.seeds)
            mean, low, high = interval(_losses(found, cells))
            told = [found[c] for c in cells]
            rows.append(
                {
                    "name": f"policies {rule}",
                    "ours": mean,
                    "low": low,
                    "high": high,
                    "natural_life": _life_words(life),
                    "seeds": size.seeds,
                    "saved_of_what_the_clairvoyant_saves": _saved(base, life, rule, size, found),
                    "cleared_per_day": _mean(t["cleared_per_day"]["minor"] / 100 for t in told),
                    "days_to_detect": _mean(t["time_to_detect_days"] for t in told),
                    "days_to_resolve": _mean(t["time_to_resolve_days"] for t in told),
                    "repeat_rate": _mean(t["repeat_rate"] for t in told),
                    "revenue_per_operator": _mean(t["revenue_per_operator"]["minor"] / 100 for t in told),
                    "lost_share_by_cycle": [
                        _mean(t["by_cycle"][i]["lost_share"] for t in told) for i in range(len(told[0]["by_cycle"]))
                    ],
                    "cpu_seconds": _mean(t["cpu_seconds"] for t in told),
                }
            )
    return rows


def _saved(base: Cell, life: float, rule: str, size: Size, found: Found) -> float | None:
    """(loss if nobody works − loss) ÷ (loss if nobody works − the clairvoyant's), over all seeds."""
    if not {"nobody_works", "clairvoyant"} <= set(size.rules):
        return None
    nobody, best, ours = (
        float(np.mean(_losses(found, _seeded(replace(_life(base, life), rule=r), size.seeds))))
        for r in ("nobody_works", "clairvoyant", rule)
    )
    return round((nobody - ours) / (nobody - best), 4) if nobody > best else None


def _life_words(life: float) -> str:
    return "independent of effort" if life == 0 else "rising with effort"


def _mean(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return round(float(np.mean(known)), 4) if known else None


def _ratio_rows(base: Cell, size: Size, found: Found) -> list[dict[str, Any]]:
    """Loss under value_per_hour against the rivals: each world, and over all natural lives."""
    if "value_per_hour" not in size.rules:
        return []
    rows: list[dict[str, Any]] = []
    for which in (*((life,) for life in size.lives), size.lives):
        if len(which) == 1 and len(size.lives) == 1 and rows:
            continue
        ours = _by_seed(base, which, "value_per_hour", size, found)
        for rival, must in RATIOS:
            names = [n for n in (SEVERITIES if rival == "severity" else (rival,)) if n in size.rules]
            every = {n: _by_seed(base, which, n, size, found) for n in names}
            if not every:
                continue
            best = min(every, key=lambda n: float(np.mean(every[n])))
            ratio, low, high = ratio_interval(ours, every[best])
            words = "both natural lives" if len(which) > 1 else _life_words(which[0])
            rows.append(
                {
                    "name": f"policies value_per_hour ÷ {best}",
                    "ours": float(np.mean(ours)),
                    "baseline": float(np.mean(every[best])),
                    "ratio": ratio,
                    "low": low,
                    "high": high,
                    "must_reach": must,
                    "natural_life": words,
                }
            )
    return rows


def _by_seed(base: Cell, lives: Sequence[float], rule: str, size: Size, found: Found) -> list[float]:
    """The lost share of each seed, the mean over natural lives: one world is one observation."""
    each = [_losses(found, _seeded(replace(_life(base, life), rule=rule), size.seeds)) for life in lives]
    return [float(np.mean(losses)) for losses in zip(*each, strict=True)]


def _carry_rows(base: Cell, size: Size, found: Found) -> list[dict[str, Any]]:
    """How many times the catalog the same hours carry at no more lost share than the rival carries once."""
    rows = []
    for ours, rival, days, must in CARRIES if size.carry_seeds else ():
        start = replace(_life(base, 0.0), days=days, of_listings=size.listings)
        limit = float(np.mean(_losses(found, _seeded(replace(start, rule=rival), size.carry_seeds))))
        curve = [
            float(
                np.mean(
                    _losses(found, _seeded(replace(start, rule=ours, listings=size.listings * m), size.carry_seeds))
                )
            )
            for m in MULTIPLES
        ]
        rows.append(
            {
                "name": f"policies catalog carried by {ours} at the loss of {rival}",
                "ours": carried(curve, limit),
                "baseline": 1.0,
                "ratio": carried(curve, limit),
                "must_reach": must,
                "unit": "times the catalog",
                "loss_of_the_rival": limit,
                "loss_by_multiple": dict(zip(MULTIPLES, curve, strict=True)),
            }
        )
    return rows


def carried(curve: Sequence[float], limit: float) -> float:
    """The multiple at which losses first pass `limit`, by straight lines; 0 if already the first one is over it."""
    if curve[0] > limit:
        return 0.0
    for i in range(1, len(curve)):
        if curve[i] > limit:
            step = (limit - curve[i - 1]) / (curve[i] - curve[i - 1])
            return float(MULTIPLES[i - 1] + step * (MULTIPLES[i] - MULTIPLES[i - 1]))
    return float(MULTIPLES[-1])


def _sensitivity_rows(base: Cell, size: Size, found: Found) -> list[dict[str, Any]]:
    rows = []
    for name, values in SENSITIVITY if size.sensitivity_seeds else ():
        for value in values:
            start = _changed(base, name, value)
            told = {r: _losses(found, _seeded(replace(start, rule=r), size.sensitivity_seeds)) for r in FEW_RULES}
            best = min(SEVERITIES, key=lambda n: float(np.mean(told[n])))
            ratio, low, high = ratio_interval(told["value_per_hour"], told[best])
            rows.append(
                {
                    "name": f"policies sensitivity {name.replace('__', '.')} = {value:g}",
                    "ours": float(np.mean(told["value_per_hour"])),
                    "baseline": float(np.mean(told[best])),
                    "ratio": ratio,
                    "low": low,
                    "high": high,
                    "losses": {r: round(float(np.mean(v)), 5) for r, v in told.items()},
                }
            )
    return rows


def _markdown(rows: Sequence[dict[str, Any]], size: Size) -> str:
    """The table as it stands in the docs."""
    out = [
        f"World file `{rows[0]['world']}`; {size.listings:,} listings × {size.days} days × {size.seeds} seeds, "
        f"load {LOAD:g}, {rows[0]['machine']}.",
        "",
        "| | natural life | lost share (80 % interval) | ÷ | must reach |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        spread = "" if row.get("low") is None else f" ({row['low']:.4f} – {row['high']:.4f})"
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.3f}"
        shown = f"{row['ours']:.4f}" + ("" if row["ratio"] is not None else spread)
        ratio += spread if row["ratio"] is not None else ""
        name = row["name"].removeprefix("policies ")
        out.append(f"| {name} | {row.get('natural_life', '')} | {shown} | {ratio} | {row['must_reach']} |")
    return "\n".join(out) + "\n"
