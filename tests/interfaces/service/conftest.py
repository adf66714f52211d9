"""A workspace on either database with a clock whose hands the test moves, a small queue in it, and a real sink."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opswheel.interfaces.wiring import Workspace
from opswheel.storage.ledger import Ledger
from tests.resolution.shop import NOW, fill
from tests.wheel.hands import Hands

from .sinks import Sink, sink

SETTINGS = """\
[team]
me = "ines"

[webhooks]
allow = ["127.0.0.1"]
plain_http = true
seconds = 2
"""
ROUTED = (
    SETTINGS
    + """
[[routes]]
owner = "tom"
"""
)


@pytest.fixture
def target() -> Iterator[Sink]:
    with sink() as made:
        yield made


@pytest.fixture
def make(ledger: Ledger, tmp_path: Path) -> Callable[..., Workspace]:
    """Makes a workspace over the test's ledger; its clock stands at the queue's only run."""

    def made(settings: str = SETTINGS) -> Workspace:
        folder = tmp_path / "shop"
        folder.mkdir(exist_ok=True)
        (folder / "opswheel.toml").write_text(settings)
        workspace = Workspace(folder)
        workspace.__dict__.update(ledger=ledger, clock=Hands(NOW))
        return workspace

    return made


@pytest.fixture
def here(make: Callable[..., Workspace]) -> Workspace:
    """Two issues of tier 1 that a finished run opened, and one a run that is not finished has opened."""
    workspace = make()
    fill(workspace.ledger, 1, 2, unfinished=(3,))
    return workspace
