"""The file a person uploads to mend many listings at once: which issues, which pack, the file, and its record."""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...core.clock import show_moment
from ...core.contracts import ISSUES, RANKS, RUNS
from ...core.csvs import safe_cell
from ...core.errors import Conflict, NotFound, WrongUse
from ...core.settings import place
from ...resolution import actions, playbook
from ...resolution.fixpacks import PACKS, FixPack, Packed, record, serves
from ...resolution.lifecycle import OPEN
from ...resolution.queue import last_run
from ...wheel.inputs import morning
from ..wiring import Workspace
from .fixpack_lines import Seen, lines_of, seen_of

if TYPE_CHECKING:
    from datetime import datetime

    from ...wheel.inputs import Morning


@dataclass(frozen=True)
class Asked:
    """What a person asks a file for: a kind or numbers of issues, which pack, of which account and channel."""

    words: Sequence[str]
    pack: str | None = None
    account: str | None = None
    channel: str | None = None


@dataclass
class _Chosen:
    """The issues a file is made of, what the last run saw of them, and those left out with the reason."""

    issues: list[Any]
    seen: Seen
    left_out: list[dict[str, Any]]


def fixpack_answer(
    workspace: Workspace, asked: Asked, *, output: Path, force: bool = False, by: str | None = None
) -> dict[str, Any]:
    """Write the file for issues, and record on each that it was made. In a folder it is named after its pack.

    Raises WrongUse where the issues need several files, NotFound where nothing can be written, Conflict where the
    file stands there already or an issue changed meanwhile; no file is written then, and nothing recorded.
    """
    if asked.pack is not None and asked.pack not in {p.name for p in PACKS}:
        raise WrongUse(f"There is no fix pack {asked.pack!r}.", actions.nearest(asked.pack, [p.name for p in PACKS]))
    if output.is_file() and not force:
        raise Conflict(f"{output} is there already.", "Name another file, or say --force to replace it.")
    now = workspace.clock.now()
    with workspace.ledger.read() as connection:
        chosen, pack, seen = _choose(workspace, connection, asked, now)
    spot = place(workspace.settings, chosen.issues[0].account, chosen.issues[0].channel)
    lines = lines_of(workspace, seen, chosen.issues, chosen.seen, pack.reads)
    output = output / _file(pack.name, spot.channel) if output.is_dir() else output
    packed = pack.write(lines, spot, seen.today[spot.account, spot.channel])
    chosen.left_out += [{"id": line.issue, "sku": line.sku or None, "why": why} for line, why in packed.left_out]
    left = {(line.issue, line.sku) for line, _ in packed.left_out}
    counts: dict[int, int] = defaultdict(int)
    for line in lines:
        counts[line.issue] += (line.issue, line.sku) not in left
    inside = [i for i in chosen.issues if counts[i.id]]
    if not inside:
        raise NotFound("No row could be written, so there is no file.", _why_not(chosen.left_out))
    checksum = hashlib.sha256(packed.text.encode()).hexdigest()
    told = {"pack": pack.name, "file": output.name, "checksum": checksum}
    told["note"] = f"made {output.name}: {pack.title}"
    with workspace.ledger.write() as connection:
        rows = {i.id: told | {"rows": counts[i.id]} for i in inside}
        record(connection, inside, rows, by=by or workspace.me, at=now, desk=workspace.desk)
        _write(output, packed.text, force=force)
    return _told(pack, packed, chosen, inside, path=str(output), checksum=checksum)


def _told(  # noqa: PLR0913
    pack: FixPack, packed: Packed, chosen: _Chosen, inside: Sequence[Any], *, path: str, checksum: str
) -> dict[str, Any]:
    skus = {s["sku"] or "" for i in inside for s in chosen.seen.signals[i.id]}
    signs = [s for s in skus if (safe_cell(s) != s if pack.for_spreadsheet else s.startswith(_SIGNS))]
    return {
        "path": path,
        "rows": packed.rows,
        "pack": pack.name,
        "title": pack.title,
        "account": inside[0].account,
        "channel": inside[0].channel,
        "issues": [i.id for i in inside],
        "checksum": checksum,
        "upload": pack.upload,
        "fill_in": packed.fill_in,
        "for_spreadsheet": pack.for_spreadsheet,
        "signs": sorted(signs),
        "left_out": chosen.left_out,
    }


