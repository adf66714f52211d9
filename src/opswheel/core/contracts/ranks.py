"""`ranks`: the queue of a run, ready to read: order, money, and the columns people filter by."""

from .base import PLACE, Contract, day, flag, integer, moment, number, text
from .exposures import estimate

_RANKED = (
    integer("run_id", "the run", required=True),
    integer("issue_id", "the issue", required=True),
    integer("issue_version", "version of the issue the row was written from", required=True),
    integer("position", "place in the global order, children under their cause", required=True),
    integer("rank", "rank among causes; empty for an issue inhibited by another"),
    text("lane", "`stop_selling`, `deadlines`, `queue`, `verify`, `watch` or `opportunities`", required=True),
    text("fingerprint", "identity of the problem", required=True),
    text("kind", "the detector's kind", required=True),
    *PLACE,
    text("subject_type", "type of the subject", required=True),
    text("subject_key", "key of the subject", required=True),
    text("sku", "the listing, where there is one"),
    text("item_id", "the listing's item"),
    text("title", "title shoppers see"),
    integer("tier", "1, 2 or 3"),
    integer("members", "listings behind the issue", required=True),
    text("state", "state of the issue, kept equal to `issues.state`", required=True),
    flag("open", "whether the issue is worked: in the queue", required=True),
    text("owner", "owner, kept equal to `issues.owner`"),
    text("sentence", "what is wrong, in words", required=True),
    day("onset_day", "first day known to be bad"),
    day("last_good_day", "last day known to be good"),
    moment("detected_at", "as_of of the run that opened the issue"),
    moment("deadline_at", "when a dated loss becomes certain"),
    integer("inhibited_by", "the issue whose symptom this is"),
    integer("repeat_of", "the issue this one repeats"),
    text("currency", "reporting currency", required=True),
    *estimate("exposure", "revenue lost per day", "reporting currency/day"),
    *estimate("risk", "revenue at risk", "reporting currency"),
    *estimate("avoidable", "what acting now can still save", "reporting currency"),
    number("committed", "the part of the risk nothing can save any more", unit="reporting currency"),
    number("expected_loss", "loss until it ends as this team works", unit="reporting currency"),
    number("lost_to_date", "revenue already lost", unit="reporting currency"),
    number("minutes", "expected minutes of work on this issue", unit="minutes"),
    number("bundle_avoidable", "avoidable of the cause and the issues it inhibits", unit="reporting currency"),
    number("bundle_exposure", "exposure of the same", unit="reporting currency/day"),
    number("bundle_minutes", "expected minutes of the same", unit="minutes"),
    number("p_real", "chance that the signal is right", unit="0…1"),
    number("p_fix", "chance that a fix works", unit="0…1"),
    number("urgency", "1 once the last responsible day is within a week, less before", unit="0…1"),
    number("into_revenue", "what turns the row's money into revenue: 1, or 1 ÷ contribution margin"),
    number("momentum", "long-run loss ÷ avoidable; 1 until switched on"),
    number("score_revenue_at_risk", "score by revenue at risk"),
    number("score_value_per_hour", "score by value per hour"),
    number("score_exposure_per_hour", "score by exposure per hour"),
    text("share_state", "the state that sets the share of sales lost, where the issue is one listing"),
    number("units_since", "units sold since onset, settled days", unit="units"),
    number("healthy_since", "units it would have sold on those days if healthy", unit="units"),
    text("why_lane", "why it stands in its lane, where that needs words"),
    text("evidence", "what was seen, JSON", required=True),
)

# The columns a person may filter the queue by, each with an index that ends in the order.
FILTERS = ("lane", "owner", "kind", "account", "channel", "tier", "state")

RANKS = Contract(
    name="ranks",
    kind="ledger",
    grain="one row per issue of the last finished run (and of a run being written)",
    writer="prioritization",
    key=("run_id", "issue_id"),
    columns=_RANKED,
    indexes=(
        ("run_id", "open", "position"),
        *(("run_id", "open", name, "position") for name in FILTERS),
        ("run_id", "open", "owner", "tier", "position"),
        ("run_id", "open", "score_revenue_at_risk"),
        ("run_id", "open", "score_value_per_hour"),
        ("run_id", "open", "score_exposure_per_hour"),
        ("issue_id",),
    ),
)

RANK_HISTORY = Contract(
    name="rank_history",
    kind="result",
    grain="one row per run and issue: the queue of every past morning",
    writer="prioritization",
    key=("run_id", "issue_id"),
    columns=_RANKED,
)
