"""The weekly decision against known truth: light worlds of twenty seeds, and a proposal at full size.

The worlds and what they leave out are told in `simulation/decision_world.py` and `learning_world.py`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from ...core.contracts import OBSERVATIONS
from ...core.engine import Selection
from ...core.settings.decisions import AIMS, Aim, DecisionSettings
from ...simulation import learning_world
from ...simulation.decision_world import play
from .common import in_child, row, timed

SEEDS = 20
FIRST_SEED = 200
LISTINGS, WEEKS, FAULTY, LABELS = 200_000, 26, 0.05, 20_000
NEWEST = datetime(2026, 11, 22, 8)
RESULTS = "decisions.jsonl"


def measure(seeds: int = SEEDS, results: Path | None = None) -> list[dict[str, Any]]:
    """Every figure with its P10 to P90 over seeds; `results` keeps what was played, so that it goes on."""
    plays = _played(seeds, results)
    return [*_cuts(plays), *_learned(seeds), _proposal()]


def _played(seeds: int, results: Path | None) -> dict[Aim, list[dict[str, Any]]]:
    kept: dict[tuple[Aim, int], dict[str, Any]] = {}
    path = None if results is None else results / RESULTS
    if path is not None and path.exists():
        rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        kept = {(r.get("aim", "money"), r["seed"]): r for r in rows}
    numbers = range(FIRST_SEED, FIRST_SEED + seeds)
    for aim, seed in product(AIMS, numbers):
        if (aim, seed) in kept:
            continue
        with tempfile.TemporaryDirectory() as folder:
            kept[aim, seed] = play(Path(folder), seed, aim=aim)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as out:
                out.write(json.dumps(kept[aim, seed]) + "\n")
    return {aim: [kept[aim, seed] for seed in numbers] for aim in AIMS}


def _figure(name: str, values: Sequence[float], must: str, **more: Any) -> dict[str, Any]:
    low, high = np.quantile(values, [0.1, 0.9])
    told = {"p10": round(float(low), 4), "p90": round(float(high), 4), "seeds": len(values)}
    return row(f"decisions: {name}", float(np.mean(values)), None, "", must, **told, **more)


def _cuts(plays: Mapping[Aim, Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Each figure under both aims: what an aim is not for is told beside it, without a bound."""

    def mean(aim: Aim, name: str) -> float:
        return round(float(np.mean([p[name] for p in plays[aim]])), 4)

    def told(name: str, key: str, musts: Mapping[Aim, str], **more: Any) -> list[dict[str, Any]]:
        return [
            _figure(f"{name}, aim {aim}", [p[key] for p in plays[aim]], musts.get(aim, "–"), **more) for aim in AIMS
        ]

    best, least = mean("money", "best_false_ratio"), mean("money", "least_false_ratio")
    return [
        *told(
            "net after eight decisions ÷ best fixed cut without a slope",
            "net_ratio",
            {"money": "≥ 0.95"},
            at_start=mean("money", "net_ratio_start"),
        ),
        *told(
            "false alarms per real one ÷ those at the start",
            "false_ratio",
            {"quiet": "≤ 0.6"},
            of_the_cut_of_most_net=best,
            least_without_a_slope=least,
        ),
        *told("dollars missed ÷ those at the start", "missed_ratio", {"quiet": "≤ 1.0"}),
    ]


def _learned(seeds: int) -> list[dict[str, Any]]:
    numbers = range(FIRST_SEED, FIRST_SEED + seeds)
    causes = [learning_world.prevention_seed(s) for s in numbers]
    claims = [learning_world.claims_seed(s) for s in numbers]
    missed = [learning_world.recall_seed(s) for s in numbers]
    top = [float(c["place"] is not None and c["place"] <= 3) for c in causes]
    truly = [c for c in causes if c["true_place"] <= 3]
    there = round(float(np.mean([c["place"] is not None and c["place"] <= 3 for c in truly])), 4) if truly else None
    counted = round(float(np.mean([c["counted_place"] <= 3 for c in causes])), 4)
    reached, most, most_reached = (
        round(float(np.mean([m[n] for m in missed])), 4) for n in ("reached", "most_found", "most_reached")
    )
    falls = [float(c["hazard_after"] < c["hazard_before"]) for c in causes]
    return [
        _figure("coverage of the 80 % interval of claims", [c["coverage"] for c in claims], "0.75 to 0.85"),
        _figure(
            "planted cause among the first three in 60 days",
            top,
            "≥ 0.95",
            truly_among_them=len(truly),
            of_those=there,
            by_count_alone=counted,
        ),
        _figure("hazard falls after prevention", falls, "≥ 0.95"),
        _figure(
            "planted dollars the audit finds",
            [m["found"] for m in missed],
            "≥ 0.8",
            on_listings_it_lists=reached,
            knowing_all_but_who_fell=most,
            on_listings_that_would_list=most_reached,
        ),
        _figure("false dollars among them", [m["false"] for m in missed], "≤ 0.05"),
    ]


def _proposal() -> dict[str, Any]:
    found = in_child(__name__)
    rows = found.pop("rows")
    return row("decisions: weekly proposal", found["seconds"], None, "seconds", "< 600", observations=rows, **found)


