"""`observations` and `signals`: what detectors saw in a run, before and after the cut lines."""

from .base import PLACE, Contract, day, integer, moment, number, text

OBSERVED = (
    text("kind", "the detector's kind", required=True),
    *PLACE,
    text("subject_type", "`listing`, `stock_pool`, `account` …", required=True),
    text("subject_key", "the subject's key", required=True),
    text("sku", "the listing whose sales are at stake, one row per listing of the subject; `` where it is no listing"),
    text("item_id", "the listing's item"),
    text("cause", "the marketplace's or our code for why, such as `MISSING_ATTRIBUTE`"),
    day("onset_day", "first day known to be bad"),
    day("last_good_day", "last day known to be good; empty where the trouble is older than loaded history"),
    day("seen_day", "day of the facts that showed it"),
    day("starts_day", "first day sales are lost, where that lies ahead"),
    text("share_state", "the state that sets the share of sales lost, such as `not_buyable`"),
    number("share_lost", "share of sales lost, where it is measured", unit="0…1"),
    number("observed", "what is compared with the first cut line"),
    number("baseline", "what `observed` would be when healthy"),
    number("loss_per_day", "rough loss, only for cut lines", unit="reporting currency/day"),
    number("stock_value", "stock at the price asked, only for cut lines", unit="reporting currency"),
    number(
        "amount_at_risk",
        "what is lost at one stroke: cash, or sales that are no listing's daily ones",
        unit="reporting currency",
    ),
    moment("deadline_at", "when a dated loss becomes certain"),
    text("evidence", "what was seen, as a JSON object of short values"),
)

OBSERVATIONS = Contract(
    name="observations",
    kind="result",
    grain="one row per run, kind and listing above the detector's loose floor",
    writer="visibility",
    key=("run_id", "kind", "subject_key", "sku"),
    columns=(
        integer("run_id", "the run", required=True),
        moment("as_of", "the run's time", required=True),
        text("detector_version", "version of the rule", required=True),
        *OBSERVED,
    ),
)

SIGNALS = Contract(
    name="signals",
    kind="result",
    grain="one row per run, kind and listing that passed every cut line and is meant to sell",
    writer="visibility",
    key=("run_id", "kind", "subject_key", "sku"),
    columns=(
        *OBSERVATIONS.columns,
        text("threshold_id", "version of the first cut line that was applied"),
        text("category", "the listing's category"),
        text("title", "the listing's title"),
        text("brand", "the listing's brand"),
        integer("tier", "1, 2 or 3"),
        text("intent", "what the listing is meant for"),
    ),
)
