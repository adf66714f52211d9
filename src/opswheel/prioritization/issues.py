"""From signal rows to issues: what belongs together, what it sums to, and what hangs under what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.detector import AT_ONCE
from ..core.identity import fingerprint, subject_key
from ..core.money import Floats, round6_all
from .estimates import percentiles, pooled_cv2
from .exposures import Exposures
from .inputs import OUTSIDE, days, texts

if TYPE_CHECKING:
    import pyarrow as pa

NO_ROW = -1
"""`first` of an issue without a signal row, such as the volume guard's."""


@dataclass(frozen=True)
class Batch:
    """Listings settled in one sweep instead of one issue each: its lane, its words, and what is assumed about it."""

    reason: str
    kind: str
    lane: str
    sentence: str
    why: str
    p_real: float
    minutes: float = 10.0


BATCHES: Mapping[str, Batch] = {
    "dead": Batch(
        "dead",
        "dead_backlog",
        "watch",
        "Down, and dead until proven otherwise: {listings}",
        "no sale within loaded history",
        0.05,
    ),
    "unknown": Batch(
        "unknown_intent",
        "unknown_intent",
        "verify",
        "Down, and nobody said if meant to sell: {listings}",
        "nobody said what these listings are meant for",
        0.2,
    ),
}
"""By the intent of the listing. P(real) and minutes are assumed until closes tell."""
BATCH_KINDS = tuple(batch.kind for batch in BATCHES.values())


Problem = tuple[str, str, str]
"""(kind, subject type, subject key)."""


@dataclass(frozen=True)
class Extra:
    """An issue without money that a caller adds, such as "is this cut right for you?"."""

    kind: str
    account: str
    channel: str
    subject_key: str
    sentence: str
    why: str | None = None
    subject_type: str = "account"
    lane: str = "verify"


@dataclass
class Issues:
    """Issues before they have an order: `members` are signal rows, `columns` one value per issue.

    `left_out` are fingerprints that were there and that the caller did not want.
    """

    members: list[list[int]]
    columns: dict[str, Any]
    left_out: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.members)


def reasons(signals: pa.Table, missing: Mapping[str, str]) -> list[str]:
    """Why each signal row may not become an issue of its own; empty where it may."""
    names = (texts(signals, name) for name in ("intent", "channel", "share_state"))
    batches = {intent: batch.reason for intent, batch in BATCHES.items()}
    return [
        "missing_rate" if channel in missing else "" if state in AT_ONCE else batches.get(intent, "")
        for intent, channel, state in zip(*names, strict=True)
    ]


def gather(  # noqa: PLR0913
    signals: pa.Table,
    exposures: Exposures,
    keep: np.ndarray,
    missing: Mapping[str, str],
    extras: Sequence[Extra],
    *,
    left_out: Collection[str] = (),
) -> Issues:
    """Every issue of the run, by fingerprint: of the rows that are kept, one per account, channel and batch reason,
    and extras; but those `left_out`."""
    problems = _problems(signals, exposures, keep, missing)
    groups: dict[Problem, list[int]] = {}
    for i in _by_listing(signals):
        if (problem := problems[i]) is not None:
            groups.setdefault(problem, []).append(i)
    groups |= {(e.kind, e.subject_type, e.subject_key): [] for e in extras}
    whose = {(e.kind, e.subject_type, e.subject_key): (e.account, e.channel) for e in extras}
    prints = {fingerprint(*problem): problem for problem in groups}
    dropped = tuple(sorted(prints.keys() & set(left_out)))
    order = sorted(prints.keys() - set(dropped))
    members = [groups[prints[name]] for name in order]
    columns: dict[str, Any] = {"fingerprint": order}
    for n, part in enumerate(("kind", "subject_type", "subject_key")):
        columns[part] = [prints[name][n] for name in order]
    for n, part in enumerate(("account", "channel")):
        told = exposures.columns[part]
        columns[part] = [told[rows[0]] if rows else whose[prints[k]][n] for k, rows in zip(order, members, strict=True)]
    columns["batch"] = np.array([kind in BATCH_KINDS for kind in columns["kind"]], bool)
    columns["sentence"] = _sentences(exposures, columns["kind"], members)
    for extra in extras:
        if (name := fingerprint(extra.kind, extra.subject_type, extra.subject_key)) not in dropped:
            columns["sentence"][order.index(name)] = extra.sentence
    worth = listing_worth(exposures).tolist()
    first = [rows[0] if len(rows) == 1 else max(rows, key=worth.__getitem__, default=NO_ROW) for rows in members]
    columns["first"] = np.array(first, int)
    columns |= _sums(exposures, members)
    return Issues(members, columns, dropped)


def listing_worth(exposures: Exposures) -> Floats:
    """What each row's listing earns a day, v · p; 0 where its price is not known."""
    worth = np.asarray(exposures.columns["velocity"]) * np.nan_to_num(np.asarray(exposures.columns["price"]))
    return np.asarray(worth, float)


def _sentences(exposures: Exposures, kinds: Sequence[str], members: Sequence[Sequence[int]]) -> list[str | None]:
    """What a batch row says; the other issues speak through their detector."""
    words = {batch.kind: batch.sentence for batch in BATCHES.values()}
    found: list[str | None] = []
    for kind, rows in zip(kinds, members, strict=True):
        n = len(set(exposures.listing[list(rows)].tolist())) if kind in words else 0
        listings = "1 listing" if n == 1 else f"{n:,} listings"
        found.append(words[kind].format(listings=listings) if kind in words else None)
    return found


