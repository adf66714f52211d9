"""The SQL that reads a report file as text and parses it by its reader's cells. Pure: text out, nothing run.

The statement is a chain of four steps, each in a WITH clause of its own, so that no expression is repeated inside
another: `records` (trimmed text), `parsed` (values beside their text), `checked` (values and the first problem
of each row), and the reader's `finish`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..core.contracts import Contract
from ..core.reader import MAX_LINE_BYTES, Cell, Context, Reader, refusal
from . import compiled
from .duck import name, quote

if TYPE_CHECKING:
    import ibis.expr.types as ir

SURPLUS = "_surplus"
"""Catches a first cell beyond the header's: such a row has shifted, and no cell of it can be trusted."""
UNREAD = "cannot be read"
LINE = "_line"
"""A row's number in its file, empty lines not counted; `line` is a column of orders."""
TOO_LONG = "has more cells than the header"


@dataclass(frozen=True)
class Source:
    """A file ready to be read: clean UTF-8 without quoting, its reader, and what each of its columns becomes."""

    path: Path
    title: str
    reader: Reader
    separator: str = ""
    columns: tuple[str, ...] = ()
    wrapper: tuple[str, ...] = ()
    wide_blanks: bool = False


def statement(source: Source, context: Context, *, latest: str, numbered: bool = False) -> str:
    """The whole SELECT: the contract's columns, `hint`, `problem`, and `_line` if `numbered`.

    `latest` is the last moment a date may have, as SQL text.
    """
    steps = _not_ahead(source.reader, _steps(source, context, numbered=numbered), latest)
    return f"WITH raw AS NOT MATERIALIZED ({_raw(source, numbered=numbered)}), {steps}"


def _not_ahead(reader: Reader, steps: str, latest: str) -> str:
    """The steps with the check that no day lies ahead of the clock, which compiled SQL must not contain."""
    limit = f"TIMESTAMP {quote(latest)}"
    dated = {c.name for c in reader.table.columns if c.type in ("day", "at")}
    cells = [c for c in reader.cells if c.to in dated and not c.ahead]
    if not cells:
        return steps
    why = " ".join(
        f"WHEN {name(c.to)} > {limit} THEN {quote(refusal(c.headers[0], 'lies ahead'))} || {name(c.to)}::VARCHAR"
        for c in cells
    )
    return f"{steps.removesuffix(_LAST)}SELECT * REPLACE (coalesce(problem, CASE {why} END) AS problem) FROM finished"


_LAST = "SELECT * FROM finished"


def _raw(source: Source, *, numbered: bool) -> str:
    if source.reader.format == "json":
        return _raw_json(source)
    columns = ", ".join(f"{quote(to or f'_{i}')}: 'VARCHAR'" for i, to in enumerate((*source.columns, SURPLUS)))
    read = (
        f"read_csv({quote(str(source.path))}, delim={quote(source.separator)}, quote='', escape='', header=true, "
        f"auto_detect=false, columns={{{columns}}}, null_padding=true, strict_mode=false, ignore_errors=true, "
        f"store_rejects=true, max_line_size={MAX_LINE_BYTES}{', parallel=false' if numbered else ''})"
    )
    kept = [*_known_first(source), SURPLUS]
    filled = ", ".join(name(to) for to in kept)
    line = f", {LINE}" if numbered else ""
    inner = f"SELECT {filled}{line and f', row_number() OVER () AS {LINE}'} FROM {read}"
    cells = f"COLUMNS(* EXCLUDE {LINE})" if numbered else "COLUMNS(*)"
    trimmed = _TRIM_WIDE if source.wide_blanks else _TRIM
    rows = f"SELECT {trimmed.replace('cell', cells)}{line} FROM ({inner})"
    if emptied := _emptied(source):
        rows = f"SELECT * REPLACE ({emptied}) FROM ({rows})"
    return f"SELECT * FROM ({rows}) WHERE coalesce({filled}) IS NOT NULL"


def _emptied(source: Source) -> str:
    """The cells in which some word means that there is nothing, without that word.

    The words are looked up in one text: of a long IN (…) the engine makes a join, and of many such cells many joins.
    """
    given = set(source.columns)
    return ", ".join(
        f"CASE WHEN NOT contains({quote('|'.join(('', *c.nothing, '')))}, '|' || lower({name(c.to)}) || '|') "
        f"THEN {name(c.to)} END AS {name(c.to)}"
        for c in source.reader.cells
        if c.nothing and c.to in given
    )


