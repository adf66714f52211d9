"""How a run's results become visible: staged in short transactions, published in one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from ..core.chunks import chunks
from ..core.contracts import (
    CASES,
    EXPOSURES,
    ISSUE_EVENTS,
    ISSUE_SUBJECTS,
    ISSUES,
    METRICS,
    OBSERVATIONS,
    POSTERIORS,
    RANK_HISTORY,
    RANKS,
    RUNS,
    SIGNALS,
    Contract,
)
from ..core.errors import Conflict
from ..core.identity import EVERYWHERE
from ..learning import outcomes, posteriors
from ..performance import open_revenue_at_risk
from ..prioritization import shares
from ..resolution import cases, events, incidents, playbook
from ..resolution.desk import Desk, promise, refresh
from ..resolution.lifecycle import OPEN, Change, Seen, next_change
from ..resolution.reconcile import Plan, earlier_episodes, grace_of, living_issues, plan
from ..storage.lake import LakeFile, commit
from ..storage.ledger import BATCH_ROWS, insert_rows
from .clocks import tick
from .compute import Computed, Parameters
from .lease import still_held
from .looking import Looker, seen_problems
from .past import last_rank_rows
from .rank_rows import arrange, deal, describe, keep, kept_row
from .rerouting import roster

if TYPE_CHECKING:
    from .run import Wheel


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
        self._desk = Desk(parameters.settings)
        self._letters: list[dict[str, Any]] = []

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
                "engine": "",
                "code_version": __version__,
                "hindsight": False,
                "parameters": json.dumps(record, sort_keys=True, default=str),
                "summary": None,
            },
        )

    def write(self, first_as_of: datetime | None) -> dict[str, Any]:
        """Stage everything; returns what the summary tells about issues. `first_as_of` is the first run's morning."""
        self._look = Looker(self._wheel, self._computed, self._parameters)
        self._seen = seen_problems(self._computed)
        with self._ledger.read() as connection:
            self._plan = self._planned(connection)
            next_id = (connection.execute(sa.select(sa.func.max(ISSUES.sql_table().c.id))).scalar() or 0) + 1
            kept = self._kept(connection)
            self._letters = self._read_letters(connection)
            people = roster(connection, self._parameters.settings, self._as_of)
        described = describe(self._computed, self._parameters, self._wheel.detectors, self._run_id)
        lives = deal(described, self._plan, next_id, people, self._as_of)
        rows = arrange(described, lives, kept, pooled=self._parameters.settings.ranking.pooled)
        new = set(self._plan.new)
        opened = [r for r in rows if r["fingerprint"] in new]
        self._promise(rows, opened)
        self._write_lake(rows)
        self._stage(ISSUES, [self._issue(r, first_as_of) for r in opened])
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
                "open": sum(1 for r in rows if r["open"] and r["rank"] is not None),
            },
            "unowned": sum(1 for r in rows if r["open"] and r["owner"] is None),
        }

    def _planned(self, connection: sa.Connection) -> Plan:
        living = living_issues(connection)
        earlier = earlier_episodes(connection, living, self._seen)
        assert self._look is not None
        self._look.prepare(living, self._seen)
        ranked = set(self._computed.ranked.columns["fingerprint"])
        return plan(
            living, earlier, self._seen, self._look, as_of=self._as_of, shown=ranked, playbooks=self._wheel.playbooks
        )

    def _kept(self, connection: sa.Connection) -> list[dict[str, Any]]:
        ids = [issue.id for issue, _ in (*self._plan.carried, *self._plan.waiting)]
        return keep(self._plan, last_rank_rows(self._wheel.lake, connection, ids), self._run_id)

    def _promise(self, rows: list[dict[str, Any]], opened: Sequence[Mapping[str, Any]]) -> None:
        """By when each issue is to be acknowledged, acted on and fixed."""
        blank = dict.fromkeys(ISSUES.names())
        issues = {r["issue_id"]: SimpleNamespace(**{**blank, **{k: r[k] for k in blank if k in r}}) for r in opened}
        issues |= {i.id: i for i in (*self._plan.known.values(), *(i for i, _ in self._plan.carried))}
        promise(rows, issues, self._desk)

    def _issue(self, row: Mapping[str, Any], first_as_of: datetime | None) -> dict[str, Any]:
        return {
            **row,
            "id": row["issue_id"],
            "episode": self._plan.episodes[row["fingerprint"]],
            "version": row["issue_version"],
            "touched": False,
            "opened_run": self._run_id,
            "inherited": _inherited(row["onset_day"], first_as_of),
            "muted": False,
        }

    def _opening(self, row: Mapping[str, Any]) -> list[dict[str, Any]]:
        base = {"issue_id": row["issue_id"], "at": self._as_of, "by": "opswheel", "run_id": self._run_id}
        told = {"kind": row["kind"], "subject_key": row["subject_key"], "repeat_of": row["repeat_of"]}
        opened = [{**base, "version": 1, "event": "opened", "payload": events.payload(told)}]
        if row["owner"]:
            to = {"owner": row["owner"], "state": "assigned", "route": row["route"]}
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
        # What is not known, such as the price of a row that is no listing, is null: NaN would leave in the JSON.
        arrays = {n: pa.array(columns[n], schema.field(n).type, from_pandas=True) for n in schema.names}
        engine.register("exposures", pa.table(arrays))
        known = RANK_HISTORY.names()
        engine.register("rank_history", RANK_HISTORY.arrow_table([{n: r.get(n) for n in known} for r in rows]))
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
        for part in chunks(rows, BATCH_ROWS):
            with self._ledger.write() as connection:
                self._still_mine(connection)
                insert_rows(connection, contract.sql_table(), part)

    def _still_mine(self, connection: sa.Connection) -> None:
        if not still_held(connection, "run", self._holder):
            raise Conflict("Another run took over because this one seemed dead.", "Its result stands; run again.")

    def finish(self, summary: dict[str, Any]) -> None:
        """Publish: changes to known issues, the manifest, metrics, and `finished_at`, in one transaction."""
        runs, ranks, issues = RUNS.sql_table(), RANKS.sql_table(), ISSUES.sql_table()
        with self._ledger.write() as connection:
            self._still_mine(connection)
            self._apply(connection)
            self._take_back_in(connection)
            self._remember_incidents(connection)
            self._take_letters(connection)
            summary["clocks"] = tick(connection, self._parameters.settings, at=self._as_of, run_id=self._run_id)
            commit(connection, at=self._as_of, why=f"run {self._run_id}", add=self._files)
            kinds = {
                kind: float(self._parameters.record["minutes"].get(kind, playbook.load(kind).minutes))
                for kind in self._parameters.confidence
                if "@" not in kind  # a tier's own is learned beside its kind's
            }
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
                .values(
                    finished_at=self._wheel.clock.now(),
                    engine=self._computed.engine.name,
                    summary=json.dumps(summary),
                    parameters=self._remembered(),
                )
            )
            moved = connection.execute(
                sa.select(ranks.c.issue_id)
                .join(issues, issues.c.id == ranks.c.issue_id)
                .where(ranks.c.run_id == self._run_id, ranks.c.issue_version != issues.c.version)
            ).scalars()
            changed = list(moved)
            events.mirror(connection, changed)
            refresh(connection, changed, self._desk)
        self._forget_older()

    def _read_letters(self, connection: sa.Connection) -> list[dict[str, Any]]:
        """What was written in cases and landed since the last run, however old; the engine is asked only for that."""
        runs = RUNS.sql_table()
        seen = sa.select(sa.func.max(runs.c.manifest_version)).where(runs.c.finished_at.is_not(None))
        last = connection.execute(seen).scalar() or 0
        fresh = {a.id for a in self._computed.morning.selected.of(CASES) if a.version > last}
        if not fresh:
            return []
        letters = self._computed.engine.fetch("letters", CASES.ibis_table).to_pylist()
        return [letter for letter in letters if letter["delivery_id"] in fresh]

    def _take_letters(self, connection: sa.Connection) -> None:
        """Cases move by what was written in them; earlier letters were taken in by the runs that saw them first."""
        cases.take(connection, cases.of_messages(self._letters), by="opswheel", at=self._as_of, desk=self._desk)

    def _remembered(self) -> str:
        """What a replay needs besides facts: the parameters, and the problems nobody was to work."""
        record = {**self._parameters.record, "left_out": list(self._computed.ranked.left_out)}
        return json.dumps(record, sort_keys=True, default=str)

    def _take_back_in(self, connection: sa.Connection) -> None:
        """An issue a person reopened while this run was at work has no row yet: it keeps its last one."""
        issues, ranks = ISSUES.sql_table(), RANKS.sql_table()
        here = sa.and_(ranks.c.issue_id == issues.c.id, ranks.c.run_id == self._run_id)
        lost = connection.execute(
            sa.select(issues).outerjoin(ranks, here).where(issues.c.state.in_(OPEN), ranks.c.issue_id.is_(None))
        ).all()
        if not lost:
            return
        last = last_rank_rows(self._wheel.lake, connection, [i.id for i in lost])
        after = connection.execute(sa.select(sa.func.max(ranks.c.position)).where(ranks.c.run_id == self._run_id))
        end = after.scalar() or 0
        rows = [
            kept_row(last[i.id], i, self._run_id, "reopened while this run was at work") for i in lost if i.id in last
        ]
        names = RANKS.names()
        for offset, row in enumerate(rows, 1):
            row |= {"position": end + offset, "rank": end + offset}
            connection.execute(ranks.insert(), {n: row.get(n) for n in names})

    def _remember_incidents(self, connection: sa.Connection) -> None:
        """Issues keep the number of the incident they are in, so that it is the same one tomorrow.

        Where somebody put issues together or took them apart while this run was at work, that counts.
        """
        issues, ranks = ISSUES.sql_table(), RANKS.sql_table()
        said = incidents.keep_up(connection, self._run_id, self._parameters.record["incidents"])
        here = sa.select(ranks.c.issue_id).where(ranks.c.run_id == self._run_id, ranks.c.incident_id.is_not(None))
        number = sa.select(ranks.c.incident_id).where(ranks.c.run_id == self._run_id, ranks.c.issue_id == issues.c.id)
        found = sa.and_(issues.c.id.in_(here), issues.c.id.not_in(said))
        connection.execute(issues.update().where(found).values(incident_id=number.scalar_subquery()))

    def _apply(self, connection: sa.Connection) -> None:
        """Write the changes; where a person acted meanwhile, think again about the issue as it is now."""
        issues = ISSUES.sql_table()
        changes = {issue.id: (issue, change) for issue, change in self._plan.changes}
        done: dict[str, list[int]] = {}
        while changes:
            told = [self._happened(issue, change) for issue, change in changes.values()]
            written = events.write_all(connection, told, by="opswheel", at=self._as_of, run_id=self._run_id)
            for one in written:
                done.setdefault(one.event, []).append(one.issue.id)
                del changes[one.issue.id]
            again: dict[int, tuple[Any, Any]] = {}
            for part in chunks(list(changes)):
                for now in connection.execute(sa.select(issues).where(issues.c.id.in_(part))):
                    if (change := self._again(now)) is not None:
                        again[now.id] = (now, change)
            changes = again
        outcomes.book(connection, done.get("verified", []), self._as_of)
        outcomes.unbook(connection, done.get("regressed", []))

    def _happened(self, issue: Any, change: Change) -> events.Happened:
        resumed = self._desk.resumed(issue, self._as_of) if change.event == "regressed" else {}
        return events.Happened(issue, change.event, {**change.set, **resumed})

    def _again(self, issue: Any) -> Change | None:
        assert self._look is not None
        found = self._seen.get(issue.fingerprint)
        return next_change(
            issue, found, self._look(issue), as_of=self._as_of, grace=grace_of(issue.kind, self._wheel.playbooks)
        )

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


def _inherited(onset: date | None, first_as_of: datetime | None) -> bool:
    """Whether the problem was there before the first run: nobody could have found it sooner."""
    return first_as_of is None or (onset is not None and onset < first_as_of.date())
