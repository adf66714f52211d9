"""How a cell's text becomes a value. Each function returns an expression that is null where it cannot be read.

What machines write (`1250`, `19.99`, `2026-11-20`) is tried first and costs little; what people and spreadsheets
write (`1,250`, `$1,234.56`, `8.33%`, `1.234,56`) is made plain first. No cast of the engine decides what a number
is: it would take `12.5` for 13 units, and `1_000` or `0x1f` for numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ibis

from ...core.money import ODD_CURRENCIES, minor_per_unit
from ...core.reader import CHANNELS_VARIABLE, KEY_VARIABLE, Context, Parse

if TYPE_CHECKING:
    import ibis.expr.types as ir

_YEAR = r"(?:199\d|20\d\d|21\d\d)"
# Blanks the engine's \s does not know: no-break, thin and narrow no-break space group digits in French and Swedish.
_BLANKS = r"[\s\x{00A0}\x{2009}\x{202F}']"
_CURRENCY_SIGNS = r"^(US|CA|MX|A|C|R|S)?\$|[$€£¥￥₹₺%]|円|[Kk]r\.?$|zł$|TL$|^Rs\.?|^[A-Z]{3}|[A-Z]{3}$"


@ibis.udf.scalar.builtin(signature=(("string",), "string"))
def sha256(text):  # type: ignore[no-untyped-def]
    """The engine's own SHA-256."""


@ibis.udf.scalar.builtin(name="getvariable", signature=(("string",), "string"))
def _told(under):  # type: ignore[no-untyped-def]
    """What the loader told the engine under a name; it never becomes part of an expression's text."""


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp('UTC')"), "timestamp"))
def local_time(zone, at):  # type: ignore[no-untyped-def]
    """The wall-clock time in a zone at a moment."""


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp"), "timestamp('UTC')"))
def moment_in(zone, at):  # type: ignore[no-untyped-def]
    """The moment at which a zone's clocks show a wall-clock time."""


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "array<string>"), "timestamp"))
def _try_strptime(cell, formats):  # type: ignore[no-untyped-def]
    """A moment in the first of some formats that fits."""


@ibis.udf.scalar.builtin(name="getvariable", signature=(("string",), "map<string, string>"))
def _told_channels(under):  # type: ignore[no-untyped-def]
    """The channels by their names: sixty names in every statement would take longer to prepare than the rest."""


@ibis.udf.scalar.builtin(name="map_extract_value", signature=(("map<string, string>", "string"), "string"))
def _channel_named(channels, written):  # type: ignore[no-untyped-def]
    """The channel behind a name; null where there is none."""


@ibis.udf.scalar.builtin(name="left", signature=(("string", "int64"), "string"))
def _left(cell, characters):  # type: ignore[no-untyped-def]
    """The first characters."""


@ibis.udf.scalar.builtin(name="list_extract", signature=(("array<int64>", "int64"), "int64"))
def _nth(values, position):  # type: ignore[no-untyped-def]
    """The value at a position, from 1; null where there is none."""


@ibis.udf.scalar.builtin(name="list_position", signature=(("array<string>", "string"), "int64"))
def _position(values, value):  # type: ignore[no-untyped-def]
    """Where a value stands, from 1."""


def text(cell: ir.StringValue, _context: Context) -> ir.Value:
    """Text as it stands."""
    return cell


def key(cell: ir.StringValue, _context: Context) -> ir.Value:
    """A keyed hash, for ids that could lead to a person. Without the workspace's key nobody can repeat it."""
    return sha256(_told(KEY_VARIABLE) + cell)


def number(cell: ir.StringValue, context: Context) -> ir.Value:
    """A number in any of the ways reports write one."""
    digits = r"^-?\d{1,12}(\.\d{1,2})?$" if context.comma_decimals else r"^-?\d{1,12}(\.\d{1,18})?$"
    quick = _if(cell.re_search(digits), cell).try_cast("float64")
    if not context.careful:
        return quick
    return ibis.coalesce(quick, _if(cell.notnull(), _plain(cell, context)).try_cast("float64"))


def _plain(cell: ir.StringValue, context: Context) -> ir.StringValue:
    """A number as machines write it; null where it is none. At most twelve digits before the point."""
    bare = cell.re_replace(_BLANKS, "").re_replace(r"^\((.*)\)$", r"-\1").replace("−", "-")
    bare = bare.re_replace(_CURRENCY_SIGNS, "").re_replace(r"^([^-]+)-$", r"-\1")
    return _named(bare, lambda number: _by_form(number, context))


