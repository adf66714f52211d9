"""`runs`, `leases` and `metrics`: the log of the wheel."""

from .base import Contract, flag, integer, moment, number, text

RUNS = Contract(
    name="runs",
    kind="ledger",
    grain="one row per run",
    writer="wheel",
    key=("id",),
    columns=(
        integer("id", "number of the run", required=True),
        moment("as_of", "the morning it speaks of", required=True),
        moment("started_at", "business time it was started", required=True),
        moment("finished_at", "when its results became visible; empty while it works"),
        integer("manifest_version", "the files it saw", required=True),
        text("engine", "the engine it ran on", required=True),
        text("code_version", "version of Opswheel", required=True),
        flag("hindsight", "whether it used what was known later", required=True),
        text("parameters", "settings, cut lines and learned parameters it used, JSON", required=True),
        text("summary", "what it answered, JSON"),
    ),
    indexes=(("finished_at", "as_of"),),
)

LEASES = Contract(
    name="leases",
    kind="ledger",
    grain="one row per thing only one process may do at a time",
    writer="wheel",
    key=("name",),
    columns=(
        text("name", "`run` or `compact`", required=True),
        text("holder", "machine, process and a random word", required=True),
        moment("heartbeat_at", "machine time of the last sign of life", required=True),
    ),
)

METRICS = Contract(
    name="metrics",
    kind="ledger",
    grain="one row per run and metric",
    writer="performance",
    key=("run_id", "name"),
    columns=(
        integer("run_id", "the run", required=True),
        text("name", "the metric", required=True),
        number("value", "its value"),
        number("low", "10th percentile"),
        number("high", "90th percentile"),
        integer("n", "how many issues stand behind it"),
        text("unit", "its unit", required=True),
    ),
)