def child() -> dict[str, Any]:
    """One weekly proposal over synthetic stored observations, on two threads."""
    from ...storage.duck import DuckEngine
    from .common import THREADS, peak_mib

    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder)
        paths, rows = _stored(lake)

        def work() -> None:
            engine = DuckEngine(lake, threads=THREADS)
            engine.mount(OBSERVATIONS, "observations_stored", Selection(paths))
            _propose(engine)
            engine.close()

        seconds = timed(work, runs=1, warm=0)
    return {"seconds": round(seconds, 1), "rows": rows, "peak_mib": round(peak_mib())}


def _propose(engine: Any) -> None:
    from ...decisions import backtest, cuts, thresholds
    from ...decisions.cuts import Known
    from ...visibility.detectors import DETECTORS

    rules = [d for d in DETECTORS if d.tunable]
    versions = [r for d in rules for t in d.thresholds for r in thresholds._default_rows(d.kind, t)]
    found, _ = cuts.segments(rules, versions, 1.0)
    settings = DecisionSettings()
    kinds = sorted({s.kind for s in found})
    engine.register("listing_tiers", _tiers())
    engine.register("cut_axes", cuts.ladder(found, {}))
    engine.register("cut_pairs", cuts.pairs_table(found, cuts.pairs(found, settings)))
    engine.register("worked", backtest.table(backtest.WORKED, _said(kinds)))
    days = {"newest": NEWEST.date(), "oldest": (NEWEST - timedelta(weeks=WEEKS)).date()}
    engine.register("last_day", backtest.table(backtest.LAST_DAY, [days]))
    backtest.collapse(engine)
    known = Known(
        settings=settings,
        margin=0.25,
        currency="USD",
        dollar=1.0,
        minutes=dict.fromkeys(kinds, 20.0),
        precision={},
        lives={},
        spare={},
    )
    made = cuts.propose(engine, found, known, float(WEEKS))
    if not any(one["backtest"] for one in made):
        raise RuntimeError("no segment was back-tested: the benchmark would time nothing")


def _kinds() -> list[str]:
    from ...visibility.detectors import DETECTORS

    return [d.kind for d in DETECTORS if d.tunable and len(d.thresholds) <= 2]


def _stored(lake: Path) -> tuple[tuple[Path, ...], int]:
    """One file a week: each morning one listing in twenty is seen by one of the tunable rules, for eight days or so."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(7)
    kinds = np.array(_kinds())
    schema, paths, whole = OBSERVATIONS.arrow_schema(), [], 0
    folder = lake / OBSERVATIONS.name
    folder.mkdir()
    n = int(LISTINGS * FAULTY)
    for week in range(WEEKS):
        who = rng.choice(LISTINGS, n, replace=False)
        drop, loss = 0.08 * np.exp(0.8 * rng.standard_normal(n)), 6.0 * np.exp(1.2 * rng.standard_normal(n))
        sku = np.char.add("SKU-", who.astype(str))
        key = np.char.add("main|amazon:US|", sku)
        columns: dict[str, Any] = {"kind": kinds[who % len(kinds)], "sku": sku, "subject_key": key}
        columns |= {"observed": drop, "baseline": 1.0 - drop, "share_lost": np.minimum(drop, 1.0)}
        columns |= {"loss_per_day": loss, "stock_value": 20 * loss, "amount_at_risk": 20 * loss}
        parts = []
        for day in range(7):
            at = NEWEST - timedelta(days=7 * (WEEKS - week) - 1 - day)
            same = {"run_id": 7 * week + day, "as_of": at, "account": "main", "channel": "amazon:US"}
            same |= {"subject_type": "listing", "detector_version": "1"}
            arrays = [
                pa.array(columns[f.name], f.type) if f.name in columns else pa.array([same.get(f.name)] * n, f.type)
                for f in schema
            ]
            parts.append(pa.table(arrays, schema=schema))
        path = folder / f"{week}.parquet"
        pq.write_table(pa.concat_tables(parts), path)
        paths.append(path)
        whole += 7 * n
    return tuple(paths), whole


def _tiers() -> Any:
    import pyarrow as pa

    skus = [f"SKU-{n}" for n in range(LISTINGS)]
    tier = np.where(np.arange(LISTINGS) % 50 == 0, 1, np.where(np.arange(LISTINGS) % 5 == 0, 2, 3))
    same = {"account": pa.array(["main"] * LISTINGS), "channel": pa.array(["amazon:US"] * LISTINGS)}
    return pa.table({**same, "sku": pa.array(skus), "listed_tier": pa.array(tier, pa.int64())})


def _said(kinds: Sequence[str]) -> list[dict[str, Any]]:
    rng = np.random.default_rng(8)
    names = _kinds()
    rows = []
    for n in rng.choice(LISTINGS, LABELS, replace=False):
        day = (NEWEST - timedelta(days=int(rng.integers(0, WEEKS * 7)))).date()
        kind = names[int(n) % len(names)]
        if kind in kinds:
            key = f"main|amazon:US|SKU-{n}"
            row_ = {"kind": kind, "account": "main", "channel": "amazon:US", "subject_key": key, "from_day": day}
            label = float(rng.random() < 0.7)
            rows.append(row_ | {"to_day": day, "label": label, "fixed": label > 0, "by": "ines", "weekday": int(n) % 5})
    return rows


__all__: list[str] = ["child", "measure"]
