"""The ranking rules that are held against each other, as orders over the product's own queue.

A rule gets rows of the table `ranks`, nothing else. The clairvoyant is no rule but a bound: its scores are handed in
by the market itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.errors import WrongUse

Row = Mapping[str, Any]
Order = Callable[[Sequence[Row]], list[Row]]

WORKED_LANES = ("stop_selling", "deadlines", "queue")
"""Lanes every rule works; what stands in the others nobody is asked to do."""
OFF_KINDS = frozenset(
    ("item_removed", "listing_suppressed", "listing_inactive", "stranded_stock", "out_of_stock", "price_too_low")
)
"""What a person calls "down": shoppers cannot buy, or buy at a wrong price."""
QUANTILES = (0.05, 0.20, 0.50)
"""The dollar bands: the dearest 5 %, the next 15 %, the next 30 %, the rest."""


@dataclass(frozen=True)
class Policy:
    """A way of working the queue. `product_rule` is the setting the product runs under.

    `learns`: whether runs use what closes taught, and whether the team removes causes that come again.
    `order` of None is the product's own order; `oracle` marks the clairvoyant, `works` is False for nobody.
    """

    name: str
    order: Order | None = None
    product_rule: str = "revenue_at_risk"
    learns: bool = False
    oracle: bool = False
    works: bool = True


def _by(key: Callable[[Row], tuple[Any, ...]]) -> Order:
    return lambda rows: sorted(rows, key=key)


def _age(row: Row) -> tuple[Any, ...]:
    return (row["detected_at"], row["issue_id"])


def severity(row: Row) -> int:
    """The band a person gives: 1 critical, 2 high, 3 medium, 4 low, by kind and tier, dollars unseen."""
    tier = row["tier"] or 3
    if row["kind"] in OFF_KINDS:
        return int(min(tier, 3))
    return int(min(tier + 1, 4))


def _dollar_bands(rows: Sequence[Row]) -> list[Row]:
    """Bands by quantile of what can be saved, oldest first within a band."""
    ranked = sorted(rows, key=lambda r: -r["bundle_avoidable"])
    cuts = [round(q * len(ranked)) for q in QUANTILES]
    band = {r["issue_id"]: sum(i >= c for c in cuts) for i, r in enumerate(ranked)}
    return sorted(rows, key=lambda r: (band[r["issue_id"]], *_age(r)))


POLICIES: tuple[Policy, ...] = (
    Policy("nobody_works", works=False),
    Policy("first_in_first_out", _by(_age)),
    Policy("newest_first", lambda rows: sorted(rows, key=_age, reverse=True)),
    Policy("severity_label", _by(lambda r: (severity(r), *_age(r)))),
    Policy("severity_dollar_quantile", _dollar_bands),
    Policy("tier_then_age", _by(lambda r: (r["tier"] or 3, *_age(r)))),
    Policy("revenue_at_risk"),
    Policy("exposure_per_hour", product_rule="exposure_per_hour"),
    Policy("value_per_hour", product_rule="value_per_hour"),
    Policy("exposure_per_hour_learning", product_rule="exposure_per_hour", learns=True),
    Policy("value_per_hour_learning", product_rule="value_per_hour", learns=True),
    Policy("clairvoyant", oracle=True),
)


def find_policy(name: str) -> Policy:
    """The policy of that name.

    Raises WrongUse with the names there are.
    """
    for policy in POLICIES:
        if policy.name == name:
            return policy
    raise WrongUse(f"{name!r} is no ranking rule of the simulator.", f"One of: {', '.join(p.name for p in POLICIES)}.")


def to_work(policy: Policy, rows: Sequence[Row]) -> list[Row]:
    """The causes to work, first one first: rows of the worked lanes that have a rank, in the policy's order.

    `rows` are the open rows of the last run in the product's order.
    """
    causes = [r for r in rows if r["rank"] is not None and r["lane"] in WORKED_LANES]
    return causes if policy.order is None else policy.order(causes)
