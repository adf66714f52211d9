"""Attributes the marketplace names and listings carry: what catalog rules are proposed from, and checked against.

Read while a run's engine still holds the facts. Texts are told apart in Python, because what names an attribute in a
sentence is the marketplace's habit and no fact; the engine counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import ibis

from ..core.contracts import ATTRIBUTES, LISTING_ISSUES, LISTING_STATUS, RULE_BREAKS, SUPPRESSIONS
from ..core.contracts.prepared import LISTING_NOW
from ..core.detector import Facts
from ..core.engine import Engine
from ..decisions.catalog_rules import LEAST_DAYS, Named
from ..decisions.shapes import fits
from ..resolution.fixpacks.partial_update import attribute_named
from ..visibility.facts.common import KEY, PLACE, left
from .inputs import Morning

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import sqlalchemy as sa

SOURCES = (SUPPRESSIONS, LISTING_STATUS, LISTING_ISSUES)
APART_DAYS = 14
"""Named again after so many days without it, it is another suppression: assumed; the reports may come weekly."""
MOST_BREAKS = 20_000

_TEXT = dict.fromkeys(KEY, "string")
_WORDS = {"words": "string", "grp": "string", "attribute": "string"}
_STARTED = {**_TEXT, "attribute": "string", "first": "date"}
_ASKED = {**dict.fromkeys(PLACE, "string"), "category": "string", "attribute": "string"}


def plain(name: str) -> str:
    """An attribute's name as it is compared."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _plain(name: ir.Value) -> ir.Value:
    """The same in the engine."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _attribute(words: str, group: str | None) -> str:
    """The attribute a report's sentence names, else its group does; empty where neither."""
    return plain(attribute_named(words, (group or "").upper().replace(" ", "_")))


def read(engine: Engine, seen: Morning) -> Named:
    """Suppressions with what each names, and what listings carried."""
    found = Named()
    for contract in SOURCES:
        for a in seen.selected.of(contract):
            found.since[a.place] = min(found.since.get(a.place, a.to_day), a.to_day)
    if not found.since:
        return found
    starts = _starts(engine)
    category = {(r["account"], r["channel"], r["sku"]): r["category"] for r in _fetch(engine, "named", _named_listings)}
    for row in starts:
        row["category"] = category.get((row["account"], row["channel"], row["sku"]), "")
    # what the first report of a place names began nobody knows when
    found.starts = [r for r in starts if r["day"] > found.since[r["account"], r["channel"]]]
    counts = _fetch(engine, "category counts", _counts)
    found.listings = {(r["account"], r["channel"], r["category"]): r["n"] for r in counts if r["category"]}
    found.carried = _carried(engine, found.starts, seen.as_of.date())
    return found


def _fetch(engine: Engine, name: str, build: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.fetch(f"attributes {name}", build).to_pylist()
    return rows


def _said(facts: Facts, *, now: bool = False) -> ir.Table:
    """What reports say of listings held back: the words, their group, or the attribute itself."""
    rows = facts.now if now else facts.table
    nothing = ibis.null().cast("string")
    held = rows(SUPPRESSIONS)
    words = ibis.coalesce(held.issue_text, held.reason, "")
    found = held.select(*KEY, "day", words=words, grp=held.reason, attribute=nothing)
    status = rows(LISTING_STATUS)
    status = status.filter(status.action.notnull())
    group = status.issue_category
    found = found.union(status.select(*KEY, "day", words=status.issue_text.fill_null(""), grp=group, attribute=nothing))
    told = rows(LISTING_ISSUES)
    if not now:  # what is held back was a suppression; a warning names what will be, and breaks a rule today
        told = told.filter(told.held.fill_null(False))
    api = told.select(*KEY, "day", words=ibis.literal(""), grp=nothing, attribute=told.attribute)
    return found.union(api)


def _distinct_words() -> ir.Table:
    rows = _said(Facts())
    rows = rows.filter(rows.attribute.isnull())
    return rows.select("words", grp=rows.grp.fill_null("")).distinct()


def _named(words: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**r, "attribute": _attribute(r["words"], r["grp"])} for r in words]


