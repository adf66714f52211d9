"""Megabytes of the core in an empty environment, without .pyc, and the packages over 20 MB."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from importlib.metadata import requires
from pathlib import Path
from typing import Any

from ...core.errors import WrongUse
from .common import row

LARGE = 20.0


def measure() -> list[dict[str, Any]]:
    """Install what a user installs into a fresh environment and weigh it."""
    lock = Path(__file__).parents[4] / "requirements" / "core.lock"
    if not lock.exists():
        raise WrongUse("The install benchmark needs the source tree with its lock file.", "Run it from a clone.")
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / "env"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(where)], check=True)  # noqa: S603
        python = where / "bin" / "python"
        command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(python)]
        subprocess.run([*command, "--require-hashes", "-r", str(lock)], check=True)  # noqa: S603
        sizes = _sizes(next((where / "lib").glob("python*")) / "site-packages")
    own = _size(Path(__file__).parents[2])
    whole = sum(sizes.values()) + own
    large = {name: round(mb) for name, mb in sizes.items() if mb > LARGE}
    return [
        row("install", whole, None, "MB", "< 700 MB", packages_over_20_mb=large, direct=len(requires("opswheel") or []))
    ]


def _size(folder: Path) -> float:
    files = (f for f in folder.rglob("*") if f.is_file() and not f.is_symlink() and f.suffix != ".pyc")
    return sum(f.stat().st_size for f in files) / 1e6


def _sizes(site: Path) -> dict[str, float]:
    """Megabytes of each package with its bundled libraries."""
    sizes: dict[str, float] = {}
    for entry in site.iterdir():
        name = re.sub(r"(\.libs|-[\d.]+.*\.(dist|data)-info|\.cpython.*|\.py)$", "", entry.name).lstrip("_")
        mb = _size(entry) if entry.is_dir() else entry.stat().st_size / 1e6
        sizes[name] = sizes.get(name, 0.0) + mb
    return sizes
