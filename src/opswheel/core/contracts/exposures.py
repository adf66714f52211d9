"""`exposures`: the money behind each signal, per listing."""

from .base import PLACE, Column, Contract, integer, number, text


def estimate(name: str, meaning: str, unit: str) -> tuple[Column, ...]:
    """Four columns of one estimate: mean, p10, p50, p90."""
    return tuple(number(f"{name}_{part}", f"{meaning} ({part})", unit=unit) for part in ("mean", "p10", "p50", "p90"))


EXPOSURES = Contract(
    name="exposures",
    kind="result",
    grain="one row per run, kind and listing",
    writer="prioritization",
    key=("run_id", "kind", "subject_key", "sku"),
    columns=(
        integer("run_id", "the run", required=True),
        text("kind", "the signal's kind", required=True),
        *PLACE,
        text("subject_key", "the signal's subject", required=True),
        text("sku", "the listing"),
        number("velocity", "units a day when healthy (mean)", unit="units/day"),
        number("velocity_sd", "its standard deviation", unit="units/day"),
        text("velocity_source", "where the velocity comes from, in words"),
        number("price", "net price", unit="reporting currency/unit"),
        text("price_source", "where the price comes from, in words"),
        number("share_lost", "share of sales lost (mean)", unit="0…1"),
        number("share_lost_sd", "its standard deviation", unit="0…1"),
        text("share_source", "where the share comes from, in words"),
        number("left_share", "share of the listing's sales that causes ahead in the chain left over", unit="0…1"),
        number("kept_share", "1 − what our other offers of the item recapture", unit="0…1"),
        number("loss_days", "days of loss counted if ignored", unit="days"),
        number("saved_days", "days of loss acting now can still save", unit="days"),
        *estimate("exposure", "revenue lost per day", "reporting currency/day"),
        *estimate("risk", "revenue at risk", "reporting currency"),
        *estimate("avoidable", "the part acting now can still save", "reporting currency"),
        number("committed", "the part of the risk that nothing can save any more", unit="reporting currency"),
        number("alone_per_day", "what mending only this would recover", unit="reporting currency/day"),
        number("expected_loss", "loss until it ends as this team works", unit="reporting currency"),
        number("lost_to_date", "revenue already lost", unit="reporting currency"),
        number("units_since", "units sold since onset, settled days", unit="units"),
        number("days_since", "settled days since onset", unit="days"),
        text("doubt", "why the row belongs in lane verify; empty where nothing contradicts it"),
        text("unavoidable", "why the row only watches; empty where acting now saves something"),
    ),
)
