"""`deliveries`, `coverage` and `lake_files`: what arrived, which days it covers, and the manifest."""

from .base import PLACE, Contract, day, flag, integer, moment, number, text

DELIVERIES = Contract(
    name="deliveries",
    kind="ledger",
    grain="one row per arrival of one report for one channel",
    writer="visibility",
    key=("id",),
    columns=(
        integer("id", "number of the delivery: a hash of what makes it the same when loaded again", required=True),
        *PLACE,
        text("report", "the report's layout", required=True),
        text("table_name", "the fact table it fills", required=True),
        text("file_name", "name of the file, without its folder", required=True),
        text("checksum", "SHA-256 of the file", required=True),
        text("reader_version", "version of the reader that read it", required=True),
        moment("landed_at", "when it was loaded", required=True),
        moment("known_at", "when its content could first be known", required=True),
        day("from_day", "first day covered"),
        day("to_day", "last day covered"),
        integer("rows", "rows loaded", unit="rows", required=True),
        integer("rejected", "rows refused", unit="rows", required=True),
        number("share_absent", "share of the previous snapshot's rows that are absent here", unit="0…1"),
        flag("partial", "looked incomplete when it arrived", required=True),
        integer("complete_in", "manifest version from which it counts as complete: arrival, agreement or acceptance"),
        text("accepted_by", "who accepted a partial delivery"),
        text("note", "what looked odd, in words"),
        integer("version", "manifest version that made it visible", required=True),
    ),
    indexes=(("table_name", "account", "channel", "report", "from_day"), ("checksum",), ("version",)),
)

COVERAGE = Contract(
    name="coverage",
    kind="ledger",
    grain="one row per delivery and period it covers; period tables are replaced at this grain",
    writer="visibility",
    key=("delivery_id", "level", "from_day", "to_day"),
    columns=(
        integer("delivery_id", "the delivery", required=True),
        text("level", "what a row counts, for traffic: `child`, `sku` or `parent`; else ``", required=True),
        day("from_day", "first day", required=True),
        day("to_day", "last day", required=True),
        integer("rows", "rows of that period", unit="rows", required=True),
    ),
)

LAKE_FILES = Contract(
    name="lake_files",
    kind="ledger",
    grain="one row per immutable file: the manifest, the only list of files",
    writer="storage",
    key=("path",),
    columns=(
        text("path", "path below the lake's root", required=True),
        text("table_name", "the table its rows belong to", required=True),
        *PLACE,
        day("from_day", "first day inside"),
        day("to_day", "last day inside"),
        text("source", "the report, the run or `compaction`", required=True),
        text("deliveries", "numbers of the deliveries inside, JSON", required=True),
        integer("rows", "rows inside", unit="rows", required=True),
        integer("bytes", "size", unit="bytes", required=True),
        text("checksum", "SHA-256", required=True),
        text("reader_version", "version of the reader or writer", required=True),
        integer("added_in", "manifest version that added it", required=True),
        integer("removed_in", "manifest version that removed it"),
    ),
    indexes=(("table_name", "added_in"), ("removed_in",)),
)

MANIFEST_VERSIONS = Contract(
    name="manifest_versions",
    kind="ledger",
    grain="one row per change of the manifest",
    writer="storage",
    key=("version",),
    columns=(
        integer("version", "1, 2, 3 …", required=True),
        moment("at", "when", required=True),
        text("why", "what changed it, such as `load` or `run 12`", required=True),
    ),
)