# Few cells need trimming, and looking at a cell's ends costs far less than making a copy of it.
_TRIM = "CASE WHEN starts_with(cell, ' ') OR ends_with(cell, ' ') THEN nullif(trim(cell), '') ELSE cell END"
_TRIM_WIDE = "nullif(trim(cell, ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(8201) || chr(8239)), '')"


def _known_first(source: Source) -> list[str]:
    """The wanted columns, those that every row has first: whether a row is empty then shows at the first of them."""
    required = {c.to for c in source.reader.cells if c.required}
    return sorted((to for to in source.columns if to), key=lambda to: to not in required)


def _raw_json(source: Source) -> str:
    types = {key: _engine_type(kind) for key, kind in source.reader.shape.columns.items()}  # type: ignore[attr-defined]
    wrapper = source.wrapper
    if not wrapper:
        columns = ", ".join(f"{quote(k)}: {quote(t)}" for k, t in types.items())
        return f"SELECT * FROM {_read_json(source, columns)}"
    outer = "STRUCT(" + ", ".join(f"{name(k)} {t}" for k, t in types.items()) + ")"
    for step in reversed(wrapper[1:]):
        outer = f"STRUCT({name(step)} {outer})"
    if wrapper[0] == "cases":
        outer += "[]"
    documents = f"SELECT {name(wrapper[0])} AS d FROM {_read_json(source, f'{quote(wrapper[0])}: {quote(outer)}')}"
    if wrapper[0] == "cases":
        documents = f"SELECT unnest(d) AS d FROM ({documents})"
    steps = "".join(f".{name(step)}" for step in wrapper[1:])
    fields = ", ".join(f"d{steps}.{name(k)} AS {name(k)}" for k in types)
    return f"SELECT {fields} FROM ({documents})"


def _engine_type(kind: str) -> str:
    """A type of a reader's shape, text at its leaves, as the engine writes it."""
    if not kind.endswith(">"):
        return "VARCHAR"
    if kind.startswith("array<"):
        return _engine_type(kind.removeprefix("array<")[:-1]) + "[]"
    fields = (field.split(": ", 1) for field in _fields(kind.removeprefix("struct<")[:-1]))
    return "STRUCT(" + ", ".join(f"{name(key)} {_engine_type(inner)}" for key, inner in fields) + ")"


def _fields(text: str) -> list[str]:
    """The fields of a struct: a comma between angle brackets belongs to a field's own type."""
    found = [""]
    for part in text.split(", "):
        within = found[-1].count("<") > found[-1].count(">")
        found[-1:] = [f"{found[-1]}, {part}"] if within else [found[-1], part]
    return found[1:]


def _read_json(source: Source, columns: str) -> str:
    room = max(2**20, source.path.stat().st_size + 1)
    return f"read_json({quote(str(source.path))}, format='auto', columns={{{columns}}}, maximum_object_size={room})"


def _steps(source: Source, context: Context, *, numbered: bool) -> str:
    """`records`, `parsed`, `checked` and `finished` as WITH clauses, ending in a SELECT from the last."""
    context = replace(context, account="", channel="")
    if source.reader.format == "json":
        context = replace(context, comma_decimals=False)  # JSON writes numbers in one way everywhere
    key = f"read {source.reader.report} {source.reader.version} {','.join(source.columns)} {context} {numbered}"
    chain = _Chain(source, context, numbered=numbered)
    sql = ((step, compiled.sql(f"{key} {step}", partial(chain.build, step))) for step in _Chain.STEPS)
    return ", ".join(f"{step} AS NOT MATERIALIZED ({text})" for step, text in sql) + f" {_LAST}"


