"""Re-runs every transcript in README and docs: a block of ```console whose commands start with `$ `.

A page's blocks share one scratch folder that holds `examples`, and run in order; what they print must be what
the page shows. Seconds are made equal, because machines differ. `--write` puts the new output in.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"```console\n(.*?)```", re.S)
_SECONDS = re.compile(r"\b\d+\.\d s\b")


def documents() -> list[Path]:
    """Pages that may hold transcripts."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]


def rerun(path: Path) -> str:
    """The page with every transcript run anew."""
    text = path.read_text(encoding="utf-8")
    if "```console" not in text:
        return text
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        shutil.copytree(ROOT / "examples", here / "examples")
        (here / "Makefile").symlink_to(ROOT / "Makefile")
        state = {"cwd": here}

        def block(match: re.Match[str]) -> str:
            return "```console\n" + _transcript(match[1], state, here) + "```"

        return _BLOCK.sub(block, text)


def _transcript(old: str, state: dict[str, Path], here: Path) -> str:
    commands = [line[2:] for line in old.splitlines() if line.startswith("$ ")]
    out = []
    for command in commands:
        out.append(f"$ {command}\n")
        if command.startswith("cd "):
            state["cwd"] = (state["cwd"] / command[3:].strip()).resolve()
            continue
        out.append(_SECONDS.sub("0.0 s", _run(command, state["cwd"], here)))
    return "".join(out)


def _run(command: str, cwd: Path, here: Path) -> str:
    environment = {
        "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", str(here)),
        "LANG": "C.UTF-8",
        "USER": "you",
        "LOGNAME": "you",
        "MAKEFLAGS": "",
    }
    if command.startswith("make "):
        command = f"{command} --no-print-directory -C {ROOT} DEMO={here / '.demo'}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    text = (done.stdout + done.stderr).replace(str(here), ".").replace(str(ROOT), ".")
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


def main(arguments: list[str]) -> int:
    """Check or write every page's transcripts."""
    stale = []
    for path in documents():
        new = rerun(path)
        if new == path.read_text(encoding="utf-8"):
            continue
        if "--write" in arguments:
            path.write_text(new, encoding="utf-8")
        else:
            stale.append(path)
            _show(path, new)
    return 1 if stale else 0


def _show(path: Path, new: str) -> None:
    import difflib

    name = path.relative_to(ROOT).as_posix()
    old = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines = difflib.unified_diff(old, new.splitlines(keepends=True), f"{name} as written", f"{name} as run", n=1)
    sys.stdout.writelines(list(lines)[:80])
    sys.stdout.write(f"\n{name}: a transcript shows something else now; look, then `make transcripts`.\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
