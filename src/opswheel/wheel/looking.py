"""What a run could have seen of an issue it no longer sees: only then may absence mean anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..core.clock import day_start
from ..core.contracts import LISTING_STATUS, SIGNALS
from ..core.contracts.prepared import LISTING_NOW
from ..core.identity import fingerprint
from ..resolution.lifecycle import APART, Looked, Seen
from ..resolution.reconcile import grace_of
from ..visibility import freshness
from .compute import Computed, Parameters, look
from .inputs import morning

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from .run import Wheel

MOST_CATCH_UPS = 4
"""Past mornings one run looks at again to verify fixes; what is left waits for the next run."""


def seen_problems(computed: Computed) -> dict[str, Seen]:
    """What this run saw, by fingerprint: issues it may open, and those held back, which still are there."""
    signals = computed.signals
    names = ("kind", "subject_type", "subject_key", "account", "channel", "seen_day", "onset_day", "last_good_day")
    columns = {n: signals.column(n).to_pylist() for n in names}
    zones = {(p.account, p.channel): p.zone for p in computed.morning.places}
    ranked = set(computed.ranked.columns["fingerprint"])
    seen: dict[str, Seen] = {}
    for i in range(signals.num_rows):
        name = fingerprint(columns["kind"][i], columns["subject_type"][i], columns["subject_key"][i])
        if name not in ranked:
            continue
        zone = zones.get((columns["account"][i], columns["channel"][i]), "UTC")
        day = columns["seen_day"][i]
        at = day_start(day, zone) if day is not None else computed.morning.as_of
        before = seen.get(name)
        if before is None or at > before.seen_at:
            seen[name] = Seen(at, columns["onset_day"][i], columns["last_good_day"][i])
    for name in computed.ranked.columns["fingerprint"]:
        if name not in seen:  # batch rows and the volume guard stand for no single signal
            seen[name] = Seen(computed.morning.as_of, None, None)
    return seen


class Looker:
    """Answers `Looked` for issues; past mornings it needs are looked at once, up front."""

    def __init__(self, wheel: Wheel, computed: Computed, parameters: Parameters) -> None:
        self._wheel = wheel
        self._computed = computed
        self._parameters = parameters
        self._blind = {(b.account, b.channel, b.table) for b in computed.blind}
        self._reads = {d.kind: d.reads for d in wheel.detectors}
        self._now: frozenset[str] = frozenset()
        self._mornings: dict[datetime, frozenset[str]] = {}
        self._listed: set[tuple[str, str, str]] = set()
        self._told: set[tuple[str, str, str]] = set()

    def prepare(self, living: Sequence[Any], seen: Mapping[str, Seen]) -> None:
        """Fetch what the absent issues need: whether their listings are still reported, and missed mornings."""
        self._now = frozenset(seen)
        absent = [i for i in living if i.fingerprint not in seen]
        if absent:
            self._listed = self._keys("listing keys", LISTING_NOW.name)
            self._told = self._keys("told keys", f"{LISTING_STATUS.name}_current")
        wanted: set[datetime] = set()
        for issue in absent:
            if issue.state == "fixed":
                wanted |= set(self._missed(issue))
        for at in sorted(wanted)[:MOST_CATCH_UPS]:
            self._mornings[at] = self._signals_at(at)

    def _keys(self, key: str, name: str) -> set[tuple[str, str, str]]:
        def build() -> ir.Table:
            import ibis

            rows = ibis.table({"account": "string", "channel": "string", "sku": "string"}, name=name)
            return rows.distinct()

        rows = self._computed.engine.fetch(key, build).to_pylist()
        return {(r["account"], r["channel"], r["sku"]) for r in rows}

    def _deliveries(self, issue: Any) -> tuple[tuple[datetime, ...], bool]:
        """Complete deliveries after the fix and its grace, of the first table the kind reads that has any."""
        due = issue.fixed_at + grace_of(issue.kind)
        where = (issue.account, issue.channel)
        for table in self._reads.get(issue.kind, ()):
            if any(a.table_name == table.name and a.place == where for a in self._computed.morning.selected.arrivals):
                return freshness.deliveries_after(self._computed.morning.selected, table.name, where, due)
        return (), False

    def _missed(self, issue: Any) -> list[datetime]:
        """Deliveries that decide about a fix and that no run looked at: the first two that lie apart, but the last."""
        found, _ = self._deliveries(issue)
        if len(found) < 2:
            return []
        first = found[0]
        second = next((at for at in found if at - first >= APART), None)
        wanted = [at for at in (first, second) if at is not None and at != found[-1]]
        return [at for at in wanted if at != issue.absent_at]

    def _signals_at(self, at: datetime) -> frozenset[str]:
        """Fingerprints a run at `at` would have seen."""
        with self._wheel.ledger.read() as connection:
            seen = morning(connection, self._parameters.settings, as_of=at, version=self._computed.morning.version)
        engine = self._wheel.make_engine()
        try:
            look(engine, seen, self._wheel.lake.root, self._wheel.detectors, self._parameters.thresholds, run_id=0)
            rows = engine.fetch(
                "signal subjects",
                lambda: SIGNALS.ibis_table().select("kind", "subject_type", "subject_key").distinct(),
            ).to_pylist()
        finally:
            engine.close()
        return frozenset(fingerprint(r["kind"], r["subject_type"], r["subject_key"]) for r in rows)

    def __call__(self, issue: Any) -> Looked:
        """What could have been seen of `issue`."""
        where = (issue.account, issue.channel)
        reads = self._reads.get(issue.kind, ())
        blind = any((*where, table.name) in self._blind for table in reads)
        listing = (*where, issue.sku)
        gone = issue.sku is not None and issue.subject_type == "listing" and listing not in self._listed
        if issue.seen_in == LISTING_STATUS.name and issue.sku is not None and listing not in self._told:
            blind = True  # the API was not asked about it: silence says nothing
        if issue.state != "fixed":
            return Looked(blind=blind, listing_gone=gone)
        found, slow = self._deliveries(issue)
        absent: list[datetime] = []
        present: list[datetime] = []
        for at in found:
            if at in self._mornings:
                (present if issue.fingerprint in self._mornings[at] else absent).append(at)
            elif at == found[-1] or at == issue.absent_at:
                absent.append(at)
        return Looked(blind, gone, tuple(absent), tuple(present), slow)
