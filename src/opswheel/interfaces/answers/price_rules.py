"""Price rules as they count now, and a list of them typed in: loaded like a file, so that both are held to one rule."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import secrets
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...core.contracts import DELIVERIES, LISTINGS, PRICE_RULES
from ...core.errors import WrongUse
from ...core.money import exponent
from ...storage.lake import manifest_version
from ...visibility.arrival import Stated
from ...visibility.selection import files_for
from ...wheel.arriving import Said
from ...wheel.inputs import morning
from ..wiring import Workspace

REPORT = "price_rules_csv"
PRICES = {"min_price": "min_minor", "right_price": "right_minor", "max_price": "max_minor", "map_price": "map_minor"}
HEADER = ("sku", *PRICES, "currency")
TYPED = "price rules typed in the app.csv"

Place = tuple[str, str]
"""Account and channel."""


def rules_answer(workspace: Workspace, sees: Callable[[str], bool]) -> dict[str, Any]:
    """The rules in force by SKU, each with the file it comes from; every list as CSV by (account, channel)."""
    with workspace.ledger.read() as connection:
        version = manifest_version(connection)
        seen = morning(
            connection,
            workspace.settings,
            as_of=workspace.clock.now(),
            version=version,
            readers=workspace.readers,
        )
        table = DELIVERIES.sql_table()
        query = sa.select(table.c.id, table.c.report, table.c.file_name).where(table.c.table_name == PRICE_RULES.name)
        files = {row.id: row for row in connection.execute(query)}
    rows: list[dict[str, Any]] = []
    current = files_for(PRICE_RULES, seen.selected, seen.files, workspace.lake.root, current=True)
    if seen.selected.of(PRICE_RULES):
        engine = workspace.make_engine()
        try:
            engine.mount(PRICE_RULES, PRICE_RULES.name, current)
            rows = engine.fetch("price rules", PRICE_RULES.ibis_table).to_pylist()
        finally:
            engine.close()
    shown = [_row(r, files[r["delivery_id"]]) for r in rows if sees(r["account"])]
    shown.sort(key=lambda r: (r["account"], r["channel"], r["sku"]))
    places = {(a.account, a.channel) for a in seen.selected.of(LISTINGS) if sees(a.account)}
    places |= {(r["account"], r["channel"]) for r in shown}
    return {
        "rules": shown,
        "lists": {place: _csv([r for r in shown if r["report"] == REPORT], place) for place in sorted(places)},
        "days": {place: seen.today.get(place) for place in places},
    }


def _row(row: Mapping[str, Any], file: Any) -> dict[str, Any]:
    told = {name: _amount(row[column], row["currency"]) for name, column in PRICES.items()}
    place = {k: row[k] for k in ("account", "channel", "sku", "day")}
    return {**place, **told, "currency": row["currency"] or "", "report": file.report, "file": file.file_name}


def _amount(minor: int | None, currency: str | None) -> str:
    """`41.00`: a price as its owner types it; empty where there is none."""
    if minor is None:
        return ""
    digits = exponent(currency) if currency else 2
    return f"{minor / 10**digits:.{digits}f}"


def _csv(rows: list[dict[str, Any]], place: Place) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for row in rows:
        if (row["account"], row["channel"]) == place:
            writer.writerow([row[name] for name in HEADER])
    return out.getvalue()


def load_rules(  # noqa: PLR0913
    workspace: Workspace, place: Place, text: str, *, by: str, day: date | None, name: str = TYPED
) -> int:
    """Put a list of rules in the place of the one that counts for an account and channel; returns how many rows it has.

    All of it or nothing. Raises WrongUse with the line and the column of the first row that cannot be read, or with
    the loader's own words.
    """
    marked = _marked(text)
    said = Said(account=place[0], channel=place[1], days=Stated(day=day), accept=True, by=by)
    with tempfile.TemporaryDirectory(prefix="opswheel-rules-") as folder:
        path = Path(folder) / name
        path.write_text(marked, encoding="utf-8")
        for preview in workspace.previewer().preview([path], said):
            if preview.result.status == "refused":
                raise WrongUse(_plain(preview.result.error or "This is no list of price rules.", path), _HINT)
            if preview.result.report != REPORT:
                raise WrongUse(f"This is {preview.result.report}, not a list of price rules.", _HINT)
            for bad in preview.rejects:
                what = f"{bad.column} {bad.value}" if bad.value else bad.column or "the row"
                raise WrongUse(f"Line {bad.line}, {what}: {bad.reason}.", "Correct it; nothing was changed.")
        results = workspace.loader().load([path], said)
    wrong = next((r for r in results if r.status == "refused"), None)
    if wrong is not None:
        raise WrongUse(_plain(wrong.error or "It was refused.", path), _HINT)
    return sum(r.rows for r in results)


_HINT = f"The first line names the columns: {', '.join(HEADER)}."


def _marked(text: str) -> str:
    """The text with a column that makes it a list of its own: an older one typed again counts again."""
    rows = [row for row in csv.reader(io.StringIO(text.replace("\r\n", "\n"))) if any(cell.strip() for cell in row)]
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    if "sku" not in header or not set(header) & set(PRICES):
        raise WrongUse("The columns are not named.", _HINT)
    if len(rows) == 1:
        raise WrongUse("The list has no row.", "Keep at least one; a SKU without prices has no rule.")
    seen: dict[str, int] = {}
    for line, row in enumerate(rows[1:], 2):
        if len(row) > len(header):
            raise WrongUse(f"Line {line} has more cells than the first line names.", "Is there a comma too many?")
        told = dict(zip(header, (cell.strip() for cell in row), strict=False))
        if (sku := told.get("sku", "")) in seen:
            raise WrongUse(f"Line {line} names {sku} again, after line {seen[sku]}.", "Keep one of them.")
        seen[sku] = line
        _in_order(line, told)
    mark, out = secrets.token_hex(4), io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*rows[0], "typed"])
    writer.writerows([*row, *[""] * (len(header) - len(row)), mark] for row in rows[1:])
    return out.getvalue()


def _in_order(line: int, told: Mapping[str, str]) -> None:
    """Raises WrongUse where the lowest price lies above the right one or the highest; the loader reads the rest."""
    known: list[tuple[str, float]] = []
    for name in ("min_price", "right_price", "max_price"):
        with contextlib.suppress(ValueError):
            known.append((name, float(told.get(name, ""))))
    for (low, one), (high, other) in itertools.pairwise(known):
        if one > other:
            raise WrongUse(f"Line {line}: {low} {one:g} lies above {high} {other:g}.", "Exchange or correct them.")


def _plain(words: str, path: Path) -> str:
    found = words.replace(f"{path}", "").replace(path.name, "").removeprefix(": ").strip()
    return found[:1].upper() + found[1:]
