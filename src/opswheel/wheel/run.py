"""`run`: one rotation of the operations wheel at one time.

    see (visibility) → rank (prioritization) → meet the known issues (resolution) → learn → measure

In the order of ADR 0007: nothing is visible before `finished_at`, which one transaction sets together with
the manifest rows of the run's files and the changes to issues people know.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..core.clock import Clock, show_moment
from ..core.contracts import DELIVERIES, ISSUES, OBSERVATIONS, RANK_HISTORY, RUNS
from ..core.detector import Detector
from ..core.errors import ReplayRefused, WrongUse
from ..core.reader import Reader
from ..core.settings import Settings
from ..storage.lake import Lake, LakeFile, files_at, manifest_version
from ..storage.ledger import Ledger
from ..visibility.readers import READERS
from .compute import Computed, MakeEngine, Parameters, compute
from .inputs import morning
from .lease import lease
from .looking import nobody_works
from .maintenance import Windows
from .parameters import HELD_DAYS, current_parameters, recorded_parameters
from .past import run_rows
from .planning import plan_after
from .proposing import look_back, rules_broken, turn
from .rank_rows import arrange, describe, in_hindsight, recorded
from .recovery import discard_unfinished
from .rerouting import counted, reroute
from .writing import RunWriter


@dataclass
class RunResult:
    """What a run answered."""

    run_id: int | None
    as_of: datetime
    seconds: float
    replay: bool
    summary: dict[str, Any]
    rows: list[dict[str, Any]]


class Wheel:
    """Turns the wheel in one workspace."""

    def __init__(  # noqa: PLR0913
        self,
        *,
        lake: Lake,
        ledger: Ledger,
        settings: Settings,
        clock: Clock,
        detectors: Sequence[Detector],
        make_engine: MakeEngine,
        readers: Sequence[Reader] = READERS,
        playbooks: Path | None = None,
    ) -> None:
        self.lake = lake
        self.ledger = ledger
        self.settings = settings
        self.clock = clock
        self.detectors = tuple(detectors)
        self.make_engine = make_engine
        self.playbooks = playbooks
        self.readers = tuple(readers)

    def run(self, as_of: datetime | None = None, *, hindsight: bool = False) -> RunResult:
        """One rotation at `as_of` (now, if not given); a time before the last run is replayed, nothing is written.

        Raises WrongUse for a time to come: every later run would lie before it.
        """
        now = self.clock.now()
        when = as_of or now
        if when > now:
            raise WrongUse(
                f"{show_moment(when)} is still to come; it is {show_moment(now)}.", "Say a time that has been."
            )
        if self._is_past(when):
            return self._look_back(when, hindsight=hindsight)
        with lease(self.ledger, "run", self.clock) as holder:
            discard_unfinished(self.ledger)
            if not self._is_past(when):  # another run may have finished while this one waited to begin
                return self._rotate(when, holder)
        return self._look_back(when, hindsight=hindsight)

    def _is_past(self, when: datetime) -> bool:
        with self.ledger.read() as connection:
            last = self._last(connection)
        return last is not None and when < last.as_of

    def _last(self, connection: sa.Connection, until: datetime | None = None) -> Any | None:
        runs = RUNS.sql_table()
        query = sa.select(runs).where(runs.c.finished_at.is_not(None))
        if until is not None:
            query = query.where(runs.c.as_of <= until)
        return connection.execute(query.order_by(runs.c.as_of.desc(), runs.c.id.desc()).limit(1)).one_or_none()

    def _rotate(self, as_of: datetime, holder: str) -> RunResult:
        began = time.perf_counter()
        with self.ledger.write() as connection:
            parameters = current_parameters(connection, self.settings, self.detectors, as_of, playbooks=self.playbooks)
            version = manifest_version(connection)
            run_id = self._next_id(connection)
            RunWriter.begin(connection, run_id, as_of, self.clock.now(), version, parameters.record)
            changed = self._last_routes(connection) != parameters.record["routes"]
            moves = reroute(connection, self.settings, by="opswheel", at=as_of, changed=changed)
        with self.ledger.read() as connection:
            last, first_as_of = self._last(connection), self._first_as_of(connection)
            seen = morning(connection, self.settings, as_of=as_of, version=version, readers=self.readers)
            history, runs = self._history(connection, as_of, version, run_id)
            late = self._late_rows(connection, last, version)
            issues = ISSUES.sql_table()
            closed = sa.or_(issues.c.state == "fixed", issues.c.muted.is_(True))
            unworked = nobody_works(connection.execute(sa.select(issues).where(closed)).all(), seen, self.playbooks)
            windows = Windows(connection, self.settings, as_of)
        computed = compute(
            self.make_engine,
            seen,
            self.lake.root,
            self.detectors,
            parameters,
            run_id=run_id,
            history=history,
            runs=runs,
            left_out=lambda signals: {*unworked(signals), *windows.keep_out(signals)},
        )
        try:
            writer = RunWriter(self, run_id, computed, parameters, holder)
            written = writer.write(first_as_of)
            lessons = look_back(self, computed)
            broken = rules_broken(self, computed)
        finally:
            computed.engine.close()
        seconds = time.perf_counter() - began
        summary = summarise(computed, self.settings, seconds, written, late) | {"rerouted": counted(moves)}
        summary["maintenance"] = windows.told(computed.signals, computed.exposures.columns["risk_mean"])
        writer.finish(summary)
        turn(self, parameters, lessons, as_of, broken)
        plan_after(self, as_of)
        return RunResult(run_id, as_of, seconds, False, summary, [])

    def _last_routes(self, connection: sa.Connection) -> Any:
        """The routes the last run knew."""
        last = self._last(connection)
        return [] if last is None else json.loads(last.parameters).get("routes")

    def _first_as_of(self, connection: sa.Connection) -> datetime | None:
        runs = RUNS.sql_table()
        return connection.execute(sa.select(sa.func.min(runs.c.as_of)).where(runs.c.finished_at.is_not(None))).scalar()

    def _history(
        self, connection: sa.Connection, as_of: datetime, version: int, run_id: int
    ) -> tuple[list[LakeFile], list[datetime]]:
        """Stored observations of the last weeks' runs before `run_id`, and when those runs were."""
        runs = RUNS.sql_table()
        rows = connection.execute(
            sa.select(runs.c.id, runs.c.as_of).where(
                runs.c.finished_at.is_not(None),
                runs.c.id < run_id,
                runs.c.as_of < as_of,
                runs.c.as_of >= as_of - timedelta(days=HELD_DAYS),
                runs.c.manifest_version <= version,
            )
        ).all()
        names = {f"run {r.id}" for r in rows}
        files = [f for f in files_at(connection, version, [OBSERVATIONS.name]) if f.source in names and f.rows]
        return files, [r.as_of for r in rows]

    def _late_rows(self, connection: sa.Connection, last: Any | None, version: int) -> int:
        """Rows known before an earlier run's as_of that landed after it."""
        if last is None:
            return 0
        table = DELIVERIES.sql_table()
        return int(
            connection.execute(
                sa.select(sa.func.coalesce(sa.func.sum(table.c.rows), 0)).where(
                    table.c.version > last.manifest_version, table.c.version <= version, table.c.known_at <= last.as_of
                )
            ).scalar()
            or 0
        )

    def _look_back(self, as_of: datetime, *, hindsight: bool) -> RunResult:
        """A past morning, rebuilt from what its run recorded, or with what is known now if asked to."""
        began = time.perf_counter()
        with self.ledger.read() as connection:
            run = None if hindsight else self._recorded(connection, as_of)
            if run is None:
                run_id, version = self._next_id(connection), manifest_version(connection)
                parameters = current_parameters(
                    connection, self.settings, self.detectors, as_of, write=False, playbooks=self.playbooks
                )
            else:
                run_id, version = run.id, run.manifest_version
                parameters = recorded_parameters(run, self.detectors)
            seen = morning(
                connection, parameters.settings, as_of=as_of, version=version, run_id=run_id, readers=self.readers
            )
            history, runs = self._history(connection, as_of, version, run_id)
        computed = compute(
            self.make_engine,
            seen,
            self.lake.root,
            self.detectors,
            parameters,
            run_id=run_id,
            history=history,
            runs=runs,
            left_out=lambda _: parameters.record.get("left_out", ()),
        )
        computed.engine.close()
        rows = self._replayed(computed, parameters, run, run_id)
        summary = summarise(computed, parameters.settings, time.perf_counter() - began, {}, 0)
        summary["issues"]["open"] = sum(1 for r in rows if r["open"] and r["rank"] is not None)
        summary |= {"replay": True, "hindsight": hindsight}
        return RunResult(None, as_of, summary["seconds"], True, summary, rows)

    def _recorded(self, connection: sa.Connection, as_of: datetime) -> Any:
        """The run that speaks of a past morning.

        Raises ReplayRefused where none does, or one whose code was another.
        """
        run = self._last(connection, as_of)
        if run is None:
            raise ReplayRefused(
                f"No run speaks of {show_moment(as_of)} or before.",
                "Say --hindsight to compute it with what is known now; nothing is written.",
            )
        if run.code_version != _code_version():
            raise ReplayRefused(
                f"That morning's run was made by Opswheel {run.code_version}.",
                "`opswheel queue --as-of` shows it as recorded; --hindsight computes it anew.",
            )
        return run

    def _replayed(self, computed: Computed, parameters: Parameters, run: Any, run_id: int) -> list[dict[str, Any]]:
        """The rank rows of a past morning; issues stand where they stood then."""
        described = describe(computed, parameters, self.detectors, run_id)
        kept: list[dict[str, Any]] = []
        with self.ledger.read() as connection:
            if run is None:
                issues = ISSUES.sql_table()
                known = connection.execute(sa.select(issues).where(issues.c.detected_at >= computed.morning.as_of))
                lives = in_hindsight(described, known.all(), computed.morning.as_of)
            else:
                lives, kept = recorded(described, run_rows(self.lake, connection, RANK_HISTORY, run.id))
        rows = arrange(described, lives, kept, pooled=parameters.settings.ranking.pooled)
        return [{name: row.get(name) for name in RANK_HISTORY.names()} for row in rows]

    def _next_id(self, connection: sa.Connection) -> int:
        return (connection.execute(sa.select(sa.func.max(RUNS.sql_table().c.id))).scalar() or 0) + 1


