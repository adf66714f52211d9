"""What is compiled once serves every later process, so it must never serve the wrong question."""

from __future__ import annotations

import json
import subprocess
import sys

import ibis

from opswheel.storage import compiled


def _made():
    return ibis.table({"sku": "string"}, name="listings").distinct()


def _asked():
    return ibis.table({"sku": "string"}, name="baselines")


def test_a_table_and_a_question_about_it_never_answer_for_each_other():
    asked = compiled.sql("baselines", _asked)
    assert compiled.sql("baselines", _made) != asked
    assert compiled.sql("baselines", _asked) == asked


def test_what_one_process_compiled_the_next_one_reads_and_a_strangers_rule_is_compiled_anew(tmp_path):
    line = """
import sys
from opswheel.storage import compiled
def build(): print("built", sys.argv[1]); return "SELECT 1"
compiled.sql(sys.argv[1], build); compiled.save()
"""

    def compile_(key):
        run = [sys.executable, "-c", line, key]
        return subprocess.run(run, env={"XDG_CACHE_HOME": str(tmp_path)}, capture_output=True, text=True, check=True)

    assert [compile_("out_of_stock").stdout for _ in range(2)] == ["built out_of_stock\n", ""]
    assert [compile_("acme.odd_weight").stdout for _ in range(2)] == ["built acme.odd_weight\n"] * 2
    (kept,) = (tmp_path / "opswheel").glob("sql-*.json")
    assert [key.split(" of ")[0] for key in json.loads(kept.read_text())] == ["out_of_stock"]
