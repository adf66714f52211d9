"""The command line. Commands are loaded when they are used, so that `--help` stays quick.

`--workspace DIR` and `--json` may stand anywhere. Exit status: 0 done; 1 done, but something is withheld;
2 wrong use, or any input refused.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ... import __version__
from ...core.errors import OpswheelError
from .context import Context, Options

if TYPE_CHECKING:
    from cyclopts import App, CycloptsError

COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("demo", "demo:demo", "Make the sample shop in a folder, run the wheel once, and show its queue."),
    ("init", "workspace:init", "Make a workspace."),
    ("load", "load:load", "Read report files or folders."),
    ("match", "match:match", "Does it match the marketplace's own figures?"),
    ("run", "run:run", "One rotation of the wheel: detect, rank, verify, learn."),
    ("queue", "queue:queue", "The ranked queue, now or on any past morning."),
    ("why", "why:why", "Why an issue ranks where it does, in parts that multiply."),
    ("whynot", "why:whynot", "Why a listing is not in the queue."),
    ("ack", "triage:ack", "Say that somebody has seen issues; it ends by itself."),
    ("claim", "issue:claim", "Begin work on issues."),
    ("assign", "issue:assign", "Make a person responsible for issues."),
    ("incident", "incident:incident", "Put issues together that are one problem, or take them apart."),
    ("note", "issue:note", "Write something down on an issue."),
    ("wait", "triage:wait", "The next move is somebody else's: the promises' clock stands still."),
    ("snooze", "triage:snooze", "Put issues aside until a time, a condition or an expected loss."),
    ("wake", "triage:wake", "Bring issues back that were put aside."),
    ("pin", "triage:pin", "Put issues on top of the queue, whatever their score."),
    ("unpin", "triage:unpin", "Let issues stand where their score puts them."),
    ("fixpack", "fixpack:fixpack", "The file a person uploads to mend many listings at once."),
    ("close", "issue:close", "Close issues with what they taught."),
    ("reopen", "issue:reopen", "Take a close back."),
    ("playbook", "playbook:playbook", "What to do about a kind of issue; --copy makes the page your own."),
    ("routes", "routes:routes", "Who owns what, and who is away."),
    ("proposals", "proposals:proposals", "What the wheel proposes this week."),
    ("decide", "proposals:decide", "Accept, reject or edit a proposal."),
    ("thresholds", "proposals:thresholds", "Every cut line in force, and who set it."),
    ("rollback", "proposals:rollback", "Undo a decision."),
    ("learning", "learning:learning", "What closes have taught: repeats, claims, missed losses."),
    ("cases", "cases:app", "Tickets at the marketplace: who owes whom an answer."),
    ("intent", "intent:intent", "Listings nobody said the intent of: write the list, load the answers."),
    ("serve", "serve:serve", "The app and the API."),
    ("users", "people:users", "Who may sign in, in which role, for which accounts."),
    ("tokens", "people:tokens", "Tokens for programs that use the API."),
    ("metrics", "metrics:metrics", "The six health figures, and the outcomes beside them."),
    ("diagnose", "diagnose:diagnose", "Is the wheel compounding, and where does it stall?"),
    ("report", "report:report", "The month on one sheet."),
    ("forecast", "forecast:forecast", "Demand expected of each listing, with what is known of it."),
    ("plan", "plan:plan", "What to order and send, by when, and what is lost otherwise."),
    ("growth", "growth:growth", "The slow wheel: what is broken, which push is worth most."),
    ("detectors", "catalogue:detectors", "The rules, with their cut lines."),
    ("readers", "catalogue:readers", "The report files Opswheel reads."),
    ("compact", "workspace:compact", "Merge the lake's small files of closed months."),
    ("simulate", "simulate:simulate", "A marketplace with known truth, worked under a ranking rule."),
    ("notices", "notices:notices", "Who is told what, at once or once a day."),
    ("webhooks", "webhooks:app", "Events sent to other systems, signed."),
    ("jobs", "jobs:jobs", "Work between runs: what waits, what is dead."),
    ("forget", "forget:forget", "Take a customer or a former team member out of everything."),
    ("backup", "backup:backup", "Write the workspace into one archive."),
    ("restore", "backup:restore", "Make a workspace from a backup."),
    ("bench", "bench:bench", "The benchmarks, as ratios against a stated baseline."),
)


_SUMMARY = "Finds where a marketplace business is losing sales and puts the costliest loss first in one queue."


def overview() -> str:
    """The help of `opswheel` itself: the commands in the order a newcomer needs them. Imports nothing."""
    lines = [_SUMMARY, "", "Usage: opswheel COMMAND [OPTIONS]", ""]
    lines += [f"  {name:<11}{words}" for name, _, words in COMMANDS]
    lines += ["", "Every command takes --workspace DIR, --json and --help. Start with: opswheel demo"]
    return "\n".join(lines) + "\n"


def build() -> App:
    """The application; no command is imported yet."""
    from cyclopts import App

    app = App(
        name="opswheel",
        help=_SUMMARY,
        help_epilogue="Every command takes --workspace DIR and --json.",
        version=__version__,
        help_format="plaintext",
        result_action="return_value",
    )
    for name, target, words in COMMANDS:
        app.command(f"opswheel.interfaces.cli.{target}", name=name, help=words)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit status."""
    sys.exit(obey(list(sys.argv[1:] if arguments is None else arguments)))