class _Chain:
    """The steps, each on a table named after the one before; built only where no SQL is kept.

    What readers say are expressions; the checks between them follow from the cells alone and are written as text.
    """

    STEPS: ClassVar[tuple[str, ...]] = ("records", "parsed", "checked", "finished")

    def __init__(self, source: Source, context: Context, *, numbered: bool) -> None:
        self._source = source
        self._context = context
        self._extra = [LINE] if numbered else []
        self._tables: dict[str, ir.Table] = {}

    def build(self, step: str) -> ir.Table | str:
        """The expression of a step, or its text."""
        return self._checks() if step == "checked" else self.table(step)

    def table(self, step: str) -> ir.Table:
        """The expression of a step, or for `checked` the columns it has."""
        if step not in self._tables:
            self._tables[step] = getattr(self, f"_{step}")()
        return self._tables[step]

    def _after(self, step: str) -> ir.Table:
        import ibis

        return ibis.table(self.table(step).schema(), name=step)

    def _given(self) -> list[Cell]:
        present = set(self.table("records").columns)
        return [c for c in self._source.reader.cells if c.to in present]

    def _records(self) -> ir.Table:
        return _records(self._source, self._context, numbered=bool(self._extra))

    def _parsed(self) -> ir.Table:
        reader, raw, given = self._source.reader, self._after("records"), self._given()
        absent = {c.to: _absent(c, self._context) for c in reader.cells if c not in given}
        values = {c.to: c.parse(raw[c.to], self._context) for c in given}
        texts = {f"_{to}": raw[to] for to, value in values.items() if not value.equals(raw[to])}
        kept = {n: raw[n] for n in (*self._extra, SURPLUS) if n in raw.columns}
        return raw.select(**absent, **values, **texts, **kept)

    def _columns(self) -> list[str]:
        return [*(c.to for c in self._source.reader.cells), *self._extra]

    def _checked(self) -> ir.Table:
        import ibis

        kinds = self.table("parsed").schema()
        return ibis.table({n: kinds[n] for n in self._columns()} | {"problem": "string"}, name="checked")

    def _checks(self) -> str:
        """Each row's values, those of empty cells filled, and its first problem."""
        parsed, given = set(self.table("parsed").columns), self._given()
        problems = [f"WHEN {SURPLUS} IS NOT NULL THEN {quote(refusal('row', TOO_LONG))}"] if SURPLUS in parsed else []
        for cell in given:
            problems += _problems(cell, apart=f"_{cell.to}" in parsed)
        filled = {c.to: f"coalesce({name(c.to)}, {_literal(c.empty)})" for c in given if c.empty is not None}
        values = ", ".join(f"{filled.get(n, name(n))} AS {name(n)}" for n in self._columns())
        problem = f"CASE {' '.join(problems)} END" if problems else "NULL::VARCHAR"
        return f"SELECT {values}, {problem} AS problem FROM parsed"

    def _finished(self) -> ir.Table:
        reader = self._source.reader
        return _shaped(reader.table, reader.finish(self._after("checked"), self._context), self._extra)


def _records(source: Source, context: Context, *, numbered: bool) -> ir.Table:
    import ibis

    if source.reader.format != "json":
        names = [*(to for to in source.columns if to), SURPLUS]
        return ibis.table(dict.fromkeys(names, "string") | ({LINE: "int64"} if numbered else {}), name="raw")
    shape = source.reader.shape  # type: ignore[attr-defined]
    rows: ir.Table = shape.rows(ibis.table(dict(shape.columns), name="raw"), context)
    return rows.mutate(**{LINE: ibis.row_number() + 1}) if numbered else rows


def _problems(cell: Cell, *, apart: bool) -> list[str]:
    """What can be wrong with a cell. Its text stands `apart` from its value, unless it is text itself."""
    label, value = cell.headers[0], name(cell.to)
    text = name(f"_{cell.to}") if apart else value

    def because(reason: str) -> str:
        return quote(refusal(label, reason)) + ("" if cell.personal else f" || {text}")

    found = []
    if cell.required:
        found.append(f"WHEN {text} IS NULL THEN {quote(refusal(label, 'empty'))}")
    if apart:
        found.append(f"WHEN {value} IS NULL AND {text} IS NOT NULL THEN {because(UNREAD)}")
    if cell.minimum is not None:
        found.append(f"WHEN {value} < {cell.minimum:g} THEN {because(f'below {cell.minimum:g}')}")
    return found


def _literal(value: Any) -> str:
    return quote(value) if isinstance(value, str) else str(value)


def _absent(cell: Cell, context: Context) -> Any:
    """The value of a column the file does not have, of the type it would have."""
    import ibis

    kind = cell.parse(ibis.table({"cell": "string"}, name="nothing").cell, context).type()
    return (ibis.null() if cell.empty is None else ibis.literal(cell.empty)).cast(kind)


def _shaped(contract: Contract, rows: ir.Table, extra: list[str]) -> ir.Table:
    """Exactly the contract's columns, plus `hint` and `problem`; arrival columns are filled when writing."""
    import ibis

    have = set(rows.columns)
    late = {"account", "channel", "known_at", "delivery_id"}
    columns = {
        n: (rows[n] if n in have else ibis.null()).cast(kind) for n, kind in contract.schema().items() if n not in late
    }
    hint = (rows.hint if "hint" in have else ibis.null()).cast("string").fill_null("")
    return rows.select(**columns, hint=hint, problem=rows.problem, **{n: rows[n] for n in extra})
