"""What is in force here and where it comes from: settings, cut lines, routes; generated, never written by hand."""

from __future__ import annotations

import inspect
from typing import Any, get_args
from urllib.parse import urlsplit

import sqlalchemy as sa
from pydantic import BaseModel

from ...core.contracts import DELIVERIES
from ...core.settings import SETTINGS_FILE, Settings
from ...decisions import routes as kept
from ...decisions.record import bounds
from ...decisions.thresholds import in_force
from ...visibility.detectors import DETECTORS
from ...wheel.parameters import WITHOUT_A_RULE
from ...wheel.rerouting import reroute
from ..wiring import Workspace

FROM_FILES = ("price_rules", "costs", "intent", "supply", "inbound", "rates", "headcount")
"""Tables a team fills with its own lists."""


def settings_answer(workspace: Workspace) -> list[dict[str, Any]]:
    """Each section with what it is for and every value in force, its default, and whether the file says it."""
    settings = workspace.settings
    found = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        said = name in settings.model_fields_set
        model = _model_of(field.annotation)
        doc = inspect.cleandoc(model.__doc__ or "") if model else ""
        found.append({"name": name, "doc": _told(doc), "rows": _rows(value, said=said)})
    return found


def _model_of(annotation: Any) -> type[BaseModel] | None:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _told(doc: str) -> list[str]:
    """A docstring's paragraphs, its lines joined, the section's own name left out."""
    text = doc.partition("`: ")[2] if doc.startswith("`[") else doc
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def _rows(value: Any, *, said: bool) -> list[dict[str, Any]]:
    if isinstance(value, BaseModel):
        return [
            _row(
                name,
                _shown(name, getattr(value, name)),
                None if field.is_required() else _shown(name, field.get_default(call_default_factory=True)),
                said=name in value.model_fields_set,
            )
            for name, field in type(value).model_fields.items()
        ]
    if not value:
        return [_row("", "none", "none", said=said)]
    if isinstance(value, dict):
        return [
            _row(f"{key} {name}", _shown(name, getattr(one, name)), None, said=True)
            for key, one in value.items()
            for name in sorted(one.model_fields_set)
        ]
    lines = [
        ", ".join(f"{name} {_shown(name, getattr(one, name))}" for name in type(one).model_fields if getattr(one, name))
        for one in value
    ]
    return [_row(str(n), line, None, said=said) for n, line in enumerate(lines, 1)]


def _row(name: str, value: str, default: str | None, *, said: bool) -> dict[str, Any]:
    return {"name": name, "value": value, "default": default, "source": SETTINGS_FILE if said else "default"}


def _shown(name: str, value: Any) -> str:
    """A value as a person reads it; what may hold a password is cut."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None or value in ("", (), {}):
        return "not set"
    if isinstance(value, BaseModel):
        inner = type(value).model_fields
        return ", ".join(f"{n} {_shown(n, getattr(value, n))}" for n in inner if getattr(value, n) is not None)
    if isinstance(value, dict):
        return ", ".join(f"{k} = {_shown(name, v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_shown(name, v) for v in value)
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if "://" in text:
        parts = urlsplit(text)
        return f"{parts.scheme}://{parts.hostname or ''}/…"
    if name.endswith(("password", "secret", "token", "key")):
        return "set, not shown"
    return text


def cut_lines(workspace: Workspace) -> list[dict[str, Any]]:
    """Every cut line in force, in the order of the catalogue, as a sentence, with its source and since when."""
    with workspace.ledger.read() as connection:
        versions = in_force(connection, workspace.clock.now())
    found: list[dict[str, Any]] = []
    for detector in workspace.detectors:
        for own in detector.thresholds:
            mine = [v for v in versions if (v["kind"], v["name"]) == (detector.kind, own.name)]
            for v in sorted(mine, key=lambda v: (v["account"], v["channel"], v["category"], v["tier"])):
                default = own.by_tier.get(int(v["tier"]), own.value) if v["tier"] else own.value
                low, high = bounds(own.name, default, workspace.settings.decisions)
                where = ", ".join(f"{s} {v[s]}" for s in ("account", "channel", "category", "tier") if v[s])
                found.append(
                    {
                        "kind": detector.kind,
                        "title": detector.title,
                        "name": own.name,
                        "value": v["value"],
                        "unit": own.unit,
                        "fires": own.fires,
                        "where": where or "everywhere",
                        "default": default,
                        "low": low,
                        "high": high,
                        "source": v["source"],
                        "since": None if v["source"] == "default" else v["since"],
                        "why": v["why"],
                        "id": v["id"],
                    }
                )
    return found


def from_files(workspace: Workspace) -> list[dict[str, Any]]:
    """The lists a team keeps in files: how many rows count now, of which day."""
    table = DELIVERIES.sql_table()
    query = (
        sa.select(table)
        .where(table.c.table_name.in_(FROM_FILES), table.c.complete_in.is_not(None))
        .order_by(table.c.to_day, table.c.version)
    )
    with workspace.ledger.read() as connection:
        rows = connection.execute(query).all()
    newest = {(r.table_name, r.account, r.channel): r for r in rows}
    return [
        {"table": t, "account": a, "channel": c, "rows": r.rows, "day": r.to_day, "file": r.file_name}
        for (t, a, c), r in sorted(newest.items())
    ]


class _TakenBack(Exception):
    """Carries what a change would have done out of the transaction that is undone."""


def routes_would(workspace: Workspace, text: str, by: str) -> list[dict[str, Any]]:
    """Which open issues a list of routes would move, without keeping it. Raises WrongUse as loading it does."""
    kinds = {d.kind for d in DETECTORS} | {d.kind for d in workspace.detectors} | set(WITHOUT_A_RULE)
    now = workspace.clock.now()
    moved: list[dict[str, Any]] = []
    try:
        with workspace.ledger.write() as connection:
            kept.replace(connection, kept.parse(text, kinds), by=by, at=now)
            moved = reroute(connection, workspace.settings, by=by, at=now)
            raise _TakenBack
    except _TakenBack:
        return moved