def obey(arguments: list[str]) -> int:
    """Run one command; returns the exit status. Nothing raised on purpose leaves a stack trace."""
    if arguments in ([], ["--help"], ["-h"]):
        sys.stdout.write(overview())
        return 0
    if arguments == ["--version"]:
        sys.stdout.write(__version__ + "\n")
        return 0
    try:
        options, rest = take_options(arguments)
        with Context(options):
            return _command(rest)
    except OpswheelError as error:
        return _refuse(error.what, error.next_step, error.exit_status)
    except KeyboardInterrupt:
        return _refuse("Stopped.", "Nothing half done is visible; run the command again.", 130)
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as defect:
        if os.environ.get("OPSWHEEL_DEBUG"):
            raise
        words = f"Opswheel met something it did not foresee ({type(defect).__name__}: {str(defect)[:200]})."
        return _refuse(words, "Nothing half done is visible. $OPSWHEEL_DEBUG=1 shows where; please report it.", 70)


def _command(arguments: list[str]) -> int:
    from cyclopts import CycloptsError

    try:
        status = build()(arguments, exit_on_error=False, print_error=False)
    except CycloptsError as wrong:
        return _refuse(*_parser_words(wrong))
    return status if isinstance(status, int) else 0


def _parser_words(wrong: CycloptsError) -> tuple[str, str]:
    """What the parser refused, in our words, and where the command's use is told."""
    from cyclopts import CoercionError, MissingArgumentError, UnusedCliTokensError

    chain = " ".join(wrong.command_chain or ())
    what = str(wrong).strip().splitlines()[0]
    name = wrong.argument.name if wrong.argument is not None else ""
    if isinstance(wrong, UnusedCliTokensError):
        what = f"{chain} takes no further words: {', '.join(map(repr, wrong.unused_tokens or ()))}."
    elif isinstance(wrong, MissingArgumentError) and wrong.argument is not None and name.startswith("--"):
        what = f"{chain} needs {name}." if wrong.argument.required else f"{name} needs a value."
    elif isinstance(wrong, CoercionError) and wrong.token is not None and wrong.target_type in (int, float):
        what = f"{name}: {wrong.token.value!r} is no {'whole ' if wrong.target_type is int else ''}number."
    if chain:
        return what, f"`opswheel {chain} --help` tells how it is used."
    return what, "`opswheel --help` lists the commands."


def take_options(arguments: list[str]) -> tuple[Options, list[str]]:
    """The options every command takes, and the other arguments in their order."""
    workspace: Path | None = None
    as_json = False
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            rest += [word, *waiting]
            break
        if word == "--json":
            as_json = True
        elif word == "--workspace":
            if not waiting:
                raise OpswheelError("--workspace needs a folder.", "opswheel --workspace shop queue")
            workspace = Path(waiting.pop(0))
        elif word.startswith("--workspace="):
            workspace = Path(word.removeprefix("--workspace="))
        else:
            rest.append(word)
    return Options(workspace, as_json), rest


def _refuse(what: str, next_step: str, status: int = 2) -> int:
    sys.stderr.write(f"{what} {next_step}".strip() + "\n")
    return status
