"""The API has what the commands have, under the same names; what stays with the machine is named in the docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from opswheel.interfaces.api import parts
from opswheel.interfaces.cli import COMMANDS, growth

STAY = {"demo", "init", "serve", "backup", "restore", "compact", "forget", "simulate", "bench"}
"""Commands that make no sense over a network, or are for whoever has the machine."""
MANY = {"load": "loads", "run": "runs"}
"""What is a list over the network: each run and each load."""
ROUTES = {route.path for part in parts for route in part.router.routes}
SEGMENTS = {segment for path in ROUTES for segment in path.strip("/").split("/")}
PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "use-the-api.md"


@pytest.mark.parametrize("command", sorted({name for name, _, _ in COMMANDS} - STAY))
def test_a_command_has_a_route_of_its_name(command):
    assert MANY.get(command, command) in SEGMENTS


@pytest.mark.parametrize("command", [name for name, _, _ in growth.COMMANDS])
def test_a_command_of_the_slow_wheel_has_a_route_of_its_name(command):
    assert f"/growth/{command}" in ROUTES


@pytest.mark.parametrize("command", sorted(STAY))
def test_a_command_without_a_route_is_told_of_in_the_docs(command):
    assert not {command, f"{command}s"} & SEGMENTS
    assert f"`{command}`" in PAGE.read_text(encoding="utf-8")
