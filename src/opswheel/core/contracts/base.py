"""What a contract is, and what is generated from it: Arrow schema, Ibis table, SQLAlchemy table."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    import sqlalchemy as sa

ColumnType = Literal["text", "int", "float", "bool", "day", "at"]
Kind = Literal["snapshot", "event", "period", "result", "prepared", "ledger"]

_IBIS = {
    "text": "string",
    "int": "int64",
    "float": "float64",
    "bool": "boolean",
    "day": "date",
    "at": "timestamp(6)",
}


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means, its unit, and whether it may be empty."""

    name: str
    type: ColumnType
    meaning: str
    unit: str = ""
    required: bool = False


@dataclass(frozen=True)
class Contract:
    """One table every station can rely on: its grain, its columns, and the one station that writes it.

    `kind` says how rows replace each other: a *snapshot* has one current delivery per report and day, an
    *event* keeps every version of a row, a *period* row is replaced by the same period only. *result* tables
    are written by a run, *prepared* ones live for one run, *ledger* ones are rows in the ledger."""

    name: str
    kind: Kind
    grain: str
    writer: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    indexes: tuple[tuple[str, ...], ...] = field(default=())
    unique: tuple[tuple[str, ...], ...] = field(default=())

    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(c.name for c in self.columns)

    def schema(self) -> dict[str, str]:
        """Column name to Ibis type."""
        return {c.name: _IBIS[c.type] for c in self.columns}

    def ibis_table(self, name: str | None = None) -> ir.Table:
        """The table as an unbound Ibis table, under its own or another name."""
        import ibis

        return ibis.table(self.schema(), name=name or self.name)

    def arrow_schema(self) -> pa.Schema:
        """The table's Arrow schema."""
        return _arrow_schema(self)

    def arrow_table(self, rows: list[dict[str, Any]]) -> pa.Table:
        """Rows as an Arrow table; columns a row does not name are null. For small tables and tests."""
        import pyarrow as pa

        known = set(self.names())
        for row in rows:
            if unknown := set(row) - known:
                raise KeyError(f"{self.name} has no column {', '.join(sorted(unknown))}")
        return pa.Table.from_pylist(rows, schema=self.arrow_schema())

    def sql_table(self) -> sa.Table:
        """The table for SQLAlchemy Core."""
        return _sql_table(self)


@cache
def _arrow_schema(contract: Contract) -> pa.Schema:
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "day": pa.date32(),
        "at": pa.timestamp("us"),
    }
    return pa.schema([pa.field(c.name, types[c.type]) for c in contract.columns])


@cache
def metadata() -> sa.MetaData:
    """The one MetaData all ledger tables share, with a naming convention migrations can rely on."""
    import sqlalchemy as sa

    return sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


@cache
def _sql_table(contract: Contract) -> sa.Table:
    import sqlalchemy as sa

    types: dict[str, Any] = {
        "text": sa.Text(),
        "int": sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        "float": sa.Double(),
        "bool": sa.Boolean(),
        "day": sa.Date(),
        "at": sa.DateTime(),
    }
    columns = [
        sa.Column(
            c.name,
            types[c.type],
            primary_key=c.name in contract.key,
            nullable=not (c.required or c.name in contract.key),
            autoincrement=False,
        )
        for c in contract.columns
    ]
    extras: list[Any] = [sa.UniqueConstraint(*names) for names in contract.unique]
    table = sa.Table(contract.name, metadata(), *columns, *extras)
    for names in contract.indexes:
        sa.Index(None, *(table.c[n] for n in names))
    return table


def text(name: str, meaning: str, *, unit: str = "", required: bool = False) -> Column:
    """A text column."""
    return Column(name, "text", meaning, unit, required)


def integer(name: str, meaning: str, *, unit: str = "", required: bool = False) -> Column:
    """A whole-number column; money is whole minor units."""
    return Column(name, "int", meaning, unit, required)


def number(name: str, meaning: str, *, unit: str = "", required: bool = False) -> Column:
    """A float column: an estimate, a share or a rate."""
    return Column(name, "float", meaning, unit, required)


def flag(name: str, meaning: str, *, required: bool = False) -> Column:
    """A yes/no column."""
    return Column(name, "bool", meaning, "", required)


def day(name: str, meaning: str, *, required: bool = False) -> Column:
    """A calendar day in the channel's zone."""
    return Column(name, "day", meaning, "", required)


def moment(name: str, meaning: str, *, required: bool = False) -> Column:
    """A moment, naive UTC."""
    return Column(name, "at", meaning, "UTC", required)


PLACE: tuple[Column, ...] = (
    text("account", "seller account; `main` unless there are several", required=True),
    text("channel", "marketplace and country, such as `amazon:US`", required=True),
)

ARRIVAL: tuple[Column, ...] = (
    moment("known_at", "when this row could first be known: the file's own generation time", required=True),
    integer("delivery_id", "the delivery that brought the row (ledger table `deliveries`)", required=True),
)


def fact(name: str, kind: Kind, grain: str, key: tuple[str, ...], columns: tuple[Column, ...]) -> Contract:
    """A fact table of the lake: place columns first, arrival columns last, written by visibility."""
    return Contract(
        name=name,
        kind=kind,
        grain=grain,
        writer="visibility",
        key=key,
        columns=PLACE + columns + ARRIVAL,
    )