def _days_named() -> ir.Table:
    """(listing, attribute) of every day a report holds the listing back, the attribute empty where none is named."""
    rows = _said(Facts())
    words = ibis.table(_WORDS, name="attribute_words")
    rows = rows.mutate(grp=rows.grp.fill_null(""))
    rows = rows.left_join(words, ["words", "grp"], rname="t_{name}")
    return rows.select(*KEY, "day", attribute=ibis.coalesce(_plain(rows.attribute), rows.t_attribute, "")).distinct()


def _begun() -> ir.Table:
    rows = ibis.table({**_TEXT, "day": "date", "attribute": "string"}, name="attribute_days")
    before = rows.day.lag().over(ibis.window(group_by=[*KEY, "attribute"], order_by=rows.day))
    rows = rows.mutate(gap=rows.day.delta(before, unit="day"))
    return rows.filter(rows.gap.isnull() | (rows.gap > APART_DAYS)).drop("gap")


def _starts(engine: Engine) -> list[dict[str, Any]]:
    """When listings began to be held back, one row for each attribute named; a nameless one beside it is the same."""
    import pyarrow as pa

    words = _named(_fetch(engine, "words", _distinct_words))
    engine.register("attribute_words", pa.Table.from_pylist(words, schema=_schema(_WORDS)))
    engine.make("attribute_days", "attributes days", _days_named)
    rows = sorted(_fetch(engine, "begun", _begun), key=lambda r: tuple(str(r[k]) for k in (*KEY, "day", "attribute")))
    named: dict[tuple[str, ...], list[date]] = {}
    for r in rows:
        if r["attribute"]:
            named.setdefault(tuple(r[k] for k in KEY), []).append(r["day"])

    def beside(row: Mapping[str, Any]) -> bool:
        days = named.get(tuple(row[k] for k in KEY), ())
        return any(abs((d - row["day"]).days) <= APART_DAYS for d in days)

    return [r for r in rows if r["attribute"] or not beside(r)]


def _schema(types: Mapping[str, str]) -> Any:
    import pyarrow as pa

    kinds = {"string": pa.string(), "date": pa.date32()}
    return pa.schema([(name, kinds[kind]) for name, kind in types.items()])


def _categories() -> ir.Table:
    """Every listing with its category; where the listings report tells none, the product type of the API."""
    facts = Facts()
    told = facts.table(LISTING_STATUS)
    told = told.filter(told.category.notnull()).group_by(KEY).agg(told=told.category.max())
    rows = left(facts.table(LISTING_NOW).select(*KEY, "category"), told, KEY)
    return rows.select(*KEY, category=ibis.coalesce(rows.category.nullif(""), rows.told, ""))


def _named_listings() -> ir.Table:
    days = ibis.table({**_TEXT, "day": "date", "attribute": "string"}, name="attribute_days")
    return _categories().semi_join(days, KEY)


def _counts() -> ir.Table:
    rows = _categories()
    return rows.group_by([*PLACE, "category"]).agg(n=rows.count())


def _first_told() -> ir.Table:
    """Of each place the attributes of its first list: what listings carried before anything was proposed."""
    rows = Facts().table(ATTRIBUTES)
    first = rows.group_by(PLACE).agg(first=rows.day.min())
    rows = rows.join(first, PLACE)
    rows = rows.filter(rows.day == rows["first"]).mutate(attribute=_plain(rows.attribute))
    return rows.select(*KEY, "attribute", "first", carries=rows.value.strip().nullif("").notnull())


def _cohort() -> ir.Table:
    """Per category and attribute asked about: listings that carried it and that did not, and how many were named."""
    told = _first_told()
    known = told.select(*KEY, "first").distinct()
    asked = ibis.table(_ASKED, name="asked_attributes")
    started = ibis.table(_STARTED, name="started_attributes")
    rows = known.join(_categories(), KEY).join(asked, [*PLACE, "category"])
    has = told.filter(told.carries).select(*KEY, "attribute", "carries").distinct()
    rows = rows.left_join(has, [*KEY, "attribute"], rname="h_{name}")
    rows = rows.left_join(started, [*KEY, "attribute"], rname="s_{name}")
    carries, named = rows.carries.fill_null(False), (rows.s_first > rows["first"]).fill_null(False)
    rows = rows.select(*KEY, "category", "attribute", "first", carries=carries, named=named).distinct()
    one = rows.group_by([*KEY, "category", "attribute", "first", "carries"]).agg(named=rows.named.any())
    return one.group_by([*PLACE, "category", "attribute", "first"]).agg(
        n_with=one.carries.sum(),
        k_with=(one.carries & one.named).sum(),
        n_without=(~one.carries).sum(),
        k_without=(~one.carries & one.named).sum(),
    )


