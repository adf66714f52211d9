"""The letter to the marketplace: what happened, what was done, and the evidence to attach."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import ClassVar

from ...core.contracts import LISTING_STATUS, SUPPRESSIONS, Contract
from ...core.settings import Place
from .. import playbook
from .base import Line, Pack, Packed

_MOST_LISTED = 50
TOLD = MappingProxyType(
    {
        "what": "What must be answered",
        "reference": "Reference",
        "due": "Last day",
        "reason": "Reason given",
        "code": "Code",
        "measure": "Measure",
        "state": "State",
        "rate": "Rate",
        "target": "Bound",
        "counted": "Counted",
        "new": "New",
        "of": "Of",
        "status": "Status",
        "since": "Seen since",
    }
)
"""What of an issue's evidence belongs into a letter. Our own money, chances and guesses stay at home."""
BLANKS = (
    ("What caused it", "Say in one paragraph what went wrong on our side, or why nothing did."),
    ("What we have done", "Say what was corrected, on which day, with the numbers of uploads and cases."),
    ("How it will not come again", "Say what is checked from now on, by whom, how often."),
)


class Appeal(Pack):
    """An appeal to fill in: the facts with their dates, three paragraphs to write, the evidence to attach.

    The evidence is the checklist of the kind's playbook. Nothing is claimed that no report says: cause, correction
    and prevention are a person's to write, and stand as blanks until then.
    """

    name: ClassVar[str] = "appeal"
    title: ClassVar[str] = "Appeal"
    kinds: ClassVar[tuple[str, ...]] = (
        "item_removed",
        "account_deactivated",
        "account_health",
        "deadline_near",
        "listing_suppressed",
    )
    causes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "account_health": ("new", "open", "warning", "over", "rating", "status"),
        "deadline_near": ("appeal",),
    }
    upload: ClassVar[str] = "the marketplace's appeal form; copy the text, attach the evidence"
    suffix: ClassVar[str] = ".md"
    reads: ClassVar[tuple[Contract, ...]] = (LISTING_STATUS, SUPPRESSIONS)

    def write(self, lines: Sequence[Line], place: Place, day: date, /) -> Packed:
        """One letter; issues of several listings stand in it one under the other."""
        kinds = list(dict.fromkeys(line.kind for line in lines))
        text = f"# Appeal · {place.channel} · account {place.account} · {day}\n\n## What happened\n\n"
        text += "".join(_issue([line for line in lines if line.issue == n]) for n in _issues(lines))
        text += "".join(f"\n## {title}\n\n[{ask}]\n" for title, ask in BLANKS)
        text += "\n## Evidence\n\n" + "".join(f"- [ ] {item}\n" for kind in kinds for item in checklist(kind))
        screens = sorted({screen for kind in kinds if (screen := playbook.load(kind).screen)})
        if screens:
            text += "\n## Where it goes\n\n" + "".join(f"- {screen}\n" for screen in screens)
        return Packed(text, len(lines), fill_in="the three paragraphs in square brackets, and the evidence")


def checklist(kind: str) -> list[str]:
    """The items of the section `Evidence` of a kind's playbook; one that says so where it has none."""
    found = re.search(r"^## Evidence\n(.*?)(?=^## |\Z)", playbook.load(kind).text, re.M | re.S)
    text = " ".join(found.group(1).split()).removesuffix(".") if found else ""
    items = [item.strip() for item in text.split(" · ") if item.strip()]
    return items or [f"no playbook lists evidence for {kind}: attach what the marketplace's notice asks for"]


def _issues(lines: Sequence[Line]) -> list[int]:
    return list(dict.fromkeys(line.issue for line in lines))


def _issue(lines: Sequence[Line]) -> str:
    """One issue: its sentence, its dates, what the marketplace said, its listings."""
    first = lines[0]
    facts = [f"First seen: {first.onset_day}"] if first.onset_day else []
    facts += [f"Last seen in order: {first.last_good_day}"] if first.last_good_day else []
    facts += [f"{words}: {first.seen[key]}" for key, words in TOLD.items() if first.seen.get(key) is not None]
    texts = (first.fact(c).get("issue_text") for c in (LISTING_STATUS, SUPPRESSIONS))
    said = next((text for text in texts if text and text != first.seen.get("reason")), None)
    facts += [f"The marketplace's words: {said}"] if said else []
    text = f"### {first.sentence or first.kind.replace('_', ' ')}\n\n" + "".join(f"- {_plain(f)}\n" for f in facts)
    listed = [line for line in lines if line.sku]
    text += "".join(f"- {_plain(_listing(line))}\n" for line in listed[:_MOST_LISTED])
    more = len(listed) - _MOST_LISTED
    return text + (f"- and {more:,} more listings\n\n" if more > 0 else "\n")


def _listing(line: Line) -> str:
    item = f", item {line.item_id}" if line.item_id and line.item_id != line.sku else ""
    return f"Listing {line.sku}{item}" + (f": {line.title}" if line.title else "")


def _plain(text: str) -> str:
    return " ".join(text.split())
