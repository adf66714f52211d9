"""Every engine gives the reference's answers: the same keys and verdicts, numbers to 1e-9, on one street of shops.

The street is every shop the detectors' own tests are written on, side by side, so that each rule fires and each
has its healthy neighbours. A rule whose test module has no `the_shop` would go untested here, and fails.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from opswheel.core.contracts.prepared import CUTS
from opswheel.core.engine import Engine
from opswheel.core.settings import Settings
from opswheel.prioritization.velocity import fit_groups
from opswheel.storage.duck import DuckEngine
from opswheel.storage.engines import ENGINES
from opswheel.visibility import detect
from opswheel.visibility.detectors import DETECTORS

from ..factory import Scene
from ..visibility import detectors as detector_tests
from ..visibility.looking import default_cuts

REFERENCE, *OTHERS = ENGINES
HERE = {"spark": "local[2]"}
"""How each other engine is asked for on the machine that tests it."""
RELATIVE = 1e-9
POOLS = ("pool", "source_pool")
NAMES = ("sku", "item_id", "pool", "fnsku", "subject_key", "other")


def shops() -> dict[str, Scene]:
    """The shop of each detector's tests, by its module."""
    found = {}
    for module in pkgutil.iter_modules(detector_tests.__path__):
        loaded = importlib.import_module(f"{detector_tests.__name__}.{module.name}")
        if hasattr(loaded, "the_shop"):
            found[module.name] = loaded.the_shop()
    return found


@cache
def street() -> Scene:
    """All shops in one account: what a shop calls its listings and items is told apart by the shop's name."""
    pinned: dict[str, int] = {}
    whole = Scene()
    for name, shop in shops().items():
        for sku, tier in shop.settings.tiers.pinned.items():
            place, _, own = sku.partition("/")
            pinned[f"{place}/{name} {own}"] = tier
        for table, rows in shop.rows.items():
            whole.rows[table] += [_renamed(row, name) for row in rows]
        for table, days in shop.extra_days.items():
            whole.extra_days[table] += days
    rates = {tuple(sorted(r.items())): r for r in whole.rows["rates"]}
    whole.rows["rates"] = list(rates.values())
    whole.settings = Settings.model_validate({"tiers": {"pinned": pinned}})
    return whole


def _renamed(row: dict[str, Any], shop: str) -> dict[str, Any]:
    if "source_pool" in row:  # a plan names pools as the wheel does: a place, and what lies there
        pools = {k: "/".join((place, f"{shop} {of}")) for k in POOLS for place, _, of in [row[k].partition("/")]}
        return {**row, **pools, "skus": row["skus"] and f"{shop} {row['skus']}"}
    return {k: f"{shop} {v}" if k in NAMES and v is not None else v for k, v in row.items()}


def answers(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Everything that leaves the engine in a run on the street."""
    scene = street()
    scene.tell(engine)
    engine.register(CUTS.name, CUTS.arrow_table([dict(r) for r in default_cuts()]))
    detect.prepare(engine, fit_groups)
    found = detect.observe(engine, DETECTORS)
    detect.cut(engine, run_id=1, as_of=scene.as_of, remembered=False)
    detect.look_closer(engine)
    told = {
        "rules": [{"kind": o.kind, "rows": o.rows, "error": o.error} for o in found],
        "signals": detect.signal_rows(engine).to_pylist(),
        "stock": detect.stock_rows(engine).to_pylist(),
        "inbound": detect.inbound_rows(engine).to_pylist(),
    }
    engine.close()
    return told


@cache
def reference() -> dict[str, list[dict[str, Any]]]:
    return answers(DuckEngine(Path("/")))


def test_on_the_street_every_rule_fires_and_none_fails():
    told = reference()
    assert [r["error"] for r in told["rules"]] == [None] * len(DETECTORS)
    fired = Counter(r["kind"] for r in told["signals"])
    assert set(fired) == {d.kind for d in DETECTORS}
    assert len(told["stock"]) > 20 and told["inbound"]


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # Spark's bridge to Java leaves them open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", OTHERS, ids=lambda kind: kind.name)
def test_another_engine_gives_the_same_answers_to_nine_digits(kind, tmp_path):
    wanted, told = reference(), answers(kind.open(HERE[kind.name], tmp_path))
    for table, rows in wanted.items():
        assert len(told[table]) == len(rows), table
        for expected, got in zip(rows, told[table], strict=True):
            for column, value in expected.items():
                assert same(value, got[column]), (table, column, value, got[column], expected)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=RELATIVE, abs_tol=1e-12) or (math.isnan(a) and math.isnan(b))
    return bool(a == b)
