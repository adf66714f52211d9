"""The file a person uploads to mend many listings at once."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from starlette.responses import Response

from ...core.errors import BadRequest, NotAllowed
from ..answers.fixpack import Asked as Wanted
from ..answers.fixpack import fixpack_answer
from ..people import must_see
from ..wiring import Workspace
from . import bodies, figures
from .asked import Asked, Writing
from .routing import Api

router = Api("fixpack")


@router.change("/fixpack", role="operator", answer=figures.FixPack)
def fixpack(asked: Writing, said: bodies.FixPack) -> Response:
    """Make the file for a kind of issue, or for issues by number, and record on each that it was made.

    The file stands under `text`, to be written as UTF-8 under the name in `file`. Nothing is sent to a marketplace.
    """
    if bool(said.issues) == bool(said.kind):
        raise BadRequest("Say one kind of issue, or numbers of issues.", 'Such as {"kind": "price_too_low"}.')
    words = [said.kind] if said.kind else [str(n) for n in said.issues or ()]
    wanted = Wanted(words, pack=said.pack, account=_account(asked, said), channel=said.channel)

    def act(workspace: Workspace) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="opswheel-fixpack-") as folder:
            found = fixpack_answer(workspace, wanted, output=Path(folder), by=asked.who.name)
            path = Path(found.pop("path"))
            return {"file": path.name, "text": path.read_bytes().decode("utf-8"), **found}

    return asked.work("fixpack", f"{'kind' if said.kind else 'issues'}/{','.join(words[:20])}", act, said.model_dump())


def _account(asked: Asked, said: bodies.FixPack) -> str | None:
    """The account the file is for; one of theirs for whoever sees some only, so that no issue of others gets in."""
    who = asked.who
    with asked.workspace.ledger.read() as connection:
        accounts: set[str] = {must_see(connection, who, n).account for n in said.issues or ()}
    if said.account is not None and not who.sees(said.account):
        raise NotAllowed(f"{who.name} may not see the account {said.account}.", "Ask an admin.")
    if said.account is not None or not who.accounts:
        return said.account
    accounts = accounts or set(who.accounts)
    if len(accounts) > 1:
        raise BadRequest(
            "A file is for one account, and you see several.", f"Say which: {', '.join(sorted(accounts))}."
        )
    return accounts.pop()