def _named(value: ir.StringValue, use: Callable[[ir.StringValue], ir.StringValue]) -> ir.StringValue:
    """What `use` makes of a value that it names more than once.

    A list of one names it: written out everywhere, a report of a hundred columns would take the engine longer to
    prepare than to read.
    """
    used: ir.StringValue = ibis.array([value]).map(use)[0]
    return used


def _by_form(bare: ir.StringValue, context: Context) -> ir.StringValue:
    decimal_comma = r"^-?\d{1,12},\d+$" if context.comma_decimals else r"^-?\d{1,12},\d{1,2}$"
    comma_last = r"^-?\d{1,3}(\.\d{3}){1,3}(,\d+)?$" if context.comma_decimals else r"^-?\d{1,3}(\.\d{3}){1,3},\d+$"
    point = r"^-?\d{1,12}(\.\d{1,2})?$" if context.comma_decimals else r"^-?(\d{1,12}(\.\d*)?|\.\d+)$"
    return ibis.cases(
        (bare.re_search(point), bare),
        (bare.re_search(decimal_comma), bare.replace(",", ".")),
        (bare.re_search(comma_last), bare.replace(".", "").replace(",", ".")),
        (bare.re_search(r"^-?\d{1,3}(,\d{3}){1,3}(\.\d+)?$"), bare.replace(",", "")),
        (bare.re_search(r"^-?\d(\.\d+)?[eE][+-]?\d$"), bare),
        (bare.re_search(r"^-?\d(\.\d+)?[eE]-\d{1,2}$"), "0"),
        else_=ibis.null().cast("string"),
    )


def integer(cell: ir.StringValue, context: Context) -> ir.Value:
    """A whole number; `365+` counts as 365, `12.0` as 12, `12.5` not at all."""
    quick = _if(cell.re_search(r"^-?\d{1,12}$"), cell).try_cast("int64")
    if not context.careful:
        return quick
    slow = _plain(cell.re_replace(r"\+$", ""), context).re_replace(r"\.0*$", "")
    whole = _named(slow, lambda number: _if(number.re_search(r"^-?\d{1,12}$"), number)).try_cast("int64")
    return ibis.coalesce(quick, _if(cell.notnull(), whole))


def money(currency: str = "") -> Parse:
    """An amount in minor units of `currency`, else of the channel's currency."""

    def parse(cell: ir.StringValue, context: Context) -> ir.Value:
        return minor(number(cell, context), currency or context.currency)

    return parse


def minor(amount: ir.NumericValue, currency: str) -> ir.IntegerValue:
    """An amount in whole units as minor units of `currency`, halves away from zero."""
    return whole(amount * minor_per_unit(currency))


def whole(value: ir.NumericValue) -> ir.IntegerValue:
    """The nearest whole number, halves away from zero; null where it does not fit."""
    rounded: ir.IntegerValue = value.cast("float64").round(0).try_cast("int64")
    return rounded


def rescale(amount_minor: ir.IntegerValue, row_currency: ir.StringValue, context: Context) -> ir.IntegerValue:
    """Minor units parsed for the channel's currency, put right for rows in a currency with other digits."""
    units = [10**digits for digits in ODD_CURRENCIES.values()]
    at = _position(ibis.array([*ODD_CURRENCIES]), row_currency)
    per_unit = ibis.coalesce(_nth(ibis.array(units), at), 100)
    other = whole(amount_minor * per_unit / minor_per_unit(context.currency))
    return (row_currency != context.currency).ifelse(other, amount_minor)


def moment(cell: ir.StringValue, context: Context) -> ir.Value:
    """A moment as naive UTC; without an offset it is the channel's wall clock, a bare day its midnight."""
    dated = cell.re_search(rf"^{_YEAR}-\d\d-\d\d")
    offset = cell.re_search(r"\d\d:\d\d.*([zZ]|[+-]\d\d:?\d\d|UTC|GMT)$")
    iso = cell.re_replace(r"\s*(UTC|GMT)$", "+00:00").re_replace(r"\s+([+-]\d{2}):?(\d{2})$", r"\1:\2")
    iso = iso.re_replace(r"([+-]\d{2})(\d{2})$", r"\1:\2")
    absolute = iso.try_cast("timestamp('UTC')").cast("timestamp(6)")
    wall = moment_in(ibis.literal(context.zone), cell.try_cast("timestamp")).cast("timestamp(6)")
    return ibis.cases((~dated, ibis.null().cast("timestamp(6)")), (offset, absolute), else_=wall)