_SIGNS = ("=", "+", "-", "@")
_OF_PRICES = ("price_too_low", "price_outside_rules")


def _choose(
    workspace: Workspace, connection: sa.Connection, asked: Asked, now: datetime
) -> tuple[_Chosen, FixPack, Morning]:
    """The issues of one file, its pack, and the morning the last run saw."""
    run = last_run(connection)
    if run is None:
        raise NotFound("There is no run yet.", "Load reports, then: opswheel run.")
    issues, left_out = _issues(connection, asked, now)
    behind = seen_of(workspace, connection, issues)
    by_pack: dict[str, list[Any]] = defaultdict(list)
    for issue in issues:
        why, pack = _pack_of(issue, behind.signals.get(issue.id, ()), asked.pack)
        if pack is None:
            left_out.append({"id": issue.id, "sku": issue.sku, "why": why})
        else:
            by_pack[pack.name].append(issue)
    if not by_pack:
        raise NotFound("No fix pack can be made of that.", _why_not(left_out))
    _one_file(asked, by_pack)
    [(name, kept)] = by_pack.items()
    seen = morning(
        connection,
        workspace.settings,
        as_of=run.as_of,
        version=run.manifest_version,
        readers=workspace.readers,
    )
    return _Chosen(kept, behind, left_out), next(p for p in PACKS if p.name == name), seen


def _issues(connection: sa.Connection, asked: Asked, now: datetime) -> tuple[list[Any], list[dict[str, Any]]]:
    """The open issues meant, in the order named; those put aside are told apart where a kind is named."""
    numbers = [int(w) for w in asked.words if w.isascii() and w.isdecimal()]
    kinds = [w for w in asked.words if not (w.isascii() and w.isdecimal())]
    if bool(numbers) == bool(kinds) or len(kinds) > 1:
        raise WrongUse(
            "Say one kind of issue, or numbers of issues.",
            "opswheel fixpack price_too_low -o prices.txt, or opswheel fixpack 14 17 -o prices.txt.",
        )
    found = _of_kind(connection, kinds[0]) if kinds else _numbered(connection, list(dict.fromkeys(numbers)))
    found = [i for i in found if asked.account in (None, i.account) and asked.channel in (None, i.channel)]
    if not found:
        where = " ".join(w for w in (asked.account, asked.channel) if w)
        raise NotFound(
            f"No open issue of that{f' on {where}' if where else ' kind'}.", "`opswheel queue` lists what is open."
        )
    if numbers:
        return found, []
    aside = [i for i in found if i.snoozed_until is not None and i.snoozed_until > now]
    told = [
        {"id": i.id, "sku": i.sku, "why": f"put aside until {show_moment(i.snoozed_until)}; its number takes it in"}
        for i in aside
    ]
    return [i for i in found if i not in aside], told


def _of_kind(connection: sa.Connection, kind: str) -> list[Any]:
    """Every open issue of a kind that finished runs opened, by number."""
    known = dict.fromkeys(k for pack in PACKS for k in pack.kinds)
    issues, runs = ISSUES.sql_table(), RUNS.sql_table()
    opened = sa.select(issues).join(runs, runs.c.id == issues.c.opened_run)
    rows = connection.execute(
        opened.where(issues.c.kind == kind, issues.c.state.in_(OPEN), runs.c.finished_at.is_not(None)).order_by(
            issues.c.id
        )
    ).all()
    if kind not in known:
        real = rows or kind in playbook.kinds()
        hint = f"There are packs for: {', '.join(known)}." if real else actions.nearest(kind, known)
        raise NotFound(f"No fix pack serves {kind!r}.", hint)
    return list(rows)


