"""How a cell's text becomes a value. Each function returns an expression that is null where it cannot be read.

The quick way (a plain cast) is tried first; the slow way handles what people and spreadsheets write:
`1,250`, `$1,234.56`, `8.33%`, `1.234,56`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis

from ...core.marketplaces import hints
from ...core.money import ODD_CURRENCIES, minor_per_unit
from ...core.reader import Context, Parse

if TYPE_CHECKING:
    import ibis.expr.types as ir


@ibis.udf.scalar.builtin
def sha256(text: str) -> str:  # type: ignore[empty-body]
    """The engine's own SHA-256."""


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp('UTC')"), "timestamp"))
def local_time(zone, at):  # type: ignore[no-untyped-def]
    """The wall-clock time in a zone at a moment."""


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp"), "timestamp('UTC')"))
def moment_in(zone, at):  # type: ignore[no-untyped-def]
    """The moment at which a zone's clocks show a wall-clock time."""


def text(cell: ir.StringValue, _context: Context) -> ir.Value:
    """Text as it stands."""
    return cell


def key(cell: ir.StringValue, context: Context) -> ir.Value:
    """A keyed hash, for ids that could lead to a person. Without the workspace's key nobody can repeat it."""
    return sha256(ibis.literal(context.key) + cell)


def number(cell: ir.StringValue, context: Context) -> ir.Value:
    """A number in any of the ways reports write one."""
    plain = cell.try_cast("float64")
    if context.comma_decimals:
        grouped = cell.re_search(r"^-?\d{1,3}(\.\d{3})+$")
        plain = grouped.ifelse(ibis.null().cast("float64"), plain)
    value = ibis.coalesce(plain, _written(cell, context))
    return (value.isnan() | value.isinf()).ifelse(ibis.null().cast("float64"), value)


def _written(cell: ir.StringValue, context: Context) -> ir.FloatingValue:
    bare = cell.re_replace(r"^\((.*)\)$", r"-\1").re_replace(r"[\s$€£¥%']|^[A-Z]{3}|[A-Z]{3}$", "")
    bare = bare.replace("−", "-")
    point = bare.replace(",", "")
    comma = bare.replace(".", "").replace(",", ".")
    none = ibis.null().cast("string")
    decimal_comma = r"^-?\d+,\d+$" if context.comma_decimals else r"^-?\d+,\d{1,2}$"
    grouped_comma = r"^-?\d{1,3}(\.\d{3})+(,\d+)?$" if context.comma_decimals else r"^-?\d{1,3}(\.\d{3})+,\d+$"
    return ibis.cases(
        (
            bare.re_search(r"^-?\d*\.?\d+$") if not context.comma_decimals else bare.re_search(r"^-?\d+(\.\d{1,2})?$"),
            bare,
        ),
        (bare.re_search(decimal_comma), comma),
        (bare.re_search(grouped_comma), comma),
        (bare.re_search(r"^-?\d{1,3}(,\d{3})+(\.\d+)?$"), point),
        else_=none,
    ).try_cast("float64")


def integer(cell: ir.StringValue, context: Context) -> ir.Value:
    """A whole number; `365+` counts as 365, `12.0` as 12, `12.5` not at all."""
    value = number(cell.re_replace(r"\+$", ""), context)
    quick = cell.try_cast("int64")
    return ibis.coalesce(quick, (value == value.floor()).ifelse(value, ibis.null().cast("float64")).cast("int64"))


def quick_integer(cell: ir.StringValue, context: Context) -> ir.Value:
    """A whole number; the same values as `integer`, kept under a second name for clarity at call sites."""
    return integer(cell, context)


def money(currency: str = "") -> Parse:
    """An amount in minor units of the row's `currency` cell, else of the channel's currency."""

    def parse(cell: ir.StringValue, context: Context) -> ir.Value:
        return minor(number(cell, context), currency or context.currency)

    return parse


def minor(amount: ir.NumericValue, currency: str) -> ir.IntegerValue:
    """An amount in whole units as minor units of `currency`, halves away from zero."""
    return (amount * minor_per_unit(currency)).round().cast("int64")


