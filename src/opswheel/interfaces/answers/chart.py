"""What listings sold day by day, as the last run saw the lake: for the chart of an issue and the lines of a queue.

Only settled days are told: a day no delivery covers is missing, never zero.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...core.contracts import LISTINGS, ORDERS, RUNS, TRAFFIC
from ...resolution.queue import last_run
from ..wiring import Workspace

if TYPE_CHECKING:
    from ...core.engine import Engine
    from ...wheel.inputs import Morning

Key = tuple[str, str, str]
"""Account, channel and SKU of a listing."""
_WANTED = "chart_wanted"
_KEY = ("account", "channel", "sku")
BACK_DAYS, AHEAD_DAYS = 42, 14


@dataclass(frozen=True)
class Sold:
    """Units a listing sold on settled days, ending the day before `today`; a day that is not in `days` is not told.

    Where the marketplace tells only the item's sales, `shared` says how many of our listings they are split over.
    """

    today: date
    days: Mapping[date, float] = field(default_factory=dict)
    source: str = ""
    shared: int = 1

    def last(self, n: int) -> list[float | None]:
        """The last `n` days before today, oldest first; None where nothing is told."""
        return [self.days.get(self.today - timedelta(days=n - i)) for i in range(n)]


def sold(workspace: Workspace, keys: Collection[Key], back: int = BACK_DAYS) -> dict[Key, Sold]:
    """What each listing sold in the last `back` days before the last run's morning, in one look at the lake."""
    from ...wheel.inputs import morning

    with workspace.ledger.read() as connection:
        run = last_run(connection)
        if run is None or not keys:
            return {}
        seen = morning(
            connection, workspace.settings, as_of=run.as_of, version=run.manifest_version, readers=workspace.readers
        )
    engine = workspace.make_engine()
    try:
        _mount(engine, workspace, seen, sorted(keys))
        orders = _fetched(engine, "chart orders", _order_units)
        traffic = _fetched(engine, "chart traffic", _traffic_units)
        offers = _fetched(engine, "chart offers", _own_offers)
    finally:
        engine.close()
    shared = {_key(row): int(row["own_offers"]) for row in offers}
    told = {"orders": _by_day(orders), "traffic": _by_level(traffic)}
    return {key: _one(seen, key, told, shared.get(key, 1), back) for key in keys}


def _one(seen: Morning, key: Key, told: Mapping[str, Any], shared: int, back: int) -> Sold:
    spot = key[:2]
    today = seen.today.get(spot)
    if today is None:
        return Sold(seen.as_of.date())
    days: dict[date, float] = {}
    sources = set()
    for day, (source, level) in seen.days.get(spot, {}).items():
        if not today - timedelta(days=back) <= day < today:
            continue
        sources.add(source)
        units = told["orders"][key].get(day, 0.0) if source == "orders" else told["traffic"][key, level].get(day, 0.0)
        days[day] = units if source == "orders" else units / shared
    return Sold(today, days, " and ".join(sorted(sources)), shared if "traffic" in sources else 1)


def _mount(engine: Engine, workspace: Workspace, seen: Morning, keys: Sequence[Key]) -> None:
    import pyarrow as pa

    from ...visibility.selection import files_for

    root = workspace.lake.root
    for contract in (ORDERS, TRAFFIC):
        engine.mount(contract, contract.name, files_for(contract, seen.selected, seen.files, root))
    current = files_for(LISTINGS, seen.selected, seen.files, root, current=True)
    engine.mount(LISTINGS, f"{LISTINGS.name}_current", current)
    columns = {name: [key[n] for key in keys] for n, name in enumerate(_KEY)}
    engine.register(_WANTED, pa.table(columns, schema=pa.schema([(name, pa.string()) for name in _KEY])))


