"""The sample shop as the command line shows it."""

from __future__ import annotations

import json
from pathlib import Path

from opswheel.interfaces.cli import obey

SHOP = Path(__file__).parents[2] / "examples" / "mug_shop"


class Shop:
    """The sample shop on the command line."""

    def __init__(self, folder, capsys):
        self.folder = folder
        self.capsys = capsys

    def __call__(self, *words):
        """(exit status, what was said, what was complained about)."""
        self.capsys.readouterr()
        status = obey(["--workspace", str(self.folder), *words])
        told = self.capsys.readouterr()
        return status, told.out, told.err

    def json(self, *words, status=0):
        found, out, err = self(*words, "--json")
        assert found == status, (found, err)
        return json.loads(out)

    def refused(self, *words):
        status, out, err = self(*words)
        assert (status, out) == (2, ""), (status, out, err)
        assert err.count("\n") == 1 and "Traceback" not in err  # one line, a sentence and a next step
        return err.strip()


def number_of(shop, sku):
    return next(r["id"] for r in shop.json("queue", "--limit", "100")["issues"] if r["sku"] == sku)