def _problems(
    signals: pa.Table, exposures: Exposures, keep: np.ndarray, missing: Mapping[str, str]
) -> list[Problem | None]:
    """The (kind, subject type, subject key) of the issue each row belongs to; None for rows of no issue."""
    batches = {batch.reason: batch for batch in BATCHES.values()}
    names = (exposures.columns[name] for name in ("kind", "account", "channel", "subject_key"))
    rows = zip(*names, texts(signals, "subject_type"), keep.tolist(), reasons(signals, missing), strict=True)
    found: list[Problem | None] = []
    for kind, account, channel, key, kind_of, own, reason in rows:
        if own:
            found.append((kind, kind_of, key))
        elif reason in batches:
            found.append((batches[reason].kind, "account", subject_key(account, channel)))
        else:
            found.append(None)
    return found


def _by_listing(signals: pa.Table) -> list[int]:
    """Row numbers in the order of the listings, whatever the order of the input: sums and ties come out the same."""
    import pyarrow.compute as pc

    keys = [(name, "ascending") for name in ("account", "channel", "sku", "kind", "subject_key")]
    return list(pc.sort_indices(signals, sort_keys=keys).to_pylist())


def _sums(exposures: Exposures, members: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Money of each issue: means add; paces vary apart by listing, the error of a share is shared within a kind."""
    n = len(members)
    at = np.array([row for rows in members for row in rows], int)
    issue = np.repeat(np.arange(n), [len(rows) for rows in members])
    source, columns = exposures.columns, {}
    single = np.flatnonzero([len(rows) == 1 for rows in members])
    several = np.flatnonzero([len(rows) > 1 for rows in members])
    alone = np.array([rows[0] for rows in members if len(rows) == 1], int)
    for name in ("exposure", "risk", "avoidable"):
        mean = np.asarray(source[f"{name}_mean"])[at]
        total: Floats = np.asarray(np.bincount(issue, mean, n), float)
        groups = (issue, exposures.listing[at], exposures.kind[at])
        cv2 = pooled_cv2(mean, exposures.pace_cv2[at], exposures.share_cv2[at], groups, n)[several]
        columns[f"{name}_mean"] = round6_all(total)
        summed = percentiles(total[several], cv2, np.zeros(len(several)))
        for part, values in zip(("p10", "p50", "p90"), summed, strict=True):
            column = np.zeros(n)
            column[several] = round6_all(values)
            column[single] = np.asarray(source[f"{name}_{part}"])[alone]
            columns[f"{name}_{part}"] = column
    for name in ("committed", "expected_loss", "lost_to_date"):
        columns[name] = round6_all(np.asarray(np.bincount(issue, np.asarray(source[name])[at], n), float))
    return columns


def roots(signals: pa.Table, exposures: Exposures, issues: Issues) -> np.ndarray:
    """For each issue the issue that inhibits it, or itself.

    An issue is inhibited where on every one of its listings another cause, alive today, comes first. A loss that
    begins on a coming day is no symptom of today's cause; it hangs under it only if that leaves it nothing. What
    can be worked hangs under nothing that cannot: a cause the sales contradict inhibits nothing, one that acting
    now cannot change only what acting now cannot save either.
    """
    place = _places(exposures, issues)
    ahead, listing = _begins_later(signals).tolist(), exposures.listing.tolist()
    doubt, reachable = exposures.columns["doubt"], exposures.reachable
    nothing = (issues.columns["avoidable_mean"] <= 0).tolist()
    stuck = [no and not reachable[rows].any() for no, rows in zip(nothing, issues.members, strict=True)]
    several = (np.bincount(exposures.listing)[exposures.listing] > 1).tolist() if listing else []
    open_to_it = [
        i for i, rows in enumerate(issues.members) if place[i] is not None and any(several[row] for row in rows)
    ]
    chains: dict[int, list[int]] = defaultdict(list)
    for i in sorted(open_to_it, key=place.__getitem__):
        for row in issues.members[i]:
            if not ahead[row] and not doubt[row]:
                chains[listing[row]].append(i)
    worth, risk = listing_worth(exposures).tolist(), np.asarray(exposures.columns["risk_mean"]).tolist()
    root = np.arange(len(issues))
    for i in open_to_it:
        holders = []
        for row in issues.members[i]:
            causes = (h for h in chains[listing[row]] if place[h] < place[i] and (stuck[i] or not stuck[h]))
            nothing_left = risk[row] <= 0 < worth[row]
            holders.append(next(causes, i) if not ahead[row] or nothing_left else i)
        if i not in holders:
            best = max(range(len(holders)), key=lambda k: (worth[issues.members[i][k]], -k))
            root[i] = holders[best]
    while not np.array_equal(root, root[root]):  # a root that is itself inhibited hands its children on
        root = root[root]
    return root


def _places(exposures: Exposures, issues: Issues) -> list[Any]:
    """(precedence, fingerprint) of each issue in the chain; None for what stands outside it."""
    order, prints = exposures.precedence.tolist(), issues.columns["fingerprint"]
    return [
        None if batch or not rows or order[rows[0]] == OUTSIDE else (order[rows[0]], name)
        for batch, rows, name in zip(issues.columns["batch"].tolist(), issues.members, prints, strict=True)
    ]


def _begins_later(signals: pa.Table) -> np.ndarray:
    starts = days(signals, "starts_day")
    return np.asarray(~np.isnat(starts) & ~(starts <= days(signals, "today")))
