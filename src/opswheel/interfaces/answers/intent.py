"""The intent sweep: listings nobody said the intent of, settled in one go."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from ...core.contracts import INTENT
from ...core.contracts.prepared import BASELINES
from ...core.csvs import safe_cell
from ...core.detector import Facts
from ...core.errors import NotFound, WrongUse
from ...resolution.actions import say_intent
from ...resolution.queue import last_run
from ...visibility.detect import prepare_all
from ...wheel.inputs import morning
from ..wiring import Workspace

SETTABLE = ("sell", "sell_through", "discontinued", "not_ours")
_COLUMNS = ("sku", "channel", "intent", "from", "to", "title", "why", "last_sale", "units", "clean_days")


def intent_answer(
    workspace: Workspace, *, output: Path | None, said: str | None, skus: list[str] | None, channel: str | None
) -> dict[str, Any]:
    """Unsettled listings; written as a CSV or settled at once."""
    if said is not None and said not in SETTABLE:
        raise WrongUse(f"{said!r} is no intent to set.", f"One of: {', '.join(SETTABLE)}.")
    rows, listed = _unsettled(workspace, channel, skus)
    path = None
    if output is not None:  # first: a list that cannot be written must not leave half of what was asked done
        _write(output, listed + rows)
        path = str(output)
    settled = 0
    if said is not None:
        settled = _settle(workspace, rows, said)
    return {"listings": rows, "path": path, "settled": settled}


def _unsettled(
    workspace: Workspace, channel: str | None, skus: list[str] | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Listings of unsettled intent, and what the loaded list says: a new list replaces it, so it must say both."""
    with workspace.ledger.read() as connection:
        run = last_run(connection)
        if run is None:
            raise NotFound("There is no run yet.", "Load reports, then: opswheel run.")
        seen = morning(
            connection,
            workspace.settings,
            as_of=run.as_of,
            version=run.manifest_version,
            readers=workspace.readers,
        )
    with workspace.mounted(seen) as engine:
        prepare_all(engine)
        table = BASELINES.ibis_table()
        if skus is None:
            rows = engine.fetch("unsettled", lambda: table.filter(table.intent.isin(["unknown", "dead"]))).to_pylist()
        else:
            rows = [r for r in engine.fetch("baselines", lambda: table).to_pylist() if r["sku"] in set(skus)]
        listed = engine.fetch("intent list", lambda: Facts().now(INTENT)).to_pylist()
    kept = [r for r in rows if channel in (None, r["channel"])]
    _check_skus(skus, {r["sku"] for r in kept}, channel)
    said = [
        {"sku": r["sku"], "channel": r["channel"], "intent": r["intent"], "from": r["from_day"], "to": r["to_day"]}
        for r in sorted(listed, key=lambda r: (r["channel"], r["sku"]))
        if channel in (None, r["channel"]) and (r["channel"], r["sku"]) not in {(k["channel"], k["sku"]) for k in kept}
    ]
    return [
        {
            "account": r["account"],
            "sku": r["sku"],
            "channel": r["channel"],
            "intent": "",
            "title": r["title"],
            "why": r["intent_source"],
            "last_sale": r["last_sale_day"] and r["last_sale_day"].isoformat(),
            "units": r["clean_units"],
            "clean_days": r["clean_days"],
        }
        for r in sorted(kept, key=lambda r: (r["channel"], r["sku"]))
    ], said


def _check_skus(skus: list[str] | None, found: set[str], channel: str | None) -> None:
    missing = [sku for sku in dict.fromkeys(skus or ()) if sku not in found]
    if missing:
        where = "" if channel is None else f" on {channel}"
        raise NotFound(
            f"No listing{where} has the SKU {', '.join(map(repr, missing))}.",
            "Nothing was changed; `opswheel intent` lists what is unsettled.",
        )


def _settle(workspace: Workspace, rows: list[dict[str, Any]], said: str) -> int:
    keys = [(r["account"], r["channel"], r["sku"]) for r in rows]
    if keys:
        with workspace.ledger.write() as connection:
            say_intent(connection, keys, said, by=workspace.me, at=workspace.clock.now())
    return len(keys)


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    try:
        with path.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(_COLUMNS)
            for row in rows:
                writer.writerow([safe_cell(row.get(c)) for c in _COLUMNS])
    except OSError as error:
        raise WrongUse(
            f"{path} cannot be written: {error.strerror}.", "Name a file in a folder that exists: --output intent.csv."
        ) from error
