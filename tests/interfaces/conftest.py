"""The sample shop, loaded and run once for every test that asks about it or changes a copy."""

from __future__ import annotations

import shutil

import pytest

from opswheel.interfaces.cli import obey

from .sample import SHOP, Shop


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The sample shop loaded and run once, by the commands themselves."""
    folder = tmp_path_factory.mktemp("shop") / "shop"
    folder.mkdir()
    shutil.copy(SHOP / "opswheel.toml", folder)
    for words in (["load", str(SHOP / "reports")], ["run"]):
        assert obey(["--workspace", str(folder), *words]) == 0
    return folder


@pytest.fixture
def shop(made, capsys):
    """For questions: nobody changes it."""
    return Shop(made, capsys)


@pytest.fixture
def own(made, tmp_path, capsys):
    """A copy to change."""
    shutil.copytree(made, tmp_path / "shop")
    return Shop(tmp_path / "shop", capsys)
