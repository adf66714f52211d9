"""Figures, ranges and times as people read them on a page.

Money that ranks or decides has three significant digits and its range; ages are short; dues are said in words.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import floor, log10

from ...core.money import show_money

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
NO_BREAK = "\u00a0"
SOON = timedelta(hours=3)


def sign(currency: str) -> str:
    """What stands before a sum: `$`, or the code with a space."""
    return SIGNS.get(currency, currency + NO_BREAK)


def three(value: float) -> float:
    """`value` to three significant digits."""
    return 0.0 if value == 0 else round(value, 2 - floor(log10(abs(value))))


def money(amount: float | None, currency: str = "USD") -> str:
    """`$9,840`, `$417`, `$4.50`: three significant digits; a dash where nobody knows."""
    if amount is None:
        return "–"
    value = three(amount)
    size = abs(value)
    if size >= 1_000_000:
        text = f"{size / 1_000_000:.3g}M"
    elif size >= 100:
        text = f"{size:,.0f}"
    elif size == 0:
        text = "0"
    else:
        text = f"{size:.2f}" if size < 10 else f"{size:.1f}".removesuffix(".0")
    return f"{'−' if value < 0 else ''}{sign(currency)}{text}"


def exact(amount: float | None, currency: str = "USD") -> str:
    """`$42.90`: a fact, with every digit it has."""
    return "–" if amount is None else show_money(amount, currency)


def short(amount: float | None, currency: str = "USD") -> str:
    """`$80.7k`: a figure in passing."""
    if amount is None:
        return "–"
    size, before = abs(three(amount)), "−" if amount < 0 else ""
    for unit, letter in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if size >= unit:
            return f"{before}{sign(currency)}{size / unit:.3g}{letter}"
    return money(amount, currency)


def span(low: float | None, high: float | None, currency: str | None = None) -> str:
    """`8.0 – 12.1k`: a range with an en dash, both ends in the unit of the upper one."""
    if low is None or high is None:
        return "range not known"
    before = sign(currency) if currency else ""
    top = max(abs(low), abs(high))
    for unit, letter in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if top >= unit:
            digits = 0 if top >= 100 * unit else 1
            return f"{before}{low / unit:.{digits}f} – {high / unit:.{digits}f}{letter}"
    digits = 0 if top >= 10 else 2
    return f"{before}{low:.{digits}f} – {high:.{digits}f}"


def number(value: float | None) -> str:
    """`12,480`, `28.4`, `0.97`: as many digits as mean something."""
    if value is None:
        return "–"
    if value == int(value):
        return f"{int(value):,}"
    return f"{three(value):,.10g}"


def percent(share: float | None) -> str:
    """`61 %` of a share 0…1."""
    if share is None:
        return "–"
    value = share * 100
    return f"{value:.0f}{NO_BREAK}%" if abs(value) >= 10 or value == int(value) else f"{value:.1f}{NO_BREAK}%"


def plural(n: int, one: str, many: str | None = None) -> str:
    """`1 listing`, `1,904 listings`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def day(value: date | None) -> str:
    """`Tue 14 Oct`."""
    return "–" if value is None else f"{value:%a} {value.day} {value:%b}"


def moment(value: datetime | None) -> str:
    """`Tue 14 Oct, 06:10`."""
    return "–" if value is None else f"{day(value)}, {value:%H:%M}"


def lasting(length: timedelta) -> str:
    """`40 min`, `2 h 10 min`, `31 h`, `2 d 16 h`, `26 d`: how long, never more than two units."""
    minutes = max(0, round(length.total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    if hours == 0:
        return f"{minutes} min"
    if hours < 10:
        return f"{hours} h" + (f" {rest:02d} min" if rest else "")
    if hours < 48:
        return f"{hours} h"
    days, over = divmod(hours, 24)
    return f"{days} d {over} h" if days < 10 and over else f"{days:,} d"


def grace(hours: int) -> str:
    """`48 hours`, but `30 days`: nobody reckons a month in hours."""
    days, rest = divmod(hours, 24)
    return f"{hours} hours" if rest or days < 7 else f"{days} days"


def work(minutes: float | None) -> str:
    """`18 min`, `1 h 20`: expected work."""
    if minutes is None:
        return "–"
    whole = max(1, round(minutes))
    return f"{whole} min" if whole < 90 else f"{whole // 60} h" + (f" {whole % 60:02d}" if whole % 60 else "")


def due(at: datetime | None, now: datetime) -> tuple[str, str]:
    """How a promise stands, as (`late`, `soon`, `ok` or `none`, words)."""
    if at is None:
        return "none", "no promise"
    left = at - now
    if left <= timedelta(0):
        return "late", f"past due {lasting(-left)}"
    if left < SOON:
        return "soon", f"due in {lasting(left)}"
    if at.date() == now.date() or left < timedelta(hours=12):
        return "ok", f"due in {lasting(left)}"
    if at.date() == now.date() + timedelta(days=1):
        return "ok", f"due tomorrow, {at:%H:%M}"
    return "ok", f"due {at:%a}, {at:%H:%M}" if left < timedelta(days=6) else f"due {day(at)}"


def initials(name: str | None) -> str:
    """`KR` for `K. Rossi`, `IN` for `Ines`."""
    parts = [p for p in (name or "").replace(".", " ").replace("_", " ").split() if p[0].isalnum()]
    if not parts:
        return "?"
    return (parts[0][0] + parts[-1][0] if len(parts) > 1 else parts[0][:2]).upper()


def state(value: str) -> str:
    """`in progress` for `in_progress`: a code as words."""
    return value.replace("_", " ")
