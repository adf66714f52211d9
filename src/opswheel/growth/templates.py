"""Wheels as text: the templates that come with Opswheel, and the file a person made of one.

A file is TOML. `[drivers.NAME]` tells a driver, `"source -> target" = { … }` under `[links]` a link, `[sources]` the
literature by a short word, and `[optional.NAME]` a part that is off until `use = ["NAME"]` puts it on.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..core.errors import BadWheel
from .wheel import Claim, Link, Node, Part, Wheel, nearest

TEMPLATES = ("seller", "marketplace", "store", "operations")
"""The wheels Opswheel brings, in the order people meet them."""
MOST_BYTES = 1_000_000
MOST_DRIVERS = 60
MOST_LAG = 104
MOST_PLACE = 20

_TOP = (
    "name",
    "about",
    "period",
    "target",
    "use",
    "sources",
    "drivers",
    "links",
    "optional",
    "interconnection",
    "step",
)
_DRIVER = ("label", "own", "own_sd", "own_fixed", "measure", "unmeasured", "lever", "demand", "log", "at")
_LINK = ("kind", "mean", "sd", "lag", "sign", "tau", "source", "seed")
_PART = ("about", "replaces", "drivers", "links")
_CLAIM = ("number", "words", "links", "measure", "unmeasured")


@cache
def template(name: str) -> Wheel:
    """A template by its name; BadWheel with the nearest name if there is none."""
    return parse(template_text(name), where=f"template {name}")


def template_text(name: str) -> str:
    """The text of a template, to read or to edit."""
    if name not in TEMPLATES:
        raise BadWheel(f"There is no wheel {name!r}{nearest(name, TEMPLATES)}.", f"One of: {', '.join(TEMPLATES)}.")
    return files(__package__).joinpath("templates", f"{name}.toml").read_text(encoding="utf-8")


def read_wheel(path: Path) -> Wheel:
    """The wheel in a person's own file; BadWheel saying what cannot be read and what to do."""
    if not path.is_file():
        raise BadWheel(
            f"There is no file {path}.", "`opswheel growth wheel seller --text > wheel.toml` writes one to edit."
        )
    if path.stat().st_size > MOST_BYTES:
        raise BadWheel(f"{path} is larger than {MOST_BYTES:,} bytes.", "A wheel is a page of text.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadWheel(f"{path} is not text in UTF-8.", "Save it as UTF-8.") from None
    return parse(text, where=path.name)


def parse(text: str, *, where: str) -> Wheel:
    """The wheel a text tells; BadWheel naming `where` and the first thing wrong."""
    try:
        return _wheel(_tables(text))
    except BadWheel as wrong:
        raise BadWheel(f"{where}: {wrong.what}", wrong.next_step) from None


def _tables(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        at = re.search(r"line (\d+)", str(wrong))
        number = int(at.group(1)) if at else 0
        line = text.splitlines()[number - 1].strip() if at else ""
        if "overwrite" in str(wrong) or "twice" in str(wrong):
            what = line.split("=")[0].strip(' "[]')
            raise BadWheel(f"{what} is there twice (line {number}).", "Keep one of the two.") from None
        shown = f": {line[:60]}" if line else ""
        raise BadWheel(f"line {number} cannot be read{shown}", "Compare it with a line of a template.") from None


def _wheel(told: dict[str, Any]) -> Wheel:
    _only(told, _TOP, "the file")
    for name in ("name", "target"):
        if not _text(told.get(name, ""), name):
            raise BadWheel(f"It has no {name}.", f'Write {name} = "…" at the top.')
    sources = {k: _text(v, f"sources.{k}") for k, v in _table(told, "sources").items()}
    wheel = Wheel(
        name=_text(told["name"], "name"),
        period=told.get("period", "week"),
        target=_text(told["target"], "target"),
        nodes=_nodes(_table(told, "drivers")),
        links=_links(_table(told, "links"), sources),
        about=_text(told.get("about", ""), "about"),
        parts=tuple(_part(k, v, sources) for k, v in _table(told, "optional").items()),
    ).validate()
    for part in wheel.parts:
        wheel.with_part(part.name)
    claims = (*_claims(told, "interconnection", wheel), *_claims(told, "step", wheel))
    for name in _words(told.get("use", []), "use"):
        wheel = wheel.with_part(name)
    return Wheel(**{**vars(wheel), "claims": claims})


def _nodes(told: Mapping[str, Any], part: str = "") -> tuple[Node, ...]:
    if len(told) > MOST_DRIVERS:
        raise BadWheel(
            f"It has {len(told)} drivers; {MOST_DRIVERS} is the limit.", "A wheel people can read has 5 to 25."
        )
    return tuple(_node(name, table, part) for name, table in told.items())


def _node(name: str, table: Any, part: str) -> Node:
    where = f"drivers.{name}"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise BadWheel(f"{name!r} is no name of a driver.", "Lower-case letters, digits and _, a letter first.")
    _only(table, _DRIVER, where)
    measure = table.get("measure")
    return Node(
        name=name,
        label=_text(table.get("label", name), f"{where}.label"),
        own_mean=_number(table.get("own", 0.0), f"{where}.own"),
        own_sd=_number(table.get("own_sd", 0.0), f"{where}.own_sd"),
        own_fixed=_flag(table.get("own_fixed", False), f"{where}.own_fixed"),
        measure=None if measure is None else _text(measure, f"{where}.measure"),
        unmeasured=_text(table.get("unmeasured", ""), f"{where}.unmeasured"),
        lever=_flag(table.get("lever", False), f"{where}.lever"),
        demand=_flag(table.get("demand", False), f"{where}.demand"),
        log=_flag(table.get("log", True), f"{where}.log"),
        part=part,
        at=_place(table.get("at"), f"{where}.at"),
    )


def _links(told: Mapping[str, Any], sources: Mapping[str, str], part: str = "") -> tuple[Link, ...]:
    return tuple(_link(words, table, sources, part) for words, table in told.items())


def _link(words: str, table: Any, sources: Mapping[str, str], part: str) -> Link:
    source, target = _key(words)
    where = f"link {words}"
    _only(table, _LINK, where)
    if "mean" not in table:
        raise BadWheel(f"The {where} has no mean.", "Write mean = 0.2, the effect of 1 % more, in per cent.")
    cited = _text(table.get("source", ""), where)
    if cited not in sources and cited != "assumed":
        raise BadWheel(
            f"The {where} cites {cited!r}, which is not under [sources]{nearest(cited, sources)}.",
            'Tell it there, or write source = "assumed".',
        )
    lag = _number(table.get("lag", 0), f"{where}, lag")
    if lag > MOST_LAG:
        raise BadWheel(f"The {where} has a lag of {lag:g}; {MOST_LAG} is the limit.", "Use a stock with a persistence.")
    return Link(
        source=source,
        target=target,
        kind=table.get("kind", "estimated"),
        mean=_number(table["mean"], f"{where}, mean"),
        sd=_number(table.get("sd", 0.0), f"{where}, sd"),
        lag_periods=int(lag) if lag == int(lag) else lag,  # type: ignore[arg-type]  # refused by validate, by its name
        sign=_sign(table.get("sign", ""), where),
        tau=_number(table.get("tau", 0.0), f"{where}, tau"),
        origin=sources.get(cited, "assumed"),
        seed=_text(table.get("seed", ""), f"{where}, seed"),
        part=part,
    )


def _part(name: str, table: Any, sources: Mapping[str, str]) -> Part:
    _only(table, _PART, f"optional.{name}")
    return Part(
        name=name,
        about=_text(table.get("about", ""), f"optional.{name}.about"),
        nodes=_nodes(_table(table, "drivers"), name),
        links=_links(_table(table, "links"), sources, name),
        replaces=tuple(_key(words) for words in _words(table.get("replaces", []), f"optional.{name}.replaces")),
    )


def _claims(told: Mapping[str, Any], series: str, wheel: Wheel) -> Iterable[Claim]:
    """The sentences of one series; every link they name must be in the wheel or in one of its optional parts."""
    known = {link.key for link in wheel.links} | {link.key for part in wheel.parts for link in part.links}
    for table in told.get(series, []):
        where = f"{series} {table.get('number', '')}".strip()
        _only(table, _CLAIM, where)
        links = tuple(_key(words) for words in _words(table.get("links", []), where))
        for key in links:
            if key not in known:
                near = nearest(f"{key[0]} -> {key[1]}", [f"{a} -> {b}" for a, b in known])
                raise BadWheel(f"{where} names the link {key[0]} -> {key[1]}, which is not there{near}.", "Correct it.")
        measure, unmeasured = table.get("measure"), _text(table.get("unmeasured", ""), where)
        if bool(measure) == bool(unmeasured):
            raise BadWheel(f"{where} needs either a measure or why there is none.", "Write measure or unmeasured.")
        number = int(_number(table.get("number", 0), where))
        yield Claim(series, number, _text(table.get("words", ""), where), links, measure, unmeasured)


def _key(words: str) -> tuple[str, str]:
    source, arrow, target = (bit.strip() for bit in words.partition("->"))
    if not (source and arrow and target):
        raise BadWheel(f"{words!r} is no link.", 'A link is written "source -> target".')
    return source, target


def _only(table: Any, known: tuple[str, ...], where: str) -> None:
    if not isinstance(table, dict):
        raise BadWheel(f"{where} is no table.", "Compare it with a template.")
    for key in table:
        if key not in known:
            raise BadWheel(
                f"{where} has {key!r}, which means nothing{nearest(key, known)}.", f"Known: {', '.join(known)}."
            )


def _table(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = told.get(name, {})
    if not isinstance(value, dict):
        raise BadWheel(f"{name} is no table.", "Compare it with a template.")
    return value


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadWheel(f"{where}: {value!r} is no number.", "Write a plain number such as 0.2.")
    return float(value)


def _place(value: Any, where: str) -> tuple[float, float] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise BadWheel(f"{where}: {value!r} is no place.", "Write at = [column, row].")
    column, row = (_number(part, where) for part in value)
    if not (0 <= column <= MOST_PLACE and 0 <= row <= MOST_PLACE):
        raise BadWheel(f"{where}: {value!r} lies off the page.", f"Column and row go from 0 to {MOST_PLACE}.")
    return column, row


def _sign(value: Any, where: str) -> int:
    if value not in ("", "+", "-"):
        raise BadWheel(
            f"The {where} has the sign {value!r}.", 'A sign is "+" or "-"; without one the mean\'s sign holds.'
        )
    return {"": 0, "+": 1, "-": -1}[value]


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise BadWheel(f"{where}: {value!r} is no text.", 'Put it between quotes: "…".')
    return value.strip()


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise BadWheel(f"{where}: {value!r} is neither true nor false.", "Write true or false.")
    return value


def _words(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise BadWheel(f"{where} is no list of texts.", 'Write ["…", "…"].')
    return tuple(value)