def _carried(engine: Engine, starts: Sequence[Mapping[str, Any]], today: date) -> dict[Any, Any]:
    import pyarrow as pa

    asked = sorted({tuple(s[n] for n in _ASKED) for s in starts if s["attribute"] and s["category"]})
    engine.register(
        "asked_attributes",
        pa.Table.from_pylist([dict(zip(_ASKED, a, strict=True)) for a in asked], schema=_schema(_ASKED)),
    )
    begun = [{**{k: s[k] for k in (*KEY, "attribute")}, "first": s["day"]} for s in starts if s["attribute"]]
    engine.register("started_attributes", pa.Table.from_pylist(begun, schema=_schema(_STARTED)))
    found = {}
    for r in _fetch(engine, "cohort", _cohort):
        if (today - r["first"]).days >= LEAST_DAYS:
            counts = (int(r[n] or 0) for n in ("n_with", "k_with", "n_without", "k_without"))
            found[tuple(r[n] for n in _ASKED)] = (r["first"], *counts)
    return found


def _listed_in() -> ir.Table:
    """Listings of the categories rules are about."""
    asked = ibis.table(_ASKED, name="asked_attributes")
    return _categories().join(asked.select(*PLACE, "category").distinct(), [*PLACE, "category"])


def _carried_now() -> ir.Table:
    """What listings of those categories carry of those attributes today, where a list tells of the listing at all."""
    told = Facts().now(ATTRIBUTES)
    told = told.mutate(attribute=_plain(told.attribute)).select(*KEY, "attribute", value=told.value.strip().nullif(""))
    asked = ibis.table(_ASKED, name="asked_attributes")
    rows = told.select(*KEY).distinct().join(_categories(), KEY).join(asked, [*PLACE, "category"])
    values = told.group_by([*KEY, "attribute"]).agg(value=told.value.max())
    rows = rows.left_join(values, [*KEY, "attribute"], rname="v_{name}")
    return rows.select(*KEY, "category", "attribute", "value")


def _named_now() -> ir.Table:
    """What the marketplace says today of listings of those categories."""
    rows = _said(Facts(), now=True)
    return rows.join(_listed_in(), KEY).select(*KEY, "category", "words", "grp", "attribute").distinct()


def breaks(engine: Engine, rules: Sequence[Mapping[str, Any]], as_of: datetime) -> list[dict[str, Any]]:
    """Listings that break a rule in force: by our own list of attributes, else by the marketplace's words.

    `rules` have id, account, channel, category, attribute and must.
    """
    import pyarrow as pa

    if not rules:
        return []
    asked = [{n: r[n] for n in _ASKED} for r in rules]
    engine.register("asked_attributes", pa.Table.from_pylist(asked, schema=_schema(_ASKED)))
    by = {tuple(r[n] for n in _ASKED): r for r in rules}
    found: dict[tuple[Any, ...], dict[str, Any]] = {}

    def broken(row: Mapping[str, Any], attribute: str, value: str | None, seen_in: str) -> None:
        rule = by.get((row["account"], row["channel"], row["category"], attribute))
        if rule is not None and len(found) < MOST_BREAKS:
            here = {"decision_id": rule["id"], **{k: row[k] for k in KEY}}
            told = {"attribute": attribute, "value": value, "seen_in": seen_in, "known_at": as_of}
            found.setdefault(tuple(here.values()), here | told)

    for row in _fetch(engine, "carried now", _carried_now):
        rule = by[tuple(row[n] for n in _ASKED)]
        if not fits(rule["must"], row["value"]):
            broken(row, row["attribute"], row["value"], "attributes")
    for row in _fetch(engine, "named now", _named_now):
        named = plain(row["attribute"]) if row["attribute"] else _attribute(row["words"], row["grp"])
        broken(row, named, None, "marketplace")
    return [found[key] for key in sorted(found)]


def keep(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """What breaks rules gives way to what breaks them now."""
    table = RULE_BREAKS.sql_table()
    connection.execute(table.delete())
    if rows:
        connection.execute(table.insert(), [dict(r) for r in rows])