def channel_day(at: ir.TimestampValue, context: Context) -> ir.DateValue:
    """The calendar day in the channel's zone at a naive-UTC moment."""
    return local_time(ibis.literal(context.zone), at.cast("timestamp('UTC')")).cast("date")


def day(cell: ir.StringValue, context: Context) -> ir.Value:
    """A calendar day: year first, else the marketplace's own order of day and month; a time after it is left out."""
    quick = _if(cell.re_search(rf"^{_YEAR}-\d\d-\d\d"), _left(cell, 10)).try_cast("date")
    plausible = rf"^({_YEAR}[/.-][^ T]*|\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:{_YEAR}|\d\d))(?:[ T].*)?$"
    written = cell.re_extract(plausible, 1).nullif("")  # of nothing the engine would try every format
    return ibis.coalesce(quick, _try_strptime(written, ibis.array(_day_formats(context))).cast("date"))


def _day_formats(context: Context) -> list[str]:
    """Two-digit years first: a four-digit one does not fit them, the other way round it would."""
    order = ("%d", "%m") if context.day_first else ("%m", "%d")
    last = [mark.join((*order, year)) for mark in "/.-" for year in ("%y", "%Y")]
    return last + [mark.join(("%Y", "%m", "%d")) for mark in "/.-"]


def month_first(cell: ir.StringValue, context: Context) -> ir.Value:
    """A calendar day in a report that writes the month first in every marketplace."""
    return day(cell, replace(context, day_first=False))


def written_day(cell: ir.StringValue, context: Context) -> ir.Value:
    """A calendar day as `day` reads it, else with its month in English letters: `10-Jul-2025`, `Aug 18, 2026`."""
    named = cell.re_extract(r"^(\d{1,2}[- ][A-Za-z]{3}[- ]\d{4}|[A-Za-z]{3} \d{1,2}, \d{4})$", 1).nullif("")
    letters = _try_strptime(named, ibis.array(["%d-%b-%Y", "%d %b %Y", "%b %d, %Y"])).cast("date")
    return ibis.coalesce(day(cell, context), letters)


def day_start(value: ir.DateValue, context: Context) -> ir.TimestampValue:
    """The moment a calendar day begins in the channel's zone, as naive UTC."""
    began: ir.TimestampValue = moment_in(ibis.literal(context.zone), value.cast("timestamp")).cast("timestamp(6)")
    return began


def at_least(cell: ir.StringValue, context: Context) -> ir.Value:
    """A number; `365+` counts as 365."""
    return number(cell.re_replace(r"\+$", ""), context)


def unwrapped(cell: ir.StringValue, _context: Context) -> ir.Value:
    """Text; bare where it was written as a formula, `="171234567890123"`, to save its digits from spreadsheets."""
    return cell.re_replace(r'^="(.*)"$', r"\1")


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
    return _if(folded.re_search(r"^[A-Z]{3}$"), folded)


def channel_hint(cell: ir.StringValue, _context: Context) -> ir.Value:
    """The channel behind a marketplace's domain or id; one we do not know stays as it is written, and is told."""
    return ibis.coalesce(_known_channel(cell), cell)


def sales_channel(cell: ir.StringValue, _context: Context) -> ir.Value:
    """The same for order files; empty text for orders that another sales channel brought (`Non-Amazon`)."""
    elsewhere = cell.lower().startswith("non-amazon")
    return ibis.coalesce(_known_channel(cell), _if(elsewhere, ibis.literal("")), cell)


def channel_name(cell: ir.StringValue, _context: Context) -> ir.Value:
    """The channel a person wrote: a name we know in any case, or `<marketplace>:<name>`."""
    named = cell.re_search(r"^[a-z][a-z0-9_]*:[A-Za-z0-9][A-Za-z0-9_.-]*$")
    return ibis.coalesce(_known_channel(cell), _if(named, cell))


def country_channel(cell: ir.StringValue) -> ir.StringValue:
    """The Amazon channel behind a country code, a domain or a marketplace id; null where it is none we know."""
    known: ir.StringValue = ibis.coalesce(_known_channel(cell), _known_channel(ibis.literal("amazon:") + cell))
    return known


def _known_channel(cell: ir.StringValue) -> ir.StringValue:
    known: ir.StringValue = _channel_named(_told_channels(CHANNELS_VARIABLE), cell.lower())
    return known


def _if(condition: Any, value: Any) -> Any:
    """`value` where the condition holds, else null; the engine does not compute it elsewhere."""
    return ibis.cases((condition, value), else_=ibis.null().cast(value.type()))
