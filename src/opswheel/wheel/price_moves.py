"""How far a price was moved by whoever closed an issue about it: listings reports before and after say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis

from ..core.contracts import LISTINGS
from ..core.detector import Facts
from ..core.engine import Engine
from ..visibility.facts.common import KEY

if TYPE_CHECKING:
    import ibis.expr.types as ir

BEFORE_DAYS, AFTER_DAYS = 7, 4
"""How old a price from before the issue may be, and by when after its close the new one must show: assumed."""
_ASKED = {"issue_id": "int64", **dict.fromkeys(KEY, "string"), "found": "date", "closed": "date"}
_ASKED |= {"oldest": "date", "newest": "date"}


def _prices() -> ir.Table:
    asked = ibis.table(_ASKED, name="moved_prices")
    listed = Facts().table(LISTINGS)
    listed = listed.filter(listed.price_minor > 0).select(*KEY, "day", "price_minor")
    rows = asked.join(listed, KEY)
    rows = rows.filter((rows.day >= rows.oldest) & (rows.day <= rows.newest))
    rows = rows.filter((rows.day <= rows.found) | (rows.day > rows.closed))
    return rows.select("issue_id", "day", "price_minor", after=rows.day > rows.closed).distinct()


def told(engine: Engine, closes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The closes, each with `move`: change of the listing's price as a share of what it was, None where not seen.

    The price before is the last one up to the day the issue was found, the price after the first one after the close.
    """
    import pyarrow as pa

    single = [c for c in closes if c["sku"]]
    if not single:
        return [{**c, "move": None} for c in closes]
    kinds = {"int64": pa.int64(), "string": pa.string(), "date": pa.date32()}
    schema = pa.schema([(n, kinds[k]) for n, k in _ASKED.items()])
    asked = []
    for c in single:
        found, closed = c["detected_at"].date(), c["at"].date()
        ends = {"oldest": found - timedelta(BEFORE_DAYS), "newest": closed + timedelta(AFTER_DAYS)}
        asked.append({"issue_id": c["issue_id"], **{k: c[k] for k in KEY}, "found": found, "closed": closed, **ends})
    engine.register("moved_prices", pa.Table.from_pylist(asked, schema=schema))
    rows = sorted(engine.fetch("moved prices", _prices).to_pylist(), key=lambda r: (r["day"], r["price_minor"]))
    before: dict[int, int] = {r["issue_id"]: r["price_minor"] for r in rows if not r["after"]}
    after: dict[int, int] = {r["issue_id"]: r["price_minor"] for r in reversed(rows) if r["after"]}
    return [{**c, "move": _share(before.get(c["issue_id"]), after.get(c["issue_id"]))} for c in closes]


def _share(before: int | None, after: int | None) -> float | None:
    return None if not before or not after else abs(after / before - 1)
