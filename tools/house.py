"""The house rules a linter does not know: module length, docstring sections, one `now()`, nothing left behind."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

from opswheel.core.contracts import FACTS, LEDGER, RESULTS
from opswheel.interfaces.catalogues import sections
from opswheel.resolution import playbook
from opswheel.visibility.detectors import DETECTORS
from opswheel.visibility.readers import READERS

ROOT = Path(__file__).parents[1]
MOST_LINES = 400
SECTIONS = ("Why it costs money", "Source", "Blind spots")
_CLOCKS = re.compile(r"datetime\.now\(|date\.today\(|time\.time\(|utcnow\(")
_MAY_TELL_TIME = {"interfaces/wiring.py", "storage/lake.py"}  # the clock itself; the age of orphaned files
_STATIONS = (
    "visibility/",
    "prioritization/",
    "resolution/",
    "learning/",
    "decisions/",
    "performance/",
    "growth/",
    "planning/",
)
_GENERATED = ("storage/migrations/versions/",)


def problems() -> list[str]:
    """Everything that breaks a rule, a sentence each."""
    found = [*_long_modules(), *_clocks(), *_detectors(), *_tables(), *_orm(), *_engine_branches()]
    found += [f"{r.report}: its docstring does not say where the file comes from." for r in READERS if not _tells(r)]
    return found


def _sources() -> list[Path]:
    return sorted((ROOT / "src" / "opswheel").rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT / "src" / "opswheel").as_posix()


def _long_modules() -> list[str]:
    sources = [*_sources(), *(ROOT / "tools").rglob("*.py")]
    return [
        f"{path.relative_to(ROOT)} has {lines} lines; {MOST_LINES} is the limit."
        for path in sources
        if not any(part in path.as_posix() for part in _GENERATED)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    ]


def _clocks() -> list[str]:
    return [
        f"{_name(path)} asks for the time; only interfaces/wiring.py may."
        for path in _sources()
        if _name(path) not in _MAY_TELL_TIME and not _name(path).startswith("interfaces/bench/")
        if _CLOCKS.search(path.read_text(encoding="utf-8"))
    ]


def _orm() -> list[str]:
    """No station keeps an ORM session; the import contract cannot name a part of an outside package."""
    return [
        f"{_name(path)} uses the ORM; stations build Core expressions on a connection passed in."
        for path in _sources()
        if _name(path).startswith(_STATIONS) and "sqlalchemy.orm" in path.read_text(encoding="utf-8")
    ]


def _engine_branches() -> list[str]:
    """No station asks which engine it runs on."""
    found = []
    for path in _sources():
        if not _name(path).startswith(_STATIONS):
            continue
        found += [
            f"{_name(path)}:{node.lineno} branches on the engine."
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Compare) and "engine" in ast.unparse(node.left).lower().split(".")
        ]
    return found


def _detectors() -> list[str]:
    found = []
    known = set(playbook.kinds())
    for detector in DETECTORS:
        told = sections(detector)
        found += [f"{detector.kind}: its docstring lacks the section {s!r}." for s in SECTIONS if not told.get(s)]
        if detector.kind not in known:
            found.append(f"{detector.kind} has no playbook.")
        for threshold in detector.thresholds:
            if not threshold.why:
                found.append(f"{detector.kind}.{threshold.name} does not say why.")
        test = ROOT / "tests" / "visibility" / "detectors" / f"test_{detector.kind}.py"
        if not test.exists():
            found.append(f"{detector.kind} has no test file {test.relative_to(ROOT)}.")
    return found


def _tables() -> list[str]:
    return [
        f"table {c.name}, column {column.name}: its meaning is missing."
        for c in (*FACTS, *RESULTS, *LEDGER)
        for column in c.columns
        if not column.meaning
    ]


def _tells(reader: object) -> bool:
    return len((type(reader).__doc__ or "").strip()) > 40


if __name__ == "__main__":
    broken = problems()
    sys.stdout.write("".join(f"{p}\n" for p in broken))
    sys.exit(1 if broken else 0)
