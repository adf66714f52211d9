"""Asking for an engine: what is not there is told in a sentence."""

from __future__ import annotations

import importlib.util

import pytest

from opswheel.core.errors import EngineMissing, WrongUse
from opswheel.storage import spark
from opswheel.storage.duck import DuckEngine
from opswheel.storage.engines import ENGINES, open_engine


def test_the_built_in_engine_opens_on_a_lake_that_is_not_there_yet(tmp_path):
    engine = open_engine("duckdb", tmp_path / "lake")
    assert isinstance(engine, DuckEngine) and (tmp_path / "lake").is_dir()
    engine.close()


@pytest.mark.parametrize("said", ["", "duck", "spark", "postgres"])
def test_an_engine_nobody_knows_is_answered_with_those_there_are(said, tmp_path):
    with pytest.raises(WrongUse) as refused:
        open_engine(said, tmp_path)
    assert all(kind.example in str(refused.value) for kind in ENGINES)


@pytest.mark.parametrize("said", ["spark://nowhere:7077", "local[2]", "yarn"])
def test_without_the_extra_the_answer_names_it(said, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(EngineMissing, match=r"opswheel\[spark\]"):
        open_engine(said, tmp_path)


def test_without_java_the_answer_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: True)
    monkeypatch.setattr(spark, "java_found", lambda: False)
    with pytest.raises(EngineMissing, match="Java"):
        open_engine("local[2]", tmp_path)


@pytest.mark.parametrize(
    ("home", "on_path", "found"), [(True, False, True), (False, False, False), (False, True, True)]
)
def test_java_is_found_where_the_environment_points(home, on_path, found, tmp_path, monkeypatch):
    binary = tmp_path / "bin" / "java"
    binary.parent.mkdir()
    binary.write_text("#!/bin/sh\n")
    binary.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path if home else tmp_path / "none"))
    monkeypatch.setenv("PATH", str(binary.parent if on_path else tmp_path))
    assert spark.java_found() is found