def _code_version() -> str:
    from .. import __version__

    return __version__


def summarise(
    computed: Computed, settings: Settings, seconds: float, written: dict[str, Any], late: int
) -> dict[str, Any]:
    """The public JSON of a run."""
    currency = settings.money.reporting_currency
    counted = {"opened": 0, "updated": 0, "reopened": 0, "verified": 0, "open": computed.n_open}
    return {
        "as_of": show_moment(computed.morning.as_of),
        "seconds": round(seconds, 3),
        "detectors": [
            {"kind": d.kind, "signals": n, "observed": d.rows, "seconds": round(d.seconds, 4), "error": d.error}
            for d, n in zip(computed.detectors, _signals_per_kind(computed), strict=True)
        ],
        "issues": counted | written.get("issues", {}),
        "revenue_at_risk": computed.risk.as_json(),
        "avoidable": computed.avoidable.as_json(),
        "margin_given_away": computed.given_away.as_json(),
        "blind": [
            {
                "account": b.account,
                "channel": b.channel,
                "report": b.report,
                "last_day": None if b.last_day is None else b.last_day.isoformat(),
                "days_late": b.days_late,
                "reason": b.reason,
                "kinds": list(b.kinds),
                "hidden_revenue_per_day": round(b.hidden_per_day, 2),
                "expected_undetected_loss": round(b.cost, 2),
                "currency": currency,
            }
            for b in computed.blind
        ],
        "withheld": [{**w, "revenue_at_risk": round(w["revenue_at_risk"], 2)} for w in computed.ranked.withheld],
        "missing_rates": dict(computed.missing_rates),
        "cut_line": computed.ranked.cut_line,
        "late_rows": late,
        "unowned": written.get("unowned", 0),
        "rerouted": {},
        "maintenance": [],
        "clocks": {},
        "replay": False,
    }


def _signals_per_kind(computed: Computed) -> list[int]:
    from collections import Counter

    counts = Counter(computed.exposures.columns["kind"])
    return [counts.get(d.kind, 0) for d in computed.detectors]
