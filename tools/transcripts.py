"""Re-runs every transcript in README and docs: a block of ```console whose commands start with `$ `.

A page's blocks share one scratch folder that holds `examples`, and run in order; what they print must be what
the page shows.

    $ command        one command; lines that begin with `> ` right below it belong to it (a here-document)
    […]              on a line of its own: any lines; inside a line: anything. For what differs between machines
    0.0 s            seconds are made equal, because machines differ
      $ words        printed lines that look like a command are shown indented

Most pages begin with the same sample shop (`opswheel demo shop`); it is made once and copied. `--write` puts the
new output in; text with […] that still fits stays. A command that breaks (a stack trace, a command that is not
there) is never written: it fails. `--quick` leaves `make test` alone. Pages may be named.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

ROOT = Path(__file__).parents[1]
ANYTHING = "[…]"
SLOW = ("make test",)
"""Commands `--quick` takes as they stand."""
SAMPLE, SAMPLE_FOLDER = "opswheel demo shop | tail -1", "shop"
"""The beginning most pages share, and the folder it makes."""
WORST_STATUS = 2
"""0 done, 1 something withheld, 2 refused: what a page may show on purpose. Anything above is broken, and so is any
`make` that does not end well."""
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.S | re.M)
_SECONDS = re.compile(r"\b\d+\.\d s\b")
_LIKE_A_COMMAND = re.compile(r"^(?=[$>] )", re.M)
_BROKEN = re.compile(r"Traceback \(most recent|did not foresee|command not found")


@dataclass
class Page:
    """One page as it was run anew, and the commands of it that broke."""

    path: Path
    old: str
    new: str
    broken: list[str] = field(default_factory=list)


class Sample:
    """The sample shop and what making it printed: made once, copied for every page that begins with it."""

    def __init__(self, folder: Path) -> None:
        self._made = folder / SAMPLE_FOLDER
        self._printed = ("", 0)
        self._lock = Lock()

    def run(self, scratch: _Scratch) -> tuple[str, int]:
        """What `SAMPLE` does in a page's folder."""
        with self._lock:
            if not self._made.exists():
                self._printed = _run(SAMPLE, scratch)
                shutil.copytree(scratch.cwd / SAMPLE_FOLDER, self._made)
                return self._printed
        shutil.copytree(self._made, scratch.cwd / SAMPLE_FOLDER)
        return self._printed


@dataclass
class _Scratch:
    """Where a page's commands run."""

    top: Path
    cwd: Path
    quick: bool
    sample: Sample


def documents() -> list[Path]:
    """Pages that may hold transcripts."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]


def rerun(path: Path, sample: Sample, *, quick: bool = False) -> Page:
    """The page with every transcript run anew."""
    text = path.read_text(encoding="utf-8")
    page = Page(path, text, text)
    if not _BLOCK.search(text):
        return page
    with tempfile.TemporaryDirectory(prefix="opswheel-docs-") as folder:
        here = Path(folder).resolve()
        shutil.copytree(ROOT / "examples", here / "examples", ignore=shutil.ignore_patterns("__pycache__"))
        scratch = _Scratch(here, here, quick, sample)
        page.new = _BLOCK.sub(lambda m: f"```console\n{_block(m[1], scratch, page)}```", text)
    return page


def steps(block: str) -> list[tuple[str, str]]:
    """The commands of a block, each with the output the page shows below it."""
    found: list[tuple[str, str]] = []
    for line in block.splitlines():
        command, shown = found[-1] if found else ("", "")
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif line.startswith("> ") and found and not shown:
            found[-1] = (f"{command}\n{line[2:]}", shown)
        elif found:
            found[-1] = (command, f"{shown}{line}\n")
    return found


def fits(shown: str, printed: str) -> bool:
    """Whether a page's text, with its […], tells what was printed."""
    if ANYTHING not in shown:
        return shown == printed
    pattern = ""
    for line in shown.splitlines():
        if line.strip() == ANYTHING:
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(re.escape(part) for part in line.split(ANYTHING)) + r"\n"
    return re.fullmatch(pattern, printed) is not None


def _block(block: str, scratch: _Scratch, page: Page) -> str:
    out = []
    for command, shown in steps(block):
        out.append("$ " + command.replace("\n", "\n> ") + "\n")
        if command.startswith("cd "):
            scratch.cwd = (scratch.cwd / command[3:].strip()).resolve()
            continue
        if scratch.quick and command in SLOW:
            out.append(shown)
            continue
        printed, status = scratch.sample.run(scratch) if command == SAMPLE else _run(command, scratch)
        if status > _worst(command) or _BROKEN.search(printed):
            page.broken.append(f"$ {command}\n{printed}(exit status {status})\n")
        out.append(shown if fits(shown, printed) else printed)
    return "".join(out)


def _worst(command: str) -> int:
    return 0 if command.startswith("make ") else WORST_STATUS


def _run(command: str, scratch: _Scratch) -> tuple[str, int]:
    environment = {
        "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", str(scratch.top)),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "USER": "you",
        "LOGNAME": "you",
        "MAKEFLAGS": "",
    }
    if command.startswith("make "):  # this very program runs in .venv: it need not be made again
        command = f"{command} --no-print-directory -o .venv/.ready -C {ROOT} DEMO={scratch.top / '.demo'}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=scratch.cwd, env=environment, capture_output=True, text=True, check=False
    )
    text = (done.stdout + done.stderr).replace(str(scratch.top), ".").replace(str(ROOT), ".")
    text = "".join(line.rstrip() + "\n" for line in text.splitlines())
    return _SECONDS.sub("0.0 s", _LIKE_A_COMMAND.sub("  ", text)), done.returncode


def main(arguments: Sequence[str]) -> int:
    """Check or write the transcripts of every page, or of the pages named."""
    parser = argparse.ArgumentParser(prog="python -m tools.transcripts", description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the new output into the pages")
    parser.add_argument("--quick", action="store_true", help=f"leave {', '.join(SLOW)} alone")
    parser.add_argument("pages", nargs="*", type=Path, help="only these pages")
    said = parser.parse_args(list(arguments))
    paths = [p.resolve() for p in said.pages] or documents()
    with tempfile.TemporaryDirectory(prefix="opswheel-docs-") as folder, ThreadPoolExecutor(max_workers=2) as pool:
        sample = Sample(Path(folder).resolve())
        pages = list(pool.map(lambda p: rerun(p, sample, quick=said.quick), paths))
    bad = 0
    for page in pages:
        name = page.path.relative_to(ROOT).as_posix() if page.path.is_relative_to(ROOT) else str(page.path)
        for words in page.broken:
            sys.stdout.write(f"{name}: this command is broken:\n{words}\n")
        if page.new != page.old and said.write and not page.broken:
            page.path.write_text(page.new, encoding="utf-8")
        elif page.new != page.old and not page.broken:
            _show(name, page)
        bad += bool(page.broken) or (page.new != page.old and not said.write)
    return 1 if bad else 0


def _show(name: str, page: Page) -> None:
    old, new = page.old.splitlines(keepends=True), page.new.splitlines(keepends=True)
    lines = difflib.unified_diff(old, new, f"{name} as written", f"{name} as run", n=1)
    sys.stdout.writelines(list(lines)[:200])
    sys.stdout.write(f"\n{name}: a transcript shows something else now; look, then `make transcripts`.\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