def _fetched(engine: Engine, key: str, build: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.fetch(key, partial(build, _wanted)).to_pylist()
    return rows


def _wanted() -> Any:
    import ibis

    return ibis.table(dict.fromkeys(_KEY, "string"), name=_WANTED)


def _items(wanted: Any) -> Any:
    """The items of the wanted listings."""
    listed = LISTINGS.ibis_table(f"{LISTINGS.name}_current")
    return listed.semi_join(wanted(), list(_KEY)).select(*_KEY, "item_id").distinct()


def _order_units(wanted: Any) -> Any:
    """Units by day from the current version of each order line of the wanted listings."""
    import ibis

    lines = ORDERS.ibis_table().semi_join(wanted(), list(_KEY))
    newest = ibis.row_number().over(
        group_by=["account", "channel", "order_hash", "sku", "line"],
        order_by=[lines.updated_at.desc(), lines.known_at.desc(), lines.delivery_id],
    )
    lines = lines.mutate(_n=newest).filter(ibis._["_n"] == 0)
    here = (lines.status != "cancelled") & ~lines.external
    return lines.group_by([*_KEY, "day"]).agg(units=lines.units.sum(where=here).fill_null(0))


def _traffic_units(wanted: Any) -> Any:
    """Units by day of the items of the wanted listings, at each level a report tells."""
    rows, items = TRAFFIC.ibis_table(), _items(wanted)
    rows = rows.filter((rows.from_day == rows.to_day) & (rows.level != "parent")).drop("sku")
    rows = rows.join(items, ["account", "channel", "item_id"])
    return rows.group_by([*_KEY, "level", rows.from_day.name("day")]).agg(units=rows.units.sum().fill_null(0))


def _own_offers(wanted: Any) -> Any:
    """How many of our listings each wanted listing shares its item with, itself counted."""
    listed = LISTINGS.ibis_table(f"{LISTINGS.name}_current").select(*_KEY, "item_id").distinct()
    counted = listed.group_by(["account", "channel", "item_id"]).agg(own_offers=listed.sku.nunique())
    return _items(wanted).join(counted, ["account", "channel", "item_id"]).select(*_KEY, "own_offers")


def _by_day(rows: Sequence[Mapping[str, Any]]) -> dict[Key, dict[date, float]]:
    found: dict[Key, dict[date, float]] = defaultdict(dict)
    for row in rows:
        found[_key(row)][row["day"]] = float(row["units"])
    return found


def _by_level(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[Key, str], dict[date, float]]:
    found: dict[tuple[Key, str], dict[date, float]] = defaultdict(dict)
    for row in rows:
        found[_key(row), row["level"]][row["day"]] = float(row["units"])
    return found


def _key(row: Mapping[str, Any]) -> Key:
    return row["account"], row["channel"], row["sku"]


def likely(mean: float, sd: float, share: float = 0.8) -> tuple[int, int]:
    """Between which whole numbers of units a day's sales lie with this share, when the pace itself is not sure."""
    tail = (1 - share) / 2
    mean = min(max(mean, 1e-9), 5_000.0)
    extra = max(sd * sd, 1e-9 * mean)
    size, p = mean * mean / extra, mean / (mean + extra)
    chance, total, n = p**size, 0.0, 0
    low: int | None = None
    if chance < 1e-280:  # too far out to count from zero: the normal curve is as good there
        spread = 1.2816 * (mean + extra) ** 0.5
        return max(0, round(mean - spread)), round(mean + spread)
    while total + chance < 1 - tail and n < 100_000:
        total += chance
        if low is None and total >= tail:
            low = n
        chance *= (n + size) / (n + 1) * (1 - p)
        n += 1
    return (n if low is None else low), n


def run_of_before(connection: sa.Connection, run: Any) -> Any | None:
    """The last finished run of an earlier day than `run`'s: yesterday's morning, or the last there was."""
    runs = RUNS.sql_table()
    midnight = run.as_of.replace(hour=0, minute=0, second=0, microsecond=0)
    query = sa.select(runs.c.id, runs.c.as_of).where(runs.c.finished_at.is_not(None), runs.c.as_of < midnight)
    return connection.execute(query.order_by(runs.c.as_of.desc(), runs.c.id.desc()).limit(1)).one_or_none()
