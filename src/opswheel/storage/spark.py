"""Spark as an engine: the same expressions over the same lake files, for facts that outgrow one machine.

Needs the extra `spark` and a Java runtime. The session takes what `spark-defaults.conf` says; only what the
answers depend on is set here. Small results come back to the driver, which writes the run's files.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.contracts import Contract
from ..core.engine import Engine, Selection
from ..core.errors import EngineMissing
from . import compiled

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

# What the answers depend on: moments without zone in UTC, names that differ in case are one, errors stay errors.
_ANSWERS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # A checkpoint keeps constraints on columns that no longer exist (seen with 4.0.5): "key not found" on a union.
    "spark.sql.constraintPropagation.enabled": "false",
}
# What a session on this machine alone needs; a cluster's own settings are left as they are.
_LOCAL = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.adaptive.enabled": "false",
    "spark.log.level": "ERROR",
}


class SparkEngine(Engine):
    """Every table of a run is a temporary view; what is made once is checkpointed, not computed again."""

    name = "spark"

    def __init__(self, master: str) -> None:
        self._spark = session(master)
        self._views: set[str] = set()

    def register(self, name: str, rows: pa.Table) -> None:
        """Make a small Arrow table readable under `name`."""
        self._show(name, self._spark.createDataFrame(rows))

    def mount(self, contract: Contract, name: str, selection: Selection) -> None:
        """A view over the selected files; an empty table where there are none."""
        if not selection.paths:
            self.register(name, contract.arrow_table([]))
            return
        rows = self._spark.read.parquet(*(str(p) for p in selection.paths)).select(*contract.names())
        if selection.periods is not None:
            columns = ("delivery_id", "from_day", "to_day")
            schema = "delivery_id bigint, from_day date, to_day date"
            rows = rows.join(self._spark.createDataFrame(list(selection.periods), schema), list(columns), "left_semi")
        elif selection.deliveries is not None:
            rows = rows.where(rows.delivery_id.isin(list(selection.deliveries)))
        self._show(name, rows.select(*contract.names()))

    def make(self, name: str, key: str, build: Callable[[], ir.Table]) -> None:
        """Compute an expression once and keep it as table `name`."""
        self._show(name, self._rows(key, build).localCheckpoint())

    def append(self, name: str, key: str, build: Callable[[], ir.Table]) -> int:
        """Add an expression's rows to a table made before."""
        known = self._spark.table(name)
        fresh = self._rows(key, build).localCheckpoint()
        self._show(name, known.unionByName(fresh).localCheckpoint())
        return int(fresh.count())

    def fetch(self, key: str, build: Callable[[], ir.Table]) -> pa.Table:
        """An expression's rows, typed as the expression says."""
        return _typed(self._rows(key, build).toArrow(), build().schema().to_pyarrow())

    def export(self, name: str, path: Path, order: Sequence[str]) -> int:
        """Write table `name` to a new Parquet file, sorted."""
        import pyarrow.parquet as pq

        rows = self._spark.table(name).toArrow().sort_by([(column, "ascending") for column in order])
        pq.write_table(rows, path, compression="zstd")
        return int(rows.num_rows)

    def close(self) -> None:
        """Drop the views of this run; the session stays for the next one."""
        compiled.save()
        for view in self._views:
            self._spark.catalog.dropTempView(view)

    def _show(self, name: str, rows: DataFrame) -> None:
        rows.createOrReplaceTempView(name)
        self._views.add(name)

    def _rows(self, key: str, build: Callable[[], ir.Table]) -> DataFrame:
        return self._spark.sql(compiled.text(f"spark {key}", build, lambda: _compile(self._spark, build())))


@cache
def session(master: str) -> SparkSession:
    """One session per process and master. Raises EngineMissing where PySpark or Java is not there."""
    if importlib.util.find_spec("pyspark") is None:
        raise EngineMissing("The engine Spark is not installed.", "pip install 'opswheel[spark]'")
    if not java_found():
        raise EngineMissing("Spark needs a Java runtime, and there is none here.", "Install Java 17, or set JAVA_HOME.")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(master).appName("opswheel")
    for name, value in {**_ANSWERS, **(_LOCAL if master.startswith("local") else {})}.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except Exception as failed:
        said = str(failed).strip().splitlines() or [type(failed).__name__]
        raise EngineMissing(
            f"Spark at {master} does not answer: {said[0][:200]}", "Is the master's address right?"
        ) from None


def java_found() -> bool:
    """Whether a Java runtime can be found."""
    home = os.environ.get("JAVA_HOME")
    return bool(home and Path(home, "bin", "java").exists()) or shutil.which("java") is not None


@cache
def _backend(spark: SparkSession) -> Any:
    import ibis

    return ibis.pyspark.connect(spark)


def _compile(spark: SparkSession, expression: ir.Table) -> str:
    return str(_backend(spark).compile(expression))


def _typed(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    return rows.select(schema.names).cast(schema)
