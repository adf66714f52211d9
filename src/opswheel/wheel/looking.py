"""What a run could have seen of an issue it no longer sees: only then may absence mean anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.clock import day_start
from ..core.contracts import LISTING_STATUS, SIGNALS
from ..core.contracts.prepared import BASELINES, LISTING_NOW, STOCK_NOW
from ..core.identity import fingerprint
from ..resolution.lifecycle import APART, Looked, Seen
from ..resolution.reconcile import grace_of
from ..visibility import freshness
from .compute import Computed, LeftOut, Parameters, look
from .inputs import Morning, morning

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from .run import Wheel

MOST_CATCH_UPS = 4
"""Past mornings one run looks at again to verify fixes; what is left waits for the next run."""

Keys = set[tuple[str, ...]]


def signals_seen(signals: pa.Table, seen: Morning) -> dict[str, Seen]:
    """Every problem a run has a signal of, ranked or held back, with the newest facts that showed it."""
    names = ("kind", "subject_type", "subject_key", "account", "channel", "seen_day")
    zones = {(p.account, p.channel): p.zone for p in seen.places}
    starts: dict[tuple[Any, str], datetime] = {}
    found: dict[str, Seen] = {}
    columns = (signals.column(n).to_pylist() for n in names)
    for kind, subject, key, account, channel, day in zip(*columns, strict=True):
        zone = zones.get((account, channel), "UTC")
        if (day, zone) not in starts:
            starts[day, zone] = seen.as_of if day is None else day_start(day, zone)
        at, name = starts[day, zone], fingerprint(kind, subject, key)
        before = found.get(name)
        if before is None or at > before.seen_at:
            found[name] = Seen(at)
    return found


def seen_problems(computed: Computed) -> dict[str, Seen]:
    """What this run saw, by fingerprint: all of it, also what it held back or nobody is to work."""
    seen = signals_seen(computed.signals, computed.morning)
    for name in (*computed.ranked.columns["fingerprint"], *computed.ranked.left_out):
        seen.setdefault(name, Seen(computed.morning.as_of))  # batch rows stand for no single signal
    return seen


def nobody_works(living: Sequence[Any], seen: Morning, playbooks: Path | None = None) -> LeftOut:
    """Which of the problems people closed have no place in the order, once the signals are known.

    Those accepted, until their day; those said to be fixed, until facts after the grace show them again.
    """
    muted = {
        i.fingerprint
        for i in living
        if i.state == "closed" and i.muted and (i.until_day is None or seen.as_of.date() <= i.until_day)
    }
    due = {i.fingerprint: i.fixed_at + grace_of(i.kind, playbooks) for i in living if i.state == "fixed"}

    def left_out(signals: pa.Table) -> set[str]:
        if not (muted or due):
            return set()
        found = signals_seen(signals, seen)
        last = {name: found[name].seen_at if name in found else seen.as_of for name in due}
        return muted | {name for name, at in last.items() if at <= due[name]}

    return left_out


class Looker:
    """Answers `Looked` for issues; past mornings it needs are looked at once, up front."""

    def __init__(self, wheel: Wheel, computed: Computed, parameters: Parameters) -> None:
        self._wheel = wheel
        self._computed = computed
        self._parameters = parameters
        self._blind = {(b.account, b.channel, b.table) for b in computed.blind}
        self._failed = {d.kind for d in computed.detectors if d.error}
        self._reads = {d.kind: d.reads for d in wheel.detectors}
        self._mornings: dict[datetime, frozenset[str]] = {}
        self._listed: Keys = set()
        self._told: Keys = set()
        self._off: Keys = set()
        self._pools: Keys = set()

    def prepare(self, living: Sequence[Any], seen: Mapping[str, Seen]) -> None:
        """Fetch what the absent issues need: whether their listings are still reported, and missed mornings."""
        absent = [i for i in living if i.fingerprint not in seen]
        if absent:
            self._listed = self._keys("listing keys", LISTING_NOW.name)
            self._told = self._keys("told keys", f"{LISTING_STATUS.name}_current")
            self._off = self._keys("off keys", BASELINES.name, intent="off")
            self._pools = self._keys("pool keys", STOCK_NOW.name, "account", "pool")
        wanted: set[datetime] = set()
        for issue in absent:
            if issue.state == "fixed":
                wanted |= set(self._missed(issue))
        for at in sorted(wanted)[:MOST_CATCH_UPS]:
            self._mornings[at] = self._signals_at(at)

    def _keys(self, key: str, name: str, *columns: str, intent: str = "") -> Keys:
        wanted = columns or ("account", "channel", "sku")

        def build() -> ir.Table:
            import ibis

            schema = dict.fromkeys((*wanted, "intent") if intent else wanted, "string")
            rows = ibis.table(schema, name=name)
            if intent:
                rows = rows.filter(rows.intent == intent)
            return rows.select(*wanted).distinct()

        rows = self._computed.engine.fetch(key, build).to_pylist()
        return {tuple(r[c] for c in wanted) for r in rows}

    def _deliveries(self, issue: Any) -> tuple[tuple[datetime, ...], bool]:
        """Complete deliveries after the fix and its grace, of the first table the kind reads that has any."""
        due = issue.fixed_at + grace_of(issue.kind, self._wheel.playbooks)
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
            seen = morning(
                connection,
                self._parameters.settings,
                as_of=at,
                version=self._computed.morning.version,
                readers=self._wheel.readers,
            )
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
        listing = (issue.account, issue.channel, issue.sku)
        looked = Looked(
            blind=self._is_blind(issue),
            listing_gone=self._is_gone(issue),
            not_meant=listing in self._off,
            held_back=self._held_back(issue),
        )
        if issue.state != "fixed":
            return looked
        found, slow = self._deliveries(issue)
        absent: list[datetime] = []
        present: list[datetime] = []
        for at in found:
            if at in self._mornings:
                (present if issue.fingerprint in self._mornings[at] else absent).append(at)
            elif at == found[-1] or at == issue.absent_at:
                absent.append(at)
        return replace(looked, absent_on=tuple(absent), present_on=tuple(present), slow=slow)

    def _is_blind(self, issue: Any) -> bool:
        """Whether silence says nothing: a source is late or partial, a rate is missing, its rule failed …"""
        where = (issue.account, issue.channel)
        if issue.channel in self._computed.missing_rates:
            return True
        reads = self._reads.get(issue.kind)
        if reads is None:  # a batch row gathers every kind
            return bool(self._failed) or any(b[:2] == where for b in self._blind)
        asked = issue.seen_in != LISTING_STATUS.name or issue.sku is None or (*where, issue.sku) in self._told
        return not asked or issue.kind in self._failed or any((*where, table.name) in self._blind for table in reads)

    def _is_gone(self, issue: Any) -> bool:
        """Whether what the issue is about is in no report any more: deleted is not mended."""
        if issue.subject_type == "stock_pool":
            return tuple(issue.subject_key.split("|", 1)) not in self._pools
        if issue.subject_type != "listing" or issue.sku is None:
            return False
        return (issue.account, issue.channel, issue.sku) not in self._listed

    def _held_back(self, issue: Any) -> str:
        currency = self._computed.missing_rates.get(issue.channel)
        return f"without an exchange rate for {currency} it can neither be ranked nor closed" if currency else ""