def _numbered(connection: sa.Connection, numbers: Sequence[int]) -> list[Any]:
    """The issues of these numbers; one that stands for its incident brings the others along."""
    ranks, found = RANKS.sql_table(), {}
    for number in numbers:
        issue = actions.find(connection, number)
        if issue.state not in OPEN:
            raise Conflict(f"Issue {number} is {issue.state} already.", "Leave it out, or reopen it first.")
        found[number] = issue
        stands_for = connection.execute(
            sa.select(ranks.c.incident_issues).where(ranks.c.issue_id == number).order_by(ranks.c.run_id.desc())
        ).first()
        if issue.incident_id is not None and stands_for is not None and stands_for[0]:
            found |= {i.id: i for i in actions.incident_of(connection, number)}
    return list(found.values())


def _pack_of(issue: Any, rows: Sequence[Mapping[str, Any]], named: str | None) -> tuple[str, FixPack | None]:
    """The first pack that serves an issue, or the one named; else why there is none."""
    marketplace = issue.channel.partition(":")[0]
    cause = rows[0]["cause"] if rows else None
    able = [p for p in PACKS if serves(p, issue.kind, cause, issue.channel) and named in (None, p.name)]
    if able and rows:
        return "", able[0]
    if able:
        return "no run that is kept tells what was seen of it", None
    elsewhere = sorted({m for p in PACKS if issue.kind in p.kinds for m in p.marketplaces})
    words = issue.kind.replace("_", " ")
    if marketplace == "shopify" and issue.kind in _OF_PRICES:
        return "Shopify's import wants handle and options of each product, which no loaded table holds", None
    if elsewhere and marketplace not in elsewhere and named is None:
        return f"no pack writes {words} for {marketplace}, only for {', '.join(elsewhere)}", None
    return f"no pack{f' {named}' if named else ''} serves {words}{f' ({cause})' if cause else ''}", None


def _one_file(asked: Asked, by_pack: dict[str, list[Any]]) -> None:
    """Refuse issues that need several files, with the command for each."""
    if len(by_pack) > 1:
        raise WrongUse(
            f"That needs {len(by_pack)} different files: {', '.join(by_pack)}.",
            " ".join(f"opswheel fixpack {_numbers(found)} -o {_file(name)}." for name, found in by_pack.items()),
        )
    [(name, found)] = by_pack.items()
    spots = list(dict.fromkeys((i.account, i.channel) for i in found))
    if len(spots) > 1:
        commands = []
        for account, channel in spots:
            which = "".join(f" {w}" for w in asked.words) + f" --channel {channel}"
            which += f" --account {account}" if len({a for a, _ in spots}) > 1 else ""
            commands.append(f"opswheel fixpack{which} -o {_file(name, channel)}.")
        raise WrongUse("A file is for one account and channel, and that is several.", " ".join(commands[:4]))


def _numbers(issues: Sequence[Any]) -> str:
    """Numbers of issues as one types them; a kind, where there are many of one."""
    kinds = {i.kind for i in issues}
    return kinds.pop() if len(issues) > 20 and len(kinds) == 1 else " ".join(str(i.id) for i in issues)


def _file(name: str, channel: str = "") -> str:
    suffix = next(p.suffix for p in PACKS if p.name == name)
    return f"{name}{'-' + channel.replace(':', '-') if channel else ''}{suffix}"


def _why_not(left_out: Sequence[dict[str, Any]]) -> str:
    """The reasons, each once, with the first issue each holds for."""
    reasons: dict[str, list[int]] = defaultdict(list)
    for one in left_out:
        reasons[one["why"]].append(one["id"])
    words = []
    for why, numbers in list(reasons.items())[:3]:
        more = f" and {len(numbers) - 1:,} more" if len(numbers) > 1 else ""
        words.append(f"Issue {numbers[0]}{more}: {why}.")
    return " ".join(words)


def _write(path: Path, text: str, *, force: bool) -> None:
    """The whole file or none; a file that came to stand there meanwhile is kept unless `force`."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        if not force:
            path.touch(exist_ok=False)
        try:
            part.write_text(text, encoding="utf-8", newline="")
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            if not force:
                path.unlink(missing_ok=True)
            raise
    except FileExistsError as error:
        raise Conflict(f"{path} is there already.", "Name another file, or say --force to replace it.") from error
    except OSError as error:
        raise WrongUse(
            f"{path} cannot be written: {error.strerror}.", "Name a file in a folder that exists."
        ) from error
