"""`account_health`: the marketplace's own measures of the seller account, with the targets that keep it open."""

from .base import day, fact, integer, number, text

ACCOUNT_HEALTH = fact(
    "account_health",
    "snapshot",
    "one row per measure of the account and snapshot day",
    ("account", "channel", "metric", "day"),
    (
        text(
            "metric", "what is measured, such as `order_defect_rate_mfn`; `account_status` is the whole", required=True
        ),
        day("day", "the morning the snapshot was taken", required=True),
        text("state", "the marketplace's word, lower case: `good`, `bad`, `none`; `normal`, `at_risk`, `deactivated`"),
        number("rate", "the rate as the marketplace computes it", unit="0…1"),
        integer("counted", "what is counted: defects, or what went well where the target is a floor", unit="count"),
        integer("base", "orders, shipments or units the rate is measured over", unit="count"),
        number("target", "the bound that keeps the state good, in the unit of the rate or of the count"),
        text("target_side", "on which side of the target good lies: `less_than`, `greater_than` or `equals`"),
        day("from_day", "first day measured"),
        day("to_day", "last day measured"),
    ),
)
