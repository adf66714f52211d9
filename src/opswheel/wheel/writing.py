"""How a run's results become visible: staged in short transactions, published in one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from ..core.contracts import (
    EXPOSURES,
    ISSUE_EVENTS,
    ISSUE_SUBJECTS,
    ISSUES,
    LISTINGS,
    METRICS,
    OBSERVATIONS,
    POSTERIORS,
    RANK_HISTORY,
    RANKS,
    RUNS,
    SIGNALS,
    Contract,
)
from ..core.detector import Detector
from ..core.errors import Conflict, IssueTaken
from ..core.identity import EVERYWHERE
from ..learning import outcomes, posteriors
from ..performance import open_revenue_at_risk
from ..prioritization import routing, shares
from ..resolution import events, playbook
from ..resolution.lifecycle import Seen, next_change
from ..resolution.reconcile import Plan, grace_of, plan
from ..storage.lake import LakeFile, commit
from ..storage.ledger import BATCH_ROWS
from .compute import Computed, Parameters, sentences
from .lease import still_held
from .looking import Looker, seen_problems

if TYPE_CHECKING:
    from .run import Wheel

_ESTIMATES = ("exposure", "risk", "avoidable")


class RunWriter:
    """Writes one run: lake files, new issues, ranks; then everything becomes visible at once."""

    def __init__(self, wheel: Wheel, run_id: int, computed: Computed, parameters: Parameters, holder: str) -> None:
        self._wheel = wheel
        self._ledger = wheel.ledger
        self._run_id = run_id
        self._computed = computed
        self._parameters = parameters
        self._holder = holder
        self._as_of = computed.morning.as_of
        self._plan = Plan()
        self._files: list[LakeFile] = []
        self._look: Looker | None = None
        self._seen: dict[str, Seen] = {}

    @staticmethod
    def begin(  # noqa: PLR0913
        connection: sa.Connection, run_id: int, as_of: datetime, now: datetime, version: int, record: Mapping[str, Any]
    ) -> None:
        """The run's row; without `finished_at` nothing it writes is visible."""
        from .. import __version__

        connection.execute(
            RUNS.sql_table().insert(),
            {
                "id": run_id,
                "as_of": as_of,
                "started_at": now,
                "finished_at": None,
                "manifest_version": version,
                "engine": "duckdb",
                "code_version": __version__,
                "hindsight": False,
                "parameters": json.dumps(record, sort_keys=True, default=str),
                "summary": None,
            },
        )

    def write(self, *, first: bool) -> dict[str, Any]:
        """Stage everything; returns what the summary tells about issues."""
        self._look = Looker(self._wheel, self._computed, self._parameters)
        self._seen = seen_problems(self._computed)
        with self._ledger.read() as connection:
            self._plan = self._planned(connection)
            next_id = (connection.execute(sa.select(sa.func.max(ISSUES.sql_table().c.id))).scalar() or 0) + 1
            rows = rank_rows(
                connection,
                self._computed,
                self._parameters,
                self._wheel.detectors,
                run_id=self._run_id,
                plan=self._plan,
                next_id=next_id,
            )
        new = set(self._plan.new)
        opened = [r for r in rows if r["fingerprint"] in new]
        self._write_lake(rows)
        self._stage(ISSUES, [self._issue(r, first=first) for r in opened])
        self._stage(ISSUE_EVENTS, [e for r in opened for e in self._opening(r)])
        self._stage(ISSUE_SUBJECTS, list(self._subjects(rows)))
        self._stage(RANKS, rows)
        kinds = [c.event for _, c in self._plan.changes]
        return {
            "issues": {
                "opened": len(opened),
                "updated": len(self._plan.known),
                "reopened": kinds.count("regressed"),
                "verified": kinds.count("verified"),
                "self_healed": kinds.count("self_healed"),
            },
            "unowned": sum(1 for r in rows if r["open"] and r["owner"] is None and r["rank"] is not None),
        }

    def _planned(self, connection: sa.Connection) -> Plan:
        issues = ISSUES.sql_table()
        living = connection.execute(
            sa.select(issues).where(
                sa.or_(
                    issues.c.state.in_(("new", "assigned", "in_progress", "waiting", "regressed", "fixed")),
                    issues.c.muted.is_(True),
                )
            )
        ).all()
        known = {i.fingerprint for i in living}
        missing = [name for name in self._seen if name not in known] + [i.fingerprint for i in living if i.muted]
        earlier: list[Any] = []
        for start in range(0, len(missing), 900):
            part = missing[start : start + 900]
            earlier += connection.execute(sa.select(issues).where(issues.c.fingerprint.in_(part))).all()
        assert self._look is not None
        self._look.prepare(living, self._seen)
        return plan(living, earlier, self._seen, self._look, as_of=self._as_of)

    def _issue(self, row: Mapping[str, Any], *, first: bool) -> dict[str, Any]:
        names = set(ISSUES.names())
        issue = {name: row[name] for name in names if name in row}
        return (
            dict.fromkeys(names)
            | issue
            | {
                "id": row["issue_id"],
                "episode": self._plan.episodes[row["fingerprint"]],
                "version": row["issue_version"],
                "touched": False,
                "opened_run": self._run_id,
                "inherited": first,
                "muted": False,
                "brand": row["brand"],
                "seen_in": row["seen_in"],
            }
        )

    def _opening(self, row: Mapping[str, Any]) -> list[dict[str, Any]]:
        base = {"issue_id": row["issue_id"], "at": self._as_of, "by": "opswheel", "run_id": self._run_id}
        told = {"kind": row["kind"], "subject_key": row["subject_key"], "repeat_of": row["repeat_of"]}
        opened = [{**base, "version": 1, "event": "opened", "payload": events.payload(told)}]
        if row["owner"]:
            to = {"owner": row["owner"], "state": "assigned", "rule": "routes"}
            opened.append({**base, "version": 2, "event": "assigned", "payload": events.payload(to)})
        return opened

    def _subjects(self, rows: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
        source = self._computed.exposures.columns
        by_print = {name: i for i, name in enumerate(self._computed.ranked.columns["fingerprint"])}
        for row in rows:
            number = by_print.get(row["fingerprint"])
            if number is None:
                continue
            listed: dict[tuple[str, str, str], list[float]] = {}
            for m in self._computed.ranked.members[number]:
                key = (source["account"][m], source["channel"][m], source["sku"][m])
                sums = listed.setdefault(key, [0.0, 0.0])
                sums[0] += float(source["exposure_mean"][m])
                sums[1] += float(source["avoidable_mean"][m])
            for (account, channel, sku), (exposure, avoidable) in listed.items():
                yield {
                    "run_id": self._run_id,
                    "issue_id": row["issue_id"],
                    "account": account,
                    "channel": channel,
                    "sku": sku,
                    "exposure_mean": exposure,
                    "avoidable_mean": avoidable,
                }

    def _write_lake(self, rows: Sequence[Mapping[str, Any]]) -> None:
        engine, exposures = self._computed.engine, self._computed.exposures
        count = len(exposures)
        columns = {**exposures.columns, "run_id": np.full(count, self._run_id)}
        schema = EXPOSURES.arrow_schema()
        engine.register("exposures", pa.table({n: pa.array(columns[n], schema.field(n).type) for n in schema.names}))
        known = RANK_HISTORY.names()
        engine.register("rank_history", RANK_HISTORY.arrow_table([{n: r[n] for n in known} for r in rows]))
        for contract, order in (
            (OBSERVATIONS, OBSERVATIONS.key),
            (SIGNALS, SIGNALS.key),
            (EXPOSURES, EXPOSURES.key),
            (RANK_HISTORY, ("position",)),
        ):
            path = self._wheel.lake.new_path(contract.name)
            written = engine.export(contract.name, path, order)
            self._files.append(
                self._wheel.lake.describe(
                    path,
                    contract.name,
                    (EVERYWHERE, EVERYWHERE),
                    from_day=self._as_of.date(),
                    to_day=self._as_of.date(),
                    source=f"run {self._run_id}",
                    deliveries=(),
                    rows=written,
                    reader_version="1",
                )
            )

    def _stage(self, contract: Contract, rows: Sequence[Mapping[str, Any]]) -> None:
        table, names = contract.sql_table(), contract.names()
        for start in range(0, len(rows), BATCH_ROWS):
            part = [{n: r.get(n) for n in names} for r in rows[start : start + BATCH_ROWS]]
            with self._ledger.write() as connection:
                connection.execute(table.insert(), part)

    def finish(self, summary: dict[str, Any]) -> None:
        """Publish: changes to known issues, the manifest, metrics, and `finished_at`, in one transaction."""
        runs, ranks, issues = RUNS.sql_table(), RANKS.sql_table(), ISSUES.sql_table()
        with self._ledger.write() as connection:
            if not still_held(connection, "run", self._holder):
                raise Conflict("Another run took over because this one seemed dead.", "Its result stands; run again.")
            self._apply(connection)
            commit(connection, at=self._as_of, why=f"run {self._run_id}", add=self._files)
            kinds = {d.kind: float(playbook.load(d.kind).minutes) for d in self._wheel.detectors}
            priors = {n: (s.mean, s.weight) for n, s in shares.STATES.items() if s.weight is not None}
            learned = posteriors.learn(connection, kinds, priors, as_of=self._as_of)
            table = POSTERIORS.sql_table()
            connection.execute(table.delete().where(table.c.known_at == self._as_of))
            connection.execute(table.insert(), learned)
            measured = open_revenue_at_risk.measure(
                connection, self._computed.risk, self._computed.avoidable, self._computed.n_open, self._as_of
            )
            connection.execute(METRICS.sql_table().insert(), [{**m, "run_id": self._run_id} for m in measured])
            connection.execute(
                runs.update()
                .where(runs.c.id == self._run_id)
                .values(finished_at=self._wheel.clock.now(), summary=json.dumps(summary))
            )
            moved = connection.execute(
                sa.select(ranks.c.issue_id)
                .join(issues, issues.c.id == ranks.c.issue_id)
                .where(ranks.c.run_id == self._run_id, ranks.c.issue_version != issues.c.version)
            ).scalars()
            events.mirror(connection, list(moved))
        self._forget_older()

    def _apply(self, connection: sa.Connection) -> None:
        """Write the changes; where a person acted meanwhile, think again about the issue as it is now."""
        issues = ISSUES.sql_table()
        done: dict[str, list[int]] = {}
        for issue, change in self._plan.changes:
            for current in (issue, None):
                now = current or connection.execute(sa.select(issues).where(issues.c.id == issue.id)).one()
                again = change if current is not None else self._again(now)
                if again is None:
                    break
                try:
                    events.write(
                        connection, now, again.event, by="opswheel", at=self._as_of, set_=again.set, run_id=self._run_id
                    )
                except IssueTaken:
                    continue
                done.setdefault(again.event, []).append(issue.id)
                break
        outcomes.book(connection, done.get("verified", []), self._as_of)
        outcomes.unbook(connection, done.get("regressed", []))

    def _again(self, issue: Any) -> Any:
        assert self._look is not None
        found = self._seen.get(issue.fingerprint)
        return next_change(issue, found, self._look(issue), as_of=self._as_of, grace=grace_of(issue.kind))

    def _forget_older(self) -> None:
        """The ledger holds the last finished run's ranks only; history is in the lake."""
        ranks, subjects = RANKS.sql_table(), ISSUE_SUBJECTS.sql_table()
        with self._ledger.read() as connection:
            old = list(
                connection.execute(sa.select(ranks.c.run_id).where(ranks.c.run_id < self._run_id).distinct()).scalars()
            )
        for run_id in old:
            with self._ledger.write() as connection:
                connection.execute(ranks.delete().where(ranks.c.run_id == run_id))
                now = sa.select(subjects.c.issue_id).where(subjects.c.run_id == self._run_id)
                connection.execute(
                    subjects.delete().where(subjects.c.run_id < self._run_id, subjects.c.issue_id.in_(now))
                )


def rank_rows(  # noqa: PLR0913
    connection: sa.Connection,
    computed: Computed,
    parameters: Parameters,
    detectors: Sequence[Detector],
    *,
    run_id: int,
    plan: Plan | None = None,
    next_id: int = 1,
    replay: bool = False,
) -> list[dict[str, Any]]:
    """The rows of `ranks` of a run, in order; carried issues of an earlier run come last.

    New issues get numbers in the order of (onset, fingerprint). A replay finds the numbers its run gave.
    """
    described = _described(computed, parameters, {d.kind: d for d in detectors}, run_id)
    if replay:
        identities = _recorded_identities(connection, [d["fingerprint"] for d in described], run_id)
    else:
        assert plan is not None
        identities = _identities(described, plan, next_id, parameters, computed.morning.as_of)
    rows = []
    number_of: dict[str, int] = {}
    for row in described:
        who = identities.get(row["fingerprint"])
        if who is None:
            continue
        number_of[row["fingerprint"]] = who["issue_id"]
        rows.append({**row, **who})
    for row in rows:
        root = row.pop("root_fingerprint")
        row["inhibited_by"] = number_of.get(root) if root != row["fingerprint"] else None
    if plan is not None and plan.carried:
        rows += _carried(connection, plan, run_id, len(rows))
    return rows


def _described(
    computed: Computed, parameters: Parameters, detectors: Mapping[str, Detector], run_id: int
) -> list[dict[str, Any]]:
    """Everything a rank row tells that does not depend on the issue's own life."""
    ranked, signals = computed.ranked, computed.signals
    facts = {name: signals.column(name).to_pylist() for name in (*_OF_LISTING, "share_state", "healthy_since")}
    skus, channels = signals.column("sku").to_pylist(), signals.column("channel").to_pylist()
    units = computed.exposures.columns["units_since"]
    words = sentences(computed, detectors)
    numbers = {
        name: values.tolist() if isinstance(values, np.ndarray) else values for name, values in ranked.columns.items()
    }
    currency = parameters.settings.money.reporting_currency
    rows = []
    for i in range(len(ranked)):
        first, members = numbers["first"][i], ranked.members[i]
        single = len(members) == 1
        plain = first >= 0 and not numbers["batch"][i]
        row = {name: facts[name][first] if plain else None for name in _OF_LISTING}
        row |= {name: numbers[name][i] for name in _NUMBERS}
        row |= {f"{e}_{p}": numbers[f"{e}_{p}"][i] for e in _ESTIMATES for p in ("mean", "p10", "p50", "p90")}
        row |= {
            "run_id": run_id,
            "members": len({(channels[m], skus[m]) for m in members}),
            "sentence": words[i],
            "currency": currency,
            "share_state": facts["share_state"][first] if single else None,
            "units_since": float(units[first]) if single else None,
            "healthy_since": facts["healthy_since"][first] if single else None,
            "evidence": row["evidence"] or "{}",
            "root_fingerprint": numbers["fingerprint"][numbers["root"][i]],
            "seen_in": detectors[numbers["kind"][i]].reads[0].name if plain else LISTINGS.name,
        }
        rows.append(row)
    return rows


_OF_LISTING = ("sku", "item_id", "title", "tier", "brand", "onset_day", "last_good_day", "evidence")

_NUMBERS = (
    "position",
    "rank",
    "lane",
    "fingerprint",
    "kind",
    "account",
    "channel",
    "subject_type",
    "subject_key",
    "deadline_at",
    "committed",
    "expected_loss",
    "lost_to_date",
    "minutes",
    "bundle_avoidable",
    "bundle_exposure",
    "bundle_minutes",
    "p_real",
    "p_fix",
    "urgency",
    "into_revenue",
    "momentum",
    "score_revenue_at_risk",
    "score_value_per_hour",
    "score_exposure_per_hour",
    "why_lane",
)


def _identities(
    described: Sequence[Mapping[str, Any]], plan: Plan, next_id: int, parameters: Parameters, as_of: datetime
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, issue in plan.known.items():
        reopened = issue.state == "fixed"
        found[name] = {
            "issue_id": issue.id,
            "issue_version": issue.version,
            "state": "regressed" if reopened else issue.state,
            "open": True,
            "owner": issue.owner,
            "detected_at": issue.detected_at,
            "repeat_of": issue.repeat_of,
        }
    new = set(plan.new)
    rows = [r for r in described if r["fingerprint"] in new]
    rows.sort(key=lambda r: (r["onset_day"] is None, str(r["onset_day"]), r["fingerprint"]))
    for offset, row in enumerate(rows):
        owner = routing.owner(
            parameters.settings.routes,
            kind=row["kind"],
            account=row["account"],
            channel=row["channel"],
            brand=row["brand"] or "",
            tier=row["tier"] or 0,
        )
        found[row["fingerprint"]] = {
            "issue_id": next_id + offset,
            "issue_version": 2 if owner else 1,
            "state": "assigned" if owner else "new",
            "open": True,
            "owner": owner,
            "detected_at": as_of,
            "repeat_of": plan.repeats.get(row["fingerprint"]),
        }
    return found


def _recorded_identities(connection: sa.Connection, prints: Sequence[str], run_id: int) -> dict[str, dict[str, Any]]:
    """The issues behind fingerprints as the run `run_id` knew them."""
    issues = ISSUES.sql_table()
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(prints), 900):
        part = list(prints[start : start + 900])
        rows = connection.execute(
            sa.select(issues)
            .where(issues.c.fingerprint.in_(part), issues.c.opened_run <= run_id)
            .order_by(issues.c.episode)
        ).all()
        for issue in rows:
            found[issue.fingerprint] = {
                "issue_id": issue.id,
                "issue_version": issue.version,
                "state": issue.state,
                "open": True,
                "owner": issue.owner,
                "detected_at": issue.detected_at,
                "repeat_of": issue.repeat_of,
            }
    return found


def _carried(connection: sa.Connection, plan: Plan, run_id: int, after: int) -> list[dict[str, Any]]:
    """Open issues this run did not see and may not close keep their last row, in lane verify, with the reason."""
    ranks = RANKS.sql_table()
    rows = []
    for offset, (issue, why) in enumerate(sorted(plan.carried, key=lambda c: c[0].id)):
        last = connection.execute(
            sa.select(ranks)
            .where(ranks.c.issue_id == issue.id, ranks.c.run_id < run_id)
            .order_by(ranks.c.run_id.desc())
            .limit(1)
        ).one_or_none()
        if last is None:
            continue
        kept = dict(last._mapping)
        kept |= {"run_id": run_id, "position": after + offset + 1, "rank": after + offset + 1, "lane": "verify"}
        kept |= {"why_lane": why, "inhibited_by": None, "state": issue.state, "owner": issue.owner}
        kept |= {"issue_version": issue.version, "open": True}
        rows.append(kept)
    return rows