def rescale(amount_minor: ir.IntegerValue, row_currency: ir.StringValue, context: Context) -> ir.IntegerValue:
    """Minor units parsed for the channel's currency, put right for rows in a currency with other digits."""
    usual = minor_per_unit(context.currency)
    cases = [
        (row_currency == code, (amount_minor * 10**digits / usual).round().cast("int64"))
        for code, digits in ODD_CURRENCIES.items()
        if 10**digits != usual
    ]
    if usual != 100:
        plain = row_currency.notnull() & row_currency.notin([context.currency, *ODD_CURRENCIES])
        cases.append((plain, (amount_minor * 100 / usual).round().cast("int64")))
    return ibis.cases(*cases, else_=amount_minor)


def moment(cell: ir.StringValue, context: Context) -> ir.Value:
    """A moment as naive UTC; without an offset it is the channel's wall clock, a bare day its midnight."""
    offset = cell.re_search(r"([zZ]|[+-]\d{2}:?\d{2}|UTC|GMT)$") & cell.re_search(r"\d{2}:\d{2}")
    iso = cell.re_replace(r"\s*(UTC|GMT)$", "+00:00").re_replace(r"\s+([+-]\d{2}):?(\d{2})$", r"\1:\2")
    iso = iso.re_replace(r"([+-]\d{2})(\d{2})$", r"\1:\2")
    absolute = iso.try_cast("timestamp('UTC')").cast("timestamp(6)")
    wall = moment_in(ibis.literal(context.zone), cell.try_cast("timestamp")).cast("timestamp(6)")
    return offset.ifelse(absolute, wall)


def channel_day(at: ir.TimestampValue, context: Context) -> ir.DateValue:
    """The calendar day in the channel's zone at a naive-UTC moment."""
    return local_time(ibis.literal(context.zone), at.cast("timestamp('UTC')")).cast("date")


def day(cell: ir.StringValue, context: Context) -> ir.Value:
    """A calendar day: ISO first, then the marketplace's own order of day and month."""
    iso = cell.re_search(r"^\d{4}-\d{2}-\d{2}")
    slashed = cell.re_extract(r"^(\d{1,2}[/.]\d{1,2}[/.]\d{2,4})", 1)
    first, second = slashed.re_extract(r"^(\d+)", 1), slashed.re_extract(r"^\d+[/.](\d+)", 1)
    year = slashed.re_extract(r"(\d+)$", 1)
    year = (year.length() == 2).ifelse(ibis.literal("20") + year, year)
    month, number_ = (second, first) if context.day_first else (first, second)
    built = year + "-" + month.lpad(2, "0") + "-" + number_.lpad(2, "0")
    return iso.ifelse(cell.left(10), built).try_cast("date")


def word(choices: Mapping[str, str], otherwise: str | None = None) -> Parse:
    """One of a closed set of words, case-folded; an unknown word is refused unless `otherwise` is given."""

    def parse(cell: ir.StringValue, _context: Context) -> ir.Value:
        folded = cell.lower()
        cases = [(folded == known.casefold(), value) for known, value in choices.items()]
        rest = ibis.null().cast("string") if otherwise is None else ibis.literal(otherwise)
        return ibis.cases(*cases, else_=rest)

    return parse


def yes_no(cell: ir.StringValue, _context: Context) -> ir.Value:
    """`yes`, `true`, `1`, `y` and their opposites."""
    folded = cell.lower()
    return ibis.cases(
        (folded.isin(["yes", "true", "1", "y"]), True),
        (folded.isin(["no", "false", "0", "n"]), False),
        else_=ibis.null().cast("boolean"),
    )


def currency(cell: ir.StringValue, _context: Context) -> ir.Value:
    """An ISO 4217 code."""
    folded = cell.upper()
    return folded.re_search(r"^[A-Z]{3}$").ifelse(folded, ibis.null().cast("string"))


def channel_hint(cell: ir.StringValue, _context: Context) -> ir.Value:
    """The channel a row names by domain, id or country; empty text where it names none we know."""
    folded = cell.lower()
    known: dict[str, Any] = hints()
    return ibis.cases(
        *[(folded == name, channel) for name, channel in known.items()],
        (folded.re_search(r"^[a-z][a-z0-9_]*:[a-z0-9]"), cell),
        else_="",
    )
