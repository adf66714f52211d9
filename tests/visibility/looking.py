"""What all detectors say of one scene, before and after the cut lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from opswheel.core.contracts import LISTINGS, OBSERVATIONS, RATES, THRESHOLDS
from opswheel.core.contracts.prepared import CUTS, LEDGER_INTENTS
from opswheel.core.detector import Detector
from opswheel.decisions import thresholds
from opswheel.visibility import detect
from opswheel.visibility.detectors import DETECTORS, looking

from ..factory import MORNING, Scene, ago, days

BY_KIND = {d.kind: d for d in DETECTORS}
US, CA = "amazon:US", "amazon:CA"
TOLD = ("cause", "starts_day", "observed", "baseline", "evidence", "onset_day")
"""The columns a sentence may be made of."""
CAD = 0.75
"""Dollars for one Canadian dollar in these scenes."""


@dataclass(frozen=True)
class Looked:
    """Observations, signals and comparisons of one morning."""

    observed: list[dict[str, Any]]
    signals: list[dict[str, Any]]
    verdicts: list[dict[str, Any]]
    errors: list[str]

    def fired(self, sku: str, channel: str = US) -> list[str]:
        """The kinds that have a signal about this listing."""
        return sorted(r["kind"] for r in self.signals if (r["sku"], r["channel"]) == (sku, channel))

    def saw(self, kind: str, sku: str, channel: str = US) -> dict[str, Any] | None:
        """What a detector observed of this listing, above its loose floor."""
        found = [r for r in self.observed if (r["kind"], r["sku"], r["channel"]) == (kind, sku, channel)]
        assert len(found) <= 1, f"{kind} speaks {len(found)} times of {sku}"
        return found[0] if found else None

    def signal(self, kind: str, sku: str, channel: str = US) -> dict[str, Any]:
        """The signal of a kind about this listing."""
        (row,) = [r for r in self.signals if (r["kind"], r["sku"], r["channel"]) == (kind, sku, channel)]
        return row

    def said(self, kind: str, sku: str) -> str:
        """The sentence people read, from what a run tells of a signal."""
        row = self.signal(kind, sku)
        return BY_KIND[kind].sentence({name: row[name] for name in TOLD})


def look(
    scene: Scene,
    *,
    cuts: Sequence[Mapping[str, Any]] | None = None,
    detectors: Sequence[Detector] = looking(),
    before: Iterable[Mapping[str, Any]] = (),
    runs: Sequence[datetime] = (),
) -> Looked:
    """Prepare, observe and cut under a flat prior; `before` are observations of the earlier `runs`.

    Rules that are off by default do not look unless they are named.
    """
    engine = scene.engine()
    rows = default_cuts(detectors) if cuts is None else cuts
    engine.register(CUTS.name, CUTS.arrow_table([dict(r) for r in rows]))
    detect.prepare_all(engine)
    found = detect.observe(engine, detectors)
    if runs:
        engine.register("observations_before", OBSERVATIONS.arrow_table([dict(r) for r in before]))
        engine.register("runs_before", pa.table({"run_as_of": pa.array(list(runs), pa.timestamp("us"))}))
    detect.cut(engine, run_id=1, as_of=scene.as_of, remembered=bool(runs))
    connection = engine._connection
    told = {t: connection.table(t).to_arrow_table().to_pylist() for t in ("observations", "signals", "verdicts")}
    engine.close()
    errors = [f"{o.kind}: {o.error}" for o in found if o.error]
    return Looked(told["observations"], told["signals"], told["verdicts"], errors)


def facts_of(
    scene: Scene, *tables: str, channel: str = US, intents: Sequence[Mapping[str, Any]] = ()
) -> dict[str, dict[Any, dict[str, Any]]]:
    """Prepared tables of a channel, each as its rows by SKU, or by SKU and the column that tells its rows apart.

    `intents` are what somebody said in Opswheel, at the scene's time unless they name another.
    """
    engine = scene.engine()
    said = [{"account": "main", "channel": US, "known_at": scene.as_of, **row} for row in intents]
    engine.register(LEDGER_INTENTS.name, LEDGER_INTENTS.arrow_table(said))
    detect.prepare_all(engine)
    found: dict[str, dict[Any, dict[str, Any]]] = {}
    for table in tables:
        rows = [r for r in engine._connection.table(table).to_arrow_table().to_pylist() if r["channel"] == channel]
        also = {"listing_state": "state", "focus_days": "day", "bad_days": "day"}.get(table)
        found[table] = {(r["sku"], r[also]) if also else r["sku"]: r for r in rows}
        assert len(found[table]) == len(rows), f"{table} has a listing twice"
    engine.close()
    return found


def default_cuts(detectors: Sequence[Detector] = DETECTORS, dollar: float = 1.0) -> list[dict[str, Any]]:
    """The detectors' own cut lines, as a new ledger holds them."""
    ledger = sa.create_engine("sqlite://")
    with ledger.begin() as connection:
        THRESHOLDS.sql_table().create(connection)
        thresholds.seed(connection, detectors)
        rows = thresholds.cuts(thresholds.in_force(connection, MORNING), detectors, dollar)
    ledger.dispose()
    return rows


def listed(scene: Scene, *skus: str, channel: str = US, **columns: Any) -> Scene:
    """Listings of this morning, each on an item of its own."""
    return scene.add(LISTINGS, [{"channel": channel, "sku": s, "item_id": s, **columns} for s in skus])


def selling(scene: Scene, *skus: str, on: Iterable[date] = (), price: float = 20.0, **named: Any) -> Scene:
    """Listings of this morning that sold a unit a day for six weeks, or on the days given."""
    listed(scene, *skus, price_minor=round(price * 100))
    for sku in skus:
        scene.sells(sku, 1, days=list(on) or days(42, 1), price=price, **named)
    return scene


def sold_in_28_days(scene: Scene, sku: str, units: int, *, price: float, until: int = 1) -> Scene:
    """`units` in the 28 days that end `until` days ago, at most one a day."""
    window = days(until + 27, until)
    scene.sells(sku, 1, days=window[:units], price=price)
    return scene.sells(sku, 0, days=window[units:], price=price)


def abroad(scene: Scene) -> Scene:
    """The same SKUs in Canada, where all is well: a unit a day at 20.00 Canadian dollars."""
    skus = sorted({r["sku"] for r in scene.rows["listings"] if r["channel"] == US})
    listed(scene, *skus, channel=CA, currency="CAD")
    for sku in skus:
        scene.sells(sku, 1, days=days(42, 1), channel=CA)
    return scene.add(RATES, [{"day": ago(1), "currency": "CAD", "to_currency": "USD", "rate": CAD}])
