"""The list of routes and of who is away: loaded as a whole, kept in versions, the newest counts."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from ..core.contracts import ABSENCES, ROUTES
from ..core.csvs import safe_cell
from ..core.errors import NotFound, WrongUse
from ..core.settings import Route

COLUMNS = ("owner", "backup", "kind", "account", "channel", "brand", "category", "tier", "capacity")
"""Columns of `routes.csv`; only `owner` must be there."""
_NUMBERS = ("tier", "capacity")


def current(connection: sa.Connection) -> list[Route]:
    """The loaded routes in their order; none before the first list."""
    routes = ROUTES.sql_table()
    newest = sa.select(sa.func.max(routes.c.version)).scalar_subquery()
    query = sa.select(routes).where(routes.c.version == newest).order_by(routes.c.position)
    return [Route(**{name: getattr(row, name) for name in COLUMNS}) for row in connection.execute(query)]


def replace(connection: sa.Connection, routes: Sequence[Route], *, by: str, at: datetime) -> int:
    """Put a new list in the place of the loaded one; returns its version. Earlier ones stay for the record."""
    table = ROUTES.sql_table()
    version = (connection.execute(sa.select(sa.func.max(table.c.version))).scalar() or 0) + 1
    told = {"version": version, "at": at, "by": by}
    connection.execute(table.insert(), [{**r.model_dump(), **told, "position": n} for n, r in enumerate(routes, 1)])
    return version


def parse(text: str, kinds: Collection[str]) -> list[Route]:
    """Routes from CSV, by header. `kinds` are those that may be named.

    Raises WrongUse naming the line and column that cannot be meant; then nothing is changed.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        names = [(n or "").strip().lower() for n in reader.fieldnames or ()]
        rows = list(reader)
    except csv.Error as wrong:
        raise WrongUse(f"This is no CSV file: {wrong}.", f"Its columns are {', '.join(COLUMNS)}.") from wrong
    if unknown := [n for n in names if n not in COLUMNS]:
        near = difflib.get_close_matches(unknown[0], COLUMNS, n=1)
        raise WrongUse(
            f"A list of routes has no column {unknown[0]!r}.",
            f"Did you mean {near[0]}?" if near else f"Its columns are {', '.join(COLUMNS)}.",
        )
    if "owner" not in names:
        raise WrongUse("The list has no column owner.", f"Its columns are {', '.join(COLUMNS)}.")
    reader.fieldnames = names
    found = [_route(dict(zip(names, row.values(), strict=False)), n, kinds) for n, row in enumerate(rows, 2)]
    if not found:
        raise WrongUse("The list names no owner.", "Write one line for each route; the first that matches decides.")
    return found


def _route(row: dict[str, Any], line: int, kinds: Collection[str]) -> Route:
    cells = {k: (v if isinstance(v, str) else "").strip().removeprefix("'") for k, v in row.items()}
    told = {k: v for k, v in cells.items() if k not in _NUMBERS or v}
    if told.get("kind") and told["kind"] not in kinds:
        near = difflib.get_close_matches(told["kind"], sorted(kinds), n=1)
        raise WrongUse(
            f"Line {line}: {told['kind']!r} is no kind.",
            f"Did you mean {near[0]}?" if near else "`opswheel detectors` lists the kinds.",
        )
    try:
        return Route.model_validate(told)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        column = str(first["loc"][0])
        raise WrongUse(
            f"Line {line}: {column} {told.get(column, '')!r}: {first['msg'].lower()}.", "Mend that line, load again."
        ) from wrong


def as_csv(routes: Sequence[Route]) -> str:
    """The list as CSV that a spreadsheet opens without running anything in it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for route in routes:
        told = route.model_dump()
        writer.writerow([safe_cell(told[c] if c not in _NUMBERS else told[c] or "") for c in COLUMNS])
    return out.getvalue()


def away(connection: sa.Connection, day: date) -> dict[str, date]:
    """Who is away on a day, and until when."""
    table = ABSENCES.sql_table()
    rows = connection.execute(sa.select(table).where(table.c.from_day <= day, table.c.to_day >= day))
    return {row.person: row.to_day for row in rows}


def absences(connection: sa.Connection, day: date) -> list[dict[str, Any]]:
    """Who is or will be away, from `day` on: (person, from, to), the soonest first."""
    table = ABSENCES.sql_table()
    query = sa.select(table).where(table.c.to_day >= day).order_by(table.c.from_day, table.c.person)
    return [
        {"person": r.person, "from": r.from_day.isoformat(), "to": r.to_day.isoformat()}
        for r in connection.execute(query)
    ]


def leave(  # noqa: PLR0913
    connection: sa.Connection, person: str, first: date, last: date, *, by: str, at: datetime
) -> None:
    """Somebody is away from `first` to `last`; said again for the same first day, the last word counts."""
    if last < first:
        raise WrongUse(f"{last} lies before {first}.", "Say --from the first and --to the last day away.")
    table = ABSENCES.sql_table()
    connection.execute(table.delete().where(table.c.person == person, table.c.from_day == first))
    connection.execute(table.insert(), {"person": person, "from_day": first, "to_day": last, "at": at, "by": by})


def come_back(connection: sa.Connection, person: str, day: date) -> None:
    """Somebody is there again from `day` on: what was said of that day and later no longer counts.

    Raises NotFound where they were not away.
    """
    table = ABSENCES.sql_table()
    mine = sa.and_(table.c.person == person, table.c.to_day >= day)
    if connection.execute(sa.select(table.c.person).where(mine)).first() is None:
        raise NotFound(f"{person} is not away.", "`opswheel routes` lists who is.")
    connection.execute(table.delete().where(mine))
