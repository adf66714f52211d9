"""Writes docs/reference from the code's own tuples; `--check` fails where a page is stale or missing.

It also fails where a relative link in any page leads nowhere, where a page of docs cannot be reached from README or
docs/index.md, and where a command has no section in docs/reference/interface.md.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from opswheel.core import errors
from opswheel.core.contracts import FACTS, LEDGER, RESULTS, Contract
from opswheel.core.contracts.prepared import INPUTS, PREPARED
from opswheel.core.settings import Settings
from opswheel.interfaces.catalogues import detector_json, reader_json, sections
from opswheel.interfaces.cli import COMMANDS
from opswheel.prioritization.rules import RULES
from opswheel.resolution import playbook
from opswheel.visibility.detectors import DETECTORS
from opswheel.visibility.readers import READERS

from .detector_figures import FIGURES
from .detector_figures import words as figures_words

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
_CODE = re.compile(r"^(```|~~~).*?^\1", re.S | re.M)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.M)
_MADE = "<!-- made by `make format` from the code; change the code, not this page -->\n"


def pages() -> dict[str, str]:
    """Every generated page by its path below docs/reference."""
    made = {f"detectors/{d.kind}.md": _detector(d) for d in DETECTORS}
    made |= {f"readers/{r.report}.md": _reader(r) for r in READERS}
    made["detectors/README.md"] = _catalogue("Detectors", [(d.kind, sections(d)["summary"]) for d in DETECTORS])
    made["readers/README.md"] = _catalogue("Report files", [(r.report, sections(r)["summary"]) for r in READERS])
    made["tables.md"] = _tables()
    made["settings.md"] = _settings()
    made["errors.md"] = _errors()
    made["ranking-rules.md"] = _rules()
    return {name: _MADE + text for name, text in made.items()}


def _catalogue(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"# {title}\n", "| | |", "|---|---|"]
    lines += [f"| [{name}]({name}.md) | {words} |" for name, words in rows]
    return "\n".join(lines) + "\n"


def _detector(detector: Any) -> str:
    told = detector_json(detector)
    book = playbook.load(detector.kind)
    cuts = "\n".join(
        f"| `{t['name']}` | {t['fires']} {t['value']:g} {t['unit']}"
        + "".join(f"; tier {tier}: {value:g}" for tier, value in t["by_tier"].items())
        + (f"; lets go at {t['release']:g}" if t["release"] is not None else "")
        + f" | {t['why']} |"
        for t in told["thresholds"]
    )
    return (
        f"# {told['title']} (`{told['kind']}`)\n\n{told['summary']}\n\n"
        f"**Why it costs money.** {_flow(told['why_it_costs_money'])}\n\n"
        f"**Source**\n\n```\n{told['source']}\n```\n\n"
        f"**Blind spots.** {_flow(told['blind_spots'])}\n\n"
        f"Reads {', '.join(f'`{r}`' for r in told['reads'])}; lane {told['lane'].replace('_', ' ')}; "
        f"loss: {told['loss']}.\n\n"
        + (f"| cut line | fires | why |\n|---|---|---|\n{cuts}\n\n" if cuts else "No cut line: it is a state.\n\n")
        + f"**How well it sees.** {figures_words(detector.kind, _figures())} "
        + "[How this is measured](../../concepts/simulation.md#how-well-the-rules-see).\n\n"
        + f"## Playbook\n\n{book.minutes:g} minutes expected (assumed until closes teach it); "
        f"a fix may take {book.grace_hours:g} hours to show. Root causes: "
        f"{', '.join(f'`{c}`' for c in book.root_causes)}.\n\n{book.text.strip()}\n"
    )


@cache
def _figures() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(FIGURES.read_text(encoding="utf-8"))
    return told


def _reader(reader: Any) -> str:
    told = reader_json(reader)
    columns = "\n".join(
        f"| `{c['header']}` | `{c['to']}` | {'required' if c['required'] else ''}{' hashed' if c['personal'] else ''} |"
        for c in told["columns"]
    )
    lag = f"{told['settles_days']} days" if told["settles_days"] else "none"
    return (
        f"# {told['title']} (`{told['report']}`)\n\n{told['summary']}\n\n{_flow(told['text'])}\n\n"
        f"| | |\n|---|---|\n| how to get it | {told['export']} |\n| fills | `{told['table']}` |\n"
        f"| settling lag | {lag} |\n| day zone | {told['zone']} |\n| format | {told['format']} |\n\n"
        f"Columns read; of all others only the name is noted.\n\n| column | becomes | |\n|---|---|---|\n{columns}\n"
    )


def _flow(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text).strip()


def _tables() -> str:
    parts = ["# Tables\n"]
    for title, tables in (
        ("Facts (lake)", FACTS),
        ("Results of a run (lake)", RESULTS),
        ("Ledger", LEDGER),
        ("Prepared once per run", PREPARED),
        ("Told to the engine once per run", INPUTS),
    ):
        parts.append(f"\n## {title}\n")
        parts += [_table(c) for c in tables]
    return "\n".join(parts)


def _table(contract: Contract) -> str:
    rows = "\n".join(
        f"| `{c.name}` | {c.type} | {c.meaning}{f' [{c.unit}]' if c.unit else ''} |" for c in contract.columns
    )
    return (
        f"### `{contract.name}`\n\n{contract.grain}. Written by {contract.writer}. "
        f"Key: {', '.join(f'`{k}`' for k in contract.key)}.\n\n| column | type | meaning |\n|---|---|---|\n{rows}\n"
    )


def _settings() -> str:
    parts = ["# Settings (`opswheel.toml`)\n\nEvery setting has a default; a setting that does not exist is refused.\n"]
    for name, field in Settings.model_fields.items():
        model = _model_of(field.annotation)
        if model is None:
            parts.append(f"## `{name}`\n\nDefault `{field.get_default(call_default_factory=True)!r}`.\n")
            continue
        rows = "\n".join(
            f"| `{key}` | `{'required' if inner.is_required() else inner.get_default(call_default_factory=True)!r}` |"
            for key, inner in model.model_fields.items()
        )
        parts.append(f"## `{name}`\n\n{_flow(model.__doc__ or '')}\n\n| setting | default |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def _model_of(annotation: Any) -> type[BaseModel] | None:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _errors() -> str:
    rows = []
    waiting = [errors.OpswheelError]
    while waiting:
        error = waiting.pop(0)
        waiting = error.__subclasses__() + waiting
        rows.append(f"| `{error.code}` | {error.exit_status} | {error.http_status} | {_flow(error.__doc__ or '')} |")
    return "# Errors\n\n| code | exit status | HTTP status | meaning |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def _rules() -> str:
    parts = ["# Ranking rules\n\nA score is the product of its parts, nothing else; `opswheel why` prints them.\n"]
    for rule in RULES:
        rows = "\n".join(f"| {p.name} | {p.unit} | {p.source} |" for p in rule.parts)
        parts.append(
            f"## `{rule.name}`\n\n{_flow(type(rule).__doc__ or '')}\n\n"
            f"| part | unit | what it is |\n|---|---|---|\n{rows}\n"
        )
    return "\n".join(parts)


def prose(root: Path) -> dict[Path, str]:
    """Every page a person reads, without its code blocks."""
    found = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "examples").rglob("*.md")]
    return {path.resolve(): _CODE.sub("", path.read_text(encoding="utf-8")) for path in sorted(found)}


def anchors(text: str) -> set[str]:
    """The names the headings of a page can be linked by."""
    words = (re.sub(r"\[([^]]*)\]\([^)]*\)|[`*_]", r"\1", h).lower() for h in _HEADING.findall(text))
    return {re.sub(r"[^\w\- ]", "", w).replace(" ", "-") for w in words}


def links(path: Path, text: str) -> list[tuple[str, Path, str]]:
    """(as written, the file it leads to, the anchor in it) of each relative link of a page."""
    found = []
    for link in _LINK.findall(text):
        if not re.match(r"[a-z]+:", link):
            target, _, anchor = link.partition("#")
            found.append((link, (path.parent / target).resolve() if target else path, anchor))
    return found


def lost(root: Path) -> list[str]:
    """Links that lead nowhere, and pages of docs no link leads to, a sentence each."""
    texts, root = prose(root), root.resolve()
    broken: list[str] = []
    ways: dict[Path, set[Path]] = {}
    for path, text in texts.items():
        name = path.relative_to(root).as_posix()
        for link, target, anchor in links(path, text):
            ways.setdefault(path, set()).add(target)
            if not target.exists() or (anchor and anchor not in anchors(texts.get(target, ""))):
                broken.append(f"{name}: the link {link} leads nowhere.")
    seen: set[Path] = set()
    waiting = [root / "README.md", root / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        waiting += [p for p in ways.get(page, ()) if p in texts and p not in seen and p not in waiting]
        seen.add(page)
    unread = [p for p in texts if p.is_relative_to(root / "docs") and p not in seen]
    return broken + [
        f"{p.relative_to(root).as_posix()}: no page leads to it; list it in docs/index.md." for p in unread
    ]


def untold(interface: str) -> list[str]:
    """Commands without a section of their own."""
    return [
        f"docs/reference/interface.md has no section `{c[0]}`." for c in COMMANDS if f"\n## `{c[0]}`" not in interface
    ]


def main(arguments: list[str]) -> int:
    """Write the pages, or check them."""
    made = pages()
    known = {p.relative_to(REFERENCE).as_posix() for p in REFERENCE.rglob("*.md")} if REFERENCE.exists() else set()
    by_hand = {"interface.md", "README.md"}
    if "--check" in arguments:
        stale = [
            name for name, text in made.items() if name not in known or (REFERENCE / name).read_text("utf-8") != text
        ]
        stale += sorted(known - set(made) - by_hand)
        wrong = [f"docs/reference/{name} is stale; run `make format`." for name in stale]
        wrong += lost(ROOT) + untold((REFERENCE / "interface.md").read_text("utf-8"))
        sys.stdout.write("".join(f"{words}\n" for words in wrong))
        return 1 if wrong else 0
    for name in known - set(made) - by_hand:
        (REFERENCE / name).unlink()
    for name, text in made.items():
        path = REFERENCE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
