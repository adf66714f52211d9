"""What a detector must be.

A detector is one class in one file: its docstring is product text, its thresholds are data, and `observe`
is one Ibis expression over `Facts`. It never sees a date of the run as a literal, opens nothing, and knows
nothing about money beyond the rough `loss_per_day` its cut lines may use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, get_args

from .contracts import Contract
from .contracts.observations import OBSERVED
from .threshold import Threshold

if TYPE_CHECKING:
    import ibis.expr.types as ir

LossType = Literal["sales", "margin", "cash", "none"]
Lane = Literal["stop_selling", "deadlines", "queue", "verify", "watch", "opportunities"]
LANES: tuple[Lane, ...] = get_args(Lane)
"""Every lane, in the order they are worked."""
LANE_TITLES: dict[str, str] = {
    "stop_selling": "Stop selling?",
    "deadlines": "Deadlines",
    "queue": "Queue",
    "verify": "Verify first",
    "watch": "Watch",
    "opportunities": "Opportunities",
}

# Causal precedence of the chain (docs/concepts/money-at-risk.md): smaller comes first and takes its share first.
PRECEDENCE = {
    "account": 10,
    "removed": 20,
    "not_buyable": 30,
    "stranded": 34,
    "inactive": 38,
    "stock": 40,
    "hidden": 50,
    "featured_offer": 60,
    "ads": 70,
    "content": 80,
    "delivery": 90,
    "unexplained": 95,
    "outside": 0,
}

AT_ONCE = ("cash", "sales_at_once", "oversold")
"""Values of `share_state` whose money is `amount_at_risk`, lost at one stroke: cash, sales that are no listing's daily
ones, and orders taken for units that are not there. They stand outside the chain."""


class Facts:
    """Every table a detector may read, as unbound Ibis tables, cut at the run's as_of before it sees them.

    `facts.table(LISTINGS)` holds every snapshot that counts, `facts.now(LISTINGS)` the current one;
    prepared tables (`facts.table(BASELINES)`) hold one row per listing of this morning.
    """

    def table(self, contract: Contract) -> ir.Table:
        """All rows of a table."""
        return contract.ibis_table()

    def now(self, contract: Contract) -> ir.Table:
        """The rows of the current deliveries of a snapshot table."""
        if contract.kind != "snapshot":
            raise TypeError(f"{contract.name} is no snapshot: it has no current delivery")
        return contract.ibis_table(f"{contract.name}_current")


class Detector(Protocol):
    """One rule that reads facts and says what it saw.

    `kind` names what is wrong; `reads` the tables it stands on, which decide when it is blind. `loss` says
    whether the money is lost sales (in the chain, in the order of `precedence`), margin given away, or cash that
    is lost at one stroke (`amount_at_risk`).
    `share_state` is the default state that sets the share of sales lost; a row may name another.
    `tunable` detectors have a cut line that can be too tight: only they get the volume guard.
    """

    kind: ClassVar[str]
    version: ClassVar[str]
    title: ClassVar[str]
    precedence: ClassVar[int]
    loss: ClassVar[LossType]
    lane: ClassVar[Lane]
    reads: ClassVar[tuple[Contract, ...]]
    thresholds: ClassVar[tuple[Threshold, ...]]
    tunable: ClassVar[bool]

    def observe(self, facts: Facts) -> ir.Table:
        """Candidates above the loose floor: the columns of `core.contracts.observations.OBSERVED`."""
        ...

    def sentence(self, row: dict[str, Any]) -> str:
        """What is wrong, in at most 80 characters, verb or state first, never a code."""
        ...


def observed(kind: str, source: ir.Table, **columns: ir.Value | str | None) -> ir.Table:
    """Shape `source` into an observation: named columns, the listing's own keys, and nulls for the rest.

    `source` must have account, channel, sku and item_id; the subject is the listing unless `subject_type`
    and `subject_key` are given.
    """
    import ibis

    values: dict[str, Any] = {
        "kind": ibis.literal(kind),
        "account": source.account,
        "channel": source.channel,
        "sku": source.sku,
        "item_id": source.item_id,
        "subject_type": ibis.literal("listing"),
        "subject_key": listing_key(source),
    }
    values.update(columns)
    types = {"text": "string", "int": "int64", "float": "float64", "day": "date", "at": "timestamp(6)"}
    chosen = {}
    for column in OBSERVED:
        value = values.pop(column.name, None)
        chosen[column.name] = (ibis.null() if value is None else _value(value)).cast(types[column.type])
    if values:
        raise KeyError(f"an observation has no column {', '.join(sorted(values))}")
    return source.select(**chosen)


def _value(value: Any) -> Any:
    import ibis

    return ibis.literal(value) if isinstance(value, str | int | float) else value


def listing_key(source: ir.Table) -> ir.StringValue:
    """The subject key of the listing a row speaks of."""
    return source.account + "|" + source.channel + "|" + source.sku


def evidence(**values: ir.Value) -> ir.StringValue:
    """A JSON object of short values as one text column, the same on every engine. Nulls are left out."""
    import ibis

    parts = []
    for name, value in values.items():
        text = value.cast("string")
        if not value.type().is_numeric() and not value.type().is_boolean():
            text = (
                text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\t", " ").replace("\r", " ")
            )
            text = ibis.literal('"') + text + '"'
        parts.append((ibis.literal(f'"{name}": ') + text + ", ").fill_null(""))
    body = parts[0]
    for part in parts[1:]:
        body = body + part
    return ibis.literal("{") + body.re_replace(", $", "") + "}"
